//! Workflows as people draw and publish them.

use jiff::Timestamp;
use mesh_core::error::{Error, Result};
use prost::Message;
use proto::workflow::v1::{Graph, Workflow};
use sqlx::{AnyConnection, Row, query};

use super::{small, touch};
use crate::choosing::Taker;

mesh_core::statements! {
    /// A new one, behind all that people made. Simple stays last.
    INSERT = "insert into workflows (id, version, name, name_key, description, applies_to, position, status, built_in, live_version, \
        created_at, updated_at, draft) values ($1, 1, $2, $3, $4, $5, \
        (select coalesce(max(position), 0) + 1 from workflows where built_in = 0), $6, 0, 0, $7, $7, $8)";
    /// It as it is now, if it still had the version before.
    SAVE = "update workflows set version = $2, name = $3, name_key = $4, description = $5, applies_to = $6, status = $7, \
        live_version = $8, live_applies_to = $9, updated_at = $10 where id = $1 and version = $2 - 1";
    /// Its place in the order.
    PLACE = "update workflows set position = $2 where id = $1";
    /// What is being drawn.
    DRAW = "update workflows set draft = $2 where id = $1";
    /// Nothing is being drawn: the live version is what it is.
    CLEAR = "update workflows set draft = null where id = $1";
    /// What is being drawn, if that is not the live version.
    DRAFT = "select draft from workflows where id = $1 and draft is not null";
    /// Another workflow of this name that is not archived.
    NAMESAKE = "select 1 from workflows where name_key = $1 and status <> 4 and id <> $2";
    /// The workflows that take new tickets, in their order.
    TAKERS = "select id, live_version, live_applies_to from workflows where status = 2 order by position, id";
}

/// Writes a new workflow with the graph it begins with.
pub(crate) async fn insert(
    conn: &mut AnyConnection,
    workflow: &Workflow,
    draft: &Graph,
    now: Timestamp,
) -> Result<()> {
    let statement = query(INSERT)
        .bind(workflow.id.clone())
        .bind(workflow.name.clone())
        .bind(name_key(&workflow.name))
        .bind(workflow.description.clone())
        .bind(workflow.applies_to.clone())
        .bind(i64::from(workflow.status))
        .bind(now.as_microsecond())
        .bind(draft.encode_to_vec());
    touch(statement, conn).await.map(drop)
}

/// Writes a workflow anew as its next version; false when somebody else did.
pub(crate) async fn save(
    conn: &mut AnyConnection,
    workflow: &Workflow,
    version: i64,
    now: Timestamp,
) -> Result<bool> {
    let statement = query(SAVE)
        .bind(workflow.id.clone())
        .bind(version)
        .bind(workflow.name.clone())
        .bind(name_key(&workflow.name))
        .bind(workflow.description.clone())
        .bind(workflow.applies_to.clone())
        .bind(i64::from(workflow.status))
        .bind(i64::from(workflow.live_version))
        .bind(workflow.live_applies_to.clone())
        .bind(now.as_microsecond());
    Ok(touch(statement, conn).await? == 1)
}

/// Puts a workflow at a place in the order.
pub(crate) async fn place(conn: &mut AnyConnection, workflow_id: &str, position: i32) -> Result<()> {
    touch(query(PLACE).bind(workflow_id.to_owned()).bind(i64::from(position)), conn).await.map(drop)
}

/// Keeps what is being drawn.
pub(crate) async fn draw(conn: &mut AnyConnection, workflow_id: &str, draft: &Graph) -> Result<()> {
    touch(query(DRAW).bind(workflow_id.to_owned()).bind(draft.encode_to_vec()), conn).await.map(drop)
}

/// Notes that nothing is being drawn.
pub(crate) async fn clear(conn: &mut AnyConnection, workflow_id: &str) -> Result<()> {
    touch(query(CLEAR).bind(workflow_id.to_owned()), conn).await.map(drop)
}

/// What is being drawn; `None` when that is the live version.
pub(crate) async fn draft(conn: &mut AnyConnection, workflow_id: &str) -> Result<Option<Graph>> {
    let Some(row) = query(DRAFT).bind(workflow_id.to_owned()).fetch_optional(conn).await? else {
        return Ok(None);
    };
    let graph: Vec<u8> = row.try_get("draft")?;
    Graph::decode(graph.as_slice()).map(Some).map_err(Error::internal)
}

/// Whether another workflow that is not archived has this name, whatever the case.
pub(crate) async fn has_namesake(conn: &mut AnyConnection, workflow: &Workflow) -> Result<bool> {
    let statement = query(NAMESAKE).bind(name_key(&workflow.name)).bind(workflow.id.clone());
    Ok(statement.fetch_optional(conn).await?.is_some())
}

/// The workflows that take new tickets, in their order.
pub(crate) async fn takers(conn: &mut AnyConnection) -> Result<Vec<Taker>> {
    let rows = query(TAKERS).fetch_all(conn).await?;
    let taker = |row: &sqlx::any::AnyRow| {
        Ok(Taker {
            workflow_id: row.try_get("id")?,
            version: small(row, "live_version")?,
            rule: row.try_get("live_applies_to")?,
        })
    };
    rows.iter().map(taker).collect()
}

/// What makes a name its own.
fn name_key(name: &str) -> String {
    name.to_lowercase()
}
