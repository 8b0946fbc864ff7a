//! Tickets that arrive: their runs are begun, placed and written many at a time, by whoever of them is first.
//!
//! A queue serves one transaction at a time, and what reports count of an hour stands in the same few rows. If each ticket came in by
//! itself, a hundred would pay for a hundred locks and commits, one after the other; those that come while somebody is inside go in
//! together next.
//!
//! Invariant: whoever stood in line is answered once his ticket has a run that was looked at in its queue. Of one that could not come in
//! nothing is written; the event that brought it is heard again, and stands in line again.

use std::{
    collections::{HashMap, HashSet},
    slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mesh_core::{
    db::Tx,
    error::{Error, Result},
    inbox,
};
use proto::{events::v1::Envelope, tickets::v1::Ticket};
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::{
    automating,
    batch::Batch,
    change::Change,
    choosing::Taker,
    conflict,
    consume::GROUP,
    definition::Definition,
    measuring,
    occasion::Occasion,
    pool::Pool,
    queue::Queue,
    run::{Facts, Run},
    store,
    workflow::Workflow,
};

/// Tickets let in by one transaction. Others wait for the queue meanwhile, so it is short.
const MOST: usize = 64;

/// The lines of this process, by department.
#[derive(Debug, Default)]
pub(crate) struct Lines(Mutex<HashMap<String, Arc<Line>>>);

/// The tickets of a department that wait to be let in.
#[derive(Debug, Default)]
struct Line {
    waiting: Mutex<Vec<Arrival>>,
    /// Held by whoever lets others in; those who wait for it get it in the order they came.
    inside: tokio::sync::Mutex<()>,
}

/// A ticket in line.
#[derive(Debug)]
struct Arrival {
    envelope: Envelope,
    ticket: Ticket,
    /// Where its event is handled, whoever of the line does it: what follows from it belongs to its own trace.
    span: Span,
    outcome: oneshot::Sender<Result<()>>,
}

impl Lines {
    fn of(&self, department_id: &str) -> Arc<Line> {
        let mut lines = locked(&self.0);
        lines.entry(department_id.to_owned()).or_default().clone()
    }
}

impl Line {
    /// Stands in line; hears what became of it.
    fn stand(&self, envelope: &Envelope, ticket: &Ticket) -> oneshot::Receiver<Result<()>> {
        let (outcome, heard) = oneshot::channel();
        let (envelope, ticket) = (envelope.clone(), ticket.clone());
        locked(&self.waiting).push(Arrival { envelope, ticket, span: Span::current(), outcome });
        heard
    }

    /// The first in line leave it.
    fn first(&self) -> Vec<Arrival> {
        let mut waiting = locked(&self.waiting);
        let most = waiting.len().min(MOST);
        waiting.drain(..most).collect()
    }
}

impl Workflow {
    /// A ticket without a run gets one, and its run somebody who works on it, if anybody can.
    pub(crate) async fn arrive(&self, envelope: &Envelope, ticket: &Ticket) -> Result<()> {
        let line = self.lines.of(&ticket.department_id);
        let mut heard = line.stand(envelope, ticket);
        let _inside = line.inside.lock().await;
        loop {
            match heard.try_recv() {
                Ok(outcome) => return outcome,
                Err(oneshot::error::TryRecvError::Closed) => {
                    return Err(Error::unavailable("the ticket could not be taken in now"));
                }
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            self.let_in(line.first()).await?;
        }
    }

    /// Lets in those who were first in line. One that can never come in holds up none of the others; when the database is away, all of
    /// them are heard again.
    async fn let_in(&self, first: Vec<Arrival>) -> Result<()> {
        let are_in = match conflict::retried(|| self.begin_all(&first)).await {
            Ok(()) => true,
            Err(error) if error.is_transient() => return Err(error),
            Err(_) => false,
        };
        for one in first {
            let outcome = if are_in {
                Ok(())
            } else {
                conflict::retried(|| self.begin_all(slice::from_ref(&one))).await
            };
            // Whoever gave up meanwhile does not listen.
            let _ = one.outcome.send(outcome);
        }
        Ok(())
    }

    /// Begins the runs of tickets of one department, those of each queue in a transaction of its own: nobody waits for one queue while
    /// he is in another.
    async fn begin_all(&self, arrivals: &[Arrival]) -> Result<()> {
        let mut left: Vec<_> = arrivals.iter().collect();
        while let Some(first) = left.first() {
            let mut tx = self.db.begin().await?;
            let mut hall = Hall::enter(self, &mut tx, &first.ticket.department_id, &left).await?;
            let mut others = Vec::new();
            for arrival in left {
                let begun = hall.begin(&mut tx, arrival).instrument(arrival.span.clone());
                if !begun.await? {
                    others.push(arrival);
                }
            }
            hall.leave(&mut tx).await?;
            tx.commit().await?;
            left = others;
        }
        Ok(())
    }
}

/// Where the tickets of a department arrive in one transaction: what they are sent by, and what their changes have in common.
struct Hall<'w> {
    workflow: &'w Workflow,
    takers: Vec<Taker>,
    choices: Vec<Queue>,
    /// Tickets that have a run already.
    known: HashSet<String>,
    /// The queue that is served, once the first run waits in one.
    pool: Option<(String, Pool)>,
    batch: Batch,
}

impl<'w> Hall<'w> {
    async fn enter(
        workflow: &'w Workflow,
        tx: &mut Tx,
        department_id: &str,
        arrivals: &[&Arrival],
    ) -> Result<Self> {
        let takers = store::drafts::takers(tx.conn()).await?;
        let choices = workflow.choices(tx, department_id).await?;
        let ids: Vec<_> = arrivals.iter().map(|arrival| arrival.ticket.id.as_str()).collect();
        let runs = store::runs::by_tickets(tx.conn(), &ids).await?;
        let known = runs.into_iter().map(|run| run.facts.ticket_id).collect();
        Ok(Self { workflow, takers, choices, known, pool: None, batch: Batch::default() })
    }

    /// Begins the run of a ticket that has none. False when it waits in another queue than those before it: nothing is written then.
    async fn begin(&mut self, tx: &mut Tx, arrival: &Arrival) -> Result<bool> {
        let Arrival { envelope, ticket, .. } = arrival;
        let facts = Facts::of(ticket, envelope.version);
        let definition = self.workflow.definition_among(tx, &self.takers, &facts).await?;
        let run = self.stand(tx, &definition, facts, ticket).await?;
        let occasion = Occasion::event(envelope);
        let mut change = Change::begin(&definition, &occasion, run);
        self.workflow.release_from_strangers(tx, &mut change).await?;
        if let (Some(queue_id), Some((served, _))) = (change.newly_waits_in(), &self.pool)
            && queue_id != served
        {
            return Ok(false);
        }
        if inbox::first_time(tx, GROUP, &envelope.id).await? {
            if self.known.contains(&ticket.id) {
                automating::hear(tx, envelope).await?;
            } else {
                let run = self.take_in(tx, change, ticket).await?;
                automating::told(tx, envelope, &run).await?;
            }
        }
        Ok(true)
    }

    /// The run of a ticket where it begins.
    async fn stand(
        &self,
        tx: &mut Tx,
        definition: &Definition,
        facts: Facts,
        ticket: &Ticket,
    ) -> Result<Run> {
        let (id, now) = (tx.ids().id("run"), tx.now());
        let run = Run::start(id, definition, facts, String::new(), now);
        let mut run = run.stand(definition, ticket, now);
        let place = self.workflow.place_among(tx, &self.choices, &run).await?;
        run.put(place, now);
        Ok(run)
    }

    /// Writes a run that begins, with whoever works on it.
    async fn take_in(&mut self, tx: &mut Tx, mut change: Change<'_>, ticket: &Ticket) -> Result<Run> {
        if let Some(queue_id) = change.newly_waits_in() {
            let (_, pool) = match self.pool.take() {
                Some(served) => self.pool.insert(served),
                None => self.pool.insert((queue_id.to_owned(), Pool::enter(tx, queue_id).await?)),
            };
            pool.serve(tx, &mut change).await?;
        }
        let run = change.save_with(tx, &mut self.batch).await?;
        measuring::filed(tx, &mut self.batch, ticket).await?;
        Ok(run)
    }

    async fn leave(self, tx: &mut Tx) -> Result<()> {
        if let Some((_, pool)) = self.pool {
            pool.leave(tx).await?;
        }
        self.batch.close(tx).await
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
