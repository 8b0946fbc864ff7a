//! What was acknowledged arrives, whatever breaks in between.

use std::sync::Arc;

use async_trait::async_trait;
use mesh_core::{
    bus::{Group, Subscription},
    clock::Clock,
    db::{Db, Engine},
    error::Result,
    inbox,
    jobs::{self, Job, Runner},
    outbox,
    testing::{World, eventually},
};
use proto::events::v1::Envelope;

use crate::common::{let_time_pass, news};

const NOTES: mesh_core::db::Migration = mesh_core::db::Migration {
    version: 1,
    name: "init",
    sql: "create table heard (version bigint not null); create table done (number bigint not null);",
    engine: None,
};

/// Takes events in as services do: once, in a transaction of its own.
struct Consumer(Db);

#[async_trait]
impl mesh_core::bus::Handler for Consumer {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        let mut tx = self.0.begin().await?;
        if inbox::first_time(&mut tx, "consumer", &envelope.id).await? {
            let insert = sqlx::query("insert into heard (version) values ($1)").bind(envelope.version);
            insert.execute(tx.conn()).await?;
        }
        tx.commit().await
    }
}

#[async_trait]
impl jobs::Handler for Consumer {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut tx = self.0.begin().await?;
        let insert = sqlx::query("insert into done (number) values ($1)").bind(i64::from(job.payload[0]));
        insert.execute(tx.conn()).await?;
        tx.commit().await
    }
}

/// One change with news and a job, tried until it is acknowledged; an unknown outcome may make it twice.
async fn change(world: &World, db: &Db, number: u8) {
    let attempt = async || {
        let mut tx = db.begin().await?;
        outbox::push(&mut tx, &world.cause(), news("tkt_1", number.into())).await?;
        let job = Job { kind: "ring", key: "tkt_1".into(), due: world.clock().now(), payload: vec![number] };
        jobs::enqueue(&mut tx, job).await?;
        tx.commit().await
    };
    eventually("the change is acknowledged", async || attempt().await.ok()).await;
}

/// Ends every other connection to the database, as a server that restarts does.
async fn throw_everybody_out(db: &Db) {
    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
        where pid <> pg_backend_pid() and datname = current_database()";
    sqlx::query(sql).execute(db.reader()).await.expect("may do so");
}

/// The numbers in a table, in order of value, each once.
async fn numbers(db: &Db, sql: &'static str) -> Option<Vec<i64>> {
    let rows = sqlx::query(sql).fetch_all(db.reader()).await.ok()?;
    Some(rows.iter().map(|row| sqlx::Row::get(row, 0)).collect())
}

/// A world whose events and jobs are taken in by a [`Consumer`].
async fn world_at_work() -> (World, Db) {
    let world = World::new(Engine::Postgres, "faults").await;
    let db = world.db(&[NOTES]).await;
    let (consumer, process) = (Arc::new(Consumer(db.clone())), world.process());
    let (group, handler) = (Group::Durable("consumer"), consumer.clone());
    world.run(process.bus.subscribe(Subscription { group, keys: &["#"], handler }));
    world.run(outbox::relay(db.clone(), process.bus, process.clock.clone()));
    let runner = Runner::new(db.clone(), process.clock);
    world.run(runner.on("ring", consumer).worker());
    (world, db)
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_that_throws_everybody_out_in_mid_traffic_loses_nothing_acknowledged() {
    let (world, db) = world_at_work().await;
    let process = world.process();
    let url = world.database_url();
    let killer = Db::with_connections(&url, &process.ids, &process.clock, 1).expect("a good URL");
    for number in 0..40 {
        tokio::join!(change(&world, &db, number), throw_everybody_out(&killer));
    }
    let all: Vec<i64> = (0..40).collect();
    eventually("everything acknowledged is there", async || {
        let_time_pass(&world, &db, jiff::SignedDuration::from_secs(100)).await;
        let heard = numbers(&db, "select distinct version from heard order by version").await?;
        let done = numbers(&db, "select distinct number from done order by number").await?;
        (heard == all && done == all).then_some(())
    })
    .await;
    let often = "select version from heard group by version having count(*) > 2";
    let twice = eventually("the database answers", async || numbers(&db, often).await).await;
    assert_eq!(twice, [0; 0], "an event is taken in once, a change with an unknown outcome at most twice");
}
