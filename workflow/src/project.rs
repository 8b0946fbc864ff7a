//! Telling tickets where their runs stand.
//!
//! Invariant: after every change a job is due that tells the ticket the run's newest version and everything that happened since
//! the version before that change; and one after its clocks heard something by which it is due at another time. Told twice, or late, it
//! does no harm: tickets ignore what they know, so nobody writes down what they were told.

use async_trait::async_trait;
use mesh_core::{
    caller, clock,
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};
use proto::{
    tickets::v1::{
        ApprovalNote, ApprovalOutcome, ApprovalVote, Assignment, ProjectRunRequest, Stage, StageMove,
        TimelineEntry, WaitReason, projection_service_client::ProjectionServiceClient,
        timeline_entry::What as Told,
    },
    workflow::v1::{
        ApprovalNoted, ApprovalState, Decision, RunHistoryEntry, RunMigrated, Vote,
        run_history_entry::Change as What,
    },
};
use tonic::Code;

use crate::{
    definition::Definition,
    occasion::PART,
    run::Run,
    sla::projection::due_times,
    store::{self, history},
    workflow::Workflow,
};

/// The kind of these jobs; their key is the run.
pub(crate) const KIND: &str = "project_run";

/// Most entries a ticket takes at a time.
const MOST_ENTRIES: i64 = 100;
/// Most votes an entry takes.
const MOST_VOTES: usize = 200;
/// Longest cause a ticket takes, in characters.
const LONGEST_CAUSE: usize = 500;

/// The job that tells a ticket what happened to its run since version `since`; since 0 is the whole story.
pub(crate) fn job(tx: &Tx, run_id: &str, since: i64) -> Job {
    Job { kind: KIND, key: run_id.to_owned(), due: tx.now(), payload: since.to_be_bytes().to_vec() }
}

/// The due times of a ticket changed without a change of its run.
pub(crate) async fn retimed(tx: &mut Tx, run: &Run) -> Result<()> {
    let job = job(tx, &run.id, run.version);
    jobs::enqueue(tx, job).await.map(drop)
}

/// The version a job tells from on. One without tells everything.
fn since(job: &Job) -> i64 {
    job.payload.as_slice().try_into().map_or(0, i64::from_be_bytes)
}

/// Tells tickets.
#[derive(Clone, Debug)]
pub(crate) struct Projector(pub(crate) Workflow);

#[async_trait]
impl Handler for Projector {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut conn = self.0.read().await?;
        let Some(run) = store::runs::by_id(&mut conn, &job.key).await? else {
            return Ok(());
        };
        let definition = self.0.definition(&mut conn, &run).await?;
        let entries = history::since(&mut conn, &run.id, since(job), MOST_ENTRIES).await?;
        // Read before the clocks, it is never newer than they are.
        let heard = store::clocks::last_moment(&mut conn, &run.id).await?;
        let due = due_times(&store::clocks::latest(&mut conn, &run.id).await?);
        drop(conn);
        let [response_due_time, resolve_due_time] = due.map(|due| due.map(clock::to_proto));
        let clock_version = heard.map_or(0, |moment| moment.seq);
        let state = state(&definition, &run, &entries);
        self.tell(ProjectRunRequest { response_due_time, resolve_due_time, clock_version, ..state }).await
    }
}

impl Projector {
    async fn tell(&self, state: ProjectRunRequest) -> Result<()> {
        match ProjectionServiceClient::new(self.0.tickets.for_worker()).project_run(state).await {
            Ok(_) => Ok(()),
            // The ticket was deleted meanwhile; its run is about to hear of it.
            Err(status) if status.code() == Code::NotFound => Ok(()),
            Err(status) => Err(status.into()),
        }
    }
}

fn state(definition: &Definition, run: &Run, entries: &[RunHistoryEntry]) -> ProjectRunRequest {
    let wire = run.to_proto(definition);
    let last = entries.last();
    ProjectRunRequest {
        ticket_id: wire.ticket_id,
        run_id: wire.id,
        run_version: wire.version,
        stage: Some(Stage { key: wire.stage_key, label: wire.stage_label }),
        status: wire.category,
        assignee_id: wire.assignee_id,
        queue_id: wire.queue_id,
        // Whoever looks at the ticket sees that nothing happens until then.
        wait_reason: run.snooze.map_or(wire.wait_reason, |_| WaitReason::UntilDate.into()),
        wait_until_time: wire.snoozed_until.or(wire.wait_until),
        clock_version: 0,
        response_due_time: None,
        resolve_due_time: None,
        actor: last.map_or_else(|| Some(caller::system(PART)), |entry| entry.actor.clone()),
        cause: last.map(cause).unwrap_or_default(),
        entries: entries.iter().filter_map(|entry| told(definition, entry)).collect(),
        causation_id: last
            .map(|entry| entry.causation_id.clone())
            .filter(|id| id.starts_with("evt_"))
            .unwrap_or_default(),
    }
}

/// What a ticket's timeline shows of a history entry; not everything concerns it.
fn told(definition: &Definition, entry: &RunHistoryEntry) -> Option<TimelineEntry> {
    let (internal, what) = match entry.change.as_ref()? {
        What::Started(started) => {
            (false, Told::StageMove(stage_move(definition, "", &started.stage_key, "")))
        }
        What::Moved(moved) => {
            let (from, to) = (&moved.from_stage_key, &moved.to_stage_key);
            (false, Told::StageMove(stage_move(definition, from, to, &moved.transition_label)))
        }
        What::Migrated(migrated) => (false, Told::StageMove(migration(definition, migrated))),
        What::AssigneeChanged(changed) => {
            let assignment = Assignment {
                from_id: changed.from_id.clone(),
                to_id: changed.to_id.clone(),
                queue_id: String::new(),
            };
            (true, Told::Assignment(assignment))
        }
        What::Approval(noted) => (true, Told::Approval(approval(noted))),
        What::FactsChanged(_)
        | What::Ended(_)
        | What::Waiting(_)
        | What::Resumed(_)
        | What::Snoozed(_)
        | What::Woken(_)
        | What::Offered(_)
        | What::OfferEnded(_) => return None,
    };
    Some(TimelineEntry {
        id: entry.id.clone(),
        time: entry.time,
        actor: entry.actor.clone(),
        cause: cause(entry),
        internal,
        what: Some(what),
    })
}

/// What became of an approval, as the staff reads it.
fn approval(noted: &ApprovalNoted) -> ApprovalNote {
    let outcome = match noted.state() {
        ApprovalState::Open if noted.votes.is_empty() => ApprovalOutcome::Asked,
        ApprovalState::Open => ApprovalOutcome::NextLevel,
        ApprovalState::Approved => ApprovalOutcome::Approved,
        ApprovalState::Rejected => ApprovalOutcome::Rejected,
        ApprovalState::Cancelled | ApprovalState::Unspecified => ApprovalOutcome::Cancelled,
    };
    let vote = |vote: &Vote| ApprovalVote {
        user_id: vote.user_id.clone(),
        approved: vote.decision() == Decision::Approve,
        comment: vote.comment.clone(),
        time: vote.time,
    };
    ApprovalNote {
        approval_id: noted.approval_id.clone(),
        transition: noted.transition_label.clone(),
        outcome: outcome.into(),
        votes: noted.votes.iter().take(MOST_VOTES).map(vote).collect(),
    }
}

/// The stage it left may be one of another version.
fn migration(definition: &Definition, migrated: &RunMigrated) -> StageMove {
    let from = Stage { key: migrated.from_stage_key.clone(), label: migrated.from_stage_label.clone() };
    StageMove { from: Some(from), ..stage_move(definition, "", &migrated.to_stage_key, "") }
}

fn stage_move(definition: &Definition, from: &str, to: &str, transition: &str) -> StageMove {
    let shown = |key: &str| {
        definition.stage(key).map(|stage| Stage { key: stage.key.clone(), label: stage.label.clone() })
    };
    StageMove {
        from: shown(from),
        to: shown(to),
        status: definition.stage(to).map_or(0, |stage| stage.category),
        transition: transition.to_owned(),
    }
}

fn cause(entry: &RunHistoryEntry) -> String {
    entry.reason.chars().take(LONGEST_CAUSE).collect()
}
