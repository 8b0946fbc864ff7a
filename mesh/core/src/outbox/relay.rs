//! Carries the outbox to the bus: many subjects at a time, the events of one in order.
//!
//! The invariant: a row is deleted only after its event was confirmed. Killed at any moment, the relay leaves rows that
//! another one, or its next life, publishes again once the lease is over.

use std::{future::pending, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::queue::{self, Claimed, LEASE, Lane, Outcome};
use crate::{
    bus::{Bus, HANDLING},
    clock::SharedClock,
    db::{Db, Engine, Tx},
    error::{Error, Result},
    retry::Backoff,
    service::Worker,
};

/// Subjects under way at a time.
const LANES: usize = 32;
/// How long nothing happens before it is asked when something will.
const QUIET: Duration = Duration::from_millis(10);
/// How often the table is looked at without a bell: on PostgreSQL another replica may have died with events of its own.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The same on SQLite, where only a command beside the process writes without a bell: `ticketmesh dead revive`.
const LOOK_AGAIN_ALONE: Duration = Duration::from_secs(10);
/// The bus must answer within this; longer than a handler may take, shorter than the lease.
const PUBLISHING: Duration = HANDLING.saturating_add(Duration::from_secs(5));
/// The pauses while the bus or the database is down: the first one, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The worker that carries a database's outbox to the bus.
pub fn relay(db: Db, bus: Arc<dyn Bus>, clock: SharedClock) -> Worker {
    Worker::new("outbox relay", move |stop| {
        let relay = Relay { db: db.clone(), bus: bus.clone(), clock: clock.clone() };
        relay.run(stop)
    })
}

struct Relay {
    db: Db,
    bus: Arc<dyn Bus>,
    clock: SharedClock,
}

/// What the database is yet to be told.
#[derive(Default)]
struct Unwritten {
    /// What became of lanes.
    outcomes: Vec<Outcome>,
    /// Names of claims whose transaction broke at its end: they may hold events nobody publishes.
    doubtful: Vec<String>,
}

impl Unwritten {
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        for holder in &self.doubtful {
            queue::disown(tx, holder).await?;
        }
        for outcome in &self.outcomes {
            queue::settle(tx, outcome).await?;
        }
        Ok(())
    }
}

impl Relay {
    async fn run(self, stop: CancellationToken) -> Result<()> {
        let mut lanes = JoinSet::new();
        let mut unwritten = Unwritten::default();
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        while !stop.is_cancelled() {
            let Some(()) = stop.run_until_cancelled(self.bus_is_ready()).await else {
                break;
            };
            let looked = match self.round(&mut lanes, &mut unwritten).await {
                Ok(looked) => looked,
                Err(error) if error.is_transient() => {
                    tracing::warn!(error = error.with_causes(), "the outbox waits for its database");
                    backoff.pause().await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
            let taken = lanes.len();
            tokio::select! {
                Some(outcome) = lanes.join_next() => unwritten.outcomes.push(outcome.map_err(Error::internal)?),
                () = self.something_to_do(looked, taken) => {}
                () = stop.cancelled() => {}
            }
            while let Some(outcome) = lanes.try_join_next() {
                unwritten.outcomes.push(outcome.map_err(Error::internal)?);
            }
        }
        while let Some(outcome) = lanes.join_next().await {
            unwritten.outcomes.push(outcome.map_err(Error::internal)?);
        }
        self.settle(&unwritten).await
    }

    /// One transaction: notes what has become of events, claims new ones and sends them off. Returns its instant.
    async fn round(&self, lanes: &mut JoinSet<Outcome>, unwritten: &mut Unwritten) -> Result<Timestamp> {
        let mut tx = self.db.begin_alone("outbox").await?;
        unwritten.write(&mut tx).await?;
        let holder = tx.ids().id("rly");
        let claimed = queue::claim(&mut tx, &holder, LANES.saturating_sub(lanes.len())).await?;
        let now = tx.now();
        let deadline = now.saturating_add(LEASE.saturating_sub(PUBLISHING)).unwrap_or(Timestamp::MAX);
        unwritten.doubtful.push(holder);
        tx.commit().await?;
        *unwritten = Unwritten::default();
        for lane in claimed {
            lanes.spawn(publish(self.bus.clone(), self.clock.clone(), lane, deadline));
        }
        Ok(now)
    }

    async fn settle(&self, unwritten: &Unwritten) -> Result<()> {
        let mut tx = self.db.begin_alone("outbox").await?;
        unwritten.write(&mut tx).await?;
        tx.commit().await
    }

    /// Waits for the bus, asking it ever more slowly. Rows stay untouched meanwhile.
    async fn bus_is_ready(&self) {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        while let Err(error) = self.bus.ready().await {
            tracing::warn!(error = error.with_causes(), "news waits: the bus can't be reached");
            backoff.pause().await;
        }
    }

    /// Waits until there may be something to claim that was not there at the last look. With all lanes taken there is not.
    async fn something_to_do(&self, looked: Timestamp, taken: usize) {
        if taken >= LANES {
            return pending().await;
        }
        tokio::select! {
            () = self.db.bells().outbox.notified() => {}
            () = self.something_gets_free(looked) => {}
            () = look_again(self.db.engine()) => {}
        }
    }

    /// Waits for the end of the next pause or lease. Nobody asks for it while news come one after the other.
    async fn something_gets_free(&self, looked: Timestamp) {
        sleep(QUIET).await;
        match queue::next_free(&self.db, looked).await {
            Ok(Some(instant)) => self.clock.reaches(instant).await,
            Ok(None) | Err(_) => pending().await,
        }
    }
}

/// Waits long enough to look for what other processes left.
async fn look_again(engine: Engine) {
    sleep(match engine {
        Engine::Sqlite => LOOK_AGAIN_ALONE,
        Engine::Postgres => LOOK_AGAIN,
    })
    .await;
}

/// Publishes events of one subject in order, until one fails or the lease gets short.
async fn publish(bus: Arc<dyn Bus>, clock: SharedClock, lane: Lane, deadline: Timestamp) -> Outcome {
    let mut left = 0;
    let mut failure = None;
    for event in &lane.events {
        if clock.now() > deadline {
            break;
        }
        match publish_one(&*bus, event).await {
            Ok(()) => left += 1,
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    Outcome { lane, left, failure }
}

async fn publish_one(bus: &dyn Bus, event: &Claimed) -> Result<()> {
    let envelope = event.envelope()?;
    let late = |_| Error::unavailable("the bus did not answer in time");
    timeout(PUBLISHING, bus.publish(&envelope)).await.map_err(late)?
}
