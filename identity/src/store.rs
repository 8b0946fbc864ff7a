//! The SQL of this service, one module a table. Methods answer one question each and know no rules.
//!
//! Reads take any executor, so they run inside a transaction or beside it; writes take the transaction.

pub(crate) mod api_keys;
pub(crate) mod assignments;
pub(crate) mod audit;
pub(crate) mod ceremonies;
pub(crate) mod challenges;
pub(crate) mod counters;
pub(crate) mod departments;
pub(crate) mod devices;
pub(crate) mod invitations;
pub(crate) mod letter_turns;
pub(crate) mod passkeys;
pub(crate) mod password_resets;
pub(crate) mod passwords;
pub(crate) mod pictures;
pub(crate) mod recovery_codes;
pub(crate) mod revocations;
pub(crate) mod roles;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod signing_keys;
pub(crate) mod sso_attempts;
pub(crate) mod sso_links;
pub(crate) mod sso_providers;
pub(crate) mod totp;
pub(crate) mod traces;
pub(crate) mod users;
pub(crate) mod words;

use jiff::Timestamp;
use mesh_core::{
    clock::from_micros,
    db::Assembly,
    error::{Error, Result},
};
use sqlx::{AnyConnection, Row, any::AnyRow};

/// The single number an assembled statement finds.
async fn number(ask: Assembly, db: &mut AnyConnection) -> Result<i64> {
    let rows = ask.fetch_all(db).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default())
}

/// A column that holds an instant.
fn instant(row: &AnyRow, column: &str) -> Result<Timestamp> {
    Ok(from_micros(row.try_get(column)?))
}

/// A column that holds an instant or nothing.
fn optional_instant(row: &AnyRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(from_micros))
}

/// A column that holds a number of one of the contract's enums.
fn choice<E: TryFrom<i32>>(row: &AnyRow, column: &str) -> Result<E> {
    let number: i64 = row.try_get(column)?;
    let unknown =
        || Error::internal(format!("column {column} holds {number}, which this release does not know"));
    i32::try_from(number).ok().and_then(|number| E::try_from(number).ok()).ok_or_else(unknown)
}

/// A column that holds 0 or 1.
fn flag(row: &AnyRow, column: &str) -> Result<bool> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

fn micros(instant: Option<Timestamp>) -> Option<i64> {
    instant.map(Timestamp::as_microsecond)
}

/// A word as `like` takes it literally.
fn escaped(word: &str) -> String {
    word.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

#[cfg(test)]
mod tests {
    use mesh_core::{db::Engine, testing::prepare_all};
    use rstest::rstest;

    use super::{
        api_keys, assignments, audit, ceremonies, challenges, counters, departments, devices, invitations,
        letter_turns, passkeys, password_resets, passwords, pictures, recovery_codes, revocations, roles,
        second_factors, sessions, settings, signing_keys, sso_attempts, sso_links, sso_providers, totp,
        traces, users, words,
    };

    #[rstest]
    #[tokio::test]
    async fn both_engines_take_every_statement(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
        let stores = [
            api_keys::ALL,
            assignments::ALL,
            audit::ALL,
            ceremonies::ALL,
            challenges::ALL,
            counters::ALL,
            departments::ALL,
            devices::ALL,
            invitations::ALL,
            letter_turns::ALL,
            passkeys::ALL,
            password_resets::ALL,
            passwords::ALL,
            pictures::ALL,
            recovery_codes::ALL,
            revocations::ALL,
            roles::ALL,
            second_factors::ALL,
            sessions::ALL,
            settings::ALL,
            signing_keys::ALL,
            sso_attempts::ALL,
            sso_links::ALL,
            sso_providers::ALL,
            totp::ALL,
            traces::ALL,
            users::ALL,
            words::ALL,
        ];
        prepare_all(engine, crate::MIGRATIONS, &stores).await;
    }
}
