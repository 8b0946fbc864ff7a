//! Work that is done later: at a time, or right after the transaction that asked for it.
//!
//! The invariants: a job exists exactly when what asked for it was committed; jobs of one kind and key run one after the
//! other in the order they were enqueued, on whichever replica; a job runs at least once. A handler therefore makes its own
//! effect idempotent.

pub(crate) mod queue;
mod runner;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;

pub use runner::Runner;

use crate::{
    clock,
    db::{Db, Tx},
    error::{Error, Result},
    telemetry,
};

crate::statements! {
    /// Keeps a job until it is done.
    ENQUEUE = "insert into jobs (id, kind, key, payload, traceparent, created_at, due, run_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $7)";
    /// Takes back what has not begun.
    CANCEL = "delete from jobs where kind = $1 and key = $2 and leased_by is null and died_at is null";
    /// Those that were given up.
    DEAD = "select id, kind, key, due, attempts, last_error, died_at from jobs where died_at is not null \
        order by died_at desc, seq desc limit $1";
    /// Lets a dead one live again.
    REVIVE = "update jobs set died_at = null, attempts = 0, run_at = $2 where id = $1 and died_at is not null";
    /// Drops a dead one.
    DISCARD = "delete from jobs where id = $1 and died_at is not null";
    /// How many jobs are due and not done, since when the most overdue one is, and how many were given up.
    BACKLOG = "select count(case when died_at is null and due <= $1 then 1 end), \
        min(case when died_at is null and due <= $1 then due end), count(died_at) from jobs";
}

/// A piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What is to be done; a [`Handler`] is registered for it.
    pub kind: &'static str,
    /// What it is done to. Jobs of one kind and key wait for each other, also for an earlier one that is due later.
    pub key: String,
    /// When it is to be done.
    pub due: Timestamp,
    /// What the handler needs to know.
    pub payload: Vec<u8>,
}

/// Does the jobs of a kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Does one. A transient error is repeated until it passes; any other some times, then the job is given up.
    async fn run(&self, job: &Job) -> Result<()>;
}

/// A job that was given up. It lets later jobs of its key pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// `job_…`.
    pub id: String,
    /// What was to be done.
    pub kind: String,
    /// What to.
    pub key: String,
    /// When it was due.
    pub due: Timestamp,
    /// How often it failed.
    pub attempts: i64,
    /// What the handler said last.
    pub reason: String,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// How far the work is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Due and not done.
    pub overdue: i64,
    /// When the most overdue of them was due.
    pub oldest: Option<Timestamp>,
    /// Given up.
    pub dead: i64,
}

/// Enqueues a job in the transaction that asks for it. Returns its id.
pub async fn enqueue(tx: &mut Tx, job: Job) -> Result<String> {
    let (id, now) = (tx.ids().id("job"), tx.micros());
    sqlx::query(ENQUEUE)
        .bind(id.clone())
        .bind(job.kind)
        .bind(job.key)
        .bind(job.payload)
        .bind(telemetry::current_traceparent())
        .bind(now)
        .bind(job.due.as_microsecond())
        .execute(tx.conn())
        .await?;
    tx.has_jobs();
    Ok(id)
}

/// Takes back the jobs of a key that have not begun. Returns how many there were.
pub async fn cancel(tx: &mut Tx, kind: &'static str, key: &str) -> Result<u64> {
    Ok(sqlx::query(CANCEL).bind(kind).bind(key.to_owned()).execute(tx.conn()).await?.rows_affected())
}

/// The jobs given up last, at most `most`.
pub async fn dead(db: &Db, most: i64) -> Result<Vec<DeadJob>> {
    let rows = sqlx::query(DEAD).bind(most).fetch_all(db.reader()).await?;
    rows.iter()
        .map(|row| {
            Ok(DeadJob {
                id: row.try_get(0)?,
                kind: row.try_get(1)?,
                key: row.try_get(2)?,
                due: clock::from_micros(row.try_get(3)?),
                attempts: row.try_get(4)?,
                reason: row.try_get::<Option<String>, _>(5)?.unwrap_or_default(),
                died_at: clock::from_micros(row.try_get(6)?),
            })
        })
        .collect()
}

/// Runs a dead job again, from the first attempt on.
pub async fn revive(tx: &mut Tx, id: &str) -> Result<()> {
    let now = tx.micros();
    let revived = sqlx::query(REVIVE).bind(id.to_owned()).bind(now).execute(tx.conn()).await?;
    tx.has_jobs();
    one(revived.rows_affected(), id)
}

/// Drops a dead job for good.
pub async fn discard(tx: &mut Tx, id: &str) -> Result<()> {
    one(sqlx::query(DISCARD).bind(id.to_owned()).execute(tx.conn()).await?.rows_affected(), id)
}

/// How far the work is behind at `now`, for metrics and probes.
pub async fn backlog(db: &Db, now: Timestamp) -> Result<Backlog> {
    let row = sqlx::query(BACKLOG).bind(now.as_microsecond()).fetch_one(db.reader()).await?;
    let oldest: Option<i64> = row.try_get(1)?;
    Ok(Backlog { overdue: row.try_get(0)?, oldest: oldest.map(clock::from_micros), dead: row.try_get(2)? })
}

fn one(rows: u64, id: &str) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::not_found("dead job", id)) }
}
