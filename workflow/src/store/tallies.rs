//! Tallies: sums of what tickets add to the figures of reports, by hour, and by day and one dimension.

use jiff::Timestamp;
use mesh_core::{clock, db::Assembly, error::Result, policy::Reach};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::touch;
use crate::measure::{COLUMNS, Column, Dimension, Sums, Tallies};

mesh_core::statements! {
    /// Forgets every sum, to make them anew.
    FORGET_TALLIES = "delete from tallies";
}

/// Rows one statement changes. More would take longer: SQLite looks for the name of each value among all of them.
const ROWS: usize = 50;

/// The columns of a tally.
const ADD: &str = "insert into tallies (dimension, start, department_id, part, created, answered, answered_seconds, resolved, \
    resolved_seconds, reopened, transferred, escalated, rated, satisfied, finished, stayed, stayed_seconds) values ";

/// What is there already, with what is added.
const ONTO: &str = " on conflict (dimension, start, department_id, part) do update set created = tallies.created + excluded.created, \
    answered = tallies.answered + excluded.answered, answered_seconds = tallies.answered_seconds + excluded.answered_seconds, \
    resolved = tallies.resolved + excluded.resolved, resolved_seconds = tallies.resolved_seconds + excluded.resolved_seconds, \
    reopened = tallies.reopened + excluded.reopened, transferred = tallies.transferred + excluded.transferred, \
    escalated = tallies.escalated + excluded.escalated, rated = tallies.rated + excluded.rated, \
    satisfied = tallies.satisfied + excluded.satisfied, finished = tallies.finished + excluded.finished, \
    stayed = tallies.stayed + excluded.stayed, stayed_seconds = tallies.stayed_seconds + excluded.stayed_seconds";

/// Adds to the sums, in the order of their places.
pub(crate) async fn add(conn: &mut AnyConnection, tallies: &Tallies) -> Result<()> {
    let mut rows = tallies.iter().peekable();
    while rows.peek().is_some() {
        let mut sql = Assembly::new(ADD);
        for (index, (place, sums)) in rows.by_ref().take(ROWS).enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(place.dimension as i64);
            sql.push(", ").bind(place.start).push(", ").bind(place.department_id.clone());
            sql.push(", ").bind(place.part.clone());
            for number in sums.0 {
                sql.push(", ").bind(number);
            }
            sql.push(")");
        }
        sql.push(ONTO);
        sql.execute(conn).await?;
    }
    Ok(())
}

/// Forgets every sum.
pub(crate) async fn forget(conn: &mut AnyConnection) -> Result<()> {
    touch(query(FORGET_TALLIES), conn).await.map(drop)
}

/// All numbers of a span of hours.
pub(crate) async fn whole(
    conn: &mut AnyConnection,
    reach: &Reach,
    span: (Timestamp, Timestamp),
) -> Result<Sums> {
    let rows = sums_by("count(*)", &COLUMNS, Dimension::Hour, reach, span).fetch_all(conn).await?;
    rows.first().map_or_else(|| Ok(Sums::default()), read)
}

/// Two numbers of each hour of a span that has any, in order.
pub(crate) async fn hours(
    conn: &mut AnyConnection,
    reach: &Reach,
    columns: (Column, Column),
    span: (Timestamp, Timestamp),
) -> Result<Vec<(Timestamp, i64, i64)>> {
    let columns = [columns.0.name(), columns.1.name()];
    let mut sql = sums_by("t.start", &columns, Dimension::Hour, reach, span);
    sql.push(" order by 1");
    let rows = sql.fetch_all(conn).await?;
    let hour = |row: &AnyRow| Ok((clock::from_micros(row.try_get(0)?), row.try_get(1)?, row.try_get(2)?));
    rows.iter().map(hour).collect()
}

/// All numbers of a span of days, by part.
pub(crate) async fn parts(
    conn: &mut AnyConnection,
    reach: &Reach,
    dimension: Dimension,
    span: (Timestamp, Timestamp),
) -> Result<Vec<(String, Sums)>> {
    fetch_parts(sums_by("t.part", &COLUMNS, dimension, reach, span), conn).await
}

/// All numbers of a span of hours, by department.
pub(crate) async fn departments(
    conn: &mut AnyConnection,
    reach: &Reach,
    span: (Timestamp, Timestamp),
) -> Result<Vec<(String, Sums)>> {
    fetch_parts(sums_by("t.department_id", &COLUMNS, Dimension::Hour, reach, span), conn).await
}

async fn fetch_parts(sql: Assembly, conn: &mut AnyConnection) -> Result<Vec<(String, Sums)>> {
    let rows = sql.fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, read(row)?))).collect()
}

/// Sums of columns over a span, by a column, or all together by `count(*)`.
pub(super) fn sums_by(
    by: &'static str,
    columns: &[&'static str],
    dimension: Dimension,
    reach: &Reach,
    (from, to): (Timestamp, Timestamp),
) -> Assembly {
    let mut sql = Assembly::new("select ");
    sql.push(by);
    for column in columns {
        sql.push(", cast(coalesce(sum(t.").push(column).push("), 0) as bigint)");
    }
    sql.push(" from tallies t where t.dimension = ").bind(dimension as i64);
    sql.push(" and t.start >= ").bind(from.as_microsecond());
    sql.push(" and t.start < ").bind(to.as_microsecond());
    within(&mut sql, "t.department_id", reach);
    if by != "count(*)" {
        sql.push(" group by 1");
    }
    sql
}

/// Adds that a column is one of the departments that are meant.
pub(super) fn within(sql: &mut Assembly, column: &'static str, reach: &Reach) {
    if let Reach::Departments(ids) = reach {
        sql.push(" and ").push(column).push(" in ").list(ids.iter().cloned());
    }
}

/// All numbers of a row, behind what they are by.
fn read(row: &AnyRow) -> Result<Sums> {
    let mut sums = Sums::default();
    for (index, sum) in sums.0.iter_mut().enumerate() {
        *sum = row.try_get(1 + index)?;
    }
    Ok(sums)
}
