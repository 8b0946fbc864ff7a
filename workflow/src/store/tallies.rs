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
    let mut sql = Assembly::new("select count(*)");
    push_sums(&mut sql, &COLUMNS);
    push_place(&mut sql, Dimension::Hour, reach, span);
    let rows = sql.fetch_all(conn).await?;
    rows.first().map_or_else(|| Ok(Sums::default()), |row| read(row, 1))
}

/// Two numbers of each hour of a span that has any, in order.
pub(crate) async fn hours(
    conn: &mut AnyConnection,
    reach: &Reach,
    columns: (Column, Column),
    span: (Timestamp, Timestamp),
) -> Result<Vec<(Timestamp, i64, i64)>> {
    let mut sql = Assembly::new("select t.start");
    push_sums(&mut sql, &[columns.0.name(), columns.1.name()]);
    push_place(&mut sql, Dimension::Hour, reach, span);
    sql.push(" group by t.start order by t.start");
    let rows = sql.fetch_all(conn).await?;
    let hour = |row: &AnyRow| {
        Ok((clock::from_micros(row.try_get(0)?), row.try_get(1)?, row.try_get(2)?))
    };
    rows.iter().map(hour).collect()
}

/// All numbers of a span of days, by part.
pub(crate) async fn parts(
    conn: &mut AnyConnection,
    reach: &Reach,
    dimension: Dimension,
    span: (Timestamp, Timestamp),
) -> Result<Vec<(String, Sums)>> {
    let mut sql = Assembly::new("select t.part");
    push_sums(&mut sql, &COLUMNS);
    push_place(&mut sql, dimension, reach, span);
    sql.push(" group by t.part");
    fetch_parts(sql, conn).await
}

/// All numbers of a span of hours, by department.
pub(crate) async fn departments(
    conn: &mut AnyConnection,
    reach: &Reach,
    span: (Timestamp, Timestamp),
) -> Result<Vec<(String, Sums)>> {
    let mut sql = Assembly::new("select t.department_id");
    push_sums(&mut sql, &COLUMNS);
    push_place(&mut sql, Dimension::Hour, reach, span);
    sql.push(" group by t.department_id");
    fetch_parts(sql, conn).await
}

/// Adds that a column is one of the departments that are meant.
pub(super) fn within(sql: &mut Assembly, column: &'static str, reach: &Reach) {
    if let Reach::Departments(ids) = reach {
        sql.push(" and ").push(column).push(" in ").list(ids.iter().cloned());
    }
}

fn push_sums(sql: &mut Assembly, columns: &[&'static str]) {
    for column in columns {
        sql.push(", cast(coalesce(sum(t.").push(column).push("), 0) as bigint)");
    }
}

fn push_place(
    sql: &mut Assembly,
    dimension: Dimension,
    reach: &Reach,
    (from, to): (Timestamp, Timestamp),
) {
    sql.push(" from tallies t where t.dimension = ").bind(dimension as i64);
    sql.push(" and t.start >= ").bind(from.as_microsecond());
    sql.push(" and t.start < ").bind(to.as_microsecond());
    within(sql, "t.department_id", reach);
}

async fn fetch_parts(sql: Assembly, conn: &mut AnyConnection) -> Result<Vec<(String, Sums)>> {
    let rows = sql.fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, read(row, 1)?))).collect()
}

/// The numbers from a column of the row on.
fn read(row: &AnyRow, first: usize) -> Result<Sums> {
    let mut sums = Sums::default();
    for (index, sum) in sums.0.iter_mut().enumerate() {
        *sum = row.try_get(first + index)?;
    }
    Ok(sums)
}
