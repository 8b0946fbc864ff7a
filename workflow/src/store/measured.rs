//! Tickets as reports see them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mesh_core::{
    db::Assembly,
    error::{Error, Result},
    policy::Reach,
};
use proto::tickets::v1::Status;
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{flag, instant, known, micros, number, optional_instant, small, tallies::within, touch};
use crate::measure::Measured;

mesh_core::statements! {
    /// One ticket, held until the transaction ends: whoever else changes it waits, or would write over what changed meanwhile.
    HOLD = "update measured set gone = gone where ticket_id = $1 returning *";
    /// The ticket as it is now.
    MEASURE = "insert into measured (ticket_id, number, department_id, priority, category_id, assignee_id, stage, status, created_at, \
        staged_at, answered_at, resolved_at, closed_at, finished_at, parked, gone, reopened, transfers, escalations, score, stays) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) \
        on conflict (ticket_id) do update set department_id = excluded.department_id, priority = excluded.priority, \
        category_id = excluded.category_id, assignee_id = excluded.assignee_id, stage = excluded.stage, status = excluded.status, \
        created_at = excluded.created_at, staged_at = excluded.staged_at, answered_at = excluded.answered_at, \
        resolved_at = excluded.resolved_at, closed_at = excluded.closed_at, finished_at = excluded.finished_at, \
        parked = excluded.parked, gone = excluded.gone, reopened = excluded.reopened, transfers = excluded.transfers, \
        escalations = excluded.escalations, score = excluded.score, stays = excluded.stays";
    /// The next ones in order of their ids.
    MEASURED_AFTER = "select * from measured where ticket_id > $1 order by ticket_id limit $2";
}

/// The ticket as it was last measured, to be changed: nobody else changes it until the transaction ends. Whoever changes its run, too,
/// does that first, so that no two wait for each other.
pub(crate) async fn hold(conn: &mut AnyConnection, ticket_id: &str) -> Result<Option<Measured>> {
    let row = query(HOLD).bind(ticket_id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// The tickets after an id, in order.
pub(crate) async fn after(conn: &mut AnyConnection, ticket_id: &str, limit: i64) -> Result<Vec<Measured>> {
    let rows = query(MEASURED_AFTER).bind(ticket_id.to_owned()).bind(limit).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Keeps the ticket as it is now.
pub(crate) async fn put(conn: &mut AnyConnection, ticket: &Measured) -> Result<()> {
    let statement = query(MEASURE)
        .bind(ticket.ticket_id.clone())
        .bind(ticket.number)
        .bind(ticket.department_id.clone())
        .bind(number(ticket.priority))
        .bind(ticket.category_id.clone())
        .bind(ticket.assignee_id.clone())
        .bind(ticket.stage.clone())
        .bind(number(ticket.status))
        .bind(ticket.created_at.as_microsecond())
        .bind(ticket.staged_at.as_microsecond())
        .bind(micros(ticket.answered_at))
        .bind(micros(ticket.resolved_at))
        .bind(micros(ticket.closed_at))
        .bind(micros(ticket.finished_at()))
        .bind(i64::from(ticket.parked))
        .bind(i64::from(ticket.gone))
        .bind(i64::from(ticket.reopened))
        .bind(i64::from(ticket.transfers))
        .bind(i64::from(ticket.escalations))
        .bind(i64::from(ticket.score))
        .bind(serde_json::to_string(&ticket.stays).map_err(Error::internal)?);
    touch(statement, conn).await.map(drop)
}

/// What a question about single tickets goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cohort {
    Created,
    Answered,
    Resolved,
}

impl Cohort {
    const fn column(self) -> &'static str {
        match self {
            Self::Created => "m.created_at",
            Self::Answered => "m.answered_at",
            Self::Resolved => "m.resolved_at",
        }
    }
}

/// The tickets that were created, answered or resolved from one instant to before another.
pub(crate) async fn between(
    conn: &mut AnyConnection,
    reach: &Reach,
    cohort: Cohort,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Measured>> {
    let sql = of_cohort("select * from measured m where ", reach, cohort, (from, to));
    sql.fetch_all(conn).await?.iter().map(read).collect()
}

/// What is asked of the tickets of a cohort.
pub(super) fn of_cohort(
    what: &'static str,
    reach: &Reach,
    cohort: Cohort,
    (from, to): (Timestamp, Timestamp),
) -> Assembly {
    let mut sql = Assembly::new(what);
    sql.push(cohort.column()).push(" >= ").bind(from.as_microsecond());
    sql.push(" and ").push(cohort.column()).push(" < ").bind(to.as_microsecond());
    sql.push(" and m.gone = 0");
    within(&mut sql, "m.department_id", reach);
    sql
}

/// What happened to a ticket before it was resolved that tickets' own lists cannot ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lot {
    Transferred,
    Escalated,
}

/// Numbers of those resolved in a span to which this happened, the latest first.
pub(crate) async fn numbers(
    conn: &mut AnyConnection,
    reach: &Reach,
    lot: Lot,
    span: (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<i64>> {
    let mut sql = of_cohort("select m.number from measured m where ", reach, Cohort::Resolved, span);
    sql.push(match lot {
        Lot::Transferred => " and m.transfers > 0",
        Lot::Escalated => " and m.escalations > 0",
    });
    sql.push(" order by m.resolved_at desc limit ").bind(limit);
    sql.fetch_all(conn).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// What the backlog can be split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    Department,
    Priority,
    Category,
    Agent,
    Stage,
    Status,
}

impl Split {
    const fn column(self) -> &'static str {
        match self {
            Self::Department => "m.department_id",
            Self::Priority => "cast(m.priority as text)",
            Self::Category => "m.category_id",
            Self::Agent => "m.assignee_id",
            Self::Stage => "m.stage",
            Self::Status => "cast(m.status as text)",
        }
    }
}

/// How many tickets there are to do now, by part; only those with a status, if one is given.
pub(crate) async fn backlog(
    conn: &mut AnyConnection,
    reach: &Reach,
    split: Split,
    status: Option<Status>,
) -> Result<BTreeMap<String, i64>> {
    let rows = backlog_by(reach, split, status).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

pub(super) fn backlog_by(reach: &Reach, split: Split, status: Option<Status>) -> Assembly {
    let mut sql = Assembly::new("select ");
    sql.push(split.column()).push(" as part, count(*) from measured m where m.finished_at is null");
    if let Some(status) = status {
        sql.push(" and m.status = ").bind(number(status));
    }
    within(&mut sql, "m.department_id", reach);
    sql.push(" group by 1");
    sql
}

/// How many of those to do were created from one instant to before another.
pub(crate) async fn backlog_between(
    conn: &mut AnyConnection,
    reach: &Reach,
    (from, to): (Timestamp, Timestamp),
) -> Result<i64> {
    let mut sql = Assembly::new("select count(*) from measured m where m.finished_at is null");
    sql.push(" and m.created_at >= ").bind(from.as_microsecond());
    sql.push(" and m.created_at < ").bind(to.as_microsecond());
    within(&mut sql, "m.department_id", reach);
    let rows = sql.fetch_all(conn).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// Numbers of those to do that stand in their stage since before an instant, the longest first.
pub(crate) async fn standing(
    conn: &mut AnyConnection,
    reach: &Reach,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<i64>> {
    let rows = standing_since(reach, since, limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) fn standing_since(reach: &Reach, since: Timestamp, limit: i64) -> Assembly {
    let mut sql =
        Assembly::new("select m.number from measured m where m.finished_at is null and m.staged_at < ");
    sql.bind(since.as_microsecond());
    within(&mut sql, "m.department_id", reach);
    sql.push(" order by m.staged_at limit ").bind(limit);
    sql
}

fn read(row: &AnyRow) -> Result<Measured> {
    let stays: String = row.try_get("stays")?;
    Ok(Measured {
        ticket_id: row.try_get("ticket_id")?,
        number: row.try_get("number")?,
        department_id: row.try_get("department_id")?,
        priority: known(row, "priority")?,
        category_id: row.try_get("category_id")?,
        assignee_id: row.try_get("assignee_id")?,
        stage: row.try_get("stage")?,
        status: known(row, "status")?,
        created_at: instant(row, "created_at")?,
        staged_at: instant(row, "staged_at")?,
        answered_at: optional_instant(row, "answered_at")?,
        resolved_at: optional_instant(row, "resolved_at")?,
        closed_at: optional_instant(row, "closed_at")?,
        parked: flag(row, "parked")?,
        gone: flag(row, "gone")?,
        reopened: small(row, "reopened")?,
        transfers: small(row, "transfers")?,
        escalations: small(row, "escalations")?,
        score: small(row, "score")?,
        stays: serde_json::from_str(&stays).map_err(Error::internal)?,
    })
}
