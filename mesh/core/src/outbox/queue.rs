//! The outbox table as a queue of subjects: claim, confirm, put back.
//!
//! The invariant: only the first rows of a subject are claimed, and only while nobody else holds them, so two relays never
//! work on one subject at a time. Claims are made one at a time ([`Db::begin_noting`]); nothing is published meanwhile.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use prost::Message;
use proto::events::v1::Envelope;
use sqlx::Row as _;

use crate::{
    clock,
    db::{Db, Tx},
    error::{Error, Result},
};

/// Refusals after which an event is put aside as a dead letter.
pub(super) const MOST_ATTEMPTS: i64 = 8;
/// How long a relay that died keeps its events from others.
pub(super) const LEASE: Duration = Duration::from_secs(90);
/// The pause after the first refusal; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The shortest and the longest pause while the bus or a consumer can't be reached.
const PATIENT_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

crate::statements! {
    /// The events of the first subjects nobody holds, up to a number of subjects ($4). Written so that no plan can be bad, whatever an
    /// engine believes of a table that fills and empties all the time: heads are looked for once, in the order of `seq`, and whether one
    /// is the first of its subject is asked of each by itself (`= false`, or it would be joined), by the index of subjects (`+ 0`).
    CLAIM = "with heads as materialized ( \
            select head.subject from outbox head where head.free_at <= $3 and exists ( \
                select 1 from outbox earlier where earlier.subject = head.subject and earlier.seq + 0 < head.seq) = false \
            order by head.seq limit $4) \
        update outbox set leased_by = $1, free_at = $2 where free_at <= $3 and subject in (select subject from heads) \
        returning seq, subject, envelope, created_at, attempts";
    /// Forgets the events of a subject that have left.
    LEFT = "delete from outbox where leased_by = $1 and subject = $2 and seq <= $3";
    /// Frees what is still held of a subject.
    FREE = "update outbox set leased_by = null, free_at = 0 where leased_by = $1 and subject = $2";
    /// Frees everything a claim holds.
    DISOWN = "update outbox set leased_by = null, free_at = 0 where leased_by = $1";
    /// Puts an event back until an instant.
    PUT_BACK = "update outbox set leased_by = null, free_at = $3, attempts = $4, last_error = $5 \
        where seq = $1 and leased_by = $2";
    /// Keeps what nobody took.
    BURY = "insert into dead_letters (id, subject, envelope, attempts, reason, died_at) \
        select id, subject, envelope, cast($3 as bigint), cast($4 as text), cast($5 as bigint) from outbox where seq = $1 and leased_by = $2 on conflict do nothing";
    /// When the next lease or pause ends.
    NEXT_FREE = "select min(free_at) from outbox where free_at > $1 and free_at > 0";
}

/// An event a relay holds.
#[derive(Debug)]
pub(super) struct Claimed {
    seq: i64,
    bytes: Vec<u8>,
    created_at: i64,
    attempts: i64,
}

/// The events of one subject that a relay holds, in order.
#[derive(Debug)]
pub(super) struct Lane {
    /// The name in the lease, new for every claim: who comes too late with an outcome changes nothing that was claimed since.
    holder: String,
    subject: String,
    pub(super) events: Vec<Claimed>,
}

/// What became of a lane: the first `left` events have left, then one failed, the rest were not tried.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) lane: Lane,
    pub(super) left: usize,
    pub(super) failure: Option<Error>,
}

impl Outcome {
    /// Whether events are left of it.
    pub(super) fn is_undone(&self) -> bool {
        self.left < self.lane.events.len()
    }
}

impl Claimed {
    pub(super) fn envelope(&self) -> Result<Envelope> {
        Envelope::decode(self.bytes.as_slice()).map_err(Error::internal)
    }
}

/// Claims events of at most `subjects` subjects for `holder`, a name no claim had before.
pub(super) async fn claim(tx: &mut Tx, holder: &str, subjects: usize) -> Result<Vec<Lane>> {
    let rows = sqlx::query(CLAIM)
        .bind(holder.to_owned())
        .bind(later(tx.now(), LEASE))
        .bind(tx.micros())
        .bind(i64::try_from(subjects).unwrap_or(i64::MAX))
        .fetch_all(tx.conn())
        .await?;
    let mut by_subject: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
    for row in rows {
        let (seq, bytes, created_at) = (row.try_get(0)?, row.try_get(2)?, row.try_get(3)?);
        let event = Claimed { seq, bytes, created_at, attempts: row.try_get(4)? };
        by_subject.entry(row.try_get(1)?).or_default().push(event);
    }
    let in_order = |(subject, mut events): (String, Vec<Claimed>)| {
        events.sort_by_key(|event| event.seq);
        Lane { holder: holder.to_owned(), subject, events }
    };
    Ok(by_subject.into_iter().map(in_order).collect())
}

/// Whether a claim of at most `subjects` took everything nobody held.
pub(super) fn is_all(claimed: &[Lane], subjects: usize) -> bool {
    claimed.len() < subjects
}

/// Gives up a claim nobody works on.
pub(super) async fn disown(tx: &mut Tx, holder: &str) -> Result<()> {
    sqlx::query(DISOWN).bind(holder.to_owned()).execute(tx.conn()).await?;
    Ok(())
}

/// Writes down what became of claimed events.
pub(super) async fn settle(tx: &mut Tx, outcome: &Outcome) -> Result<()> {
    let Outcome { lane, left, failure } = outcome;
    if let Some(last) = lane.events[..*left].last() {
        let query = sqlx::query(LEFT).bind(lane.holder.clone()).bind(lane.subject.clone()).bind(last.seq);
        query.execute(tx.conn()).await?;
    }
    if let (Some(error), Some(event)) = (failure, lane.events.get(*left)) {
        fail(tx, lane, event, error).await?;
    }
    if outcome.is_undone() {
        let query = sqlx::query(FREE).bind(lane.holder.clone()).bind(lane.subject.clone());
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

/// The next instant after the last look at which something held or paused becomes free.
pub(super) async fn next_free(db: &Db, looked: Timestamp) -> Result<Option<Timestamp>> {
    let row = sqlx::query(NEXT_FREE).bind(looked.as_microsecond()).fetch_one(db.reader()).await?;
    Ok(row.try_get::<Option<i64>, _>(0)?.map(clock::from_micros))
}

async fn fail(tx: &mut Tx, lane: &Lane, event: &Claimed, error: &Error) -> Result<()> {
    let (now, said) = (tx.now(), error.with_causes());
    if error.is_transient() {
        let (shortest, longest) = PATIENT_PAUSES;
        // The longer it has waited, the less often it is tried: always about a quarter of its age.
        let age = Duration::from_micros(u64::try_from(tx.micros() - event.created_at).unwrap_or_default());
        let pause = (age / 4).clamp(shortest, longest);
        return put_back(tx, lane, event, later(now, pause), event.attempts, said).await;
    }
    let attempts = event.attempts + 1;
    if attempts < MOST_ATTEMPTS {
        let pause = FIRST_PAUSE * 2_u32.pow(u32::try_from(event.attempts).unwrap_or_default());
        return put_back(tx, lane, event, later(now, pause), attempts, said).await;
    }
    tracing::error!(
        subject = lane.subject,
        reason = said,
        attempts,
        "an event was refused too often and is a dead letter now"
    );
    let bury = sqlx::query(BURY)
        .bind(event.seq)
        .bind(lane.holder.clone())
        .bind(attempts)
        .bind(said)
        .bind(tx.micros());
    bury.execute(tx.conn()).await?;
    let query = sqlx::query(LEFT).bind(lane.holder.clone()).bind(lane.subject.clone()).bind(event.seq);
    query.execute(tx.conn()).await?;
    Ok(())
}

async fn put_back(
    tx: &mut Tx,
    lane: &Lane,
    event: &Claimed,
    free_at: i64,
    attempts: i64,
    said: String,
) -> Result<()> {
    let query = sqlx::query(PUT_BACK)
        .bind(event.seq)
        .bind(lane.holder.clone())
        .bind(free_at)
        .bind(attempts)
        .bind(said);
    query.execute(tx.conn()).await?;
    Ok(())
}

/// An instant as columns have it, `wait` after `now`.
fn later(now: Timestamp, wait: Duration) -> i64 {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX).as_microsecond()
}
