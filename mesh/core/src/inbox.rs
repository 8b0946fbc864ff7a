//! What a consumer has taken in already.
//!
//! The invariant: the note that an event was seen is written in the transaction of what the event changed. Delivered twice,
//! it changes things once.

use crate::{db::Tx, error::Result};

crate::statements! {
    /// Takes the event's place, unless it is taken.
    NOTE = "insert into inbox (consumer, event_id, seen_at) values ($1, $2, $3) on conflict do nothing";
    /// Events so old that they are not delivered again.
    FORGET = "delete from inbox where seen_at < $1";
}

/// Whether `consumer` sees the event for the first time. When two deliveries come at once, the second waits for the first
/// one's transaction.
pub async fn first_time(tx: &mut Tx, consumer: &str, event_id: &str) -> Result<bool> {
    let now = tx.micros();
    let noted = sqlx::query(NOTE).bind(consumer).bind(event_id).bind(now).execute(tx.conn()).await?;
    Ok(noted.rows_affected() == 1)
}
