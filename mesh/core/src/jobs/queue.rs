//! The jobs table as a queue of keys: claim, finish, put back.
//!
//! The invariant: a job is claimed only when it is the first living one of its kind and key and nobody holds it. Claims are
//! made one at a time ([`Db::begin_noting`]); no handler runs meanwhile.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};

use super::Job;
use crate::{
    clock,
    db::{Assembly, Db, Tx},
    error::{Error, Result},
};

/// Failures after which a job is given up.
pub(super) const MOST_ATTEMPTS: i64 = 10;
/// How long a runner that died keeps its jobs from others. A living one renews it at half time.
pub(super) const LEASE: Duration = Duration::from_mins(1);
/// The pause after the first failure; it doubles with every further one up to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_mins(5));

crate::statements! {
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

/// Claims at most `most` jobs of these kinds for `holder`, the most overdue first.
pub(super) async fn claim(
    tx: &mut Tx,
    holder: &str,
    kinds: &[&'static str],
    most: usize,
) -> Result<Vec<Claimed>> {
    let until = later(tx.now(), LEASE);
    let rows = claiming(holder, kinds, most, tx.micros(), until).fetch_all(tx.conn()).await?;
    let mut claimed = rows.iter().map(|row| read(row, kinds)).collect::<Result<Vec<_>>>()?;
    claimed.sort_by_key(|claimed| claimed.seq);
    Ok(claimed)
}

/// Written as the claim of the outbox is, and for the same reason. The kind is compared as a text that no index knows (`|| ''`): by it
/// SQLite would read every job there is, also those due in a week.
fn claiming(holder: &str, kinds: &[&'static str], most: usize, now: i64, until: i64) -> Assembly {
    let mut sql = Assembly::new("with first as materialized (select head.seq as place from jobs head where ");
    sql.push("head.run_at <= ").bind(now);
    sql.push(" and head.died_at is null and head.kind || '' in ").list(kinds.iter().copied());
    sql.push(
        " and exists (select 1 from jobs earlier where earlier.kind = head.kind and earlier.key = head.key \
        and earlier.seq + 0 < head.seq and earlier.died_at is null) = false order by head.run_at, head.seq limit ",
    );
    sql.bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql.push(") update jobs set leased_by = ").bind(holder.to_owned());
    sql.push(", run_at = ").bind(until);
    sql.push(" where seq in (select place from first)");
    sql.push(" returning seq, id, kind, key, due, payload, traceparent, created_at, attempts");
    sql
}

fn read(row: &AnyRow, kinds: &[&'static str]) -> Result<Claimed> {
    let kind: &str = row.try_get("kind")?;
    let kind = kinds.iter().find(|known| **known == kind);
    Ok(Claimed {
        job: Job {
            kind: kind.ok_or_else(|| Error::internal("a job of another kind than asked for"))?,
            key: row.try_get("key")?,
            due: clock::from_micros(row.try_get("due")?),
            payload: row.try_get("payload")?,
        },
        id: row.try_get("id")?,
        traceparent: row.try_get("traceparent")?,
        seq: row.try_get("seq")?,
        created_at: row.try_get("created_at")?,
        attempts: row.try_get("attempts")?,
    })
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

/// The next instant after the last look at which a job of these kinds may run: it gets due, or a lease or a pause ends.
pub(super) async fn next(db: &Db, kinds: &[&'static str], looked: Timestamp) -> Result<Option<Timestamp>> {
    let mut connection = db.reader().acquire().await?;
    let rows = after(kinds, looked.as_microsecond()).fetch_all(&mut connection).await?;
    rows.first().map(|row| Ok(clock::from_micros(row.try_get(0)?))).transpose()
}

fn after(kinds: &[&'static str], looked: i64) -> Assembly {
    let mut sql = Assembly::new("select run_at from jobs where run_at > ");
    sql.bind(looked).push(" and died_at is null and kind || '' in ").list(kinds.iter().copied());
    sql.push(" order by run_at limit 1");
    sql
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

#[cfg(test)]
mod tests {
    use super::{after, claiming};
    use crate::{
        db::Engine,
        testing::{World, plan},
    };

    #[tokio::test]
    async fn jobs_are_looked_for_in_the_order_they_are_due_and_those_that_wait_are_not_read() {
        let world = World::new(Engine::Sqlite, "jobs").await;
        let db = world.db(&[]).await;
        for statement in [claiming("run_1", &["print", "send"], 16, 1, 2), after(&["print", "send"], 1)] {
            let steps = plan(&db, statement).await;
            assert!(steps.iter().any(|step| step.contains("jobs_by_time")), "{steps:?}");
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
        }
    }
}
