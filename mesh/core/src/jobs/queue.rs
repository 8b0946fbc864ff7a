//! The jobs table as a queue of keys: claim, finish, put back.
//!
//! The invariant: a job is claimed only when it is the first living one of its kind and key and nobody holds it. Claims are
//! made one at a time ([`Db::begin_alone`]); no handler runs meanwhile.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;

use super::Job;
use crate::{
    clock,
    db::{Db, Tx},
    error::{Error, Result},
};

/// Failures after which a job is given up.
pub(super) const MOST_ATTEMPTS: i64 = 10;
/// How long a runner that died keeps its jobs from others. A living one renews it at half time.
pub(super) const LEASE: Duration = Duration::from_mins(1);
/// The pause after the first failure; it doubles with every further one up to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_mins(5));

crate::statements! {
    /// Jobs of a kind ($4) that may run now, the most overdue first.
    CLAIM = "update jobs set leased_by = $1, run_at = $2 where seq in ( \
        select head.seq from jobs head where head.kind = $4 and head.run_at <= $3 and head.died_at is null and not exists ( \
            select 1 from jobs earlier where earlier.kind = head.kind and earlier.key = head.key \
                and earlier.seq < head.seq and earlier.died_at is null) \
        order by head.run_at, head.seq limit $5) \
        returning seq, id, key, due, payload, traceparent, created_at, attempts";
    /// Holds a job a while longer.
    RENEW = "update jobs set run_at = $3 where seq = $1 and leased_by = $2";
    /// Frees a job at once.
    FREE = "update jobs set leased_by = null, run_at = $3 where seq = $1 and leased_by = $2";
    /// Forgets a job that is done.
    DONE = "delete from jobs where seq = $1 and leased_by = $2";
    /// Puts a job back until an instant.
    PUT_BACK = "update jobs set leased_by = null, run_at = $3, attempts = $4, last_error = $5 \
        where seq = $1 and leased_by = $2";
    /// Gives a job up.
    BURY = "update jobs set leased_by = null, died_at = $3, attempts = $4, last_error = $5 where seq = $1 and leased_by = $2";
    /// When the next job of a kind gets due, or the next lease or pause ends.
    NEXT = "select min(run_at) from jobs where kind = $1 and run_at > $2 and died_at is null";
}

/// A job a runner holds.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub(super) job: Job,
    pub(super) id: String,
    pub(super) traceparent: String,
    seq: i64,
    created_at: i64,
    attempts: i64,
}

/// Claims at most `most` jobs of a kind for `holder`.
pub(super) async fn claim(
    tx: &mut Tx,
    holder: &str,
    kind: &'static str,
    most: usize,
) -> Result<Vec<Claimed>> {
    let rows = sqlx::query(CLAIM)
        .bind(holder.to_owned())
        .bind(later(tx.now(), LEASE))
        .bind(tx.micros())
        .bind(kind)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(tx.conn())
        .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        let job = Job {
            kind,
            key: row.try_get(2)?,
            due: clock::from_micros(row.try_get(3)?),
            payload: row.try_get(4)?,
        };
        let (seq, id, traceparent) = (row.try_get(0)?, row.try_get(1)?, row.try_get(5)?);
        claimed.push(Claimed {
            job,
            id,
            traceparent,
            seq,
            created_at: row.try_get(6)?,
            attempts: row.try_get(7)?,
        });
    }
    claimed.sort_by_key(|claimed| claimed.seq);
    Ok(claimed)
}

/// Writes down what became of a job.
pub(super) async fn settle(tx: &mut Tx, holder: &str, claimed: &Claimed, outcome: &Result<()>) -> Result<()> {
    let Err(error) = outcome else {
        sqlx::query(DONE).bind(claimed.seq).bind(holder.to_owned()).execute(tx.conn()).await?;
        return Ok(());
    };
    let said = error.with_causes();
    let attempts = claimed.attempts + i64::from(!error.is_transient());
    let (statement, until) = if attempts < MOST_ATTEMPTS {
        tracing::warn!(
            job = claimed.id,
            kind = claimed.job.kind,
            error = said,
            "a job failed and will be repeated"
        );
        (PUT_BACK, later(tx.now(), pause(claimed, error, tx.micros())))
    } else {
        tracing::error!(
            job = claimed.id,
            kind = claimed.job.kind,
            error = said,
            "a job failed too often and was given up"
        );
        (BURY, tx.micros())
    };
    let query = sqlx::query(statement)
        .bind(claimed.seq)
        .bind(holder.to_owned())
        .bind(until)
        .bind(attempts)
        .bind(said);
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Gives a claimed job back that was not begun.
pub(super) async fn free(tx: &mut Tx, holder: &str, seq: i64) -> Result<()> {
    let now = tx.micros();
    sqlx::query(FREE).bind(seq).bind(holder.to_owned()).bind(now).execute(tx.conn()).await?;
    Ok(())
}

/// Holds a running job for another lease.
pub(super) async fn renew(tx: &mut Tx, holder: &str, seq: i64) -> Result<()> {
    let until = later(tx.now(), LEASE);
    sqlx::query(RENEW).bind(seq).bind(holder.to_owned()).bind(until).execute(tx.conn()).await?;
    Ok(())
}

/// The next instant after the last look at which a job of these kinds may run.
pub(super) async fn next(
    db: &Db,
    kinds: impl Iterator<Item = &'static str>,
    looked: Timestamp,
) -> Result<Option<Timestamp>> {
    let mut next: Option<i64> = None;
    for kind in kinds {
        let row = sqlx::query(NEXT).bind(kind).bind(looked.as_microsecond()).fetch_one(db.reader()).await?;
        next = next.into_iter().chain(row.try_get::<Option<i64>, _>(0)?).min();
    }
    Ok(next.map(clock::from_micros))
}

impl Claimed {
    /// The row's number, for [`renew`].
    pub(super) fn seq(&self) -> i64 {
        self.seq
    }
}

/// How long a failed job rests: twice as long each time it counts, about a quarter of its age when the world is at fault.
fn pause(claimed: &Claimed, error: &Error, now: i64) -> Duration {
    let (shortest, longest) = PAUSES;
    if error.is_transient() {
        let waited = now - claimed.created_at.max(claimed.job.due.as_microsecond());
        return (Duration::from_micros(u64::try_from(waited).unwrap_or_default()) / 4)
            .clamp(shortest, longest);
    }
    let doubled = 2_u32.saturating_pow(u32::try_from(claimed.attempts).unwrap_or_default());
    shortest.saturating_mul(doubled).min(longest)
}

/// An instant as columns have it, `wait` after `now`.
fn later(now: Timestamp, wait: Duration) -> i64 {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX).as_microsecond()
}
