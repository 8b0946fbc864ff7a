//! Outbox, relay and the local bus: what was committed arrives, once a consumer can take it, in order.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use jiff::SignedDuration;
use mesh_core::{
    bus::Group,
    db::{Db, Engine},
    outbox,
    outbox::{Cause, dead},
    testing::{World, eventually},
};
use rstest::rstest;

use crate::common::{Listener, let_time_pass, news, outage, push, refusal, run_moved, waiting};

const GROUP: Group = Group::Durable("listener");

/// A world with a listener and a relay that runs.
async fn world_with(engine: Engine, listener: &Arc<Listener>) -> (World, Db) {
    let world = World::new(engine, "news").await;
    let db = world.db(&[]).await;
    world.run(world.process().bus.subscribe(listener.subscription(GROUP)));
    run_relay(&world, &db);
    (world, db)
}

fn run_relay(world: &World, db: &Db) {
    let process = world.process();
    world.run(outbox::relay(db.clone(), process.bus, process.clock));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn committed_news_arrives_and_leaves_nothing_behind(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let listener = Listener::new();
    let (world, db) = world_with(engine, &listener).await;
    push(&world, &db, [news("tkt_1", 1), news("tkt_2", 1)]).await;
    world.settle().await;
    assert_eq!(listener.by_subject(), [("tkt_1".into(), vec![1]), ("tkt_2".into(), vec![1])].into());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_change_that_was_taken_back_was_never_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let listener = Listener::new();
    let (world, db) = world_with(engine, &listener).await;
    let mut tx = db.begin().await.expect("begins");
    outbox::push(&mut tx, &world.cause(), news("tkt_1", 1)).await.expect("is written");
    drop(tx);
    push(&world, &db, [news("tkt_2", 1)]).await;
    world.settle().await;
    assert_eq!(listener.heard(), [("tkt_2".into(), 1)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn much_news_leaves_though_the_engine_saw_the_queue_empty(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    const EVENTS: usize = 3_000;
    let listener = Listener::new();
    let (world, db) = world_with(engine, &listener).await;
    for round in ["a", "b"] {
        push(&world, &db, (0..EVENTS).map(|number| news(&format!("tkt_{round}{number}"), 1))).await;
        world.settle().await;
        // Many pages, and next to nothing in them: by this it plans from now on.
        db.look_anew().await.expect("looks");
    }
    assert_eq!(listener.heard().len(), 2 * EVENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_says_who_did_it_when_and_what_it_follows_from() {
    let world = World::new(Engine::Sqlite, "news").await;
    let db = world.db(&[]).await;
    let caller = world.person("usr_ada").named("Ada").caller();
    let mut tx = db.begin().await.expect("begins");
    let first = outbox::push(&mut tx, &Cause::of(&caller), news("tkt_1", 1)).await.expect("is written");
    let system = mesh_core::caller::system("workflow");
    let second = outbox::push(&mut tx, &Cause::following(&first, system), run_moved("run_1", 1))
        .await
        .expect("is written");

    assert!(proto::id::is("evt", &first.id));
    assert_eq!(first.actor.map(|actor| actor.display_name), Some("Ada".into()));
    assert_eq!(first.time, Some(mesh_core::clock::to_proto(tx.now())));
    assert_eq!((first.correlation_id.as_str(), first.causation_id.as_str()), (caller.request_id(), ""));
    assert_eq!((second.correlation_id.as_str(), second.causation_id), (caller.request_id(), first.id));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_subject_arrive_in_order_though_some_fail_at_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Every third version is refused once, then taken.
    let listener = Listener::who(
        |event, times| {
            if event.version % 3 == 0 && times == 1 { Err(refusal()) } else { Ok(()) }
        },
    );
    let (world, db) = world_with(engine, &listener).await;
    for version in 1..=9 {
        push(&world, &db, (0..4).map(|ticket| news(&format!("tkt_{ticket}"), version))).await;
    }
    for _ in 0..3 {
        eventually("every subject got stuck or through", async || {
            (waiting_and_free(&world, &db).await == 0).then_some(())
        })
        .await;
        world.clock().advance(SignedDuration::from_secs(1));
    }
    world.settle().await;
    for (subject, mut versions) in listener.by_subject() {
        versions.dedup();
        assert_eq!(versions, (1..=9).collect::<Vec<_>>(), "{subject}");
    }
}

/// How many events a relay could claim or has claimed right now: those whose subject does not rest.
async fn waiting_and_free(world: &World, db: &Db) -> i64 {
    use mesh_core::clock::Clock;
    let sql = "select count(*) from outbox mine where not exists (select 1 from outbox resting \
        where resting.subject = mine.subject and resting.leased_by is null and resting.free_at > $1)";
    let now = world.clock().now().as_microsecond();
    let row = sqlx::query(sql).bind(now).fetch_one(db.reader()).await.expect("answers");
    sqlx::Row::get(&row, 0)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_becomes_a_dead_letter_with_its_reason_and_blocks_nobody(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let cured = Arc::new(AtomicBool::new(false));
    let health = cured.clone();
    let listener = Listener::who(move |event, _| {
        if event.subject == "tkt_bad" && event.version == 1 && !health.load(Ordering::SeqCst) {
            Err(refusal())
        } else {
            Ok(())
        }
    });
    let (world, db) = world_with(engine, &listener).await;
    push(&world, &db, [news("tkt_bad", 1), news("tkt_bad", 2), news("tkt_good", 1)]).await;
    listener.hears(2).await;
    assert_eq!((listener.times("tkt_good", 1), listener.times("tkt_bad", 2)), (1, 0));

    let letter = eventually("the event is given up", async || {
        let_time_pass(&world, &db, SignedDuration::from_secs(30)).await;
        dead::list(&db, 10).await.expect("answers").pop()
    })
    .await;
    assert!(
        letter.reason.contains("listener: ") && letter.reason.contains("makes no sense"),
        "{}",
        letter.reason
    );
    assert_eq!((letter.attempts, letter.envelope.map(|envelope| envelope.version)), (8, Some(1)));
    eventually("later news passes", async || (listener.times("tkt_bad", 2) == 1).then_some(())).await;

    cured.store(true, Ordering::SeqCst);
    let mut tx = db.begin().await.expect("begins");
    dead::revive(&mut tx, &letter.id).await.expect("is there");
    tx.commit().await.expect("commits");
    world.settle().await;
    assert_eq!(listener.times("tkt_bad", 1), 9);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_waited_out_however_long_and_only_who_missed_it_hears_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let away = Arc::new(AtomicBool::new(true));
    let outages = away.clone();
    let listener =
        Listener::who(move |_, _| if outages.load(Ordering::SeqCst) { Err(outage()) } else { Ok(()) });
    let (world, db) = world_with(engine, &listener).await;
    let (other, passer_by) = (Listener::new(), Listener::new());
    world.run(world.process().bus.subscribe(other.subscription(Group::Durable("other"))));
    world.run(world.process().bus.subscribe(passer_by.subscription(Group::Ephemeral("passer-by"))));
    push(&world, &db, [news("tkt_1", 1)]).await;
    for attempts in 1..=20 {
        listener.hears(attempts).await;
        eventually("it rests", async || (waiting_and_free(&world, &db).await == 0).then_some(())).await;
        world.clock().advance(SignedDuration::from_hours(1));
    }
    away.store(false, Ordering::SeqCst);
    eventually("it arrives", async || {
        let_time_pass(&world, &db, SignedDuration::from_hours(1)).await;
        (waiting(&db).await == 0).then_some(())
    })
    .await;
    assert_eq!((other.heard().len(), passer_by.heard().len()), (1, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_relays_share_the_work_without_doubling_or_disorder(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let listener = Listener::new();
    let (world, db) = world_with(engine, &listener).await;
    let replica = world.db(&[]).await;
    run_relay(&world, &replica);
    for version in 1..=20 {
        let from = if version % 2 == 0 { &db } else { &replica };
        push(&world, from, (0..10).map(|ticket| news(&format!("tkt_{ticket}"), version))).await;
    }
    world.settle().await;
    assert_eq!(listener.heard().len(), 200);
    for (subject, versions) in listener.by_subject() {
        assert_eq!(versions, (1..=20).collect::<Vec<_>>(), "{subject}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_relay_that_died_are_taken_over_when_its_lease_ends(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let listener = Listener::new();
    let world = World::new(engine, "news").await;
    let db = world.db(&[]).await;
    world.run(world.process().bus.subscribe(listener.subscription(GROUP)));
    push(&world, &db, [news("tkt_1", 1), news("tkt_1", 2)]).await;
    // What a relay leaves that was killed between its claim and the bus.
    let lease = "update outbox set leased_by = 'rly_dead', free_at = $1";
    let ends = mesh_core::clock::Clock::now(world.clock()).as_microsecond() + 90_000_000;
    let mut tx = db.begin().await.expect("begins");
    sqlx::query(lease).bind(ends).execute(tx.conn()).await.expect("claims");
    tx.commit().await.expect("commits");

    run_relay(&world, &db);
    push(&world, &db, [news("tkt_1", 3), news("tkt_2", 1)]).await;
    listener.hears(1).await;
    assert_eq!(listener.heard(), [("tkt_2".into(), 1)]);
    world.clock().advance(SignedDuration::from_secs(91));
    world.settle().await;
    assert_eq!(listener.by_subject()["tkt_1"], [1, 2, 3]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_counts_as_a_refusal(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let listener = Listener::who(|_, times| if times == 1 { panic!("at the first sight") } else { Ok(()) });
    let (world, db) = world_with(engine, &listener).await;
    push(&world, &db, [news("tkt_1", 1)]).await;
    listener.hears(1).await;
    eventually("it rests", async || (waiting_and_free(&world, &db).await == 0).then_some(())).await;
    world.advance(SignedDuration::from_secs(1)).await;
    assert_eq!(listener.times("tkt_1", 1), 2);
}
