//! Calls that are made once however often they are sent.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use mesh_core::{
    caller::Caller,
    db::{Db, Engine},
    error::{Error, Result},
    idempotency::RequestKey,
    retention,
    testing::World,
};
use proto::tickets::v1::{FieldValue, Ticket, field_value};
use rstest::rstest;

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/CreateTicket";
const ID: &str = "0b6d6c3e-8f5c-4f0e-9a59-0d9a4b2b1c11";

fn ask(subject: &str) -> Ticket {
    Ticket { subject: subject.into(), ..Ticket::default() }
}

/// A handler as services write it: does the work unless it was done, and counts how often it did.
async fn create(db: &Db, caller: &Caller, ask: &Ticket, done: &AtomicUsize) -> Result<Ticket> {
    let key = RequestKey::new(caller, METHOD, ID, ask)?;
    let mut tx = db.begin().await?;
    if let Some(answer) = key.replay::<Ticket>(&mut tx).await? {
        return Ok(answer);
    }
    done.fetch_add(1, Ordering::SeqCst);
    let answer = Ticket { id: tx.ids().id("tkt"), ..ask.clone() };
    key.record(&mut tx, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_identical_requests_at_once_do_the_work_once_and_get_one_answer(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "requests").await;
    let (db, caller, done) = (world.db(&[]).await, world.person("usr_ada").caller(), AtomicUsize::new(0));
    let ask = ask("printer");
    let calls = (0..8).map(|_| create(&db, &caller, &ask, &done));
    let answers = futures::future::try_join_all(calls).await.expect("all get an answer");
    assert_eq!(done.load(Ordering::SeqCst), 1);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_another_body_is_refused_and_another_caller_has_ids_of_his_own(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "requests").await;
    let (db, done) = (world.db(&[]).await, AtomicUsize::new(0));
    let (ada, bob) = (world.person("usr_ada").caller(), world.person("usr_bob").caller());
    create(&db, &ada, &ask("printer"), &done).await.expect("works");
    let refused = create(&db, &ada, &ask("screen"), &done).await.expect_err("another body");
    assert!(matches!(refused, Error::Invalid { reason: "REQUEST_ID_REUSED", .. }), "{refused:?}");
    create(&db, &bob, &ask("screen"), &done).await.expect("works");
    assert_eq!(done.load(Ordering::SeqCst), 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn work_that_failed_is_done_by_the_next_try(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "requests").await;
    let (db, caller, done) = (world.db(&[]).await, world.person("usr_ada").caller(), AtomicUsize::new(0));
    let key = RequestKey::new(&caller, METHOD, ID, &ask("printer")).expect("a good key");
    let mut tx = db.begin().await.expect("begins");
    assert_eq!(key.replay::<Ticket>(&mut tx).await.expect("answers"), None);
    drop(tx);
    create(&db, &caller, &ask("printer"), &done).await.expect("works");
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_kept_for_a_day_and_then_swept_away(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "requests").await;
    let (db, caller, done) = (world.db(&[]).await, world.person("usr_ada").caller(), AtomicUsize::new(0));
    create(&db, &caller, &ask("printer"), &done).await.expect("works");
    world.clock().advance(SignedDuration::from_hours(23));
    retention::forget(&db, &world.process().clock).await.expect("sweeps");
    create(&db, &caller, &ask("printer"), &done).await.expect("gets the answer");
    assert_eq!(done.load(Ordering::SeqCst), 1);

    world.clock().advance(SignedDuration::from_hours(2));
    create(&db, &caller, &ask("screen"), &done).await.expect("the id is free again");
    world.clock().advance(SignedDuration::from_hours(25));
    retention::forget(&db, &world.process().clock).await.expect("sweeps");
    let left = sqlx::query("select 1 from requests").fetch_all(db.reader()).await.expect("answers");
    assert_eq!((done.load(Ordering::SeqCst), left.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_with_a_map_is_the_same_body_however_its_entries_come() {
    let world = World::new(Engine::Sqlite, "requests").await;
    let (db, caller, done) = (world.db(&[]).await, world.person("usr_ada").caller(), AtomicUsize::new(0));
    for _ in 0..20 {
        let text = |value: &str| FieldValue { value: Some(field_value::Value::Text(value.into())) };
        let fields = ["asset", "floor", "room", "colour", "size"].map(|name| (name.to_owned(), text(name)));
        let ask = Ticket { fields: fields.into_iter().collect(), ..ask("printer") };
        create(&db, &caller, &ask, &done).await.expect("is the same call");
    }
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_an_id_is_told_to_bring_one() {
    let world = World::new(Engine::Sqlite, "requests").await;
    let caller = world.person("usr_ada").caller();
    for id in ["", "two words", &"x".repeat(65)] {
        let refused = RequestKey::new(&caller, METHOD, id, &ask("printer")).expect_err("no id");
        let said = "request_id is missing or not 1 to 64 visible ASCII characters; send a fresh UUID";
        assert!(refused.to_string().starts_with(said), "{refused}");
    }
    for id in ["0190a3c2-8f5b-7c4e-9d21-3b6f0e5a7c11", "run_01k2qd8h5vbkgw3r1t0x4zj6ne:3:0"] {
        RequestKey::new(&caller, METHOD, id, &ask("printer")).expect("an id");
    }
}
