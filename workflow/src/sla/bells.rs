//! Thresholds: when a share of a clock's target is used up, people are told.
//!
//! Invariant: a running clock has one job, for its next bell; one that stands or ended has none. A bell rings once, in the order of
//! the shares, however late: what was told stands on the clock, over the version that was read.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
    outbox::{self, News},
};
use proto::events::v1::{ClockBreached, ClockWarned, envelope::Event};

use super::{book::Book, clock::Clock, course::now_of, shelf};
use crate::{
    automating, conflict, events,
    occasion::{Doing, Occasion},
    run::Run,
    store::{self, clocks},
    workflow::Workflow,
};

/// The kind of these jobs; their key is the clock.
pub(crate) const KIND: &str = "clock_bell";

/// Sets the next bell of a clock, and takes back the one it had.
pub(crate) async fn set(tx: &mut Tx, book: &Book, clock: &Clock) -> Result<()> {
    if clock.version > 0 {
        jobs::cancel(tx, KIND, &clock.id).await?;
    }
    let calendar = book.calendar(&clock.terms.calendar_id);
    if let Some((_, due)) = calendar.and_then(|calendar| clock.next_bell(calendar)) {
        let job = Job { kind: KIND, key: clock.id.clone(), due, payload: Vec::new() };
        jobs::enqueue(tx, job).await?;
    }
    Ok(())
}

/// Rings.
#[derive(Clone, Debug)]
pub(crate) struct Ringer(pub(crate) Workflow);

#[async_trait]
impl Handler for Ringer {
    async fn run(&self, job: &Job) -> Result<()> {
        conflict::retried(|| self.ring(&job.key)).await
    }
}

impl Ringer {
    /// Rings every bell of a clock that is due.
    async fn ring(&self, clock_id: &str) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let Some((mut clock, run_id)) = clocks::by_id(tx.conn(), clock_id).await? else { return Ok(()) };
        let Some(run) = store::runs::by_id(tx.conn(), &run_id).await? else { return Ok(()) };
        let book = shelf::calendar_of(tx.conn(), &clock).await?;
        let due = due_bells(&clock, &book, tx.now());
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        for bell in &due {
            let now = now_of(&clock, &book, tx.now());
            let news = news(&run, &now, *bell, Some(run.to_proto(&definition)));
            let told = outbox::push(&mut tx, occasion.cause(Doing::Own), news).await?;
            automating::told(&mut tx, &told, &run).await?;
        }
        clock.told = due.last().copied().unwrap_or(clock.told);
        if !clocks::put(tx.conn(), &run.id, &clock).await? {
            return Err(Error::conflict("the clock moved at the same moment"));
        }
        set(&mut tx, &book, &clock).await?;
        tx.commit().await
    }
}

/// The bells of a clock that are due and were not rung, in order.
fn due_bells(clock: &Clock, book: &Book, now: Timestamp) -> Vec<i64> {
    let spent = now_of(clock, book, now).spent;
    let due = |bell: &&i64| clock.is_open() && **bell > clock.told && **bell <= spent;
    clock.terms.bells.iter().filter(due).copied().collect()
}

/// What is told of a bell.
fn news(run: &Run, clock: &Clock, bell: i64, wire: Option<proto::workflow::v1::Run>) -> News {
    let (clock_wire, ticket_subject) = (Some(clock.to_proto()), run.facts.subject.clone());
    let percent = i32::try_from(bell.saturating_mul(100) / clock.terms.target.max(1)).unwrap_or(100);
    let event = if bell >= clock.terms.target {
        Event::WorkflowClockBreached(ClockBreached { clock: clock_wire, run: wire, ticket_subject })
    } else {
        Event::WorkflowClockWarned(ClockWarned { clock: clock_wire, run: wire, percent, ticket_subject })
    };
    News {
        subject: run.facts.ticket_id.clone(),
        version: run.version,
        audience: events::audience(run, &run.assignee),
        event,
    }
}
