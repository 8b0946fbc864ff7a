//! Handing a ticket from one person to another: assign, claim, release, transfer, reroute. Kept like routing's own decisions.

use std::sync::Arc;

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result},
    policy::{self, Action, Scope},
};
use proto::workflow::v1::{self as wire, AssignmentExplanation, AssignmentOrigin, ErrorReason};

use super::{
    access::{check_agent, check_etag, check_open, is_offered, may, visible},
    call::Call,
};
use crate::{
    change::{Change, Handing},
    conflict,
    definition::Definition,
    occasion::{Doing, Occasion},
    pool::Pool,
    run::Run,
    workflow::Workflow,
};

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb<'a> {
    /// Given to a named agent.
    Assign { to: &'a str, reason: &'a str },
    /// Taken by the caller.
    Claim,
    /// Given back to the queue.
    Release { reason: &'a str },
    /// Handed by whoever has it to another agent.
    Transfer { to: &'a str, reason: &'a str },
}

impl Workflow {
    /// Hands a ticket over as a person says.
    pub(super) async fn hand(&self, call: &Call<'_>, verb: &Verb<'_>) -> Result<wire::Run> {
        conflict::retried(|| self.try_hand(call, verb)).await
    }

    async fn try_hand(&self, call: &Call<'_>, verb: &Verb<'_>) -> Result<wire::Run> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let (definition, run, handing) = self.handed(&mut tx, call, verb).await?;
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&definition, &occasion, run);
        change.hand(&tx, handing);
        self.find_agent(&mut tx, &mut change).await?;
        call.settle(tx, &definition, change).await
    }

    /// Finds out what handing it over would be refused for. Nothing is written.
    pub(super) async fn rehearse_hand(&self, call: &Call<'_>, verb: &Verb<'_>) -> Result<()> {
        let mut tx = self.db.begin().await?;
        self.handed(&mut tx, call, verb).await?;
        tx.rollback().await
    }

    /// The run and what becomes of it, if it can be handed over so.
    async fn handed(
        &self,
        tx: &mut Tx,
        call: &Call<'_>,
        verb: &Verb<'_>,
    ) -> Result<(Arc<Definition>, Run, Handing)> {
        let run = visible(tx.conn(), call.caller, call.ticket_id).await?;
        verb.check_permission(call.caller, &run)?;
        let definition = self.definition(tx.conn(), &run).await?;
        if !matches!(verb, Verb::Claim) || !call.etag.is_empty() {
            check_etag(call.caller, call.etag, &definition, &run)?;
        }
        check_open(&run)?;
        let handing = verb.handing(tx, call.caller, &run).await?;
        Ok((definition, run, handing))
    }

    /// Has routing choose anew.
    pub(super) async fn reroute(&self, call: &Call<'_>, reason: &str) -> Result<AssignmentExplanation> {
        conflict::retried(|| self.try_reroute(call, reason)).await
    }

    async fn try_reroute(&self, call: &Call<'_>, reason: &str) -> Result<AssignmentExplanation> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let run = visible(tx.conn(), call.caller, call.ticket_id).await?;
        may(call.caller, Action::TicketAssign, &run)?;
        let definition = self.definition(tx.conn(), &run).await?;
        check_etag(call.caller, call.etag, &definition, &run)?;
        check_open(&run)?;
        let mut pool = Pool::enter(&mut tx, &run.queue_id).await?;
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&definition, &occasion, run);
        pool.serve_anew(&mut tx, &mut change, reason).await?;
        pool.leave(&mut tx).await?;
        let answer = change.latest_decision().cloned().unwrap_or_default();
        change.save(&mut tx).await?;
        call.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

impl Verb<'_> {
    /// Taking a ticket needs an agent of its department, or the offer of it; everything else, the right to hand tickets on, or having this one.
    fn check_permission(&self, caller: &Caller, run: &Run) -> Result<()> {
        match self {
            Self::Claim if is_offered(caller, run) => Ok(()),
            Self::Claim => {
                policy::check(caller, Action::TicketReply, &Scope::department(&run.facts.department_id))
            }
            Self::Assign { .. } | Self::Release { .. } | Self::Transfer { .. } => {
                may(caller, Action::TicketAssign, run)
            }
        }
    }

    async fn handing(&self, tx: &mut Tx, caller: &Caller, run: &Run) -> Result<Handing> {
        let to = self.to(caller)?;
        match self {
            Self::Assign { to, .. } => check_agent(tx, to, run).await?,
            Self::Claim => check_unassigned(run)?,
            Self::Release { .. } => check_assigned(run)?,
            Self::Transfer { to, .. } => {
                check_assigned(run)?;
                check_agent(tx, to, run).await?;
            }
        }
        if to.is_some_and(|to| run.is_with(to)) {
            let message = "this person has the ticket already";
            return Err(Error::failed_precondition(&ErrorReason::NothingToChange, message));
        }
        Ok(Handing {
            doing: Doing::Actors,
            origin: self.origin(),
            to: to.map(Into::into),
            reason: self.reason().into(),
            summary: format!("{} by {}", self.participle(), caller.actor().display_name),
        })
    }

    /// Who has it afterwards.
    fn to<'a>(&'a self, caller: &'a Caller) -> Result<Option<&'a str>> {
        match self {
            Self::Assign { to, .. } | Self::Transfer { to, .. } => Ok(Some(to)),
            Self::Claim => caller.user_id().map(Some),
            Self::Release { .. } => Ok(None),
        }
    }

    const fn reason(&self) -> &str {
        match self {
            Self::Assign { reason, .. } | Self::Transfer { reason, .. } | Self::Release { reason } => reason,
            Self::Claim => "",
        }
    }

    const fn origin(&self) -> AssignmentOrigin {
        match self {
            Self::Assign { .. } => AssignmentOrigin::Assigned,
            Self::Claim => AssignmentOrigin::Claimed,
            Self::Release { .. } => AssignmentOrigin::Released,
            Self::Transfer { .. } => AssignmentOrigin::Transferred,
        }
    }

    const fn participle(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "assigned",
            Self::Claim => "taken",
            Self::Release { .. } => "given back",
            Self::Transfer { .. } => "handed on",
        }
    }
}

fn check_unassigned(run: &Run) -> Result<()> {
    if run.assignee.is_none() {
        return Ok(());
    }
    Err(Error::failed_precondition(
        &ErrorReason::AlreadyAssigned,
        "somebody has the ticket already; ask for a transfer instead",
    ))
}

fn check_assigned(run: &Run) -> Result<()> {
    if run.assignee.is_some() {
        return Ok(());
    }
    Err(Error::failed_precondition(
        &ErrorReason::NotAssigned,
        "nobody has the ticket; claim or assign it instead",
    ))
}
