//! Jobs: run when due, in the order of their key, again after a failure, by somebody else after a death.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    clock::Clock,
    db::{Assembly, Db, Engine},
    error::Result,
    jobs::{self, Handler, Job, Runner},
    retention,
    testing::{World, eventually, plan},
};
use rstest::rstest;
use tokio::sync::Semaphore;

use crate::common::{outage, refusal};

type Verdict = Box<dyn Fn(&Job, usize) -> Result<()> + Send + Sync>;

/// Does jobs by writing them down, and answers as it was told.
struct Worker {
    done: Mutex<Vec<(String, u8)>>,
    /// Jobs wait here; closed by those who want to see them wait.
    gate: Semaphore,
    verdict: Verdict,
}

impl Worker {
    fn new() -> Arc<Self> {
        Self::who(|_, _| Ok(()))
    }

    /// One who answers by the job and how often he has seen it, this time included.
    fn who(verdict: impl Fn(&Job, usize) -> Result<()> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { done: Mutex::default(), gate: Semaphore::new(1000), verdict: Box::new(verdict) })
    }

    fn seen(&self) -> Vec<(String, u8)> {
        self.done.lock().expect("no test panicked here").clone()
    }

    async fn sees(&self, count: usize) {
        eventually("jobs are begun", async || (self.seen().len() >= count).then_some(())).await;
    }
}

#[async_trait]
impl Handler for Worker {
    async fn run(&self, job: &Job) -> Result<()> {
        let this = (job.key.clone(), job.payload[0]);
        let times = {
            let mut done = self.done.lock().expect("no test panicked here");
            done.push(this.clone());
            done.iter().filter(|one| **one == this).count()
        };
        self.gate.acquire().await.expect("the gate stays").forget();
        (self.verdict)(job, times)
    }
}

async fn world_with(engine: Engine, worker: &Arc<Worker>) -> (World, Db) {
    let world = World::new(engine, "jobs").await;
    let db = world.db(&[]).await;
    run(&world, &db, worker);
    (world, db)
}

fn run(world: &World, db: &Db, worker: &Arc<Worker>) {
    world.run(Runner::new(db.clone(), world.process().clock).on("ring", worker.clone()).worker());
}

fn job(key: &str, number: u8, due: Timestamp) -> Job {
    Job { kind: "ring", key: key.into(), due, payload: vec![number] }
}

async fn enqueue(db: &Db, jobs: impl IntoIterator<Item = Job>) {
    let mut tx = db.begin().await.expect("begins");
    for job in jobs {
        jobs::enqueue(&mut tx, job).await.expect("is written");
    }
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_queue_that_was_empty_for_long_is_searched_by_its_indexes_once_it_fills() {
    let world = World::new(Engine::Sqlite, "jobs").await;
    let db = world.db(&[]).await;
    let mut tx = db.begin().await.expect("begins");
    let job = Job { kind: "print", key: "one".into(), due: tx.now(), payload: vec![0] };
    jobs::enqueue(&mut tx, job).await.expect("is kept");
    jobs::cancel(&mut tx, "print", "two").await.expect("looks for it");
    tx.commit().await.expect("commits");
    retention::forget(&db, &world.process().clock).await.expect("sweeps");
    let plan = plan(&db, Assembly::new("select 1 from jobs where kind = 'print' and key = 'two'")).await;
    assert!(plan.iter().all(|line| line.contains("jobs_by_key")), "{plan:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_when_it_is_due_and_not_before(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let worker = Worker::new();
    let (world, db) = world_with(engine, &worker).await;
    let now = world.clock().now();
    enqueue(&db, [job("a", 1, now), job("b", 2, now + SignedDuration::from_hours(4)), job("c", 3, now)])
        .await;
    world.settle().await;
    assert_eq!(worker.seen().len(), 2);
    world.advance(SignedDuration::from_mins(239)).await;
    assert_eq!(worker.seen().len(), 2);
    world.advance(SignedDuration::from_mins(1)).await;
    assert_eq!(worker.seen().last(), Some(&("b".into(), 2)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_a_key_run_in_the_order_they_were_enqueued_on_two_replicas(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Each fails once at first, in two ways.
    let worker = Worker::who(|job, times| match (times, job.payload[0] % 4) {
        (1, 0) => Err(refusal()),
        (1, 1) => Err(outage()),
        _ => Ok(()),
    });
    let (world, db) = world_with(engine, &worker).await;
    let replica = world.db(&[]).await;
    run(&world, &replica, &worker);
    let now = world.clock().now();
    for number in 0..12 {
        let from = if number % 2 == 0 { &db } else { &replica };
        enqueue(from, (0..5).map(|key| job(&format!("key {key}"), number, now))).await;
    }
    eventually("all is done", async || {
        // While somebody works the clock stands, or his lease would be over before he could do anything.
        if held(&db).await > 0 {
            return None;
        }
        world.clock().advance(SignedDuration::from_secs(10));
        let now = world.clock().now();
        (jobs::backlog(&db, now).await.expect("answers").overdue == 0).then_some(())
    })
    .await;
    world.settle().await;
    for key in 0..5 {
        let mut order: Vec<_> =
            worker.seen().into_iter().filter(|(seen, _)| *seen == format!("key {key}")).collect();
        assert_eq!(order.len(), 18, "six fail once, nobody does anything twice: {order:?}");
        order.dedup();
        assert_eq!(
            order.into_iter().map(|(_, number)| number).collect::<Vec<_>>(),
            (0..12).collect::<Vec<_>>()
        );
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_keeps_failing_is_given_up_listed_and_can_be_revived(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let worker =
        Worker::who(|job, times| if job.payload[0] == 1 && times <= 10 { Err(refusal()) } else { Ok(()) });
    let (world, db) = world_with(engine, &worker).await;
    let now = world.clock().now();
    enqueue(&db, [job("a", 1, now), job("a", 2, now)]).await;
    let dead = eventually("it is given up", async || {
        world.clock().advance(SignedDuration::from_mins(5));
        jobs::dead(&db, 10).await.expect("answers").pop()
    })
    .await;
    assert_eq!((dead.kind.as_str(), dead.key.as_str(), dead.attempts, dead.due), ("ring", "a", 10, now));
    assert!(dead.reason.contains("makes no sense"), "{}", dead.reason);
    eventually("the next one passes", async || worker.seen().contains(&("a".into(), 2)).then_some(())).await;

    let mut tx = db.begin().await.expect("begins");
    jobs::revive(&mut tx, &dead.id).await.expect("is there");
    tx.commit().await.expect("commits");
    world.settle().await;
    assert_eq!(worker.seen().last(), Some(&("a".into(), 1)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_never_uses_up_a_jobs_attempts(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let worker = Worker::who(|_, times| if times <= 30 { Err(outage()) } else { Ok(()) });
    let (world, db) = world_with(engine, &worker).await;
    enqueue(&db, [job("a", 1, world.clock().now())]).await;
    for times in 1..=30 {
        worker.sees(times).await;
        eventually("it rests", async || (held(&db).await == 0).then_some(())).await;
        world.clock().advance(SignedDuration::from_mins(5));
    }
    world.settle().await;
    assert_eq!(worker.seen().len(), 31);
}

/// How many jobs somebody holds.
async fn held(db: &Db) -> usize {
    sqlx::query("select 1 from jobs where leased_by is not null")
        .fetch_all(db.reader())
        .await
        .expect("answers")
        .len()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_leased_by_a_dead_worker_is_taken_over_when_the_lease_ends(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "jobs").await;
    let db = world.db(&[]).await;
    enqueue(&db, [job("a", 1, world.clock().now()), job("a", 2, world.clock().now())]).await;
    // What a runner leaves that was killed while it worked.
    let mut tx = db.begin().await.expect("begins");
    let lease =
        sqlx::query("update jobs set leased_by = 'run_dead', run_at = $1 where key = 'a' and seq = 1");
    lease.bind(tx.micros() + 60_000_000).execute(tx.conn()).await.expect("claims");
    tx.commit().await.expect("commits");

    let worker = Worker::new();
    run(&world, &db, &worker);
    enqueue(&db, [job("b", 3, world.clock().now())]).await;
    worker.sees(1).await;
    assert_eq!(worker.seen(), [("b".into(), 3)]);
    world.clock().advance(SignedDuration::from_secs(61));
    world.settle().await;
    assert_eq!(worker.seen(), [("b".into(), 3), ("a".into(), 1), ("a".into(), 2)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_takes_long_stays_with_its_worker(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let worker = Worker::new();
    worker.gate.forget_permits(1000);
    let (world, db) = world_with(engine, &worker).await;
    let replica = world.db(&[]).await;
    run(&world, &replica, &worker);
    enqueue(&db, [job("a", 1, world.clock().now())]).await;
    worker.sees(1).await;
    for _ in 0..6 {
        let held_until = run_at(&db).await;
        world.clock().advance(SignedDuration::from_secs(40));
        eventually("the lease is renewed", async || (run_at(&db).await > held_until).then_some(())).await;
    }
    worker.gate.add_permits(1000);
    world.settle().await;
    assert_eq!(worker.seen().len(), 1);
}

async fn run_at(db: &Db) -> i64 {
    let row = sqlx::query("select max(run_at) from jobs").fetch_one(db.reader()).await.expect("answers");
    sqlx::Row::get(&row, 0)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_can_be_taken_back_until_it_begins_and_unknown_kinds_wait_for_a_newer_program(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let worker = Worker::new();
    let (world, db) = world_with(engine, &worker).await;
    let later = world.clock().now() + SignedDuration::from_hours(1);
    let unknown = Job { kind: "teleport", ..job("c", 3, later) };
    enqueue(&db, [job("a", 1, later), job("b", 2, later), unknown]).await;
    let mut tx = db.begin().await.expect("begins");
    assert_eq!(jobs::cancel(&mut tx, "ring", "a").await.expect("answers"), 1);
    tx.commit().await.expect("commits");
    world.clock().advance(SignedDuration::from_hours(1));
    worker.sees(1).await;
    eventually("only the unknown one is left", async || {
        (jobs::backlog(&db, later).await.expect("answers").overdue == 1).then_some(())
    })
    .await;
    assert_eq!(worker.seen(), [("b".into(), 2)]);
}
