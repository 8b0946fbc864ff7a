//! What happened to runs. Entries are added and read; only the name of somebody who was deleted is ever taken out of them.

use mesh_core::{
    db::Assembly,
    error::{Error, Result},
};
use prost::Message;
use proto::workflow::v1::RunHistoryEntry;
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::touch;

/// The place of an entry in its run's history.
pub(crate) type Place = (i64, i64);

/// Rows one statement adds. More would take longer: SQLite looks for the name of each value among all of them.
const ROWS: usize = 250;

mesh_core::statements! {
    /// Entries before a place, newest first.
    BEFORE = "select run_version, step, entry from history where run_id = $1 \
        and (run_version < $2 or (run_version = $2 and step < $3)) order by run_version desc, step desc limit $4";
    /// The newest entries made after a version, newest first.
    SINCE = "select run_version, step, entry from history where run_id = $1 and run_version > $2 \
        order by run_version desc, step desc limit $3";
    /// The next entries of all runs.
    AFTER = "select run_id, run_version, step, entry from history where (run_id, run_version, step) > ($1, $2, $3) \
        order by run_id, run_version, step limit $4";
    /// The same entry under another name.
    SET = "update history set entry = $4 where run_id = $1 and run_version = $2 and step = $3";
}

/// An entry among those of all runs; the default is before the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spot {
    run_id: String,
    run_version: i64,
    step: i64,
}

/// Adds the entries of one version of a run each, which stand together and in order.
pub(crate) async fn append(conn: &mut AnyConnection, entries: &[RunHistoryEntry]) -> Result<()> {
    let (mut version, mut step) = (None, 0_i64);
    for entries in entries.chunks(ROWS) {
        let mut sql = Assembly::new("insert into history (run_id, run_version, step, entry) values ");
        for (index, entry) in entries.iter().enumerate() {
            let this = Some((&entry.run_id, entry.run_version));
            step = if this == version { step + 1 } else { 0 };
            version = this;
            sql.push(if index == 0 { "(" } else { ", (" }).bind(entry.run_id.clone());
            sql.push(", ").bind(entry.run_version).push(", ").bind(step);
            sql.push(", ").bind(entry.encode_to_vec()).push(")");
        }
        sql.execute(conn).await?;
    }
    Ok(())
}

/// Entries before a place, newest first, each with its place.
pub(crate) async fn before(
    conn: &mut AnyConnection,
    run_id: &str,
    place: Place,
    limit: i64,
) -> Result<Vec<(Place, RunHistoryEntry)>> {
    let statement = query(BEFORE).bind(run_id.to_owned()).bind(place.0).bind(place.1).bind(limit);
    statement.fetch_all(conn).await?.iter().map(read).collect()
}

/// The newest `limit` entries made after a version, oldest first.
pub(crate) async fn since(
    conn: &mut AnyConnection,
    run_id: &str,
    version: i64,
    limit: i64,
) -> Result<Vec<RunHistoryEntry>> {
    let rows = query(SINCE).bind(run_id.to_owned()).bind(version).bind(limit).fetch_all(conn).await?;
    rows.iter().rev().map(|row| read(row).map(|(_, entry)| entry)).collect()
}

/// The next entries of all runs, each with its spot.
pub(crate) async fn after(
    conn: &mut AnyConnection,
    spot: &Spot,
    limit: i64,
) -> Result<Vec<(Spot, RunHistoryEntry)>> {
    let Spot { run_id, run_version, step } = spot.clone();
    let rows = query(AFTER).bind(run_id).bind(run_version).bind(step).bind(limit).fetch_all(conn).await?;
    let spotted = |row: &AnyRow| {
        let ((run_version, step), entry) = read(row)?;
        Ok((Spot { run_id: row.try_get("run_id")?, run_version, step }, entry))
    };
    rows.iter().map(spotted).collect()
}

/// Writes the entry that is there anew.
pub(crate) async fn set(conn: &mut AnyConnection, spot: &Spot, entry: &RunHistoryEntry) -> Result<()> {
    let Spot { run_id, run_version, step } = spot.clone();
    let statement = query(SET).bind(run_id).bind(run_version).bind(step).bind(entry.encode_to_vec());
    touch(statement, conn).await.map(drop)
}

fn read(row: &AnyRow) -> Result<(Place, RunHistoryEntry)> {
    let bytes: Vec<u8> = row.try_get("entry")?;
    let entry = RunHistoryEntry::decode(bytes.as_slice()).map_err(Error::internal)?;
    Ok(((row.try_get("run_version")?, row.try_get("step")?), entry))
}
