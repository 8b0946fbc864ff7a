//! Secrets shared with authenticator apps, sealed.

use mesh_core::{db::Tx, error::Result};
use sqlx::{Row, any::AnyExecutor};

mesh_core::statements! {
    /// The secret that counts.
    SECRET = "select secret from totp where user_id = $1 and secret <> ''";
    /// The one that waits to be confirmed.
    WAITING = "select waiting_secret from totp where user_id = $1 and waiting_secret <> ''";
    /// A new secret waits, instead of any other that did.
    WAIT = "insert into totp (user_id, secret, waiting_secret, last_step, created_at) values ($1, '', $2, 0, $3) \
        on conflict (user_id) do update set waiting_secret = excluded.waiting_secret, created_at = excluded.created_at";
    /// The waiting secret counts from now on; nothing when another one waits by now.
    CONFIRM = "update totp set secret = waiting_secret, waiting_secret = '', last_step = $3 where user_id = $1 and waiting_secret = $2";
    /// Takes the code of a time step, unless it or a later one was taken, or the secret changed.
    TAKE = "update totp set last_step = $3 where user_id = $1 and secret = $2 and last_step < $3";
    /// Forgets the app.
    DELETE = "delete from totp where user_id = $1";
}

/// The sealed secret whose codes count.
pub(crate) async fn secret<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<Option<String>> {
    one(SECRET, db, user_id).await
}

/// The sealed secret that waits to be confirmed.
pub(crate) async fn waiting<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<Option<String>> {
    one(WAITING, db, user_id).await
}

async fn one<'e>(statement: &'static str, db: impl AnyExecutor<'e>, user_id: &str) -> Result<Option<String>> {
    let row = sqlx::query(statement).bind(user_id).fetch_optional(db).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(crate) async fn wait(tx: &mut Tx, user_id: &str, sealed: &str) -> Result<()> {
    let now = tx.micros();
    sqlx::query(WAIT).bind(user_id).bind(sealed).bind(now).execute(tx.conn()).await?;
    Ok(())
}

/// Makes the waiting secret the one that counts, its code of this step taken; false when another call was faster.
pub(crate) async fn confirm(tx: &mut Tx, user_id: &str, sealed: &str, step: i64) -> Result<bool> {
    let confirmed = sqlx::query(CONFIRM).bind(user_id).bind(sealed).bind(step).execute(tx.conn()).await?;
    Ok(confirmed.rows_affected() == 1)
}

/// Takes a code; false when it was taken before.
pub(crate) async fn take(tx: &mut Tx, user_id: &str, sealed: &str, step: i64) -> Result<bool> {
    let taken = sqlx::query(TAKE).bind(user_id).bind(sealed).bind(step).execute(tx.conn()).await?;
    Ok(taken.rows_affected() == 1)
}

pub(crate) async fn delete(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(DELETE).bind(user_id).execute(tx.conn()).await?;
    Ok(())
}
