//! What tests of the queues have in common: made-up news, and a listener that keeps what it hears.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::SignedDuration;
use mesh_core::{
    bus::{Group, Handler, Subscription},
    db::Db,
    error::{Error, Result},
    outbox::{self, News},
    testing::{World, eventually},
};
use proto::{
    events::v1::{Audience, Envelope, RunMoved, TicketDeleted, envelope::Event},
    workflow::v1::Run,
};

/// News about a subject; the version tells one from another.
pub(crate) fn news(subject: &str, version: i64) -> News {
    News {
        subject: subject.into(),
        version,
        audience: Audience::default(),
        event: Event::TicketsTicketDeleted(TicketDeleted::default()),
    }
}

/// News of another kind.
pub(crate) fn run_moved(subject: &str, version: i64) -> News {
    let event = Event::WorkflowRunMoved(RunMoved { run: Some(Run::default()), ..RunMoved::default() });
    News { event, ..news(subject, version) }
}

/// Writes news in a transaction of its own.
pub(crate) async fn push(world: &World, db: &Db, news: impl IntoIterator<Item = News>) {
    let mut tx = db.begin().await.expect("begins");
    for one in news {
        outbox::push(&mut tx, &world.cause(), one).await.expect("is written");
    }
    tx.commit().await.expect("commits");
}

/// How many events wait in the outbox.
pub(crate) async fn waiting(db: &Db) -> i64 {
    outbox::backlog(db).await.expect("answers").waiting
}

/// Moves the clock, unless a relay is at work: its lease would be over before it could do anything. While the database does not
/// answer nobody knows, and the clock stands.
pub(crate) async fn let_time_pass(world: &World, db: &Db, step: SignedDuration) {
    let held = sqlx::query("select 1 from outbox where leased_by is not null").fetch_all(db.reader()).await;
    if held.is_ok_and(|held| held.is_empty()) {
        world.clock().advance(step);
    }
}

type Verdict = Box<dyn Fn(&Envelope, usize) -> Result<()> + Send + Sync>;

/// Hears events, keeps them, and answers as it was told.
pub(crate) struct Listener {
    heard: Mutex<Vec<(String, i64)>>,
    verdict: Verdict,
}

impl Listener {
    /// One who takes everything.
    pub(crate) fn new() -> Arc<Self> {
        Self::who(|_, _| Ok(()))
    }

    /// One who answers by the event and how often he has heard it, this time included.
    pub(crate) fn who(verdict: impl Fn(&Envelope, usize) -> Result<()> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { heard: Mutex::default(), verdict: Box::new(verdict) })
    }

    /// A subscription to everything for this listener.
    pub(crate) fn subscription(self: &Arc<Self>, group: Group) -> Subscription {
        Subscription { group, keys: &["#"], handler: self.clone() }
    }

    /// Everything heard, in order: subject and version.
    pub(crate) fn heard(&self) -> Vec<(String, i64)> {
        self.heard.lock().expect("no test panicked here").clone()
    }

    /// Versions heard, by subject, in order.
    pub(crate) fn by_subject(&self) -> BTreeMap<String, Vec<i64>> {
        let mut subjects: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (subject, version) in self.heard() {
            subjects.entry(subject).or_default().push(version);
        }
        subjects
    }

    /// How often this was heard.
    pub(crate) fn times(&self, subject: &str, version: i64) -> usize {
        self.heard().iter().filter(|(heard, number)| heard == subject && *number == version).count()
    }

    /// Waits until so many were heard.
    pub(crate) async fn hears(&self, count: usize) {
        let what = format!("{count} events are heard");
        eventually(&what, async || (self.heard().len() >= count).then_some(())).await;
    }
}

#[async_trait]
impl Handler for Listener {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        self.heard.lock().expect("no test panicked here").push((envelope.subject.clone(), envelope.version));
        (self.verdict)(envelope, self.times(&envelope.subject, envelope.version))
    }
}

/// An error that counts against the event.
pub(crate) fn refusal() -> Error {
    Error::internal("this event makes no sense to me")
}

/// An error of the world's.
pub(crate) fn outage() -> Error {
    Error::unavailable("my database is away")
}
