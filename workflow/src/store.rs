//! The SQL of this service: a module a table or two, one function a question. Every function takes a connection, so that the same
//! question can be asked inside a transaction and outside.

pub(crate) mod agents;
pub(crate) mod approvals;
pub(crate) mod assignments;
pub(crate) mod automations;
pub(crate) mod calendars;
pub(crate) mod census;
pub(crate) mod clocks;
pub(crate) mod definitions;
pub(crate) mod drafts;
pub(crate) mod history;
pub(crate) mod measured;
pub(crate) mod pinned;
#[cfg(test)]
mod plans;
pub(crate) mod pools;
pub(crate) mod presses;
pub(crate) mod queues;
pub(crate) mod runs;
pub(crate) mod tallies;

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::{Error, Result},
};
use sqlx::{Any, AnyConnection, Row, any::AnyArguments, any::AnyRow, query::Query};

/// A statement with its binds.
type Statement = Query<'static, Any, AnyArguments>;

/// Every statement of every store, for the test that prepares them on both engines.
#[cfg(test)]
pub(crate) const ALL: &[&[(&str, &str)]] = &[
    agents::ALL,
    approvals::ALL,
    assignments::ALL,
    automations::ALL,
    calendars::ALL,
    census::ALL,
    clocks::ALL,
    definitions::ALL,
    drafts::ALL,
    history::ALL,
    measured::ALL,
    pinned::ALL,
    pools::ALL,
    presses::ALL,
    queues::ALL,
    runs::ALL,
    tallies::ALL,
];

/// Runs a statement and says how many rows it touched.
async fn touch(statement: Statement, conn: &mut AnyConnection) -> Result<u64> {
    Ok(statement.execute(conn).await?.rows_affected())
}

fn instant(row: &AnyRow, column: &str) -> Result<Timestamp> {
    Ok(clock::from_micros(row.try_get(column)?))
}

fn optional_instant(row: &AnyRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(clock::from_micros))
}

fn micros(instant: Option<Timestamp>) -> Option<i64> {
    instant.map(Timestamp::as_microsecond)
}

fn flag(row: &AnyRow, column: &str) -> Result<bool> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

/// A number that was written from an `i32`.
fn small(row: &AnyRow, column: &str) -> Result<i32> {
    i32::try_from(row.try_get::<i64, _>(column)?).map_err(Error::internal)
}

/// The number of an enum of the contract.
fn number(value: impl Into<i32>) -> i64 {
    i64::from(value.into())
}

/// An enum of the contract behind its number.
fn known<E: TryFrom<i32, Error = prost::UnknownEnumValue>>(row: &AnyRow, column: &str) -> Result<E> {
    E::try_from(small(row, column)?).map_err(Error::internal)
}

fn words(row: &AnyRow, column: &str) -> Result<Vec<String>> {
    Ok(row.try_get::<String, _>(column)?.split_ascii_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use mesh_core::{db::Engine, testing::prepare_all};
    use rstest::rstest;

    #[rstest]
    #[tokio::test(flavor = "multi_thread")]
    async fn both_engines_take_every_statement(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
        prepare_all(engine, crate::MIGRATIONS, super::ALL).await;
    }
}
