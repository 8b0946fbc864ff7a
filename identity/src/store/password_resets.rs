//! Links that set a new password, one an account.

use jiff::Timestamp;
use mesh_core::{db::Tx, error::Result};
use sqlx::{
    Row,
    any::{AnyExecutor, AnyRow},
};

use super::{instant, optional_instant};
use crate::password_reset::PasswordReset;

mesh_core::statements! {
    /// The link with this hash.
    BY_TOKEN = "select user_id, token_hash, expires_at, spent_at from password_resets where token_hash = $1";
    /// A new one in the place of the one before.
    PUT = "insert into password_resets (user_id, token_hash, expires_at) values ($1, $2, $3) \
        on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at, spent_at = null";
    /// Spends one; nothing when somebody was faster.
    SPEND = "update password_resets set spent_at = $2 where token_hash = $1 and spent_at is null";
    /// Voids somebody's.
    VOID = "delete from password_resets where user_id = $1";
    /// Links nobody can use any more.
    FORGET = "delete from password_resets where expires_at < $1";
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, token_hash: &str) -> Result<Option<PasswordReset>> {
    sqlx::query(BY_TOKEN).bind(token_hash).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// Keeps the link; the one before it opens nothing any more.
pub(crate) async fn put(tx: &mut Tx, reset: &PasswordReset) -> Result<()> {
    let query =
        sqlx::query(PUT).bind(&reset.user_id).bind(&reset.token_hash).bind(reset.expires_at.as_microsecond());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Spends the link; false when it is spent already, or another one took its place.
pub(crate) async fn spend(tx: &mut Tx, token_hash: &str) -> Result<bool> {
    let now = tx.micros();
    Ok(sqlx::query(SPEND).bind(token_hash).bind(now).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Voids the link of somebody whose password or address changed.
pub(crate) async fn void(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(VOID).bind(user_id).execute(tx.conn()).await?;
    Ok(())
}

/// Drops links that expired before then.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<PasswordReset> {
    Ok(PasswordReset {
        user_id: row.try_get("user_id")?,
        token_hash: row.try_get("token_hash")?,
        expires_at: instant(row, "expires_at")?,
        spent_at: optional_instant(row, "spent_at")?,
    })
}
