//! Many made-up runs at once, beside tickets that tickets was given, for stores to try things on and to measure.
//!
//! The invariant: what is written is what these tickets' lives would have left: a run in the stage the ticket shows, its history, the
//! alarms of the stage. Nothing is to be told to anybody any more.

use jiff::Timestamp;
use mesh_core::{clock, db::Tx, error::Result};
use proto::{
    tickets::v1::{Stage, Status, Ticket, TimelineEntry, WaitReason, timeline_entry::What as Told},
    workflow::v1::{
        AssigneeChanged, RunHistoryEntry, RunStarted, StageMoved, run_history_entry::Change as What,
    },
};

use crate::{
    Config, Deps, alarm,
    definition::Definition,
    measuring,
    run::{Facts, Run, Wait},
    sla, store,
    workflow::Workflow,
};

/// Runs that get their clocks in one transaction.
const PROMISED: i64 = 500;

/// When a ticket is due.
#[derive(Clone, Debug)]
pub struct Promised {
    /// `tkt_…`.
    pub ticket_id: String,
    /// Its next answer, if ever.
    pub response: Option<Timestamp>,
    /// Its resolution, if ever.
    pub resolve: Option<Timestamp>,
}

/// Writes made-up runs.
#[derive(Debug)]
pub struct Seeding(Workflow);

impl Seeding {
    /// Opens and migrates the database.
    pub async fn open(config: &Config, deps: &Deps) -> Result<Self> {
        Ok(Self(crate::open(config, deps).await?))
    }

    /// The queue of a department.
    pub async fn queue_of(&self, department_id: &str) -> Result<String> {
        let mut tx = self.0.db.begin().await?;
        let id = self.0.queue_of(&mut tx, department_id).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The stages new runs go through, each with its status.
    pub async fn stages(&self) -> Result<Vec<(Status, Stage)>> {
        let mut conn = self.0.read().await?;
        let definition = self.0.fallback(&mut conn).await?;
        let stage = |stage: &proto::workflow::v1::Stage| {
            (stage.category(), Stage { key: stage.key.clone(), label: stage.label.clone() })
        };
        Ok(definition.stages().iter().map(stage).collect())
    }

    /// Writes the runs of tickets, each with what happened on its timeline.
    pub async fn keep(&self, tickets: &[(&Ticket, &[TimelineEntry])]) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let definition = self.0.fallback(tx.conn()).await?;
        let (mut runs, mut history) = (Vec::with_capacity(tickets.len()), Vec::new());
        let mut measured = Vec::with_capacity(tickets.len());
        for (ticket, entries) in tickets {
            let told: Vec<_> =
                entries.iter().filter_map(|entry| record(&definition, ticket, entry)).collect();
            let run = run(&definition, ticket, &told);
            let mut seen = measuring::replay(&definition, &run, &told, None);
            seen.take_in(ticket);
            measured.push(seen);
            runs.push(run);
            history.extend(
                told.into_iter()
                    .zip(1..)
                    .map(|(entry, run_version)| RunHistoryEntry { run_version, ..entry }),
            );
        }
        store::runs::insert_all(tx.conn(), &runs).await?;
        store::history::append(tx.conn(), &history).await?;
        measuring::begin_all(&mut tx, &measured).await?;
        set_alarms(&mut tx, &definition, &runs).await?;
        tx.commit().await
    }

    /// Has the shipped policy promise what it promises for every open run, and writes the clocks that follow, with their bells. Answers
    /// when these tickets are due.
    pub async fn promise(&self) -> Result<Vec<Promised>> {
        let mut tx = self.0.db.begin().await?;
        sla::shipped::switch_on(&mut tx).await?;
        let book = sla::shelf::book(tx.conn()).await?;
        tx.commit().await?;
        let (mut promised, mut last) = (Vec::new(), String::new());
        loop {
            let mut tx = self.0.db.begin().await?;
            let runs = store::runs::open_after(tx.conn(), &last, PROMISED).await?;
            for run in &runs {
                if let Some((ticket_id, [response, resolve])) = self.0.promise(&mut tx, &book, run).await? {
                    promised.push(Promised { ticket_id, response, resolve });
                }
            }
            tx.commit().await?;
            let Some(run) = runs.into_iter().next_back() else { return Ok(promised) };
            last = run;
        }
    }

    /// Has the database look at what is in it now, and closes it.
    pub async fn finish(self) -> Result<()> {
        self.0.db.look_anew().await?;
        self.0.db.close().await;
        Ok(())
    }
}

/// What will still happen to these runs by itself.
async fn set_alarms(tx: &mut Tx, definition: &Definition, runs: &[Run]) -> Result<()> {
    for run in runs.iter().filter(|run| matches!(run.category, Status::Resolved | Status::OnHold)) {
        alarm::set(tx, definition, run).await?;
    }
    Ok(())
}

/// The run of a ticket after all that happened.
fn run(definition: &Definition, ticket: &Ticket, told: &[RunHistoryEntry]) -> Run {
    let started_at = instant(ticket.create_time.as_ref());
    let last = |is: fn(&What) -> bool| {
        let found = told.iter().rev().find(|entry| entry.change.as_ref().is_some_and(is));
        found.map(|entry| instant(entry.time.as_ref()))
    };
    let stage = ticket.stage.clone().unwrap_or_default().key;
    let is_end = definition.stage(&stage).is_some_and(|stage| stage.end);
    let staged_at = last(|what| matches!(what, What::Moved(_))).unwrap_or(started_at);
    let version = i64::try_from(told.len()).unwrap_or(i64::MAX);
    let until = ticket.wait_until_time.as_ref().and_then(clock::from_proto);
    let waits = ticket.wait_reason() != WaitReason::Unspecified;
    let mut run = Run::start(
        ticket.run_id.clone(),
        definition,
        Facts::of(ticket, 1),
        ticket.queue_id.clone(),
        started_at,
    );
    run.stage.clone_from(&stage);
    run.category = ticket.status();
    run.wait = waits.then(|| Wait { reason: ticket.wait_reason(), until });
    run.visited = visited(told);
    run.assignee = Some(ticket.assignee_id.clone()).filter(|id| !id.is_empty());
    run.assigned_at = last(|what| matches!(what, What::AssigneeChanged(_)));
    run.staged_at = staged_at;
    run.ended_at = is_end.then_some(staged_at);
    run.reopened = ticket.reopen_count;
    run.version = version;
    run.queue_if_needed(started_at);
    run
}

/// The stages it has been in, each once.
fn visited(told: &[RunHistoryEntry]) -> Vec<String> {
    let mut visited: Vec<String> = vec![];
    for entry in told {
        let stage = match &entry.change {
            Some(What::Started(started)) => &started.stage_key,
            Some(What::Moved(moved)) => &moved.to_stage_key,
            _ => continue,
        };
        if !visited.contains(stage) {
            visited.push(stage.clone());
        }
    }
    visited
}

/// What a run's history says of an entry of the timeline; not everything concerns it.
fn record(definition: &Definition, ticket: &Ticket, entry: &TimelineEntry) -> Option<RunHistoryEntry> {
    let change = match entry.what.as_ref()? {
        Told::StageMove(moved) => {
            let to = moved.to.clone().unwrap_or_default();
            match &moved.from {
                None => What::Started(RunStarted {
                    workflow_id: definition.workflow_id.clone(),
                    workflow_version: definition.number,
                    stage_key: to.key,
                }),
                Some(from) => What::Moved(StageMoved {
                    transition_label: moved.transition.clone(),
                    from_stage_key: from.key.clone(),
                    from_stage_label: from.label.clone(),
                    to_stage_key: to.key,
                    to_stage_label: to.label,
                    ..StageMoved::default()
                }),
            }
        }
        Told::Assignment(assignment) => What::AssigneeChanged(AssigneeChanged {
            from_id: assignment.from_id.clone(),
            to_id: assignment.to_id.clone(),
            ..AssigneeChanged::default()
        }),
        _ => return None,
    };
    Some(RunHistoryEntry {
        id: entry.id.clone(),
        run_id: ticket.run_id.clone(),
        ticket_id: ticket.id.clone(),
        time: entry.time,
        actor: entry.actor.clone(),
        reason: entry.cause.clone(),
        change: Some(change),
        ..RunHistoryEntry::default()
    })
}

fn instant(time: Option<&prost_types::Timestamp>) -> Timestamp {
    time.and_then(clock::from_proto).unwrap_or_default()
}
