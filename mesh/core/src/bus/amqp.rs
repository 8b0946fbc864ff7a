//! The bus over RabbitMQ: one topic exchange, one quorum queue a durable group, publisher confirms.
//!
//! The invariants: an event counts as published when the broker has confirmed that every queue that is meant to get it holds
//! it on disk; it is acknowledged after its handler succeeded, or after it was moved to another queue with a confirm of its
//! own. A broker that is away, for seconds or hours, delays events and loses none.
//!
//! Order: a durable queue has one active consumer among all replicas, and that one handles the events of a subject one after
//! the other. An event that keeps being refused is first repeated in its place, then parked for a while, then put aside in the
//! group's dead-letter queue with the reason, from where its service takes it into its database; only then do later events of its
//! subject overtake it.

mod consumer;
mod graves;
mod lanes;
pub(crate) mod topology;
mod wire;

use std::{
    collections::HashSet,
    fmt,
    str::FromStr,
    sync::{self, Arc, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use lapin::{
    Channel, Confirmation, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    uri::AMQPUri,
};
use proto::{event, events::v1::Envelope};
use tokio::{sync::Mutex, time::timeout};

use super::{Bus, Group, Subscription, doubled};
use crate::{
    db::Db,
    error::{BoxError, Error, Result},
    service::Worker,
};

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long the broker may take to confirm; it takes none while it is short of memory or disk.
const CONFIRMING: Duration = Duration::from_secs(20);
/// Where everything is when an address says nothing else.
const DEFAULT_VHOST: &str = "/";
/// Seconds between signs of life, unless the URL says something else. A broker that died silently is missed after two.
const HEARTBEAT: u16 = 15;

/// Names and patience.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What names of exchange and queues begin with.
    pub prefix: String,
    /// How often a refused event is repeated in its place, holding up its subject.
    pub attempts_in_place: u32,
    /// The first and the longest pause between those.
    pub pauses: (Duration, Duration),
    /// How long it is parked then, before it is tried in place again.
    pub parked_for: Duration,
    /// Refusals after which it is a dead letter.
    pub most_attempts: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: "ticketmesh".to_owned(),
            attempts_in_place: 4,
            pauses: (Duration::from_millis(100), Duration::from_secs(5)),
            parked_for: Duration::from_secs(30),
            most_attempts: 12,
        }
    }
}

/// A bus for services in several processes. Cloning is cheap.
#[derive(Clone)]
pub struct Amqp(Arc<Shared>);

struct Shared {
    uri: AMQPUri,
    settings: Settings,
    /// Durable groups of the whole mesh with their patterns: their queues are there before anybody publishes.
    expected: Vec<(&'static str, &'static [&'static str])>,
    publisher: Mutex<Option<Arc<Publisher>>>,
    /// Durable groups somebody in this process listens for.
    listening: sync::Mutex<HashSet<Group>>,
}

/// A connection that publishes, and its one channel.
struct Publisher {
    connection: Connection,
    channel: Channel,
}

impl Amqp {
    /// A bus behind `amqp://user:password@host:5672/%2f`. Nothing is connected yet; that happens at the first use, and again
    /// whenever the connection breaks.
    ///
    /// `expected` names the durable groups of the mesh with their patterns. Whoever connects first declares their queues, so
    /// that an event waits for a service that has never run.
    pub fn open(url: &str, expected: &[(&'static str, &'static [&'static str])]) -> Result<Self> {
        Self::with_settings(url, expected, Settings::default())
    }

    /// The same with other names and patience.
    pub fn with_settings(
        url: &str,
        expected: &[(&'static str, &'static [&'static str])],
        settings: Settings,
    ) -> Result<Self> {
        let mut uri = AMQPUri::from_str(url).map_err(|error| {
            Error::invalid(
                "broker url",
                format!("can't be read ({error}); it looks like amqp://user:password@host:5672/%2f"),
            )
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        if uri.vhost.is_empty() {
            // RabbitMQ's operator writes `amqp://…:5672/` into its secrets and means the usual one.
            DEFAULT_VHOST.clone_into(&mut uri.vhost);
        }
        Ok(Self(Arc::new(Shared {
            uri,
            settings,
            expected: expected.to_vec(),
            publisher: Mutex::default(),
            listening: sync::Mutex::default(),
        })))
    }

    /// The publisher, connected now if it is not.
    async fn publisher(&self) -> Result<Arc<Publisher>> {
        let mut slot = self.0.publisher.lock().await;
        if let Some(publisher) = slot.as_ref().filter(|publisher| publisher.is_usable()) {
            return Ok(publisher.clone());
        }
        let publisher = Arc::new(self.0.connect_publisher().await?);
        *slot = Some(publisher.clone());
        Ok(publisher)
    }

    /// Forgets a publisher that failed; the next one to publish connects anew.
    async fn drop_publisher(&self, failed: &Arc<Publisher>) {
        let mut slot = self.0.publisher.lock().await;
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, failed)) {
            *slot = None;
        }
    }

    /// Whether a group of the mesh waits for events of this name.
    fn is_expected(&self, name: &str) -> bool {
        self.0.expected.iter().any(|(_, keys)| keys.iter().any(|pattern| event::matches(pattern, name)))
    }

    async fn send(&self, publisher: &Publisher, envelope: &Envelope, name: &'static str) -> Result<()> {
        let message = wire::message(envelope, name);
        let exchange = topology::exchange(&self.0.settings);
        let confirmation = publish(&publisher.channel, &exchange, name, &message).await?;
        if confirmation.take_message().is_some() && self.is_expected(name) {
            // Somebody deleted a queue. Connecting anew declares it again, then the event is sent again.
            return Err(Error::unavailable("a queue that was to get the event is gone from the broker"));
        }
        Ok(())
    }
}

#[async_trait]
impl Bus for Amqp {
    async fn publish(&self, envelope: &Envelope) -> Result<()> {
        let Some(event) = &envelope.event else {
            return Ok(());
        };
        let publisher = self.publisher().await?;
        let sent = self.send(&publisher, envelope, event::name(event)).await;
        if sent.is_err() {
            self.drop_publisher(&publisher).await;
        }
        sent
    }

    fn subscribe(&self, subscription: Subscription) -> Worker {
        let (group, name) = (subscription.group, subscription.worker_name());
        if group.is_durable()
            && !self.0.listening.lock().unwrap_or_else(PoisonError::into_inner).insert(group)
        {
            return doubled(group);
        }
        let (shared, subscription) = (self.0.clone(), Arc::new(subscription));
        Worker::new(name, move |stop| consumer::run(shared.clone(), subscription.clone(), stop))
    }

    fn graves(&self, group: &'static str, db: &Db) -> Option<Worker> {
        let (shared, db) = (self.0.clone(), db.clone());
        let run = move |stop| graves::run(shared.clone(), group, db.clone(), stop);
        Some(Worker::new(format!("{group}.dead letters"), run))
    }

    async fn ready(&self) -> Result<()> {
        self.publisher().await.map(drop)
    }
}

impl Shared {
    async fn connect(&self, purpose: &str) -> Result<Connection> {
        let properties =
            ConnectionProperties::default().with_connection_name(format!("ticketmesh {purpose}").into());
        let connecting = Connection::connect_uri(self.uri.clone(), properties);
        let late = |_| Error::unavailable("the broker did not answer in time");
        timeout(CONNECTING, connecting).await.map_err(late)?.map_err(broken)
    }

    async fn connect_publisher(&self) -> Result<Publisher> {
        let connection = self.connect("publisher").await?;
        let channel = connection.create_channel().await.map_err(broken)?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(broken)?;
        topology::declare_exchange(&channel, &self.settings).await?;
        for (group, keys) in &self.expected {
            topology::declare_durable(&channel, &self.settings, group, keys).await?;
        }
        Ok(Publisher { connection, channel })
    }
}

impl Publisher {
    fn is_usable(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }
}

/// Publishes a message and waits until the broker has it safe. The confirmation carries the message if no queue wanted it.
async fn publish(
    channel: &Channel,
    exchange: &str,
    key: &str,
    message: &wire::Message,
) -> Result<Confirmation> {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let publishing = async {
        let (exchange, key) = (wire::short(exchange)?, wire::short(key)?);
        let properties = message.properties.clone();
        channel
            .basic_publish(exchange, key, options, &message.body, properties)
            .await
            .map_err(broken)?
            .await
            .map_err(broken)
    };
    let late = |_| Error::unavailable("the broker did not confirm in time");
    let confirmation = timeout(CONFIRMING, publishing).await.map_err(late)??;
    if confirmation.is_ack() {
        Ok(confirmation)
    } else {
        Err(Error::unavailable("the broker did not take the event"))
    }
}

/// Whatever lapin says, the broker can't be used at the moment.
fn broken(error: lapin::Error) -> Error {
    Error::unavailable_because("the broker can't be reached", BoxError::from(error))
}

impl fmt::Debug for Amqp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let broker = format!("{}:{}", self.0.uri.authority.host, self.0.uri.authority.port);
        f.debug_struct("Amqp")
            .field("broker", &broker)
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Amqp;

    #[test]
    fn an_address_that_ends_in_a_slash_means_the_usual_virtual_host() {
        let vhost = |url: &str| Amqp::open(url, &[]).expect("an address").0.uri.vhost.clone();
        assert_eq!(vhost("amqp://user:word@broker:5672/"), "/");
        assert_eq!(vhost("amqp://user:word@broker:5672"), "/");
        assert_eq!(vhost("amqp://user:word@broker:5672/desk"), "desk");
    }
}
