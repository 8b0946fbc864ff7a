//! Handing a ticket up, as its stage says: once a visit of the stage, with a reason.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
    policy::Action,
};
use proto::{
    identity::v1::{ListUsersRequest, UserStatus, directory_service_client::DirectoryServiceClient},
    workflow::v1::{self as wire, AssignmentOrigin, ErrorReason},
};

use super::{
    access::{check_etag, check_open, may, visible},
    call::Call,
};
use crate::{
    agent::Agent,
    change::{Change, Handing},
    conflict,
    escalation::{Above, above, choose},
    occasion::{Doing, Occasion},
    placing::Place,
    run::{Run, is_done},
    store,
    workflow::Workflow,
};

/// Holders of a role looked at.
const HOLDERS: i32 = 200;

/// Where a ticket goes.
enum Up {
    /// To a person.
    To(String),
    /// To a queue.
    Into(Place),
}

impl Workflow {
    /// Hands a ticket up.
    pub(super) async fn escalate(&self, call: &Call<'_>, reason: &str) -> Result<wire::Run> {
        let holders = self.holders_above(call).await?;
        conflict::retried(|| self.try_escalate(call, reason, &holders)).await
    }

    /// Those who hold the role the ticket would be handed up to, asked of identity before anything is written.
    async fn holders_above(&self, call: &Call<'_>) -> Result<Vec<String>> {
        let mut conn = self.read().await?;
        let run = visible(&mut conn, call.caller, call.ticket_id).await?;
        let definition = self.definition(&mut conn, &run).await?;
        drop(conn);
        let Some(Above::Role(role_id)) = above(&definition, &run) else { return Ok(Vec::new()) };
        let ask = ListUsersRequest {
            role_id: role_id.to_owned(),
            status: UserStatus::Active.into(),
            page_size: HOLDERS,
            ..ListUsersRequest::default()
        };
        let listed = DirectoryServiceClient::new(self.identity.for_worker()).list_users(ask).await?;
        Ok(listed.into_inner().users.into_iter().map(|user| user.id).collect())
    }

    async fn try_escalate(&self, call: &Call<'_>, reason: &str, holders: &[String]) -> Result<wire::Run> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let run = visible(tx.conn(), call.caller, call.ticket_id).await?;
        may(call.caller, Action::TicketAssign, &run)?;
        let definition = self.definition(tx.conn(), &run).await?;
        check_etag(call.caller, call.etag, &definition, &run)?;
        check_open(&run)?;
        if is_done(run.category) {
            return Err(cannot("it is done"));
        }
        if store::assignments::escalated(tx.conn(), &run.id, run.staged_at).await? {
            return Err(cannot("it was escalated in this stage already; whoever has it now can hand it on"));
        }
        let above = above(&definition, &run);
        let above = above.ok_or_else(|| cannot("its stage names nobody to escalate to"))?;
        let up = self.up(&mut tx, &run, above, holders).await?;
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&definition, &occasion, run);
        let to = match up {
            Up::To(person) => Some(person),
            Up::Into(place) => {
                change.requeue(&tx, place);
                None
            }
        };
        change.hand(&tx, handing(call, to, reason));
        self.find_agent(&mut tx, &mut change).await?;
        call.settle(tx, &definition, change).await
    }

    /// Where exactly a ticket goes.
    async fn up(&self, tx: &mut Tx, run: &Run, above: Above<'_>, holders: &[String]) -> Result<Up> {
        match above {
            Above::Queue(id) => into(tx, run, id).await,
            Above::Department(id) => {
                let id = self.queue_of(tx, id).await?;
                into(tx, run, &id).await
            }
            Above::Role(_) => {
                let people = people(tx, run, holders).await?;
                let loads = store::agents::loads(tx.conn(), holders).await?;
                let load = |agent: &Agent| loads.get(&agent.access.user_id).copied().unwrap_or_default();
                let people: Vec<_> = people
                    .into_iter()
                    .map(|agent| {
                        let load = load(&agent);
                        (agent, load)
                    })
                    .collect();
                let chosen = choose(&people, run);
                let nobody = "nobody else who may work on it holds the role it would go to";
                chosen.map(|id| Up::To(id.to_owned())).ok_or_else(|| cannot(nobody))
            }
            Above::Person(id) => {
                let fits = !run.is_with(id) && store::agents::works_on(tx.conn(), id, run).await?;
                let otherwise = "the person it would go to has it already or may not work on it";
                if fits { Ok(Up::To(id.to_owned())) } else { Err(cannot(otherwise)) }
            }
        }
    }
}

/// Into a queue, unless it waits there already.
async fn into(tx: &mut Tx, run: &Run, queue_id: &str) -> Result<Up> {
    let queue = store::queues::by_id(tx.conn(), queue_id).await?;
    let queue = queue.ok_or_else(|| cannot("the queue it would go to does not exist"))?;
    if run.queue_id == queue.id && run.assignee.is_none() {
        return Err(cannot("it waits already where it would go"));
    }
    Ok(Up::Into(Place { units: queue.units(run, tx.now()), queue_id: queue.id, pinned: true }))
}

/// Those of some people who may work on a run.
async fn people(tx: &mut Tx, run: &Run, ids: &[String]) -> Result<Vec<Agent>> {
    let mut people = Vec::new();
    for id in ids {
        if store::agents::works_on(tx.conn(), id, run).await? {
            people.extend(store::agents::by_id(tx.conn(), id).await?);
        }
    }
    Ok(people)
}

fn handing(call: &Call<'_>, to: Option<String>, reason: &str) -> Handing {
    Handing {
        doing: Doing::Actors,
        origin: AssignmentOrigin::Escalated,
        to,
        reason: reason.into(),
        summary: format!("escalated by {}", call.caller.actor().display_name),
    }
}

fn cannot(why: &str) -> Error {
    Error::failed_precondition(&ErrorReason::CannotEscalate, format!("the ticket cannot be escalated: {why}"))
}
