//! What is in the file store: a row for each content, which keeps keeping and collecting apart.

use mesh_core::{db::Tx, error::Result};

mesh_core::statements! {
    /// Notes that a content is about to be kept, and holds its row until the transaction ends.
    NOTE = "insert into contents (sha256, size, touches) values ($1, $2, 0) \
        on conflict (sha256) do update set touches = contents.touches + 1";
    /// Holds the row of a content that may be collected.
    TOUCH = "update contents set touches = touches + 1 where sha256 = $1";
    /// Forgets a content no file refers to.
    COLLECT = "delete from contents where sha256 = $1 and not exists (select 1 from attachments where sha256 = $1)";
}

/// Notes that a content of this size is about to be kept.
pub(crate) async fn note(tx: &mut Tx, sha256: &str, size: i64) -> Result<()> {
    sqlx::query(NOTE).bind(sha256.to_owned()).bind(size).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets a content when no file refers to it; `true` when its bytes are to be deleted before this transaction ends.
pub(crate) async fn collect(tx: &mut Tx, sha256: &str) -> Result<bool> {
    // Two statements, so that the second one sees what those committed who held the row before.
    sqlx::query(TOUCH).bind(sha256.to_owned()).execute(tx.conn()).await?;
    let collected = sqlx::query(COLLECT).bind(sha256.to_owned()).execute(tx.conn()).await?;
    Ok(collected.rows_affected() == 1)
}
