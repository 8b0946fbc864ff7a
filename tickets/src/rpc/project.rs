//! `ProjectRun`.

use mesh_core::{
    caller::{Caller, open},
    error::{Error, Result, Violations},
    outbox::{self, Cause},
    policy::{self, Action, Scope},
};
use proto::{
    events::v1::Envelope,
    tickets::v1::{
        self as wire, CreateRatingLinkRequest, CreateRatingLinkResponse, FileFollowUpRequest, ListKinRequest,
        ListKinResponse, ProjectRunRequest, Stage, Status, TimelineEntry, WaitReason,
        projection_service_server::ProjectionService, timeline_entry,
    },
};
use tonic::{Request, Response};

use super::{ATTEMPTS, Projections, outrun};
use crate::{
    entry::{Entry, What},
    events,
    store::{history, tickets},
    ticket::{Micros, NEVER, Projection},
    wire::{micros, ticket_for},
};

/// Entries one projection may add.
const MOST_ENTRIES: usize = 100;
/// Votes one of them may tell of.
const MOST_VOTES: usize = 200;
/// Characters of a cause.
const CAUSE: std::ops::RangeInclusive<usize> = 0..=500;

#[tonic::async_trait]
impl ProjectionService for Projections {
    async fn project_run(
        &self,
        request: Request<ProjectRunRequest>,
    ) -> Result<Response<wire::Ticket>, tonic::Status> {
        let (caller, ask) = open(request)?;
        policy::check(&caller, Action::Project, &Scope::everywhere())?;
        Ok(Response::new(self.project(&caller, ask).await?))
    }

    async fn list_kin(
        &self,
        request: Request<ListKinRequest>,
    ) -> Result<Response<ListKinResponse>, tonic::Status> {
        let (caller, ask) = open(request)?;
        policy::check(&caller, Action::Project, &Scope::everywhere())?;
        Ok(Response::new(self.kin(&ask).await?))
    }

    async fn file_follow_up(
        &self,
        request: Request<FileFollowUpRequest>,
    ) -> Result<Response<wire::Ticket>, tonic::Status> {
        let (caller, ask) = open(request)?;
        policy::check(&caller, Action::Project, &Scope::everywhere())?;
        Ok(Response::new(self.follow_up(&caller, ask).await?))
    }

    async fn create_rating_link(
        &self,
        request: Request<CreateRatingLinkRequest>,
    ) -> Result<Response<CreateRatingLinkResponse>, tonic::Status> {
        let (caller, ask) = open(request)?;
        policy::check(&caller, Action::Project, &Scope::everywhere())?;
        Ok(Response::new(self.rating_link(&ask).await?))
    }
}

/// A projection that was checked, before it is written.
struct News {
    projection: Projection,
    entries: Vec<Entry>,
    cause: Cause,
}

impl News {
    /// When the run came where it stands: told late, a ticket was resolved when it was, not when it heard of it.
    fn moved(&self) -> Option<Micros> {
        let moves = self.entries.iter().filter(|entry| matches!(entry.what, What::StageMove { .. }));
        moves.map(|entry| entry.time).max()
    }
}

impl Projections {
    async fn project(&self, caller: &Caller, ask: ProjectRunRequest) -> Result<wire::Ticket> {
        check(&ask)?;
        let ticket_id = ask.ticket_id.clone();
        let news = decode(caller, ask)?;
        for _ in 0..ATTEMPTS {
            if let Some(ticket) = self.try_project(caller, &ticket_id, &news).await? {
                return Ok(ticket);
            }
        }
        Err(outrun())
    }

    /// `None` when somebody else changed the ticket while we looked at it.
    async fn try_project(
        &self,
        caller: &Caller,
        ticket_id: &str,
        news: &News,
    ) -> Result<Option<wire::Ticket>> {
        let mut tx = self.store.db().begin().await?;
        let found = tickets::any_ticket(&mut tx, ticket_id).await?;
        let mut ticket = found.ok_or_else(|| Error::not_found("ticket", ticket_id))?;
        let mut changed_fields = vec![];
        let is_news = news.projection.is_news_for(&ticket);
        if is_news {
            let (mut after, changed) =
                news.projection.clone().onto(&ticket, news.moved().unwrap_or_else(|| tx.micros()));
            after.version = ticket.version + 1;
            if !Projection::only_places(&ticket, &changed) {
                after.update_time = tx.micros();
            }
            if !tickets::save_run(&mut tx, &ticket, &after).await? {
                return Ok(None);
            }
            (ticket, changed_fields) = (after, changed);
        }
        let entries: Vec<_> = news.entries.iter().map(|entry| (ticket_id, entry)).collect();
        if history::add(&mut tx, &entries).await? > 0 {
            changed_fields.push("timeline".to_owned());
        }
        if is_news || !changed_fields.is_empty() {
            outbox::push(&mut tx, &news.cause, events::changed(&ticket, &self.style, changed_fields)).await?;
            tx.commit().await?;
        }
        Ok(Some(ticket_for(caller, &ticket, &self.style)))
    }
}

fn check(ask: &ProjectRunRequest) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id("ticket_id", &ask.ticket_id, "tkt");
    wrong.id("run_id", &ask.run_id, "run");
    wrong.when(ask.run_version < 1, "run_version", "is no version; give 1 or more");
    wrong.when(ask.clock_version < 0, "clock_version", "is no version; give 0 or more");
    check_place(ask, &mut wrong);
    wrong.when(ask.actor.is_none(), "actor", "is missing; say who brought the run here");
    wrong.text("cause", &ask.cause, CAUSE);
    wrong.when(ask.entries.len() > MOST_ENTRIES, "entries", "are too many; give at most 100");
    for (index, entry) in ask.entries.iter().take(MOST_ENTRIES).enumerate() {
        check_entry(&format!("entries[{index}]"), entry, &mut wrong);
    }
    wrong.into_result()
}

/// Stage, status, people and times.
fn check_place(ask: &ProjectRunRequest, wrong: &mut Violations) {
    let Stage { key, label } = ask.stage.clone().unwrap_or_default();
    wrong.text("stage.key", &key, 1..=64);
    wrong.text("stage.label", &label, 1..=100);
    let unknown = ask.status() == Status::Unspecified;
    wrong.when(unknown, "status", "is unknown; give the status of the stage");
    wrong.optional_id("assignee_id", &ask.assignee_id, "usr");
    wrong.optional_id("queue_id", &ask.queue_id, "que");
    let unknown = WaitReason::try_from(ask.wait_reason).is_err();
    wrong.when(unknown, "wait_reason", "is unknown; use one of the contract's");
    for (field, time) in times(ask) {
        wrong.when(
            micros(time).is_none(),
            field,
            "is out of range; give a time between the years 1 and 9999",
        );
    }
}

fn times(ask: &ProjectRunRequest) -> [(&'static str, Option<&prost_types::Timestamp>); 3] {
    [
        ("wait_until_time", ask.wait_until_time.as_ref()),
        ("response_due_time", ask.response_due_time.as_ref()),
        ("resolve_due_time", ask.resolve_due_time.as_ref()),
    ]
}

fn check_entry(path: &str, entry: &TimelineEntry, wrong: &mut Violations) {
    wrong.id(&format!("{path}.id"), &entry.id, "his");
    wrong.text(&format!("{path}.cause"), &entry.cause, CAUSE);
    let timed = entry.time.as_ref().is_some_and(|time| micros(Some(time)).is_some());
    wrong.when(!timed, &format!("{path}.time"), "is missing or out of range; say when it happened");
    let told = entry.what.clone().is_some_and(|what| What::of(what).is_some());
    check_approval(path, entry, wrong);
    wrong.when(
        !told,
        &format!("{path}.what"),
        "is missing or a comment; give a move, an assignment, an approval or a change",
    );
}

/// What people said of an approval is kept as long as they may write it.
fn check_approval(path: &str, entry: &TimelineEntry, wrong: &mut Violations) {
    let Some(timeline_entry::What::Approval(note)) = &entry.what else { return };
    wrong.when(note.votes.len() > MOST_VOTES, &format!("{path}.votes"), "are too many; give at most 200");
    for (index, vote) in note.votes.iter().take(MOST_VOTES).enumerate() {
        wrong.id(&format!("{path}.votes[{index}].user_id"), &vote.user_id, "usr");
        wrong.long_text(&format!("{path}.votes[{index}].comment"), &vote.comment, 0..=4_096);
    }
}

/// What a request that was checked says.
fn decode(caller: &Caller, ask: ProjectRunRequest) -> Result<News> {
    let projection = projection(&ask);
    let actor = ask.actor.unwrap_or_default();
    let entries = ask.entries.into_iter().map(|entry| decode_entry(entry, &actor)).collect::<Result<_>>()?;
    let correlation_id = caller.request_id().to_owned();
    let following = Envelope { id: ask.causation_id, correlation_id, ..Envelope::default() };
    Ok(News { projection, entries, cause: Cause::following(&following, actor) })
}

fn projection(ask: &ProjectRunRequest) -> Projection {
    let [wait_until, response_due, resolve_due] =
        times(ask).map(|(_, time)| micros(time).unwrap_or_default());
    let stage = ask.stage.clone().unwrap_or_default();
    Projection {
        run_id: ask.run_id.clone(),
        run_version: ask.run_version,
        clock_version: ask.clock_version,
        stage_key: stage.key,
        stage_label: stage.label,
        status: ask.status(),
        assignee_id: ask.assignee_id.clone(),
        queue_id: ask.queue_id.clone(),
        wait_reason: ask.wait_reason(),
        wait_until,
        response_due,
        resolve_due: if resolve_due == 0 { NEVER } else { resolve_due },
    }
}

/// An entry without an actor of its own is of the projection's.
fn decode_entry(entry: TimelineEntry, actor: &proto::identity::v1::Actor) -> Result<Entry> {
    let what = entry
        .what
        .and_then(What::of)
        .ok_or_else(|| Error::invalid("entries.what", "is missing; say what happened"))?;
    Ok(Entry {
        id: entry.id,
        time: micros(entry.time.as_ref()).unwrap_or_default(),
        actor: entry.actor.unwrap_or_else(|| actor.clone()).into(),
        cause: entry.cause,
        internal: entry.internal,
        what,
    })
}
