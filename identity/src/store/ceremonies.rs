//! Ceremonies under way.

use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use sqlx::{Row, any::AnyRow};

use super::{flag, instant};
use crate::{
    ceremony::{Ceremony, MOST_ANSWERS, MOST_CODE_TRIES, MOST_CODES, Purpose},
    session,
};

macro_rules! columns {
    () => {
        "token_hash, purpose, user_id, methods, device_label, persistent, challenge, expires_at"
    };
}

mesh_core::statements! {
    /// A new one.
    INSERT = concat!("insert into ceremonies (", columns!(), ", answers, codes_sent, code_stamp, code_tries, code_expires_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, '', 0, 0)");
    /// One that goes on.
    LIVE = concat!("select ", columns!(), " from ceremonies where token_hash = $1 and expires_at > $2 and answers < $3");
    /// Counts an answer; nothing when the ceremony is void. Others who answer wait for this transaction.
    ANSWER = concat!("update ceremonies set answers = answers + 1 where token_hash = $1 and expires_at > $2 and answers < $3 \
        returning ", columns!());
    /// A new code is on its way, and the one before it is void; nothing when there were enough.
    SEND_CODE = "update ceremonies set codes_sent = codes_sent + 1, code_stamp = $2, code_tries = 0, code_expires_at = $3, \
        expires_at = $3 where token_hash = $1 and codes_sent < $4";
    /// Counts a try at the mailed code.
    TRY_CODE = "update ceremonies set code_tries = code_tries + 1 where token_hash = $1 and code_stamp <> '' \
        and code_expires_at > $2 and code_tries < $3 returning code_stamp";
    /// It led to something.
    END = "delete from ceremonies where token_hash = $1";
    /// Ends all of somebody's.
    END_ALL_OF = "delete from ceremonies where user_id = $1";
    /// Those nobody finished.
    FORGET = "delete from ceremonies where expires_at < $1";
}

pub(crate) async fn insert(tx: &mut Tx, ceremony: &Ceremony) -> Result<()> {
    let query = sqlx::query(INSERT)
        .bind(&ceremony.token_hash)
        .bind(ceremony.purpose.code())
        .bind(&ceremony.user_id)
        .bind(session::to_codes(&ceremony.methods))
        .bind(&ceremony.device_label)
        .bind(i64::from(ceremony.persistent))
        .bind(&ceremony.challenge)
        .bind(ceremony.expires_at.as_microsecond());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// The ceremony, unless it is void.
pub(crate) async fn live(tx: &mut Tx, token_hash: &str) -> Result<Option<Ceremony>> {
    one(LIVE, tx, token_hash).await
}

/// Counts an answer before it is looked at: the ceremony, unless it is void.
pub(crate) async fn answer(tx: &mut Tx, token_hash: &str) -> Result<Option<Ceremony>> {
    one(ANSWER, tx, token_hash).await
}

async fn one(statement: &'static str, tx: &mut Tx, token_hash: &str) -> Result<Option<Ceremony>> {
    let now = tx.micros();
    let query = sqlx::query(statement).bind(token_hash).bind(now).bind(MOST_ANSWERS);
    query.fetch_optional(tx.conn()).await?.as_ref().map(read).transpose()
}

/// Keeps a code that is being mailed and lets the ceremony last as long as it; false when there were enough.
pub(crate) async fn send_code(tx: &mut Tx, token_hash: &str, stamp: &str, until: Timestamp) -> Result<bool> {
    let query = sqlx::query(SEND_CODE).bind(token_hash).bind(stamp).bind(until.as_microsecond());
    Ok(query.bind(MOST_CODES).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Counts a try at the mailed code: its stamp, unless it is void.
pub(crate) async fn try_code(tx: &mut Tx, token_hash: &str) -> Result<Option<String>> {
    let now = tx.micros();
    let query = sqlx::query(TRY_CODE).bind(token_hash).bind(now).bind(MOST_CODE_TRIES);
    let row = query.fetch_optional(tx.conn()).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(crate) async fn end(tx: &mut Tx, token_hash: &str) -> Result<()> {
    sqlx::query(END).bind(token_hash).execute(tx.conn()).await?;
    Ok(())
}

pub(crate) async fn end_all_of(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(END_ALL_OF).bind(user_id).execute(tx.conn()).await?;
    Ok(())
}

/// Drops ceremonies that expired before then.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Ceremony> {
    let purpose: i64 = row.try_get("purpose")?;
    let unknown =
        || Error::internal(format!("a ceremony is for {purpose}, which this release does not know"));
    Ok(Ceremony {
        token_hash: row.try_get("token_hash")?,
        purpose: Purpose::of_code(purpose).ok_or_else(unknown)?,
        user_id: row.try_get("user_id")?,
        methods: session::from_codes(row.try_get("methods")?),
        device_label: row.try_get("device_label")?,
        persistent: flag(row, "persistent")?,
        challenge: row.try_get("challenge")?,
        expires_at: instant(row, "expires_at")?,
    })
}
