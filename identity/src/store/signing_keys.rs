//! The keys that sign access tokens.

use jiff::Timestamp;
use mesh_core::{db::Tx, error::Result};
use sqlx::{
    Row,
    any::{AnyExecutor, AnyRow},
};

use super::instant;

mesh_core::statements! {
    /// Keys whose tokens may still be in use, oldest first.
    PUBLISHED = "select generation, id, sealed_key, public_key, signs_from, signs_until, published_until from signing_keys \
        where published_until > $1 order by generation";
    /// The number of the newest key ever made.
    NEWEST = "select coalesce(max(generation), 0) from signing_keys";
    /// The next key, unless another replica made it.
    INSERT = "insert into signing_keys (generation, id, sealed_key, public_key, signs_from, signs_until, published_until) \
        values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";
    /// Keys no token in use was signed with.
    FORGET = "delete from signing_keys where published_until < $1";
}

/// A key as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredKey {
    pub(crate) generation: i64,
    pub(crate) id: String,
    pub(crate) sealed_key: String,
    pub(crate) public_key: String,
    pub(crate) signs_from: Timestamp,
    pub(crate) signs_until: Timestamp,
    pub(crate) published_until: Timestamp,
}

pub(crate) async fn published<'e>(db: impl AnyExecutor<'e>, now: Timestamp) -> Result<Vec<StoredKey>> {
    sqlx::query(PUBLISHED).bind(now.as_microsecond()).fetch_all(db).await?.iter().map(read).collect()
}

pub(crate) async fn newest_generation<'e>(db: impl AnyExecutor<'e>) -> Result<i64> {
    Ok(sqlx::query(NEWEST).fetch_one(db).await?.try_get(0)?)
}

/// Adds the key and drops those nobody needs; false when another replica made one of its generation.
pub(crate) async fn succeed(tx: &mut Tx, key: &StoredKey) -> Result<bool> {
    let query = sqlx::query(INSERT)
        .bind(key.generation)
        .bind(&key.id)
        .bind(&key.sealed_key)
        .bind(&key.public_key)
        .bind(key.signs_from.as_microsecond())
        .bind(key.signs_until.as_microsecond())
        .bind(key.published_until.as_microsecond());
    let made = query.execute(tx.conn()).await?.rows_affected() == 1;
    let now = tx.micros();
    sqlx::query(FORGET).bind(now).execute(tx.conn()).await?;
    Ok(made)
}

fn read(row: &AnyRow) -> Result<StoredKey> {
    Ok(StoredKey {
        generation: row.try_get("generation")?,
        id: row.try_get("id")?,
        sealed_key: row.try_get("sealed_key")?,
        public_key: row.try_get("public_key")?,
        signs_from: instant(row, "signs_from")?,
        signs_until: instant(row, "signs_until")?,
        published_until: instant(row, "published_until")?,
    })
}
