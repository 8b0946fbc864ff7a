//! API keys.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use sqlx::{
    AnyConnection, Row,
    any::{AnyExecutor, AnyRow},
};

use super::{flag, instant, micros, optional_instant};
use crate::{
    api_key::ApiKey,
    role::{from_codes, to_codes},
};

macro_rules! columns {
    () => {
        "id, owner_id, display_name, hint, secret_hash, scopes, allowed_networks, proven, created_at, expires_at, last_used_at, revoked_at"
    };
}

/// A key's use is noted once in so long, so that a busy one costs no writes.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

mesh_core::statements! {
    /// One key.
    BY_ID = concat!("select ", columns!(), " from api_keys where id = $1");
    /// Somebody's keys, newest first; revoked ones only for a while.
    OF_OWNER = concat!("select ", columns!(), " from api_keys where owner_id = $1 and (revoked_at is null or revoked_at > $2) \
        order by id desc");
    /// How many of somebody's keys are not revoked.
    COUNT_LIVE = "select count(*) from api_keys where owner_id = $1 and revoked_at is null";
    /// A new one.
    INSERT = concat!("insert into api_keys (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    /// Ends one; nothing when it is over.
    REVOKE = "update api_keys set revoked_at = $2 where id = $1 and revoked_at is null";
    /// Notes a use, unless one was noted a moment ago.
    USED = "update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $3)";
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Option<ApiKey>> {
    sqlx::query(BY_ID).bind(id).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// Somebody's keys; of the revoked ones those since `since`.
pub(crate) async fn of_owner<'e>(
    db: impl AnyExecutor<'e>,
    owner_id: &str,
    since: Timestamp,
) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query(OF_OWNER).bind(owner_id).bind(since.as_microsecond()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The keys of several owners that are not revoked.
pub(crate) async fn live_of_all(db: &mut AnyConnection, owner_ids: &[String]) -> Result<Vec<ApiKey>> {
    let mut ask = Assembly::new(concat!("select ", columns!(), " from api_keys where 1 = 1"));
    ask.push(" and revoked_at is null and owner_id in ").list(owner_ids).push(" order by id desc");
    ask.fetch_all(db).await?.iter().map(read).collect()
}

pub(crate) async fn count_live<'e>(db: impl AnyExecutor<'e>, owner_id: &str) -> Result<i64> {
    Ok(sqlx::query(COUNT_LIVE).bind(owner_id).fetch_one(db).await?.try_get(0)?)
}

pub(crate) async fn insert(tx: &mut Tx, key: &ApiKey) -> Result<()> {
    let query = sqlx::query(INSERT)
        .bind(&key.id)
        .bind(&key.owner_id)
        .bind(&key.display_name)
        .bind(&key.hint)
        .bind(&key.secret_hash)
        .bind(to_codes(key.scopes))
        .bind(key.allowed_networks.join(" "))
        .bind(i64::from(key.proven))
        .bind(key.created_at.as_microsecond())
        .bind(micros(key.expires_at))
        .bind(micros(key.last_used_at))
        .bind(micros(key.revoked_at));
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Ends the key; false when it was over already.
pub(crate) async fn revoke(tx: &mut Tx, id: &str) -> Result<bool> {
    let now = tx.micros();
    Ok(sqlx::query(REVOKE).bind(id).bind(now).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Whether a use now is worth a note.
pub(crate) fn is_use_noteworthy(key: &ApiKey, now: Timestamp) -> bool {
    key.last_used_at.is_none_or(|last| now.duration_since(last) >= NOTED_EVERY)
}

pub(crate) async fn used(tx: &mut Tx, id: &str) -> Result<()> {
    let noted = tx.now().saturating_sub(NOTED_EVERY).unwrap_or(Timestamp::MIN).as_microsecond();
    let now = tx.micros();
    sqlx::query(USED).bind(id).bind(now).bind(noted).execute(tx.conn()).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<ApiKey> {
    let networks: String = row.try_get("allowed_networks")?;
    Ok(ApiKey {
        id: row.try_get("id")?,
        owner_id: row.try_get("owner_id")?,
        display_name: row.try_get("display_name")?,
        hint: row.try_get("hint")?,
        secret_hash: row.try_get("secret_hash")?,
        scopes: from_codes(row.try_get("scopes")?),
        allowed_networks: networks.split_whitespace().map(str::to_owned).collect(),
        proven: flag(row, "proven")?,
        created_at: instant(row, "created_at")?,
        expires_at: optional_instant(row, "expires_at")?,
        last_used_at: optional_instant(row, "last_used_at")?,
        revoked_at: optional_instant(row, "revoked_at")?,
    })
}
