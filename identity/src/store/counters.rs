//! Failures to prove oneself, one row an address, a device, a sign-in name.
//!
//! Whoever takes several counters in one transaction takes them in the order of their kinds, so that no two wait for each other.

use jiff::Timestamp;
use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use proto::identity::v1::BlockKind;
use sqlx::{
    AnyConnection, Row,
    any::{AnyExecutor, AnyRow},
};

use super::{choice, instant};
use crate::{
    protection::{Bounds, Counter},
    visitor::Mark,
};

macro_rules! columns {
    () => {
        "id, kind, subject, failures, last_failure_at"
    };
}

mesh_core::statements! {
    /// The counter of a mark, made if it is not there; it stays locked until the transaction ends.
    TAKE = concat!("insert into failure_counters (id, kind, key, subject, failures, last_failure_at, warned_at) \
        values ($1, $2, $3, $4, 0, $5, 0) on conflict (kind, key) do update set subject = excluded.subject returning ", columns!());
    /// What was counted.
    SAVE = "update failure_counters set failures = $2, last_failure_at = $3 where id = $1";
    /// Begins at 0 again. The row stays, since it knows when the owner was last warned.
    RESET = "update failure_counters set failures = 0 where id = $1 and failures > 0";
    /// The same for the counter of a mark.
    RESET_MARK = "update failure_counters set failures = 0 where kind = $1 and key = $2 and failures > 0";
    /// Notes that the owner is told, unless he was told lately.
    WARN = "update failure_counters set warned_at = $2 where id = $1 and warned_at <= $3";
    /// One of them.
    BY_ID = concat!("select ", columns!(), " from failure_counters where id = $1");
    /// Those nobody has failed at for long.
    FORGET = "delete from failure_counters where last_failure_at < $1";
}

/// The counter of a mark, which nobody else changes until the transaction ends.
pub(crate) async fn take(tx: &mut Tx, mark: &Mark) -> Result<Counter> {
    let (id, now) = (tx.ids().id("blk"), tx.micros());
    let query = sqlx::query(TAKE)
        .bind(id)
        .bind(i64::from(i32::from(mark.kind)))
        .bind(&mark.key)
        .bind(&mark.subject)
        .bind(now);
    read(&query.fetch_one(tx.conn()).await?)
}

pub(crate) async fn save(tx: &mut Tx, counter: &Counter) -> Result<()> {
    let query = sqlx::query(SAVE)
        .bind(&counter.id)
        .bind(counter.failures)
        .bind(counter.last_failure_at.as_microsecond());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Forgets the failures; false when there were none.
pub(crate) async fn reset(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(sqlx::query(RESET).bind(id).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Forgets the failures under a mark, if there are any.
pub(crate) async fn reset_mark(tx: &mut Tx, mark: &Mark) -> Result<()> {
    let query = sqlx::query(RESET_MARK).bind(i64::from(i32::from(mark.kind))).bind(&mark.key);
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Whether it is time to tell the owner; of several who ask at once, one hears yes.
pub(crate) async fn is_time_to_warn(tx: &mut Tx, id: &str, told_before: Timestamp) -> Result<bool> {
    let now = tx.micros();
    let query = sqlx::query(WARN).bind(id).bind(now).bind(told_before.as_microsecond());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Option<Counter>> {
    sqlx::query(BY_ID).bind(id).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// Drops those last failed at before then.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}

/// Which counters a list wants.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The kinds, with what each bears.
    pub(crate) kinds: Vec<(BlockKind, Bounds)>,
    /// Only those that block.
    pub(crate) only_blocked: bool,
    pub(crate) now: Timestamp,
}

/// One page of those that mean something now, last failure first, after the (last failure, id) of the page before.
pub(crate) async fn list(
    db: &mut AnyConnection,
    wanted: &Wanted,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<Counter>> {
    let mut ask =
        Assembly::new(concat!("select ", columns!(), " from failure_counters where failures > 0 and (1 = 0"));
    for (kind, bounds) in &wanted.kinds {
        standing(&mut ask, *kind, bounds, wanted);
    }
    ask.push(")");
    if let Some((micros, id)) = after {
        ask.push(" and (last_failure_at, id) < (").bind(micros).push(", ").bind(id).push(")");
    }
    ask.push(" order by last_failure_at desc, id desc limit ").bind(limit);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// [`Counter::standing`], and [`Counter::blocked_until`], as conditions.
fn standing(ask: &mut Assembly, kind: BlockKind, bounds: &Bounds, wanted: &Wanted) {
    let since = |span| wanted.now.saturating_sub(span).unwrap_or(Timestamp::MIN).as_microsecond();
    ask.push(" or (kind = ").bind(i64::from(i32::from(kind)));
    ask.push(" and (failures >= ").bind(bounds.limit);
    ask.push(" and last_failure_at > ").bind(since(bounds.block));
    if !wanted.only_blocked {
        ask.push(" or failures < ").bind(bounds.limit);
        ask.push(" and last_failure_at >= ").bind(since(bounds.lifetime));
    }
    ask.push("))");
}

fn read(row: &AnyRow) -> Result<Counter> {
    Ok(Counter {
        id: row.try_get("id")?,
        kind: choice(row, "kind")?,
        subject: row.try_get("subject")?,
        failures: row.try_get("failures")?,
        last_failure_at: instant(row, "last_failure_at")?,
    })
}
