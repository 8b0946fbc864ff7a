//! Password hashes, and the tries at them.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{clock::from_micros, db::Tx, error::Result};
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
    /// Counts a try. The count begins anew when the last one is long ago or a lock is over, and stands still while one lasts.
    COUNT_TRY = "insert into sign_in_tries (account, tries, last_try_at, locked_until) values ($1, 1, $2, 0) \
        on conflict (account) do update set last_try_at = excluded.last_try_at, \
        tries = case when sign_in_tries.locked_until > excluded.last_try_at then sign_in_tries.tries \
        when sign_in_tries.locked_until > 0 or sign_in_tries.last_try_at < $3 then 1 else sign_in_tries.tries + 1 end, \
        locked_until = case when sign_in_tries.locked_until > excluded.last_try_at then sign_in_tries.locked_until else 0 end \
        returning tries, locked_until";
    /// Locks the account, unless it is locked.
    LOCK = "update sign_in_tries set locked_until = $2 where account = $1 and locked_until = 0";
    /// Forgets all tries at an account.
    FORGIVE = "delete from sign_in_tries where account = $1";
    /// Forgets tries from before then.
    FORGET_TRIES = "delete from sign_in_tries where last_try_at < $1";
}

/// Tries since the last success, this one included, and until when the account is locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tries {
    pub(crate) count: i64,
    pub(crate) locked_until: Timestamp,
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

/// Counts a try before the password is looked at, so that a thousand at once are a thousand.
pub(crate) async fn count_try(tx: &mut Tx, account: &str, fade: SignedDuration) -> Result<Tries> {
    let (now, faded) = (tx.micros(), tx.now().saturating_sub(fade).unwrap_or(Timestamp::MIN));
    let row = sqlx::query(COUNT_TRY)
        .bind(account)
        .bind(now)
        .bind(faded.as_microsecond())
        .fetch_one(tx.conn())
        .await?;
    Ok(Tries { count: row.try_get(0)?, locked_until: from_micros(row.try_get(1)?) })
}

/// Locks the account; false when another failure of the same moment did.
pub(crate) async fn lock(tx: &mut Tx, account: &str, until: Timestamp) -> Result<bool> {
    let locked = sqlx::query(LOCK).bind(account).bind(until.as_microsecond()).execute(tx.conn()).await?;
    Ok(locked.rows_affected() == 1)
}

pub(crate) async fn forgive(tx: &mut Tx, account: &str) -> Result<()> {
    sqlx::query(FORGIVE).bind(account).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets the tries of accounts nobody has tried since then.
pub(crate) async fn forget_tries(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET_TRIES).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}
