//! What people have besides their passwords, and the answers they gave.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use sqlx::{AnyConnection, Row, any::AnyExecutor};

use crate::second_factor::Factors;

mesh_core::statements! {
    /// What somebody has.
    OF = "select (select count(*) from totp where user_id = $1 and secret <> '') as apps, \
        (select count(*) from passkeys where user_id = $1) as passkeys, \
        (select count(*) from recovery_codes where user_id = $1) as recovery_codes";
    /// Counts an answer. The count begins anew when the last one is long ago; once it is full, time does not start over.
    COUNT = "insert into second_factor_tries (user_id, tries, last_try_at) values ($1, 1, $2) \
        on conflict (user_id) do update set \
        tries = case when second_factor_tries.last_try_at < $3 then 1 else second_factor_tries.tries + 1 end, \
        last_try_at = case when second_factor_tries.last_try_at >= $3 and second_factor_tries.tries >= $4 \
        then second_factor_tries.last_try_at else excluded.last_try_at end returning tries";
    /// Forgets somebody's answers.
    FORGIVE = "delete from second_factor_tries where user_id = $1";
    /// Forgets answers from before then.
    FORGET = "delete from second_factor_tries where last_try_at < $1";
}

pub(crate) async fn of<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<Factors> {
    let row = sqlx::query(OF).bind(user_id).fetch_one(db).await?;
    Ok(Factors {
        totp: row.try_get::<i64, _>("apps")? > 0,
        passkeys: row.try_get::<i64, _>("passkeys")? > 0,
        recovery_codes: row.try_get("recovery_codes")?,
    })
}

/// Those of the people who have turned a second factor on.
pub(crate) async fn on_among(db: &mut AnyConnection, user_ids: &[String]) -> Result<BTreeSet<String>> {
    let mut ask = Assembly::new("select id from users where id in ");
    ask.list(user_ids).push(" and (exists (select 1 from totp where user_id = users.id and secret <> '')");
    ask.push(" or exists (select 1 from passkeys where user_id = users.id))");
    ask.fetch_all(db).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Counts an answer before it is looked at: how many there were without a right one. From `most` on it goes on counting, but
/// answers fade from the last one before that.
pub(crate) async fn count(tx: &mut Tx, user_id: &str, most: i64, fade: SignedDuration) -> Result<i64> {
    let (now, faded) = (tx.micros(), tx.now().saturating_sub(fade).unwrap_or(Timestamp::MIN));
    let query = sqlx::query(COUNT).bind(user_id).bind(now).bind(faded.as_microsecond()).bind(most);
    Ok(query.fetch_one(tx.conn()).await?.try_get(0)?)
}

pub(crate) async fn forgive(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(FORGIVE).bind(user_id).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets the answers of people who have given none since then.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}
