//! News that is written with the change it tells of, and leaves once the change is committed.
//!
//! The invariants: an event exists exactly when its change does (one transaction); it is deleted only after the bus has
//! confirmed it; events of one subject leave one after the other in the order they were written, whatever fails.
//!
//! That order is the order of transactions as long as they change the subject's row before they push, as optimistic versions
//! make them do.

pub mod dead;
pub(crate) mod queue;
mod relay;

use prost::Message;
use proto::{
    events::v1::{Audience, Envelope, envelope::Event},
    identity::v1::Actor,
};
use sqlx::Row;

pub use relay::relay;

use crate::{
    caller::Caller,
    clock,
    db::{Assembly, Db, Tx},
    error::Result,
    telemetry,
};

crate::statements! {
    /// How many events wait, and since when the oldest does.
    BACKLOG = "select count(*), min(created_at) from outbox";
}

/// What happened, as the one who changed it tells it.
#[derive(Clone, Debug)]
pub struct News {
    /// Id of what it is about.
    pub subject: String,
    /// Version of the subject after it happened.
    pub version: i64,
    /// Who may hear of it.
    pub audience: Audience,
    /// What happened.
    pub event: Event,
}

/// Who and what made it happen.
#[derive(Clone, Debug)]
pub struct Cause {
    actor: Actor,
    causation_id: String,
    correlation_id: String,
    /// Trace context of where it was made, because the news may be written elsewhere.
    traceparent: String,
}

impl Cause {
    /// A call.
    pub fn of(caller: &Caller) -> Self {
        Self::new(caller.actor(), String::new(), caller.request_id().to_owned())
    }

    /// Another event, to which `actor` reacted.
    pub fn following(envelope: &Envelope, actor: Actor) -> Self {
        Self::new(actor, envelope.id.clone(), envelope.correlation_id.clone())
    }

    /// Something `actor` did by itself, at a certain time; `correlation_id` ties together what follows from it.
    pub fn of_itself(actor: Actor, correlation_id: impl Into<String>) -> Self {
        Self::new(actor, String::new(), correlation_id.into())
    }

    fn new(actor: Actor, causation_id: String, correlation_id: String) -> Self {
        Self { actor, causation_id, correlation_id, traceparent: telemetry::current_traceparent() }
    }

    /// Who did it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// How much news has not left yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Events that wait.
    pub waiting: i64,
    /// When the oldest of them was written.
    pub oldest: Option<jiff::Timestamp>,
}

/// Writes news in the transaction of its change. Returns the event as it will travel.
pub async fn push(tx: &mut Tx, cause: &Cause, news: News) -> Result<Envelope> {
    let envelope = envelope(tx, cause, news);
    write(tx, std::slice::from_ref(&envelope)).await?;
    Ok(envelope)
}

/// Writes the news of several changes in the transaction that makes them, in one statement. Returns the events as they will travel.
pub async fn push_all(tx: &mut Tx, news: Vec<(&Cause, News)>) -> Result<Vec<Envelope>> {
    let envelopes: Vec<_> = news.into_iter().map(|(cause, news)| envelope(tx, cause, news)).collect();
    write(tx, &envelopes).await?;
    Ok(envelopes)
}

/// The event as it will travel.
fn envelope(tx: &Tx, cause: &Cause, news: News) -> Envelope {
    Envelope {
        id: tx.ids().id("evt"),
        time: Some(clock::to_proto(tx.now())),
        actor: Some(cause.actor.clone()),
        causation_id: cause.causation_id.clone(),
        correlation_id: cause.correlation_id.clone(),
        traceparent: cause.traceparent.clone(),
        subject: news.subject,
        version: news.version,
        audience: Some(news.audience),
        event: Some(news.event),
    }
}

/// Puts envelopes into the outbox as they are.
async fn write(tx: &mut Tx, envelopes: &[Envelope]) -> Result<()> {
    let now = tx.micros();
    let mut push = Assembly::new("insert into outbox (id, subject, envelope, created_at) values ");
    for (index, envelope) in envelopes.iter().enumerate() {
        push.push(if index == 0 { "(" } else { ", (" });
        push.bind(envelope.id.clone()).push(", ").bind(envelope.subject.clone());
        push.push(", ").bind(envelope.encode_to_vec()).push(", ").bind(now).push(")");
    }
    if !envelopes.is_empty() {
        push.execute(tx.conn()).await?;
        tx.has_news();
    }
    Ok(())
}

/// How much news waits, for metrics and probes.
pub async fn backlog(db: &Db) -> Result<Backlog> {
    let row = sqlx::query(BACKLOG).fetch_one(db.reader()).await?;
    let oldest: Option<i64> = row.try_get(1)?;
    Ok(Backlog { waiting: row.try_get(0)?, oldest: oldest.map(clock::from_micros) })
}
