//! Keeping what reports count: every change of a run, and what tickets tell of answers, ratings and categories.
//!
//! Invariant: the tallies are the sums of what every measured ticket adds, because both change in the transaction of whatever changes
//! the ticket.

use mesh_core::{db::Tx, error::Result};
use proto::{
    tickets::v1::Ticket,
    workflow::v1::{RunHistoryEntry, Stage, run_history_entry::Change as What},
};

use crate::{
    batch::Batch,
    definition::Definition,
    measure::{self, Marks, Measured, Tallies, difference},
    run::Run,
    store::{history, measured, runs, tallies},
    workflow::Workflow,
};

/// Entries of a run's history that are read at most to measure it anew.
const MOST_ENTRIES: i64 = 10_000;
/// Tickets measured in one transaction.
const TICKETS: i64 = 500;
/// The version a run begins with.
const FIRST: i64 = 1;

/// A run has changed; its history is written.
pub(crate) async fn note(
    tx: &mut Tx,
    batch: &mut Batch,
    definition: &Definition,
    run: &Run,
    marks: Marks,
) -> Result<()> {
    if run.version == FIRST {
        return keep(tx, batch, None, &Measured::begin(run)).await;
    }
    let before = measured::hold(tx.conn(), &run.facts.ticket_id).await?;
    let after = match &before {
        Some(before) => {
            let mut after = before.clone();
            after.follow(run, marks);
            after
        }
        None => from_history(tx, definition, run, None).await?,
    };
    keep(tx, batch, before.as_ref(), &after).await
}

/// A ticket was filed and has its run. One of another system may have been answered, rated or resolved there.
pub(crate) async fn filed(tx: &mut Tx, batch: &mut Batch, ticket: &Ticket) -> Result<()> {
    let is_untouched = ticket.first_response_time.is_none()
        && ticket.resolve_time.is_none()
        && ticket.close_time.is_none()
        && ticket.satisfaction.is_none();
    if is_untouched { Ok(()) } else { take_in(tx, batch, ticket, Measured::take_in_filed).await }
}

/// Tickets told something of a ticket: somebody answered it, or rated it.
pub(crate) async fn told(tx: &mut Tx, ticket: Option<&Ticket>) -> Result<()> {
    match ticket {
        Some(ticket) => at_once(tx, ticket, Measured::take_in).await,
        None => Ok(()),
    }
}

/// A ticket is gone, whether its run was over or not.
pub(crate) async fn forget(tx: &mut Tx, ticket: Option<&Ticket>) -> Result<()> {
    match ticket {
        Some(ticket) => at_once(tx, ticket, |measured, _| measured.gone = true).await,
        None => Ok(()),
    }
}

/// A change of a ticket that is alone in its transaction.
async fn at_once(tx: &mut Tx, ticket: &Ticket, change: impl FnOnce(&mut Measured, &Ticket)) -> Result<()> {
    let mut batch = Batch::default();
    take_in(tx, &mut batch, ticket, change).await?;
    batch.close(tx).await
}

async fn take_in(
    tx: &mut Tx,
    batch: &mut Batch,
    ticket: &Ticket,
    change: impl FnOnce(&mut Measured, &Ticket),
) -> Result<()> {
    let Some(before) = measured::hold(tx.conn(), &ticket.id).await? else { return Ok(()) };
    let mut after = before.clone();
    change(&mut after, ticket);
    keep(tx, batch, Some(&before), &after).await
}

async fn keep(tx: &mut Tx, batch: &mut Batch, before: Option<&Measured>, after: &Measured) -> Result<()> {
    if before == Some(after) {
        return Ok(());
    }
    measured::put(tx.conn(), after).await?;
    batch.count(difference(before, after));
    Ok(())
}

/// Many tickets that were never measured before.
pub(crate) async fn begin_all(tx: &mut Tx, tickets: &[Measured]) -> Result<()> {
    let mut sums = Tallies::new();
    for ticket in tickets {
        measured::put(tx.conn(), ticket).await?;
        measure::tally(&mut sums, ticket, 1);
    }
    tallies::add(tx.conn(), &sums).await
}

/// The ticket of a run as its history has it, with what tickets told before.
async fn from_history(
    tx: &mut Tx,
    definition: &Definition,
    run: &Run,
    known: Option<&Measured>,
) -> Result<Measured> {
    let entries = history::since(tx.conn(), &run.id, 0, MOST_ENTRIES).await?;
    Ok(replay(definition, run, &entries, known))
}

/// The ticket of a run after all that happened, oldest first.
pub(crate) fn replay(
    definition: &Definition,
    run: &Run,
    entries: &[RunHistoryEntry],
    known: Option<&Measured>,
) -> Measured {
    let status = |stage: &str| definition.stage(stage).map(Stage::category);
    let mut ticket = Measured::begin(run);
    ticket.staged_at = run.started_at;
    if let Some(known) = known {
        ticket.created_at = known.created_at;
        ticket.answered_at = known.answered_at;
        ticket.category_id.clone_from(&known.category_id);
        (ticket.score, ticket.gone) = (known.score, known.gone);
        // What another system had resolved before it came here.
        ticket.resolved_at = known.resolved_at.filter(|at| *at < run.started_at);
        ticket.closed_at = known.closed_at.filter(|at| *at < run.started_at);
    }
    for entry in entries {
        let at = entry.time.as_ref().and_then(mesh_core::clock::from_proto).unwrap_or(run.staged_at);
        match &entry.change {
            Some(What::Started(started)) => {
                ticket.stage.clone_from(&started.stage_key);
                ticket.status = status(&started.stage_key).unwrap_or(run.category);
            }
            Some(What::Moved(moved)) => {
                let to = status(&moved.to_stage_key).unwrap_or(run.category);
                ticket.move_to(&moved.to_stage_key, to, at);
            }
            _ => {}
        }
    }
    ticket.follow(run, Marks::of(entries.iter().filter_map(|entry| entry.change.as_ref())));
    ticket
}

impl Workflow {
    /// Measures every run anew from its history, then makes the sums anew.
    pub(crate) async fn remeasure(&self) -> Result<()> {
        let mut last = String::new();
        loop {
            let (mut tx, mut batch) = (self.db.begin().await?, Batch::default());
            let ids = runs::after(tx.conn(), &last, TICKETS).await?;
            for id in &ids {
                if let Some(run) = runs::by_id(tx.conn(), id).await? {
                    self.remeasure_run(&mut tx, &mut batch, &run).await?;
                }
            }
            batch.close(&mut tx).await?;
            tx.commit().await?;
            match ids.into_iter().next_back() {
                Some(id) => last = id,
                None => break,
            }
        }
        self.retally().await
    }

    async fn remeasure_run(&self, tx: &mut Tx, batch: &mut Batch, run: &Run) -> Result<()> {
        let definition = self.definition(tx.conn(), run).await?;
        let known = measured::hold(tx.conn(), &run.facts.ticket_id).await?;
        let ticket = from_history(tx, &definition, run, known.as_ref()).await?;
        keep(tx, batch, known.as_ref(), &ticket).await
    }

    /// The sums of what every ticket adds, in place of whatever there was.
    async fn retally(&self) -> Result<()> {
        let mut tx = self.db.begin_alone("workflow.tallies").await?;
        tallies::forget(tx.conn()).await?;
        let mut last = String::new();
        loop {
            let tickets = measured::after(tx.conn(), &last, TICKETS).await?;
            let mut sums = Tallies::new();
            for ticket in &tickets {
                measure::tally(&mut sums, ticket, 1);
            }
            tallies::add(tx.conn(), &sums).await?;
            match tickets.into_iter().next_back() {
                Some(ticket) => last = ticket.ticket_id,
                None => return tx.commit().await,
            }
        }
    }
}
