//! What administrators set, as JSON: one row a subject. A subject without a row has its defaults, as version 0.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyExecutor};

mesh_core::statements! {
    /// What is set of a subject.
    BY_KEY = "select version, value_json from settings where key = $1";
    /// Sets it, unless somebody was faster.
    SAVE = "insert into settings (key, version, value_json) values ($1, $2 + 1, $3) on conflict (key) do update \
        set version = excluded.version, value_json = excluded.value_json where settings.version = $2";
}

/// What is set of a subject, and how often it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versioned<T> {
    pub(crate) version: i64,
    pub(crate) value: T,
}

pub(crate) async fn load<'e, T: DeserializeOwned + Default>(
    db: impl AnyExecutor<'e>,
    key: &str,
) -> Result<Versioned<T>> {
    let Some(row) = sqlx::query(BY_KEY).bind(key).fetch_optional(db).await? else {
        return Ok(Versioned::default());
    };
    let value = serde_json::from_str(row.try_get("value_json")?).map_err(Error::internal)?;
    Ok(Versioned { version: row.try_get("version")?, value })
}

/// Sets the next version after `version`; false when somebody was faster.
pub(crate) async fn save<T: Serialize>(tx: &mut Tx, key: &str, version: i64, value: &T) -> Result<bool> {
    let json = serde_json::to_string(value).map_err(Error::internal)?;
    let query = sqlx::query(SAVE).bind(key).bind(version).bind(json);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}
