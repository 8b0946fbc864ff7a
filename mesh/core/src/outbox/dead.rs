//! Dead letters: events a consumer refused until the relay gave up. They block nobody and are kept until somebody decides.

use jiff::Timestamp;
use prost::Message;
use proto::{event, events::v1::Envelope};
use sqlx::Row;

use crate::{
    clock,
    db::{Db, Tx},
    error::{Error, Result},
};

crate::statements! {
    /// The latest ones.
    LIST = "select envelope, attempts, reason, died_at from dead_letters order by died_at desc, id desc limit $1";
    /// Takes one out.
    TAKE = "delete from dead_letters where id = $1 returning envelope";
}

/// An event that was given up.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The event.
    pub envelope: Envelope,
    /// How often it was refused.
    pub attempts: i64,
    /// What the consumer said last, and which consumer.
    pub reason: String,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// The latest dead letters, at most `most`.
pub async fn list(db: &Db, most: i64) -> Result<Vec<DeadLetter>> {
    let rows = sqlx::query(LIST).bind(most).fetch_all(db.reader()).await?;
    rows.iter()
        .map(|row| {
            let envelope = Envelope::decode(row.try_get::<&[u8], _>(0)?).map_err(Error::internal)?;
            let died_at = clock::from_micros(row.try_get(3)?);
            Ok(DeadLetter { envelope, attempts: row.try_get(1)?, reason: row.try_get(2)?, died_at })
        })
        .collect()
}

/// Sends a dead letter again, from the first attempt on. Consumers that have seen it do nothing.
pub async fn revive(tx: &mut Tx, id: &str) -> Result<()> {
    let envelope = take(tx, id).await?;
    super::write(tx, std::slice::from_ref(&envelope)).await
}

/// Drops a dead letter for good.
pub async fn discard(tx: &mut Tx, id: &str) -> Result<()> {
    let envelope = take(tx, id).await?;
    let name = envelope.event.as_ref().map(event::name);
    tracing::warn!(id, name, subject = envelope.subject, "a dead letter was dropped");
    Ok(())
}

async fn take(tx: &mut Tx, id: &str) -> Result<Envelope> {
    let row = sqlx::query(TAKE).bind(id.to_owned()).fetch_optional(tx.conn()).await?;
    let row = row.ok_or_else(|| Error::not_found("dead letter", id))?;
    Envelope::decode(row.try_get::<&[u8], _>(0)?).map_err(Error::internal)
}
