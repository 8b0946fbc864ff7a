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

/// What the last look at the outbox found.
#[derive(Clone, Copy)]
struct Look {
    at: Timestamp,
    /// Whether it took everything there was.
    took_all: bool,
}

impl Unwritten {
    /// Tells it. Whether some of it is to be done again.
    async fn write(&self, tx: &mut Tx) -> Result<bool> {
        for holder in &self.doubtful {
            queue::disown(tx, holder).await?;
        }
        for outcome in &self.outcomes {
            queue::settle(tx, outcome).await?;
        }
        Ok(!self.doubtful.is_empty() || self.outcomes.iter().any(Outcome::is_undone))
    }
}

impl Relay {
    async fn run(self, stop: CancellationToken) -> Result<()> {
        let mut lanes = JoinSet::new();
        let mut unwritten = Unwritten::default();
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let (mut last, mut is_enough) = (None, false);
        while !stop.is_cancelled() {
            let Some(()) = stop.run_until_cancelled(self.bus_is_ready()).await else {
                break;
            };
            let known = last.filter(|_| is_enough);
            let look = match self.round(&mut lanes, &mut unwritten, known).await {
                Ok(look) => look,
                Err(error) if error.is_transient() => {
                    tracing::warn!(error = error.with_causes(), "the outbox waits for its database");
                    backoff.pause().await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
            last = Some(look);
            let taken = lanes.len();
            is_enough = tokio::select! {
                Some(outcome) = lanes.join_next() => {
                    unwritten.outcomes.push(outcome.map_err(Error::internal)?);
                    self.is_enough(look)
                }
                () = self.something_to_do(look.at, taken) => false,
                () = stop.cancelled() => true,
            };
            while let Some(outcome) = lanes.try_join_next() {
                unwritten.outcomes.push(outcome.map_err(Error::internal)?);
            }
        }
        while let Some(outcome) = lanes.join_next().await {
            unwritten.outcomes.push(outcome.map_err(Error::internal)?);
        }
        self.settle(&unwritten).await
    }

    /// Whether a look still tells everything when an event has left: it took all there was, and nothing came since, for that rings
    /// the bell. Other replicas' events, held up behind ours, ring theirs.
    fn is_enough(&self, look: Look) -> bool {
        look.took_all && self.db.engine() == Engine::Sqlite
    }

    /// One transaction: notes what has become of events, and unless enough is known claims new ones and sends them off.
    async fn round(
        &self,
        lanes: &mut JoinSet<Outcome>,
        unwritten: &mut Unwritten,
        known: Option<Look>,
    ) -> Result<Look> {
        let mut tx = self.db.begin_noting("outbox").await?;
        let is_undone = unwritten.write(&mut tx).await?;
        if let Some(look) = known.filter(|_| !is_undone) {
            tx.commit().await?;
            *unwritten = Unwritten::default();
            return Ok(look);
        }
        let (holder, room) = (tx.ids().id("rly"), LANES.saturating_sub(lanes.len()));
        let claimed = queue::claim(&mut tx, &holder, room).await?;
        let now = tx.now();
        let deadline = now.saturating_add(LEASE.saturating_sub(PUBLISHING)).unwrap_or(Timestamp::MAX);
        unwritten.doubtful.push(holder);
        tx.commit().await?;
        *unwritten = Unwritten::default();
        let took_all = lanes.is_empty() && queue::is_all(&claimed, room);
        for lane in claimed {
            lanes.spawn(publish(self.bus.clone(), self.clock.clone(), lane, deadline));
        }
        Ok(Look { at: now, took_all })
    }

    async fn settle(&self, unwritten: &Unwritten) -> Result<()> {
        let mut tx = self.db.begin_noting("outbox").await?;
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
