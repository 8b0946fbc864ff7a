//! Stamps of the recovery codes that are not used yet.

use mesh_core::{db::Tx, error::Result};

mesh_core::statements! {
    /// A new code.
    INSERT = "insert into recovery_codes (stamp, user_id) values ($1, $2)";
    /// Uses one up.
    TAKE = "delete from recovery_codes where stamp = $1 and user_id = $2";
    /// Voids all of somebody's.
    DELETE = "delete from recovery_codes where user_id = $1";
}

/// Puts these codes in the place of all older ones.
pub(crate) async fn replace(tx: &mut Tx, user_id: &str, stamps: &[String]) -> Result<()> {
    delete(tx, user_id).await?;
    for stamp in stamps {
        sqlx::query(INSERT).bind(stamp).bind(user_id).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Uses a code up; false when there is none, or none any more.
pub(crate) async fn take(tx: &mut Tx, user_id: &str, stamp: &str) -> Result<bool> {
    Ok(sqlx::query(TAKE).bind(stamp).bind(user_id).execute(tx.conn()).await?.rows_affected() == 1)
}

pub(crate) async fn delete(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(DELETE).bind(user_id).execute(tx.conn()).await?;
    Ok(())
}
