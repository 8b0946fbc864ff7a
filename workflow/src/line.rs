//! The line before a queue: new runs that need somebody, placed many at a time by whoever of them is first.
//!
//! A queue serves one transaction at a time. If each new run entered it by itself, a hundred would pay for a hundred locks and
//! commits, one after the other; those that come while somebody is inside go in together next.
//!
//! Invariant: whoever stood in line is answered once his run was looked at in the queue. A run that was written down and
//! never looked at is not told to its ticket; the event that began it is heard again, and stands in line again.

use std::{
    collections::HashMap,
    slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use proto::events::v1::Envelope;
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::{change::Change, conflict, occasion::Occasion, pool::Pool, run::Run, store, workflow::Workflow};

/// Runs placed in one transaction. Others wait for the queue meanwhile, so it is short.
const MOST: usize = 64;

/// The lines before all queues of this process, by queue.
#[derive(Debug, Default)]
pub(crate) struct Lines(Mutex<HashMap<String, Arc<Line>>>);

/// The line before a queue.
#[derive(Debug, Default)]
struct Line {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever is in the queue; those who wait for it get it in the order they came.
    inside: tokio::sync::Mutex<()>,
}

/// A run in line.
#[derive(Debug)]
struct Waiting {
    ticket_id: String,
    occasion: Occasion,
    /// Where its event is handled, whoever of the line does it: what follows from it belongs to its own trace.
    span: Span,
    placed: oneshot::Sender<Result<()>>,
}

impl Lines {
    fn before(&self, queue_id: &str) -> Arc<Line> {
        let mut lines = locked(&self.0);
        lines.entry(queue_id.to_owned()).or_default().clone()
    }
}

impl Line {
    /// Stands in line; hears when the run was placed.
    fn stand(&self, ticket_id: String, occasion: Occasion) -> oneshot::Receiver<Result<()>> {
        let (placed, heard) = oneshot::channel();
        locked(&self.waiting).push(Waiting { ticket_id, occasion, span: Span::current(), placed });
        heard
    }

    /// The first in line leave it.
    fn first(&self) -> Vec<Waiting> {
        let mut waiting = locked(&self.waiting);
        let most = waiting.len().min(MOST);
        waiting.drain(..most).collect()
    }
}

impl Workflow {
    /// Has the new run of a ticket placed that waits in a queue and was never looked at.
    pub(crate) async fn place_new(&self, envelope: &Envelope, ticket_id: &str) -> Result<()> {
        let mut conn = self.read().await?;
        let run = store::runs::by_ticket(&mut conn, ticket_id).await?;
        drop(conn);
        let Some(run) = run.filter(Run::is_unplaced) else { return Ok(()) };
        let line = self.lines.before(&run.queue_id);
        let mut placed = line.stand(run.facts.ticket_id, Occasion::event(envelope));
        let _inside = line.inside.lock().await;
        loop {
            match placed.try_recv() {
                Ok(outcome) => return outcome,
                Err(oneshot::error::TryRecvError::Closed) => {
                    return Err(Error::unavailable("the ticket could not be placed now"));
                }
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            self.place_first(&run.queue_id, line.first()).await?;
        }
    }

    /// Places those who were first in line. One that can never be placed holds up none of the others; when the database is away, all
    /// of them are heard again.
    async fn place_first(&self, queue_id: &str, first: Vec<Waiting>) -> Result<()> {
        let is_placed = match conflict::retried(|| self.place_all(queue_id, &first)).await {
            Ok(()) => true,
            Err(error) if error.is_transient() => return Err(error),
            Err(_) => false,
        };
        for one in first {
            let outcome = if is_placed {
                Ok(())
            } else {
                conflict::retried(|| self.place_all(queue_id, slice::from_ref(&one))).await
            };
            // Whoever gave up meanwhile does not listen.
            let _ = one.placed.send(outcome);
        }
        Ok(())
    }

    /// Places those of the runs that still wait in the queue.
    async fn place_all(&self, queue_id: &str, those: &[Waiting]) -> Result<()> {
        let by_ticket: HashMap<_, _> = those.iter().map(|one| (one.ticket_id.as_str(), one)).collect();
        let mut tx = self.db.begin().await?;
        let mut pool = Pool::enter(&mut tx, queue_id).await?;
        let ids: Vec<_> = those.iter().map(|one| one.ticket_id.as_str()).collect();
        for run in store::runs::by_tickets(tx.conn(), &ids).await? {
            let one = by_ticket.get(run.facts.ticket_id.as_str());
            let still = run.is_unplaced() && run.queue_id == queue_id;
            let Some(one) = one.filter(|_| still) else { continue };
            let placing = self.place_one(&mut tx, &mut pool, run, &one.occasion);
            placing.instrument(one.span.clone()).await?;
        }
        pool.leave(&mut tx).await?;
        tx.commit().await
    }

    async fn place_one(&self, tx: &mut Tx, pool: &mut Pool, run: Run, occasion: &Occasion) -> Result<()> {
        let definition = self.definition(tx.conn(), &run).await?;
        let mut change = Change::of(&definition, occasion, run);
        pool.serve(tx, &mut change).await?;
        change.save(tx).await.map(drop)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
