//! Which account somebody has whom a provider knows.

use mesh_core::{db::Tx, error::Result};
use sqlx::{Row, any::AnyExecutor};

mesh_core::statements! {
    /// The account of a subject.
    USER_OF = "select user_id from sso_links where provider_key = $1 and subject = $2";
    /// A new link; nothing when the subject or the account has one.
    INSERT = "insert into sso_links (provider_key, subject, user_id, created_at) values ($1, $2, $3, $4) on conflict do nothing";
    /// Forgets whom a provider knows.
    CLEAR = "delete from sso_links where provider_key = $1";
}

/// The id of the account a subject has.
pub(crate) async fn user_of<'e>(
    db: impl AnyExecutor<'e>,
    provider_key: &str,
    subject: &str,
) -> Result<Option<String>> {
    let row = sqlx::query(USER_OF).bind(provider_key).bind(subject).fetch_optional(db).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Links the subject to the account; false when one of them has another link at this provider.
pub(crate) async fn insert(tx: &mut Tx, provider_key: &str, subject: &str, user_id: &str) -> Result<bool> {
    let now = tx.micros();
    let query = sqlx::query(INSERT).bind(provider_key).bind(subject).bind(user_id).bind(now);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Forgets whom the provider knows.
pub(crate) async fn clear(tx: &mut Tx, provider_key: &str) -> Result<()> {
    sqlx::query(CLEAR).bind(provider_key).execute(tx.conn()).await?;
    Ok(())
}
