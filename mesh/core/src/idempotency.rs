//! Calls that are made once however often they are sent.
//!
//! The invariant: the answer to a call is kept in the transaction of the change it made, under caller, method and request id.
//! Of two identical calls at once one does the work; the other waits for that transaction and gives the same answer.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use prost::Message;
use proto::errors::v1::ErrorReason;
use sha2::{Digest, Sha256};
use sqlx::Row;

use crate::{
    caller::Caller,
    db::{Assembly, Tx},
    error::{Error, Result},
};

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_hours(24);

/// The longest request id. A UUID has 36 characters; what workers make of the cause of a call is longer.
const LONGEST_ID: usize = 64;

crate::statements! {
    /// Makes room for a call whose first answer is too old.
    EXPIRE = "delete from requests where caller = $1 and method = $2 and request_id = $3 and created_at < $4";
    /// Takes the call's place; waits while another transaction holds it.
    RESERVE = "insert into requests (caller, method, request_id, fingerprint, created_at) values ($1, $2, $3, $4, $5) \
        on conflict do nothing";
    /// What was asked and answered the first time.
    ANSWER = "select fingerprint, answer from requests where caller = $1 and method = $2 and request_id = $3";
    /// Keeps the answer.
    RECORD = "update requests set answer = $4 where caller = $1 and method = $2 and request_id = $3";
    /// Answers nobody may ask for any more.
    FORGET = "delete from requests where created_at < $1";
}

/// Identifies a call: who, what, which one.
#[derive(Clone, Debug)]
pub struct RequestKey {
    caller: String,
    method: &'static str,
    request_id: String,
    fingerprint: String,
}

impl RequestKey {
    /// The key of the call `ask` to `method` (its full path). The request id is 1 to 64 visible ASCII characters.
    pub fn new(caller: &Caller, method: &'static str, request_id: &str, ask: &impl Message) -> Result<Self> {
        if request_id.is_empty()
            || request_id.len() > LONGEST_ID
            || !request_id.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(Error::invalid(
                "request_id",
                "is missing or not 1 to 64 visible ASCII characters; send a fresh UUID, and the same one when you repeat the call",
            ));
        }
        let actor = caller.actor();
        let caller =
            if actor.user_id.is_empty() { format!("system:{}", actor.system) } else { actor.user_id };
        let fingerprint = hex::encode(Sha256::digest(ask.encode_to_vec()));
        Ok(Self { caller, method, request_id: request_id.to_owned(), fingerprint })
    }

    /// The answer this call got before, or `None` when it is to be done now, in `tx`.
    pub async fn replay<A: Message + Default>(&self, tx: &mut Tx) -> Result<Option<A>> {
        let (now, oldest) = (tx.micros(), oldest_kept(tx.now()));
        self.bind(sqlx::query(EXPIRE)).bind(oldest.as_microsecond()).execute(tx.conn()).await?;
        let reserve = self.bind(sqlx::query(RESERVE)).bind(&self.fingerprint).bind(now);
        if reserve.execute(tx.conn()).await?.rows_affected() == 1 {
            return Ok(None);
        }
        let row = self.bind(sqlx::query(ANSWER)).fetch_one(tx.conn()).await?;
        if row.try_get::<&str, _>(0)? != self.fingerprint {
            return Err(Error::invalid_because(
                &ErrorReason::RequestIdReused,
                "request_id",
                "was used for a call with another body; send a fresh UUID",
            ));
        }
        // Null when a transaction was committed without an answer: then the call is still to be done.
        let answer: Option<Vec<u8>> = row.try_get(1)?;
        answer.map(|bytes| A::decode(bytes.as_slice()).map_err(Error::internal)).transpose()
    }

    /// Takes the places of several calls whose answers are known before anything is written, in one statement. `true` stands
    /// for a call that is to be done now, in `tx`; any other was made before or stands twice among them: [`replay`](Self::replay)
    /// it in a transaction of its own.
    pub async fn claim_all(tx: &mut Tx, calls: &[(&Self, Vec<u8>)]) -> Result<Vec<bool>> {
        let now = tx.micros();
        let mut sorted: Vec<_> = calls.iter().collect();
        // Everybody takes places in the same order, so that no two wait for each other.
        sorted.sort_by_key(|(key, _)| key.place());
        let mut claim = Assembly::new(
            "insert into requests (caller, method, request_id, fingerprint, answer, created_at) values ",
        );
        for (index, (key, answer)) in sorted.into_iter().enumerate() {
            claim.push(if index == 0 { "(" } else { ", (" });
            claim.bind(key.caller.clone()).push(", ").bind(key.method);
            claim.push(", ").bind(key.request_id.clone()).push(", ").bind(key.fingerprint.clone());
            claim.push(", ").bind(answer.clone()).push(", ").bind(now).push(")");
        }
        claim.push(" on conflict do nothing returning caller, method, request_id");
        let mut claimed = HashSet::new();
        for row in claim.fetch_all(tx.conn()).await? {
            claimed.insert((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        }
        let owned =
            |(caller, method, id): (&str, &str, &str)| (caller.to_owned(), method.to_owned(), id.to_owned());
        Ok(calls.iter().map(|(key, _)| claimed.remove(&owned(key.place()))).collect())
    }

    /// What makes the call this one.
    fn place(&self) -> (&str, &str, &str) {
        (&self.caller, self.method, &self.request_id)
    }

    /// Keeps the answer of the call done in `tx`.
    pub async fn record(&self, tx: &mut Tx, answer: &impl Message) -> Result<()> {
        self.bind(sqlx::query(RECORD)).bind(answer.encode_to_vec()).execute(tx.conn()).await?;
        Ok(())
    }

    fn bind(&self, query: AnyQuery) -> AnyQuery {
        query.bind(self.caller.clone()).bind(self.method).bind(self.request_id.clone())
    }
}

type AnyQuery = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

/// Answers from before this instant are forgotten.
pub(crate) fn oldest_kept(now: Timestamp) -> Timestamp {
    now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN)
}
