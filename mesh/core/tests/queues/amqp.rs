//! The bus over a real RabbitMQ. Each test has an exchange and queues of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{
        BasicGetOptions, BasicPublishOptions, ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use mesh_core::{
    bus::{Amqp, Bus, Group, Subscription, amqp::Settings},
    clock::SystemClock,
    db::{Db, Engine},
    id::Ids,
    outbox::{self, dead},
    testing::{World, amqp_url, eventually},
};
use proto::events::v1::Envelope;
use rstest::rstest;
use tokio_util::sync::CancellationToken;

use crate::common::{Listener, let_time_pass, news, outage, push, refusal, waiting};
use crate::wire::Wire;

const GROUP: Group = Group::Durable("listener");

/// A part of the broker for one test.
struct Broker {
    settings: Settings,
    channel: Channel,
    _connection: Connection,
}

impl Broker {
    async fn new() -> Self {
        let prefix = Ids::system(Arc::new(SystemClock)).id("test");
        let pauses = (Duration::from_millis(1), Duration::from_millis(5));
        let settings =
            Settings { prefix, pauses, parked_for: Duration::from_millis(50), ..Settings::default() };
        let connection = Connection::connect(&amqp_url(), ConnectionProperties::default())
            .await
            .expect("the broker answers");
        let channel = connection.create_channel().await.expect("opens");
        Self { settings, channel, _connection: connection }
    }

    fn bus(&self) -> Amqp {
        self.bus_at(&amqp_url())
    }

    fn bus_at(&self, url: &str) -> Amqp {
        Amqp::with_settings(url, &[("listener", &["#"])], self.settings.clone()).expect("a good URL")
    }

    fn queue(&self, rest: &str) -> String {
        format!("{}.{rest}", self.settings.prefix)
    }

    /// How many messages lie in a queue, unacknowledged ones not counted.
    async fn length(&self, queue: &str) -> u32 {
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let declared =
            self.channel.queue_declare(self.queue(queue).into(), passive, FieldTable::default()).await;
        declared.expect("is there").message_count()
    }

    /// Sends what is no event.
    async fn send_noise(&self) {
        let (exchange, key) = (self.queue("events").into(), "tickets.ticket.created".into());
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        self.channel.basic_publish(exchange, key, options, b"\xff\xff", properties).await.expect("is sent");
    }

    /// The properties of the dead letter there is.
    async fn dead_letter(&self) -> BasicProperties {
        let (queue, options) = (self.queue("listener.dead"), BasicGetOptions { no_ack: true });
        let letter = self.channel.basic_get(queue.into(), options).await.expect("answers");
        letter.expect("is there").delivery.properties
    }

    /// Takes the queues away; what a test that fails leaves goes with the broker.
    async fn clear(self) {
        for queue in ["listener", "listener.parked", "listener.dead"] {
            self.channel
                .queue_delete(self.queue(queue).into(), QueueDeleteOptions::default())
                .await
                .expect("goes");
        }
        self.channel
            .exchange_delete(self.queue("events").into(), ExchangeDeleteOptions::default())
            .await
            .expect("goes");
    }
}

/// A header's text.
fn header(letter: &BasicProperties, name: &str) -> String {
    let headers = letter.headers().as_ref().expect("has headers");
    match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        other => unreachable!("{name} is {other:?}"),
    }
}

/// A world over this broker, with an outbox that is relayed.
async fn world_over(bus: &Amqp) -> (World, Db) {
    let world = World::over(Engine::Sqlite, "news", Arc::new(bus.clone())).await;
    let db = world.db(&[]).await;
    world.run(outbox::relay(db.clone(), Arc::new(bus.clone()), world.process().clock));
    (world, db)
}

/// Waits until the relay has nothing left. Events may still be on their way from the broker.
async fn relayed(db: &Db) {
    eventually("the outbox is empty", async || (waiting(db).await == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_each_subject_arrive_in_order_through_refusals() {
    let broker = Broker::new().await;
    let bus = broker.bus();
    let (world, db) = world_over(&bus).await;
    let listener = Listener::who(|event, times| match (event.version % 5, times) {
        (0, 1) => Err(refusal()),
        (1, 1 | 2) => Err(outage()),
        _ => Ok(()),
    });
    world.run(bus.subscribe(listener.subscription(GROUP)));
    for version in 1..=20 {
        push(&world, &db, (0..8).map(|ticket| news(&format!("tkt_{ticket}"), version))).await;
    }
    // 20 versions, four refused once, four held up twice.
    listener.hears(8 * 32).await;
    for (subject, mut versions) in listener.by_subject() {
        versions.dedup();
        assert_eq!(versions, (1..=20).collect::<Vec<_>>(), "{subject}");
    }
    world.stop();
    broker.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_is_parked_then_put_aside_with_its_reason_and_blocks_nobody() {
    let broker = Broker::new().await;
    let bus = broker.bus();
    bus.ready().await.expect("declares the queues");
    let (world, db) = world_over(&bus).await;
    let listener = Listener::who(|event, _| if event.subject == "tkt_bad" { Err(refusal()) } else { Ok(()) });
    world.run(bus.subscribe(listener.subscription(GROUP)));
    push(&world, &db, [news("tkt_bad", 1), news("tkt_good", 1)]).await;
    eventually("it is put aside", async || (broker.length("listener.dead").await == 1).then_some(())).await;
    assert_eq!((listener.times("tkt_bad", 1), listener.times("tkt_good", 1)), (12, 1));

    let letter = broker.dead_letter().await;
    let reason = header(&letter, "ticketmesh-reason");
    assert!(reason.contains("makes no sense"), "{reason}");
    assert_eq!(header(&letter, "ce-type"), "tickets.ticket.deleted");
    assert_eq!(header(&letter, "ce-subject"), "tkt_bad");
    let content_type = letter.content_type().as_ref().map(ShortString::as_str);
    assert_eq!(content_type, Some("application/protobuf"));
    world.stop();
    broker.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_event_is_put_aside_at_once() {
    let broker = Broker::new().await;
    let bus = broker.bus();
    bus.ready().await.expect("declares the queues");
    let stop = CancellationToken::new();
    let listener = Listener::new();
    let worker = tokio::spawn(bus.subscribe(listener.subscription(GROUP)).supervise(stop.clone()));
    broker.send_noise().await;
    eventually("it is put aside", async || (broker.length("listener.dead").await == 1).then_some(())).await;
    assert_eq!(listener.heard(), []);
    stop.cancel();
    worker.await.expect("stops");
    broker.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_leave_the_broker_for_the_database_and_are_sent_again_from_there() {
    let broker = Broker::new().await;
    let bus = broker.bus();
    bus.ready().await.expect("declares the queues");
    let (world, db) = world_over(&bus).await;
    let cured = Arc::new(AtomicBool::new(false));
    let health = cured.clone();
    let listener =
        Listener::who(move |_, _| if health.load(Ordering::SeqCst) { Ok(()) } else { Err(refusal()) });
    world.run(bus.subscribe(listener.subscription(GROUP)));
    world.run(bus.graves(GROUP.name(), &db).expect("a broker keeps none for good"));
    push(&world, &db, [news("tkt_bad", 1)]).await;
    broker.send_noise().await;
    let letters = eventually("both are kept", async || {
        Some(dead::list(&db, 10).await.expect("answers")).filter(|letters| letters.len() == 2)
    })
    .await;
    let event = letters.iter().find(|letter| letter.subject == "tkt_bad").expect("the event");
    assert!(event.reason.starts_with("listener: ") && event.reason.contains("makes no sense"));
    assert_eq!((event.attempts, event.id.starts_with("evt_")), (12, true));
    let noise = letters.iter().find(|letter| letter.envelope.is_none()).expect("what is none");

    cured.store(true, Ordering::SeqCst);
    let mut tx = db.begin().await.expect("begins");
    dead::revive(&mut tx, &event.id).await.expect("is there");
    dead::discard(&mut tx, &noise.id).await.expect("is there");
    tx.commit().await.expect("commits");
    listener.hears(13).await;
    assert!(dead::list(&db, 10).await.expect("answers").is_empty());
    eventually("nothing lies there", async || (broker.length("listener.dead").await == 0).then_some(()))
        .await;
    world.stop();
    broker.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_for_a_service_that_has_never_run() {
    let broker = Broker::new().await;
    let bus = broker.bus();
    let (world, db) = world_over(&bus).await;
    push(&world, &db, [news("tkt_1", 1)]).await;
    relayed(&db).await;
    let listener = Listener::new();
    world.run(bus.subscribe(listener.subscription(GROUP)));
    listener.hears(1).await;
    world.stop();
    broker.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_queue_was_deleted_is_sent_again_into_a_new_one() {
    let broker = Broker::new().await;
    let bus = broker.bus();
    let (world, db) = world_over(&bus).await;
    push(&world, &db, [news("tkt_1", 1)]).await;
    relayed(&db).await;
    broker
        .channel
        .queue_delete(broker.queue("listener").into(), QueueDeleteOptions::default())
        .await
        .expect("goes");
    push(&world, &db, [news("tkt_1", 2)]).await;
    eventually("the relay tries again", async || {
        let_time_pass(&world, &db, SignedDuration::from_mins(1)).await;
        (waiting(&db).await == 0).then_some(())
    })
    .await;
    assert_eq!(broker.length("listener").await, 1);
    world.stop();
    broker.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_replica_hears_what_an_ephemeral_group_wants_and_one_hears_what_a_durable_one_does() {
    let broker = Broker::new().await;
    let (bus, replica) = (broker.bus(), broker.bus());
    let (world, db) = world_over(&bus).await;
    let (mine, others, shared) = (Listener::new(), Listener::new(), Listener::new());
    let ephemeral = |listener: &Arc<Listener>| Subscription {
        keys: &["tickets.ticket.*"],
        ..listener.subscription(Group::Ephemeral("live"))
    };
    world.run(bus.subscribe(ephemeral(&mine)));
    world.run(replica.subscribe(ephemeral(&others)));
    world.run(bus.subscribe(shared.subscription(GROUP)));
    world.run(replica.subscribe(shared.subscription(GROUP)));
    // An ephemeral listener hears only what comes after it has begun to listen.
    let mut version = 0;
    eventually("both replicas listen", async || {
        version += 1;
        push(&world, &db, [news("tkt_1", version)]).await;
        (mine.heard().len() > 2 && others.heard().len() > 2).then_some(())
    })
    .await;
    relayed(&db).await;
    shared.hears(usize::try_from(version).expect("is small")).await;
    assert_eq!(shared.by_subject()["tkt_1"], (1..=version).collect::<Vec<_>>());
    world.stop();
    broker.clear().await;
}

#[rstest]
#[case::in_front_of_the_publisher(true)]
#[case::in_front_of_the_consumer(false)]
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_mid_traffic_loses_nothing(#[case] publisher: bool) {
    let broker = Broker::new().await;
    let wire = Wire::new().await;
    let (cut, whole) = (broker.bus_at(&wire.url()), broker.bus());
    let (sender, receiver) = if publisher { (&cut, &whole) } else { (&whole, &cut) };
    let (world, db) = world_over(sender).await;
    let listener = Listener::new();
    world.run(receiver.subscribe(listener.subscription(GROUP)));
    for version in 1..=60 {
        push(&world, &db, [news("tkt_1", version), news("tkt_2", version)]).await;
        if version % 20 == 0 {
            eventually("some get through", async || {
                // What failed with the last cut rests until the clock moves.
                let_time_pass(&world, &db, SignedDuration::from_secs(10)).await;
                (listener.times("tkt_1", version - 10) > 0).then_some(())
            })
            .await;
            wire.cut();
        }
    }
    eventually("every event is heard", async || {
        let_time_pass(&world, &db, SignedDuration::from_secs(10)).await;
        let heard = listener.by_subject();
        let all = |versions: &Vec<i64>| (1..=60).all(|version| versions.contains(&version));
        (heard.len() == 2 && heard.values().all(all)).then_some(())
    })
    .await;
    for (subject, versions) in listener.by_subject() {
        assert!(first_times(&versions).is_sorted(), "{subject}: {versions:?}");
    }
    world.stop();
    broker.clear().await;
}

/// Each version where it came first: a repetition is allowed, an overtaking is not.
fn first_times(versions: &[i64]) -> Vec<i64> {
    let mut seen = std::collections::BTreeSet::new();
    versions.iter().copied().filter(|version| seen.insert(*version)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn news_waits_untouched_while_there_is_no_broker() {
    let broker = Broker::new().await;
    let wire = Wire::new().await;
    wire.refuse(true);
    let bus = broker.bus_at(&wire.url());
    let told = bus.publish(&Envelope { event: Some(news("tkt_1", 1).event), ..Envelope::default() }).await;
    assert!(told.expect_err("there is none").is_transient());
    let (world, db) = world_over(&bus).await;
    let listener = Listener::new();
    world.run(bus.subscribe(listener.subscription(GROUP)));
    push(&world, &db, [news("tkt_1", 1), news("tkt_1", 2)]).await;
    let untouched =
        sqlx::query("select 1 from outbox where attempts = 0 and leased_by is null and last_error is null");
    assert_eq!(untouched.fetch_all(db.reader()).await.expect("answers").len(), 2);
    wire.refuse(false);
    listener.hears(2).await;
    assert_eq!(listener.by_subject()["tkt_1"], [1, 2]);
    relayed(&db).await;
    world.stop();
    broker.clear().await;
}
