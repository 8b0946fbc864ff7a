//! The port news travels through. Two adapters: [`Local`] inside one process, [`Amqp`] over RabbitMQ.
//!
//! The invariant of both: [`Bus::publish`] returns only when nobody who must hear of the event can miss it any more, so the
//! outbox may forget it. Durable groups get every event at least once, those of one subject in order; ephemeral ones get
//! what comes while they listen.

pub mod amqp;
mod local;

use std::{fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt;
use proto::{event, events::v1::Envelope};
use tokio::time::timeout;
use tracing::Instrument;

pub use amqp::Amqp;
pub use local::Local;

use crate::{
    db::Db,
    error::{Error, Result},
    service::{Worker, panic_sentence},
    telemetry,
};

/// How long a handler may take over one event.
pub const HANDLING: Duration = Duration::from_secs(30);

/// Carries events from the service where they happened to the services that care.
#[async_trait]
pub trait Bus: fmt::Debug + Send + Sync {
    /// Hands an event over. When it returns, the event is safe with the bus.
    ///
    /// A transient error means that the bus or a consumer can't take it now; any other, that a consumer refused it.
    async fn publish(&self, envelope: &Envelope) -> Result<()>;

    /// Listens from now on; the worker does the listening. Call it while a service is built, before any worker runs, and once
    /// for a durable group: one handler gets all a group hears.
    fn subscribe(&self, subscription: Subscription) -> Worker;

    /// Takes what a durable group refused for good into the database of its service, where dead letters are counted, listed, sent
    /// again and dropped ([`crate::outbox::dead`]). `None` where the outbox that sent it keeps it there already.
    fn graves(&self, group: &'static str, db: &Db) -> Option<Worker> {
        let _ = (group, db);
        None
    }

    /// Whether publishing has a chance at the moment.
    async fn ready(&self) -> Result<()> {
        Ok(())
    }
}

/// Who listens to what.
#[derive(Clone)]
pub struct Subscription {
    /// The listener.
    pub group: Group,
    /// Patterns of event names: `tickets.#`, `*.run.*`.
    pub keys: &'static [&'static str],
    /// What is done with an event.
    pub handler: Arc<dyn Handler>,
}

/// A listener's name and whether the bus keeps events while it is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// All replicas together get each event once they can; events wait for them.
    Durable(&'static str),
    /// Each replica by itself gets what comes while it listens.
    Ephemeral(&'static str),
}

impl Group {
    /// The name without the kind.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Durable(name) | Self::Ephemeral(name) => name,
        }
    }

    /// Whether events wait for it.
    pub const fn is_durable(self) -> bool {
        matches!(self, Self::Durable(_))
    }
}

/// What a service does with an event. It may come twice: see [`crate::inbox`].
#[async_trait]
pub trait Handler: Send + Sync {
    /// Takes the event in. A transient error is repeated until it passes; any other some times, then the event is put aside.
    async fn handle(&self, envelope: &Envelope) -> Result<()>;

    /// Listening goes on after an interruption: an ephemeral group has missed what happened meanwhile. Durable groups miss
    /// nothing and are not told.
    async fn missed(&self) {}
}

impl Subscription {
    /// The name of the worker that listens.
    fn worker_name(&self) -> String {
        format!("{}.events", self.group.name())
    }

    /// Whether the subscription is to events of this name.
    fn wants(&self, name: &str) -> bool {
        self.keys.iter().any(|pattern| event::matches(pattern, name))
    }

    /// Gives the event to the handler: in the trace it belongs to, within its time, a panic turned into an error. An event
    /// this program does not know yet, from a newer one, is nobody's, and so is one the group once wanted and wants no more.
    async fn deliver(&self, envelope: &Envelope) -> Result<()> {
        let Some(event) = envelope.event.as_ref().filter(|event| self.wants(event::name(event))) else {
            return Ok(());
        };
        let span = tracing::info_span!(
            "handle",
            otel.name = event::name(event),
            otel.kind = "consumer",
            event = event::name(event),
            subject = envelope.subject,
            group = self.group.name()
        );
        let span = telemetry::with_parent(span, &envelope.traceparent);
        let handling = AssertUnwindSafe(self.handler.handle(envelope)).catch_unwind();
        match timeout(HANDLING, handling.instrument(span)).await {
            Ok(Ok(handled)) => handled,
            Ok(Err(panic)) => Err(Error::internal(panic_sentence(&*panic))),
            Err(_) => Err(Error::unavailable(format!("handling took longer than {HANDLING:?}"))),
        }
    }
}

/// What stands in for a second subscription of a durable group, which would take events away from the first: an error that
/// nobody can overlook.
fn doubled(group: Group) -> Worker {
    let name = group.name();
    Worker::new(format!("{name}.events"), move |_| async move {
        Err(Error::internal(format!(
            "two subscriptions call themselves {name}; give each a group of its own"
        )))
    })
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("group", &self.group)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
