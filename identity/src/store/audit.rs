//! The audit log: rows are added and read, never changed; the oldest days go whole when their time is over.

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
    NEXT = "insert into audit_days (day, number, position, head) \
        values ($1, (select coalesce(max(number), 0) + 1 from audit_days), 1, '') \
        on conflict (day) do update set position = audit_days.position + 1 returning day, number, position, head";
    /// The day's chain ends with this line now.
    HEAD = "update audit_days set head = $2 where day = $1";
    /// The days there are, with the end of each chain.
    DAYS = "select day, number, position, head from audit_days order by number";
    /// One of them.
    DAY = "select day, number, position, head from audit_days where day = $1";
    /// The one that began first.
    OLDEST = "select day, number, position, head from audit_days order by number limit 1";
    /// What the log says of days that were retired; only what stands in a chain counts.
    SAID = "select line.before_json from audit_events line join audit_days day on day.day = line.day where line.action = $1";
    /// The first day that has lines and no chain.
    ASTRAY = "select min(day) from audit_events where day not in (select day from audit_days)";
    /// The lines of a day go.
    DROP_LINES = "delete from audit_events where day = $1";
    /// And its chain.
    DROP_DAY = "delete from audit_days where day = $1";
    /// The next lines of a day's chain.
    CHAIN = concat!("select ", columns!(), " from audit_events where day = $1 and position > $2 order by position limit $3");
    /// A line by its id.
    BY_ID = concat!("select ", columns!(), " from audit_events where id = $1");
    /// A new line.
    INSERT = concat!("insert into audit_events (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
}

/// A line as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredLine {
    pub(crate) id: String,
    /// The day (UTC) in whose chain it stands.
    pub(crate) day: String,
    pub(crate) position: i64,
    pub(crate) happened_at: Timestamp,
    pub(crate) line: Line,
    pub(crate) hash: String,
}

/// Which lines a list or an export wants; empty fields want all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) actor_id: String,
    pub(crate) target: String,
    pub(crate) action: String,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    pub(crate) filter: Option<Filter>,
}

/// A day's chain and its end.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    pub(crate) date: String,
    /// Days are numbered from 1 without a gap.
    pub(crate) number: i64,
    /// Of the last line, counted from 1.
    pub(crate) position: i64,
    /// Hash of the last line.
    pub(crate) head: String,
}

impl Day {
    /// What the day's first line is chained to.
    pub(crate) fn beginning(&self) -> String {
        format!("day {}", self.number)
    }

    /// What the line at the end is chained to, as long as it is not written.
    pub(crate) fn previous(&self) -> String {
        if self.head.is_empty() { self.beginning() } else { self.head.clone() }
    }
}

/// The next place in the day's chain: with the position of the line to come, and the hash of the one before it.
pub(crate) async fn next_place(tx: &mut Tx, day: &str) -> Result<Day> {
    read_day(&sqlx::query(NEXT).bind(day).fetch_one(tx.conn()).await?)
}

pub(crate) async fn append(tx: &mut Tx, stored: &StoredLine) -> Result<()> {
    let line = &stored.line;
    let query = sqlx::query(INSERT)
        .bind(&stored.id)
        .bind(&stored.day)
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
    sqlx::query(HEAD).bind(&stored.day).bind(&stored.hash).execute(tx.conn()).await?;
    Ok(())
}

/// The line with this id, if it is in the log.
pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Option<StoredLine>> {
    sqlx::query(BY_ID).bind(id).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// All days, in the order they began.
pub(crate) async fn days<'e>(db: impl AnyExecutor<'e>) -> Result<Vec<Day>> {
    sqlx::query(DAYS).fetch_all(db).await?.iter().map(read_day).collect()
}

pub(crate) async fn day<'e>(db: impl AnyExecutor<'e>, date: &str) -> Result<Option<Day>> {
    sqlx::query(DAY).bind(date).fetch_optional(db).await?.as_ref().map(read_day).transpose()
}

pub(crate) async fn oldest<'e>(db: impl AnyExecutor<'e>) -> Result<Option<Day>> {
    sqlx::query(OLDEST).fetch_optional(db).await?.as_ref().map(read_day).transpose()
}

/// The state before, as JSON, of every line in a chain with this action.
pub(crate) async fn said<'e>(db: impl AnyExecutor<'e>, action: &str) -> Result<Vec<String>> {
    let rows = sqlx::query(SAID).bind(action).fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// A day with lines that belong to no chain.
pub(crate) async fn astray<'e>(db: impl AnyExecutor<'e>) -> Result<Option<String>> {
    Ok(sqlx::query(ASTRAY).fetch_one(db).await?.try_get(0)?)
}

/// Drops a day with all its lines.
pub(crate) async fn drop_day(tx: &mut Tx, day: &str) -> Result<()> {
    for statement in [DROP_LINES, DROP_DAY] {
        sqlx::query(statement).bind(day).execute(tx.conn()).await?;
    }
    Ok(())
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
    let mut ask = wanting(wanted)?;
    if !before.is_empty() {
        ask.push(" and id < ").bind(before.to_owned());
    }
    ask.push(" order by id desc limit ").bind(limit);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// The next of those wanted, in the order of their chains: after this position of this day. A line from another service may stand in the
/// chain of a later day than the one it tells of, so later days are looked through as well.
pub(crate) async fn after(
    db: &mut AnyConnection,
    wanted: &Wanted,
    (day, position): (&str, i64),
    limit: i64,
) -> Result<Vec<StoredLine>> {
    let mut ask = wanting(wanted)?;
    ask.push(" and (day, position) > (").bind(day.to_owned()).push(", ").bind(position).push(")");
    ask.push(" order by day, position limit ").bind(limit);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// The beginning of a question for the lines that are wanted.
fn wanting(wanted: &Wanted) -> Result<Assembly> {
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
    Ok(ask)
}

fn read_day(row: &AnyRow) -> Result<Day> {
    Ok(Day {
        date: row.try_get("day")?,
        number: row.try_get("number")?,
        position: row.try_get("position")?,
        head: row.try_get("head")?,
    })
}

fn read(row: &AnyRow) -> Result<StoredLine> {
    Ok(StoredLine {
        id: row.try_get("id")?,
        day: row.try_get("day")?,
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
