//! Runs jobs: many keys at a time, the jobs of one in order.
//!
//! The invariant: a job is forgotten only after its handler succeeded. Killed at any moment, the runner leaves jobs that
//! another one, or its next life, takes over once the lease is over.

use std::{collections::BTreeMap, future::pending, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use jiff::Timestamp;
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    Handler,
    queue::{self, Claimed, LEASE},
};
use crate::{
    clock::SharedClock,
    db::{Db, Engine},
    error::{Error, Result},
    retry::Backoff,
    service::{Worker, panic_sentence},
    telemetry,
};

/// Jobs under way at a time.
const MOST: usize = 16;
/// How often the table is looked at without a bell: on PostgreSQL another replica enqueues jobs too.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The same on SQLite, where only a command beside the process writes without a bell: `ticketmesh dead revive`.
const LOOK_AGAIN_ALONE: Duration = Duration::from_secs(10);
/// How long nothing happens before it is asked when something will.
const QUIET: Duration = Duration::from_millis(10);
/// The pauses while the database is down: the first one, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// Which handler does which kind of job. One for a database, so that all kinds share the limit.
#[derive(Clone)]
pub struct Runner {
    db: Db,
    clock: SharedClock,
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
}

impl Runner {
    /// A runner that does nothing yet. Kinds without a handler stay for a newer program.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock, handlers: BTreeMap::new() }
    }

    /// Gives the jobs of a kind to `handler`.
    pub fn on(mut self, kind: &'static str, handler: Arc<dyn Handler>) -> Self {
        self.handlers.insert(kind, handler);
        self
    }

    /// The worker that runs them.
    pub fn worker(self) -> Worker {
        Worker::new("jobs", move |stop| {
            let holder = self.db.new_id("run");
            Shift {
                runner: self.clone(),
                holder,
                running: JoinSet::new(),
                held: BTreeMap::new(),
                done: Vec::new(),
                doubtful: Vec::new(),
            }
            .run(stop)
        })
    }
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("db", &self.db)
            .field("kinds", &self.handlers.keys())
            .finish_non_exhaustive()
    }
}

/// One life of a runner.
struct Shift {
    runner: Runner,
    /// This runner's name in leases.
    holder: String,
    running: JoinSet<(Claimed, Result<()>)>,
    /// When the lease of each running job is renewed, by row.
    held: BTreeMap<i64, Timestamp>,
    /// Finished and not written down yet.
    done: Vec<(Claimed, Result<()>)>,
    /// Rows claimed in a transaction that broke at its end: this runner may hold them without knowing.
    doubtful: Vec<i64>,
}

impl Shift {
    async fn run(mut self, stop: CancellationToken) -> Result<()> {
        let mut backoff = Backoff::new(PAUSES.0, PAUSES.1);
        while !stop.is_cancelled() {
            let looked = match self.round(MOST.saturating_sub(self.running.len())).await {
                Ok(looked) => looked,
                Err(error) if error.is_transient() => {
                    tracing::warn!(error = error.with_causes(), "jobs wait for their database");
                    backoff.pause().await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            backoff = Backoff::new(PAUSES.0, PAUSES.1);
            let (running, renewal) = (self.running.len(), self.held.values().min().copied());
            tokio::select! {
                Some(finished) = self.running.join_next() => self.note(finished.map_err(Error::internal)?),
                () = self.runner.something_to_do(looked, running, renewal) => {}
                () = stop.cancelled() => {}
            }
            while let Some(finished) = self.running.try_join_next() {
                self.note(finished.map_err(Error::internal)?);
            }
        }
        while let Some(finished) = self.running.join_next().await {
            self.note(finished.map_err(Error::internal)?);
        }
        self.round(0).await.map(drop)
    }

    fn note(&mut self, (claimed, outcome): (Claimed, Result<()>)) {
        self.held.remove(&claimed.seq());
        self.done.push((claimed, outcome));
    }

    /// One transaction: notes what is done, holds what goes on, claims up to `room` more and starts it. Returns its instant.
    async fn round(&mut self, room: usize) -> Result<Timestamp> {
        let mut tx = self.runner.db.begin_noting("jobs").await?;
        for seq in &self.doubtful {
            queue::free(&mut tx, &self.holder, *seq).await?;
        }
        for (claimed, outcome) in &self.done {
            queue::settle(&mut tx, &self.holder, claimed, outcome).await?;
        }
        let now = tx.now();
        for (seq, _) in self.held.iter().filter(|(_, renewal)| **renewal <= now) {
            queue::renew(&mut tx, &self.holder, *seq).await?;
        }
        let claimed = match room {
            0 => Vec::new(),
            _ => queue::claim(&mut tx, &self.holder, &self.runner.kinds(), room).await?,
        };
        self.doubtful.extend(claimed.iter().map(Claimed::seq));
        tx.commit().await?;
        self.doubtful.clear();
        self.done.clear();
        let renewal = now.saturating_add(LEASE / 2).unwrap_or(Timestamp::MAX);
        self.held.values_mut().filter(|due| **due <= now).for_each(|due| *due = renewal);
        for job in claimed {
            self.held.insert(job.seq(), renewal);
            self.start(job);
        }
        Ok(now)
    }

    fn start(&mut self, claimed: Claimed) {
        let Some(handler) = self.runner.handlers.get(claimed.job.kind).cloned() else {
            return;
        };
        let kind = claimed.job.kind;
        let span = tracing::info_span!("job", otel.name = kind, kind, key = claimed.job.key, id = claimed.id);
        let span = telemetry::with_parent(span, &claimed.traceparent);
        let run = async move {
            let outcome = AssertUnwindSafe(handler.run(&claimed.job)).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|panic| Err(Error::internal(panic_sentence(&*panic))));
            (claimed, outcome)
        };
        self.running.spawn(run.instrument(span));
    }
}

impl Runner {
    /// Waits until there may be something to claim that was not there at the last look, or a lease to renew.
    async fn something_to_do(&self, looked: Timestamp, running: usize, renewal: Option<Timestamp>) {
        let renewed = async {
            match renewal {
                Some(instant) => self.clock.reaches(instant).await,
                None => pending().await,
            }
        };
        if running >= MOST {
            return renewed.await;
        }
        tokio::select! {
            () = self.db.bells().jobs.notified() => {}
            () = self.something_gets_due(looked) => {}
            () = renewed => {}
            () = look_again(self.db.engine()) => {}
        }
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    /// Waits until the next job gets due. Nobody asks for it while jobs come one after the other.
    async fn something_gets_due(&self, looked: Timestamp) {
        sleep(QUIET).await;
        match queue::next(&self.db, &self.kinds(), looked).await {
            Ok(Some(instant)) => self.clock.reaches(instant).await,
            Ok(None) | Err(_) => pending().await,
        }
    }
}

/// Waits long enough to look for what other processes enqueued.
async fn look_again(engine: Engine) {
    sleep(match engine {
        Engine::Sqlite => LOOK_AGAIN_ALONE,
        Engine::Postgres => LOOK_AGAIN,
    })
    .await;
}
