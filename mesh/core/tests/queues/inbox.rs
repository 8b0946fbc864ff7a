//! A consumer's memory of what it has taken in.

use mesh_core::{db::Engine, inbox, testing::World};
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_twice_at_once_changes_things_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "news").await;
    let db = world.db(&[]).await;
    let take_in = async || {
        let mut tx = db.begin().await.expect("begins");
        let first = inbox::first_time(&mut tx, "workflow", "evt_1").await.expect("answers");
        tx.commit().await.expect("commits");
        first
    };
    let (one, other) = tokio::join!(take_in(), take_in());
    assert!(one != other, "one of them was the first");

    let mut tx = db.begin().await.expect("begins");
    assert!(inbox::first_time(&mut tx, "notify", "evt_1").await.expect("answers"), "another consumer");
    drop(tx);
    let mut tx = db.begin().await.expect("begins");
    assert!(
        inbox::first_time(&mut tx, "notify", "evt_1").await.expect("answers"),
        "the first one was taken back"
    );
}
