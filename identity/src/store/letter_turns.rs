//! When an address last got a letter that a stranger can cause.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{db::Tx, error::Result};

mesh_core::statements! {
    /// Notes the letter, unless the one before it is not long enough ago.
    TAKE = "insert into letter_turns (kind, account, taken_at) values ($1, $2, $3) \
        on conflict (kind, account) do update set taken_at = excluded.taken_at where letter_turns.taken_at <= $4";
    /// Turns from before then.
    FORGET = "delete from letter_turns where taken_at < $1";
}

/// Whether it is this account's turn for a letter of the kind, of which it gets one each `every` at most.
pub(crate) async fn take(tx: &mut Tx, kind: &str, account: &str, every: SignedDuration) -> Result<bool> {
    let (now, latest) = (tx.micros(), tx.now().saturating_sub(every).unwrap_or(Timestamp::MIN));
    let query = sqlx::query(TAKE).bind(kind).bind(account).bind(now).bind(latest.as_microsecond());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Forgets turns from before then.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(before.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}
