//! What was taken back since an instant, newest first, as much of it as anybody keeps.

use jiff::Timestamp;
use mesh_core::error::Result;
use proto::identity::v1::ChangedUser;
use sqlx::{Row, any::AnyExecutor};

mesh_core::statements! {
    /// Sessions that ended.
    SESSIONS = "select id from sessions where ended_at >= $1 order by ended_at desc limit 50000";
    /// API keys that were revoked.
    API_KEYS = "select id from api_keys where revoked_at >= $1 order by revoked_at desc limit 50000";
    /// Accounts that changed, and what they may do with them.
    USERS = "select id, version from users where updated_at >= $1 order by updated_at desc limit 50000";
}

pub(crate) async fn sessions<'e>(db: impl AnyExecutor<'e>, since: Timestamp) -> Result<Vec<String>> {
    ids(db, SESSIONS, since).await
}

pub(crate) async fn api_keys<'e>(db: impl AnyExecutor<'e>, since: Timestamp) -> Result<Vec<String>> {
    ids(db, API_KEYS, since).await
}

pub(crate) async fn users<'e>(db: impl AnyExecutor<'e>, since: Timestamp) -> Result<Vec<ChangedUser>> {
    let rows = sqlx::query(USERS).bind(since.as_microsecond()).fetch_all(db).await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(ChangedUser { user_id: row.try_get("id")?, version: row.try_get("version")? })
    };
    rows.iter().map(read).collect()
}

async fn ids<'e>(db: impl AnyExecutor<'e>, statement: &'static str, since: Timestamp) -> Result<Vec<String>> {
    let rows = sqlx::query(statement).bind(since.as_microsecond()).fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}
