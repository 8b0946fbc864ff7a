//! Runs by the version they are pinned to.

use mesh_core::error::Result;
use sqlx::{AnyConnection, Row, query};

use super::runs::read;
use crate::run::Run;

mesh_core::statements! {
    /// How many open runs of a version stand in each stage.
    BY_STAGE = "select stage, count(*) as runs from runs where workflow_id = $1 and workflow_version = $2 and ended_at is null \
        group by stage order by stage";
    /// Open runs of a version, a batch at a time.
    AFTER = "select * from runs where workflow_id = $1 and workflow_version = $2 and ended_at is null and id > $3 \
        order by id limit $4";
    /// The runs that began last.
    RECENT = "select * from runs order by id desc limit $1";
}

/// How many open runs of a version stand in each stage.
pub(crate) async fn by_stage(
    conn: &mut AnyConnection,
    (workflow_id, number): (&str, i32),
) -> Result<Vec<(String, i64)>> {
    let statement = query(BY_STAGE).bind(workflow_id.to_owned()).bind(i64::from(number));
    let rows = statement.fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("stage")?, row.try_get("runs")?))).collect()
}

/// The next open runs of a version behind `after`.
pub(crate) async fn after(
    conn: &mut AnyConnection,
    (workflow_id, number): (&str, i32),
    after: &str,
    limit: i64,
) -> Result<Vec<Run>> {
    let statement =
        query(AFTER).bind(workflow_id.to_owned()).bind(i64::from(number)).bind(after.to_owned()).bind(limit);
    statement.fetch_all(conn).await?.iter().map(read).collect()
}

/// The runs that began last, newest first: their ids sort by time.
pub(crate) async fn recent(conn: &mut AnyConnection, limit: i64) -> Result<Vec<Run>> {
    query(RECENT).bind(limit).fetch_all(conn).await?.iter().map(read).collect()
}
