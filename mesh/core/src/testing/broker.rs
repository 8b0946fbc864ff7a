//! RabbitMQ for one world: an exchange and queues of its own, gone with it, and the knowledge of what is on its way over them.
//!
//! The invariants: an event is on its way from before it is published until each listener has taken it in, so no moment is between
//! an outbox and the broker; and whoever subscribed before an event was published hears it, as on the bus inside a process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use lapin::{
    Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};
use proto::{
    event,
    events::v1::{Envelope, SessionRevoked, UserUpdated, envelope::Event},
};
use tokio::time::sleep;

use super::{amqp_url, database::apart};
use crate::{
    bus::{
        Amqp, Bus, Group, Handler, Subscription,
        amqp::{Settings, topology},
    },
    clock::SystemClock,
    db::Db,
    error::Result,
    id::Ids,
    service::Worker,
};

/// How often everybody is asked whether he listens.
const GLANCE: Duration = Duration::from_millis(5);
/// The id of what is only sent to see who listens.
const PROBE: &str = "probe";

/// A world's part of the broker. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Broker {
    bus: Amqp,
    settings: Settings,
    traffic: Arc<Traffic>,
}

/// Who listens, and what each has yet to take in.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    listeners: Mutex<Vec<Listener>>,
    /// Held by whoever asks whether everybody listens.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Listener {
    group: Group,
    keys: &'static [&'static str],
    listens: bool,
    /// How often each event is on its way, by its id.
    on_the_way: BTreeMap<String, usize>,
}

/// Tells when a listener has taken something in.
struct Watched {
    /// The listener's place in the list.
    place: usize,
    is_durable: bool,
    handler: Arc<dyn Handler>,
    traffic: Arc<Traffic>,
}

impl Broker {
    /// A part of the broker that nobody else has.
    pub(super) fn open() -> Self {
        // Not from the world's seed: worlds of other processes have the same.
        let prefix = Ids::system(Arc::new(SystemClock)).id("test");
        let pauses = (Duration::from_millis(1), Duration::from_millis(50));
        let settings =
            Settings { prefix, pauses, parked_for: Duration::from_millis(50), ..Settings::default() };
        let bus = Amqp::with_settings(&amqp_url(), &[], settings.clone()).expect("a good URL");
        Self { bus, settings, traffic: Arc::default() }
    }

    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Waits until everybody who subscribed listens; the worker of a subscription takes a moment to connect.
    async fn everybody_listens(&self) -> Result<()> {
        let _alone = self.traffic.asking.lock().await;
        loop {
            let probes = self.traffic.probes();
            if probes.is_empty() {
                return Ok(());
            }
            for probe in &probes {
                self.bus.publish(probe).await?;
            }
            sleep(GLANCE).await;
        }
    }

    /// Takes exchange and queues away.
    pub(super) fn clear(&self) {
        let (queues, exchange) = (self.traffic.queues(&self.settings), topology::exchange(&self.settings));
        apart(async { delete(queues, exchange).await.expect("the test user may delete its queues") });
    }
}

async fn delete(queues: Vec<String>, exchange: String) -> lapin::Result<()> {
    let connection = Connection::connect(&amqp_url(), ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for queue in queues {
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await?;
    }
    channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await
}

#[async_trait]
impl Bus for Broker {
    async fn publish(&self, envelope: &Envelope) -> Result<()> {
        self.everybody_listens().await?;
        self.traffic.leaves(envelope);
        let published = self.bus.publish(envelope).await;
        if published.is_err() {
            self.traffic.comes_back(envelope);
        }
        published
    }

    fn subscribe(&self, subscription: Subscription) -> Worker {
        let Some(place) = self.traffic.enter(&subscription) else {
            return self.bus.subscribe(subscription);
        };
        let watched = Watched {
            place,
            is_durable: subscription.group.is_durable(),
            handler: subscription.handler,
            traffic: self.traffic.clone(),
        };
        self.bus.subscribe(Subscription { handler: Arc::new(watched), ..subscription })
    }

    fn graves(&self, group: &'static str, db: &Db) -> Option<Worker> {
        self.bus.graves(group, db)
    }

    async fn ready(&self) -> Result<()> {
        self.bus.ready().await
    }
}

#[async_trait]
impl Handler for Watched {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        if envelope.id == PROBE {
            self.traffic.list()[self.place].listens = true;
            return Ok(());
        }
        let taken = self.handler.handle(envelope).await;
        // What a durable group does not take comes again, or is a dead letter.
        if taken.is_ok() || !self.is_durable {
            self.traffic.list()[self.place].takes_in(&envelope.id);
        }
        taken
    }

    async fn missed(&self) {
        self.handler.missed().await;
    }
}

impl Traffic {
    /// Everything on its way, in words.
    pub(super) fn left(&self) -> Vec<String> {
        let listeners = self.list();
        let of = |listener: &Listener| {
            let group = listener.group.name();
            listener.on_the_way.keys().map(|id| format!("event {id} for {group}")).collect::<Vec<_>>()
        };
        listeners.iter().flat_map(of).collect()
    }

    /// The place of a new listener; none for a durable group that has one already.
    fn enter(&self, subscription: &Subscription) -> Option<usize> {
        let Subscription { group, keys, .. } = *subscription;
        let mut listeners = self.list();
        if group.is_durable() && listeners.iter().any(|known| known.group == group) {
            return None;
        }
        listeners.push(Listener { group, keys, listens: false, on_the_way: BTreeMap::new() });
        Some(listeners.len() - 1)
    }

    /// What those hear who are not known to listen.
    fn probes(&self) -> Vec<Envelope> {
        let listeners = self.list();
        let mut deaf = listeners.iter().filter(|listener| !listener.listens).peekable();
        if deaf.peek().is_none() {
            return Vec::new();
        }
        let heard = [
            Event::IdentityUserUpdated(UserUpdated::default()),
            Event::IdentitySessionRevoked(SessionRevoked::default()),
        ];
        for listener in deaf {
            let is_heard = heard.iter().any(|probe| listener.wants(event::name(probe)));
            assert!(is_heard, "no probe is for {:?}; send one it wants, too", listener.group);
        }
        let probe = |event| Envelope { id: PROBE.into(), event: Some(event), ..Envelope::default() };
        heard.map(probe).into()
    }

    fn leaves(&self, envelope: &Envelope) {
        self.each_who_wants(envelope, |listener| {
            *listener.on_the_way.entry(envelope.id.clone()).or_default() += 1;
        });
    }

    fn comes_back(&self, envelope: &Envelope) {
        self.each_who_wants(envelope, |listener| listener.takes_in(&envelope.id));
    }

    fn each_who_wants(&self, envelope: &Envelope, what: impl Fn(&mut Listener)) {
        let Some(name) = envelope.event.as_ref().map(event::name) else { return };
        self.list().iter_mut().filter(|listener| listener.wants(name)).for_each(what);
    }

    /// The queues of durable groups; those of others go with their connections.
    fn queues(&self, settings: &Settings) -> Vec<String> {
        let listeners = self.list();
        let durable = listeners.iter().map(|listener| listener.group).filter(|group| group.is_durable());
        let names = [topology::queue, topology::parked, topology::dead];
        durable.flat_map(|group| names.map(|name| name(settings, group.name()))).collect()
    }

    fn list(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    fn wants(&self, name: &str) -> bool {
        self.keys.iter().any(|pattern| event::matches(pattern, name))
    }

    fn takes_in(&mut self, id: &str) {
        match self.on_the_way.get_mut(id) {
            Some(times) if *times > 1 => *times -= 1,
            _ => drop(self.on_the_way.remove(id)),
        }
    }
}
