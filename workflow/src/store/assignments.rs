//! Decisions about who works on a run.

use std::collections::HashMap;

use jiff::Timestamp;
use mesh_core::{
    db::Assembly,
    error::{Error, Result},
};
use prost::Message;
use proto::workflow::v1::AssignmentExplanation;
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::touch;

mesh_core::statements! {
    /// Adds a decision after the run's others.
    APPEND = "insert into assignments (id, run_id, number, made_at, origin, previous_id, explanation) \
        select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6 from assignments where run_id = $2";
    /// The latest decision made until an instant.
    LATEST = "select explanation from assignments where run_id = $1 and made_at <= $2 order by number desc limit 1";
    /// One decision of a run.
    BY_ID = "select explanation from assignments where run_id = $1 and id = $2";
    /// Whether it was escalated (6) since an instant.
    ESCALATED = "select 1 from assignments where run_id = $1 and origin = 6 and made_at >= $2";
    /// Who gave the run back (4) or up (6), or did not take it (11, 12), since somebody last had it routed anew (8).
    GAVE_BACK = "select previous_id from assignments where run_id = $1 and origin in (4, 6, 11, 12) and number > \
        coalesce((select max(anew.number) from assignments anew where anew.run_id = $1 and anew.origin = 8), 0)";
    /// The next decisions of all runs.
    AFTER = "select id, explanation from assignments where id > $1 order by id limit $2";
    /// The same decision under another name.
    SET = "update assignments set explanation = $2 where id = $1";
}

/// As `GAVE_BACK`, of runs that are named after it.
const ALL_GAVE_BACK: &str = "select a.run_id, a.previous_id from assignments a where a.origin in (4, 6, 11, 12) and a.number > \
    coalesce((select max(anew.number) from assignments anew where anew.run_id = a.run_id and anew.origin = 8), 0) and a.run_id in ";

/// Adds a decision.
pub(crate) async fn append(
    conn: &mut AnyConnection,
    decision: &AssignmentExplanation,
    now: Timestamp,
) -> Result<()> {
    let statement = query(APPEND)
        .bind(decision.id.clone())
        .bind(decision.run_id.clone())
        .bind(now.as_microsecond())
        .bind(i64::from(decision.origin))
        .bind(decision.previous_id.clone())
        .bind(decision.encode_to_vec());
    touch(statement, conn).await.map(drop)
}

/// The decision that stood at an instant.
pub(crate) async fn latest(
    conn: &mut AnyConnection,
    run_id: &str,
    at: Timestamp,
) -> Result<Option<AssignmentExplanation>> {
    let row = query(LATEST).bind(run_id.to_owned()).bind(at.as_microsecond()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn by_id(
    conn: &mut AnyConnection,
    run_id: &str,
    id: &str,
) -> Result<Option<AssignmentExplanation>> {
    let row = query(BY_ID).bind(run_id.to_owned()).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// Agents who gave the run back and are not to get it again by routing.
pub(crate) async fn gave_back(conn: &mut AnyConnection, run_id: &str) -> Result<Vec<String>> {
    let rows = query(GAVE_BACK).bind(run_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Whether a run was escalated at an instant or later.
pub(crate) async fn escalated(conn: &mut AnyConnection, run_id: &str, since: Timestamp) -> Result<bool> {
    let statement = query(ESCALATED).bind(run_id.to_owned()).bind(since.as_microsecond());
    Ok(statement.fetch_optional(conn).await?.is_some())
}

/// As [`gave_back`] for several runs, by run; some hundreds at most.
pub(crate) async fn all_gave_back(
    conn: &mut AnyConnection,
    run_ids: &[String],
) -> Result<HashMap<String, Vec<String>>> {
    let mut statement = Assembly::new(ALL_GAVE_BACK);
    statement.list(run_ids);
    let mut gave_back: HashMap<String, Vec<String>> = HashMap::new();
    for row in statement.fetch_all(conn).await? {
        gave_back.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
    }
    Ok(gave_back)
}

/// The next decisions of all runs, each with its id.
pub(crate) async fn after(
    conn: &mut AnyConnection,
    id: &str,
    limit: i64,
) -> Result<Vec<(String, AssignmentExplanation)>> {
    let rows = query(AFTER).bind(id.to_owned()).bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, read(row)?))).collect()
}

/// Writes the decision that is there anew.
pub(crate) async fn set(conn: &mut AnyConnection, id: &str, decision: &AssignmentExplanation) -> Result<()> {
    touch(query(SET).bind(id.to_owned()).bind(decision.encode_to_vec()), conn).await.map(drop)
}

fn read(row: &AnyRow) -> Result<AssignmentExplanation> {
    let bytes: Vec<u8> = row.try_get("explanation")?;
    AssignmentExplanation::decode(bytes.as_slice()).map_err(Error::internal)
}
