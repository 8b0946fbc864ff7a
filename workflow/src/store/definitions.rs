//! Workflows and their published versions.

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::{Error, Result},
};
use prost::Message;
use proto::workflow::v1::{Graph, Version, Workflow};
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{flag, instant, small, touch};

mesh_core::statements! {
    /// A workflow that ships with the program; its words may change between releases.
    INSTALL = "insert into workflows (id, version, name, name_key, description, applies_to, position, status, built_in, live_version, \
        created_at, updated_at) values ($1, 1, $2, lower($2), $3, $4, $5, $6, $7, $8, $9, $9) \
        on conflict (id) do update set name = excluded.name, name_key = excluded.name_key, description = excluded.description, \
        live_version = excluded.live_version where workflows.live_version <= excluded.live_version";
    /// A version, once and for all.
    INSTALL_VERSION = "insert into workflow_versions (workflow_id, number, graph, checksum, author_id, note, published_at) \
        values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";
    /// One workflow with the number of its open runs.
    WORKFLOW = "select w.*, (select count(*) from runs r where r.workflow_id = w.id and r.ended_at is null) as open_runs, \
        coalesce((select v.author_id from workflow_versions v where v.workflow_id = w.id and v.number = w.live_version), '') as author_id \
        from workflows w where w.id = $1";
    /// Workflows in their order, after a place in it; archived ones (4) only when asked for.
    WORKFLOWS = "select w.*, (select count(*) from runs r where r.workflow_id = w.id and r.ended_at is null) as open_runs, \
        coalesce((select v.author_id from workflow_versions v where v.workflow_id = w.id and v.number = w.live_version), '') as author_id \
        from workflows w where (w.position > $1 or (w.position = $1 and w.id > $2)) and (w.status <> 4 or $3 = 1) \
        order by w.position, w.id limit $4";
    /// One version.
    VERSION = "select v.*, (select count(*) from runs r where r.workflow_id = v.workflow_id and r.workflow_version = v.number \
        and r.ended_at is null) as open_runs from workflow_versions v where v.workflow_id = $1 and v.number = $2";
    /// Versions before a number, newest first.
    VERSIONS = "select v.*, (select count(*) from runs r where r.workflow_id = v.workflow_id and r.workflow_version = v.number \
        and r.ended_at is null) as open_runs from workflow_versions v where v.workflow_id = $1 and v.number < $2 \
        order by v.number desc limit $3";
}

/// Writes a workflow that ships with the program.
pub(crate) async fn install(conn: &mut AnyConnection, workflow: &Workflow, now: Timestamp) -> Result<()> {
    let statement = query(INSTALL)
        .bind(workflow.id.clone())
        .bind(workflow.name.clone())
        .bind(workflow.description.clone())
        .bind(workflow.applies_to.clone())
        .bind(i64::from(workflow.order))
        .bind(i64::from(workflow.status))
        .bind(i64::from(workflow.built_in))
        .bind(i64::from(workflow.live_version))
        .bind(now.as_microsecond());
    touch(statement, conn).await.map(drop)
}

/// Writes a version if it is not there. One that is there stays as it is.
pub(crate) async fn install_version(
    conn: &mut AnyConnection,
    version: &Version,
    now: Timestamp,
) -> Result<()> {
    let graph = version.graph.clone().unwrap_or_default().encode_to_vec();
    let statement = query(INSTALL_VERSION)
        .bind(version.workflow_id.clone())
        .bind(i64::from(version.number))
        .bind(graph.clone())
        .bind(hex::encode(Sha256::digest(&graph)))
        .bind(version.author_id.clone())
        .bind(version.note.clone())
        .bind(now.as_microsecond());
    touch(statement, conn).await.map(drop)
}

pub(crate) async fn workflow(conn: &mut AnyConnection, id: &str) -> Result<Option<Workflow>> {
    let row = query(WORKFLOW).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read_workflow).transpose()
}

/// Workflows after a place in their order.
pub(crate) async fn workflows(
    conn: &mut AnyConnection,
    after: (i32, String),
    archived: bool,
    limit: i64,
) -> Result<Vec<Workflow>> {
    let (position, id) = after;
    let statement = query(WORKFLOWS).bind(i64::from(position)).bind(id).bind(i64::from(archived)).bind(limit);
    statement.fetch_all(conn).await?.iter().map(read_workflow).collect()
}

pub(crate) async fn version(
    conn: &mut AnyConnection,
    workflow_id: &str,
    number: i32,
) -> Result<Option<Version>> {
    let row =
        query(VERSION).bind(workflow_id.to_owned()).bind(i64::from(number)).fetch_optional(conn).await?;
    row.as_ref().map(read_version).transpose()
}

/// Versions before `before`, newest first.
pub(crate) async fn versions(
    conn: &mut AnyConnection,
    workflow_id: &str,
    before: i32,
    limit: i64,
) -> Result<Vec<Version>> {
    let statement = query(VERSIONS).bind(workflow_id.to_owned()).bind(i64::from(before)).bind(limit);
    statement.fetch_all(conn).await?.iter().map(read_version).collect()
}

fn read_workflow(row: &AnyRow) -> Result<Workflow> {
    Ok(Workflow {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        applies_to: row.try_get("applies_to")?,
        order: small(row, "position")?,
        status: small(row, "status")?,
        built_in: flag(row, "built_in")?,
        live_version: small(row, "live_version")?,
        open_runs: row.try_get("open_runs")?,
        create_time: Some(clock::to_proto(instant(row, "created_at")?)),
        update_time: Some(clock::to_proto(instant(row, "updated_at")?)),
        etag: row.try_get::<i64, _>("version")?.to_string(),
        draft: None,
        live_applies_to: row.try_get("live_applies_to")?,
        author_id: row.try_get("author_id")?,
    })
}

fn read_version(row: &AnyRow) -> Result<Version> {
    let graph: Vec<u8> = row.try_get("graph")?;
    Ok(Version {
        workflow_id: row.try_get("workflow_id")?,
        number: small(row, "number")?,
        graph: Some(Graph::decode(graph.as_slice()).map_err(Error::internal)?),
        checksum: row.try_get("checksum")?,
        author_id: row.try_get("author_id")?,
        note: row.try_get("note")?,
        publish_time: Some(clock::to_proto(instant(row, "published_at")?)),
        open_runs: row.try_get("open_runs")?,
    })
}
