//! Sessions.

use jiff::Timestamp;
use mesh_core::{db::Tx, error::Result};
use sqlx::{
    Row,
    any::{AnyExecutor, AnyRow},
};

use super::{flag, instant, micros, optional_instant};
use crate::session::{self, Method, Session};

macro_rules! columns {
    () => {
        "id, user_id, device_label, address, persistent, methods, salt, generation, rotated_at, created_at, last_used_at, expires_at, ended_at"
    };
}

mesh_core::statements! {
    /// One session.
    BY_ID = concat!("select ", columns!(), " from sessions where id = $1");
    /// Somebody's sessions that are neither ended nor expired, newest use first.
    LIVE_OF = concat!("select ", columns!(), " from sessions where user_id = $1 and ended_at is null and expires_at > $2 \
        order by last_used_at desc, id desc limit $3");
    /// A new one.
    INSERT = concat!("insert into sessions (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    /// The next generation, unless another call of the same client made it.
    ROTATE = "update sessions set generation = generation + 1, rotated_at = $3, last_used_at = $3, expires_at = $4, address = $5 \
        where id = $1 and generation = $2 and ended_at is null";
    /// Its owner proved himself in another way, or gave one up.
    SET_METHODS = "update sessions set methods = $2 where id = $1";
    /// Ends one; nothing when it is over.
    END = "update sessions set ended_at = $2 where id = $1 and ended_at is null";
    /// Sessions nobody can use any more, after a time of grace for questions.
    FORGET = "delete from sessions where expires_at < $1";
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Option<Session>> {
    sqlx::query(BY_ID).bind(id).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// How many sessions one is shown.
const SHOWN: i64 = 200;

/// Those of somebody's sessions that were used last, to be shown.
pub(crate) async fn live_of<'e>(
    db: impl AnyExecutor<'e>,
    user_id: &str,
    now: Timestamp,
) -> Result<Vec<Session>> {
    newest(db, user_id, now, SHOWN).await
}

/// All of somebody's sessions, to be ended or changed: none is too many for that.
pub(crate) async fn all_live_of<'e>(
    db: impl AnyExecutor<'e>,
    user_id: &str,
    now: Timestamp,
) -> Result<Vec<Session>> {
    newest(db, user_id, now, i64::MAX).await
}

async fn newest<'e>(
    db: impl AnyExecutor<'e>,
    user_id: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Session>> {
    sqlx::query(LIVE_OF)
        .bind(user_id)
        .bind(now.as_microsecond())
        .bind(limit)
        .fetch_all(db)
        .await?
        .iter()
        .map(read)
        .collect()
}

pub(crate) async fn insert(tx: &mut Tx, session: &Session) -> Result<()> {
    let query = sqlx::query(INSERT)
        .bind(&session.id)
        .bind(&session.user_id)
        .bind(&session.device_label)
        .bind(&session.address)
        .bind(i64::from(session.persistent))
        .bind(session::to_codes(&session.methods))
        .bind(&session.salt)
        .bind(session.generation)
        .bind(session.rotated_at.as_microsecond())
        .bind(session.created_at.as_microsecond())
        .bind(session.last_used_at.as_microsecond())
        .bind(session.expires_at.as_microsecond())
        .bind(micros(session.ended_at));
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Makes the session's next refresh token the one that counts; false when another call was faster.
pub(crate) async fn rotate(tx: &mut Tx, session: &Session, address: &str) -> Result<bool> {
    let now = tx.now();
    let query = sqlx::query(ROTATE)
        .bind(&session.id)
        .bind(session.generation)
        .bind(now.as_microsecond())
        .bind(Session::expiry(session.persistent, now).as_microsecond())
        .bind(address);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

pub(crate) async fn set_methods(tx: &mut Tx, id: &str, methods: &[Method]) -> Result<()> {
    sqlx::query(SET_METHODS).bind(id).bind(session::to_codes(methods)).execute(tx.conn()).await?;
    Ok(())
}

/// Ends the session; false when it was over already.
pub(crate) async fn end(tx: &mut Tx, id: &str) -> Result<bool> {
    let now = tx.micros();
    Ok(sqlx::query(END).bind(id).bind(now).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Drops sessions that expired before then.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Session> {
    Ok(Session {
        id: row.try_get("id")?,
        user_id: row.try_get("user_id")?,
        device_label: row.try_get("device_label")?,
        address: row.try_get("address")?,
        persistent: flag(row, "persistent")?,
        methods: session::from_codes(row.try_get("methods")?),
        salt: row.try_get("salt")?,
        generation: row.try_get("generation")?,
        rotated_at: instant(row, "rotated_at")?,
        created_at: instant(row, "created_at")?,
        last_used_at: instant(row, "last_used_at")?,
        expires_at: instant(row, "expires_at")?,
        ended_at: optional_instant(row, "ended_at")?,
    })
}
