//! The audit log: rows are added and read, never changed.

pub(crate) mod filter;

use jiff::Timestamp;
use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use sqlx::{
    AnyConnection, Row,
    any::{AnyExecutor, AnyRow},
};

use self::filter::Filter;
use super::{escaped, instant, micros};
use crate::audit::Line;

macro_rules! columns {
    () => {
        "id, day, position, happened_at, action, actor_id, actor_name, target, address, session_id, reason, before_json, after_json, hash"
    };
}

mesh_core::statements! {
    /// Takes the next place in a day's chain; others who add a line wait for this transaction.
    NEXT = "insert into audit_days (day, position, head) values ($1, 1, '') \
        on conflict (day) do update set position = audit_days.position + 1 returning position, head";
    /// The day's chain ends with this line now.
    HEAD = "update audit_days set head = $2 where day = $1";
    /// The days there are, with the end of each chain.
    DAYS = "select day, position, head from audit_days order by day";
    /// The next lines of a day's chain.
    CHAIN = concat!("select ", columns!(), " from audit_events where day = $1 and position > $2 order by position limit $3");
    /// A new line.
    INSERT = concat!("insert into audit_events (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
}

/// A line as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredLine {
    pub(crate) id: String,
    pub(crate) position: i64,
    pub(crate) happened_at: Timestamp,
    pub(crate) line: Line,
    pub(crate) hash: String,
}

/// Which lines a list wants; empty fields want all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) actor_id: String,
    pub(crate) target: String,
    pub(crate) action: String,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    pub(crate) filter: Option<Filter>,
}

/// The next position of the day's chain and the hash of the line before it.
pub(crate) async fn next_place(tx: &mut Tx, day: &str) -> Result<(i64, String)> {
    let row = sqlx::query(NEXT).bind(day).fetch_one(tx.conn()).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

pub(crate) async fn append(tx: &mut Tx, day: &str, stored: &StoredLine) -> Result<()> {
    let line = &stored.line;
    let query = sqlx::query(INSERT)
        .bind(&stored.id)
        .bind(day)
        .bind(stored.position)
        .bind(stored.happened_at.as_microsecond())
        .bind(&line.action)
        .bind(&line.actor_id)
        .bind(&line.actor_name)
        .bind(&line.target)
        .bind(&line.address)
        .bind(&line.session_id)
        .bind(&line.reason)
        .bind(&line.before_json)
        .bind(&line.after_json)
        .bind(&stored.hash);
    query.execute(tx.conn()).await?;
    sqlx::query(HEAD).bind(day).bind(&stored.hash).execute(tx.conn()).await?;
    Ok(())
}

/// The end of a day's chain.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    pub(crate) date: String,
    pub(crate) position: i64,
    pub(crate) head: String,
}

pub(crate) async fn days<'e>(db: impl AnyExecutor<'e>) -> Result<Vec<Day>> {
    let rows = sqlx::query(DAYS).fetch_all(db).await?;
    rows.iter()
        .map(|row| Ok(Day { date: row.try_get(0)?, position: row.try_get(1)?, head: row.try_get(2)? }))
        .collect()
}

/// The lines of a day after a position, in their order.
pub(crate) async fn chain<'e>(
    db: impl AnyExecutor<'e>,
    day: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredLine>> {
    let rows = sqlx::query(CHAIN).bind(day).bind(after).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// One page of those wanted, newest first, before the last id of the page before.
pub(crate) async fn list(
    db: &mut AnyConnection,
    wanted: &Wanted,
    before: &str,
    limit: i64,
) -> Result<Vec<StoredLine>> {
    let mut ask = Assembly::new(concat!("select ", columns!(), " from audit_events where 1 = 1"));
    for (condition, text) in [(" and actor_id = ", &wanted.actor_id), (" and target = ", &wanted.target)] {
        if !text.is_empty() {
            ask.push(condition).bind(text.clone());
        }
    }
    if !wanted.action.is_empty() {
        ask.push(" and (action = ").bind(wanted.action.clone());
        ask.push(" or action like ").bind(format!("{}.%", escaped(&wanted.action))).push(" escape '!')");
    }
    for (condition, instant) in [(" and happened_at >= ", wanted.from), (" and happened_at < ", wanted.to)] {
        if let Some(micros) = micros(instant) {
            ask.push(condition).bind(micros);
        }
    }
    if let Some(filter) = &wanted.filter {
        filter.push(ask.push(" and "))?;
    }
    if !before.is_empty() {
        ask.push(" and id < ").bind(before.to_owned());
    }
    ask.push(" order by id desc limit ").bind(limit);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<StoredLine> {
    Ok(StoredLine {
        id: row.try_get("id")?,
        position: row.try_get("position")?,
        happened_at: instant(row, "happened_at")?,
        line: Line {
            action: row.try_get("action")?,
            actor_id: row.try_get("actor_id")?,
            actor_name: row.try_get("actor_name")?,
            target: row.try_get("target")?,
            address: row.try_get("address")?,
            session_id: row.try_get("session_id")?,
            reason: row.try_get("reason")?,
            before_json: row.try_get("before_json")?,
            after_json: row.try_get("after_json")?,
        },
        hash: row.try_get("hash")?,
    })
}
