//! Password hashes.

use mesh_core::{db::Tx, error::Result};
use sqlx::{Row, any::AnyExecutor};

mesh_core::statements! {
    /// The hashes that may not be used again; the first one counts.
    NEWEST = "select hash from passwords where user_id = $1 order by id desc limit $2";
    /// The next password.
    INSERT = "insert into passwords (id, user_id, hash, created_at) values ($1, $2, $3, $4)";
    /// The same password under other parameters.
    REHASH = "update passwords set hash = $3 where user_id = $1 and hash = $2";
    /// Hashes older than those remembered.
    FORGET = "delete from passwords where user_id = $1 and id not in \
        (select id from passwords where user_id = $1 order by id desc limit $2)";
}

/// The password's hash; `None` for accounts without one.
pub(crate) async fn current<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<Option<String>> {
    Ok(newest(db, user_id, 1).await?.pop())
}

/// The last hashes, newest first.
pub(crate) async fn newest<'e>(
    db: impl AnyExecutor<'e>,
    user_id: &str,
    how_many: i64,
) -> Result<Vec<String>> {
    let rows = sqlx::query(NEWEST).bind(user_id).bind(how_many).fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Makes this the password and forgets those beyond `remembered`.
pub(crate) async fn set(tx: &mut Tx, user_id: &str, hash: &str, remembered: i64) -> Result<()> {
    let (id, now) = (tx.ids().id("pwd"), tx.micros());
    sqlx::query(INSERT).bind(id).bind(user_id).bind(hash).bind(now).execute(tx.conn()).await?;
    sqlx::query(FORGET).bind(user_id).bind(remembered).execute(tx.conn()).await?;
    Ok(())
}

/// Puts another hash of the same password in place.
pub(crate) async fn rehash(tx: &mut Tx, user_id: &str, old: &str, new: &str) -> Result<()> {
    sqlx::query(REHASH).bind(user_id).bind(old).bind(new).execute(tx.conn()).await?;
    Ok(())
}
