//! Dead letters: events a consumer refused until they were given up. They block nobody and are kept until somebody decides: over the
//! bus inside a process in the database of the service that sent them, over a broker in that of the one that refused them.

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
    LIST = "select id, subject, envelope, attempts, reason, died_at from dead_letters order by died_at desc, id desc limit $1";
    /// Puts one in.
    KEEP = "insert into dead_letters (id, subject, envelope, attempts, reason, died_at) values ($1, $2, $3, $4, $5, $6) \
        on conflict do nothing";
    /// Takes one out.
    TAKE = "delete from dead_letters where id = $1 returning envelope";
}

/// An event that was given up.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// `evt_…`, or `sha_…` of what came over a broker and is no event.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// The event; `None` when it can't be read.
    pub envelope: Option<Envelope>,
    /// How often it was refused.
    pub attempts: i64,
    /// What the consumer said last, and which consumer.
    pub reason: String,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// A dead letter as the bus brings it.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) id: String,
    pub(crate) subject: String,
    /// The event's bytes as they came.
    pub(crate) bytes: Vec<u8>,
    pub(crate) attempts: i64,
    pub(crate) reason: String,
}

/// Keeps a letter; one that is there already stays as it is.
pub(crate) async fn keep(db: &Db, letter: Letter) -> Result<()> {
    let mut tx = db.begin().await?;
    let now = tx.micros();
    sqlx::query(KEEP)
        .bind(letter.id)
        .bind(letter.subject)
        .bind(letter.bytes)
        .bind(letter.attempts)
        .bind(letter.reason)
        .bind(now)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// The latest dead letters, at most `most`.
pub async fn list(db: &Db, most: i64) -> Result<Vec<DeadLetter>> {
    let rows = sqlx::query(LIST).bind(most).fetch_all(db.reader()).await?;
    rows.iter()
        .map(|row| {
            Ok(DeadLetter {
                id: row.try_get(0)?,
                subject: row.try_get(1)?,
                envelope: Envelope::decode(row.try_get::<&[u8], _>(2)?).ok(),
                attempts: row.try_get(3)?,
                reason: row.try_get(4)?,
                died_at: clock::from_micros(row.try_get(5)?),
            })
        })
        .collect()
}

/// Sends a dead letter again, to everybody, from the first attempt on. Consumers that have seen it do nothing.
pub async fn revive(tx: &mut Tx, id: &str) -> Result<()> {
    let bytes = take(tx, id).await?;
    let unreadable = |_| Error::invalid("id", format!("{id} is no event this version can read; discard it"));
    let envelope = Envelope::decode(bytes.as_slice()).map_err(unreadable)?;
    super::write(tx, std::slice::from_ref(&envelope)).await
}

/// Drops a dead letter for good.
pub async fn discard(tx: &mut Tx, id: &str) -> Result<()> {
    let envelope = Envelope::decode(take(tx, id).await?.as_slice()).unwrap_or_default();
    let name = envelope.event.as_ref().map(event::name);
    tracing::warn!(id, name, subject = envelope.subject, "a dead letter was dropped");
    Ok(())
}

async fn take(tx: &mut Tx, id: &str) -> Result<Vec<u8>> {
    let row = sqlx::query(TAKE).bind(id.to_owned()).fetch_optional(tx.conn()).await?;
    Ok(row.ok_or_else(|| Error::not_found("dead letter", id))?.try_get(0)?)
}
