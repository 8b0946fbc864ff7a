//! Sign-ins that began at a provider.

use jiff::Timestamp;
use mesh_core::{db::Tx, error::Result};
use sqlx::Row;

use super::{flag, instant};
use crate::sso::Attempt;

mesh_core::statements! {
    /// A new one.
    INSERT = "insert into sso_attempts (token_hash, provider_key, persistent, device_label, expires_at) values ($1, $2, $3, $4, $5)";
    /// Spends one.
    TAKE = "delete from sso_attempts where token_hash = $1 returning token_hash, provider_key, persistent, device_label, expires_at";
    /// Those nobody came back from.
    FORGET = "delete from sso_attempts where expires_at < $1";
}

pub(crate) async fn insert(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let query = sqlx::query(INSERT)
        .bind(&attempt.token_hash)
        .bind(&attempt.provider_key)
        .bind(i64::from(attempt.persistent))
        .bind(&attempt.device_label)
        .bind(attempt.expires_at.as_microsecond());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Spends the attempt; `None` when there is none or somebody was faster.
pub(crate) async fn take(tx: &mut Tx, token_hash: &str) -> Result<Option<Attempt>> {
    let Some(row) = sqlx::query(TAKE).bind(token_hash).fetch_optional(tx.conn()).await? else {
        return Ok(None);
    };
    Ok(Some(Attempt {
        token_hash: row.try_get("token_hash")?,
        provider_key: row.try_get("provider_key")?,
        persistent: flag(&row, "persistent")?,
        device_label: row.try_get("device_label")?,
        expires_at: instant(&row, "expires_at")?,
    }))
}

pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}
