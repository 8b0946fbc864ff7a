//! The audit log: who did what, on whom, from where, in the transaction of what was done. What is done in other services comes by a call
//! that they make until it is answered (`mesh_core::audit`).
//!
//! Each line carries a hash over itself and the line before it in the same day (UTC), so a missing or altered line shows. Add
//! the line last: whoever adds one holds the end of the day's chain until the transaction ends. Days are numbered, and the number is
//! what a day's first line is chained to, so a missing day shows too; a retired one (`retention.rs`) has a line of its own.

pub(crate) mod arrival;
pub(crate) mod retention;
mod verify;

use jiff::{Timestamp, tz::TimeZone};
use mesh_core::{caller::Caller, clock, db::Tx, error::Result};
use proto::identity::v1::{Actor, AuditEvent};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use self::verify::{Breach, Verdict, verify};
use crate::{
    store::audit::{self as store, StoredLine},
    user::{Profile, User},
};

/// What a line says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// `<noun>.<past verb>`: `sign_in.refused`.
    pub(crate) action: String,
    pub(crate) actor_id: String,
    pub(crate) actor_name: String,
    /// A resource's id, or the address somebody tried to sign in with.
    pub(crate) target: String,
    pub(crate) address: String,
    pub(crate) session_id: String,
    pub(crate) reason: String,
    pub(crate) before_json: String,
    pub(crate) after_json: String,
}

impl Line {
    /// The beginning of a line about what a caller did; without an actor while nobody has signed in.
    pub(crate) fn of(caller: &Caller) -> Self {
        let person = if caller.user_id().is_ok() { caller.actor() } else { Actor::default() };
        Self {
            actor_id: person.user_id,
            actor_name: person.display_name,
            address: caller.address().to_owned(),
            session_id: caller.session_id().unwrap_or_default().into(),
            ..Self::default()
        }
    }

    /// The beginning of a line about somebody who has just proved who he is.
    pub(crate) fn of_person(user: &User, caller: &Caller) -> Self {
        let (actor_id, actor_name) = (user.id.clone(), user.profile.display_name.clone());
        Self { actor_id, actor_name, ..Self::of(caller) }
    }

    /// The same line about this action on this target.
    pub(crate) fn about(mut self, action: &str, target: &str) -> Self {
        (self.action, self.target) = (action.into(), target.into());
        self
    }

    /// The same line with the reason that was given or found.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// The same line with the state before and after; `null` stands for nothing. Never put secrets in.
    pub(crate) fn change(mut self, before: &Value, after: &Value) -> Self {
        let text = |value: &Value| {
            if value.is_null() { String::new() } else { value.to_string() }
        };
        (self.before_json, self.after_json) = (text(before), text(after));
        self
    }

    /// The same line with every field of a profile that changed, as it was and as it is; `None` when none did, which is no news.
    pub(crate) fn profile(self, before: &Profile, after: &Profile) -> Option<Self> {
        let (before, after) = after.changes_since(before);
        (!after.is_empty()).then(|| self.change(&before.into(), &after.into()))
    }

    /// Adds the line to the log.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        let (id, now) = (tx.ids().id("aud"), tx.now());
        self.record(tx, id, now).await.map(drop)
    }

    /// Adds the line about what was done at an instant, under an id that no line has. It stands in today's chain: days that are over stay
    /// as they are. Nothing is done after it is recorded, whatever other clocks say.
    pub(crate) async fn record(self, tx: &mut Tx, id: String, done_at: Timestamp) -> Result<StoredLine> {
        let (day, happened_at) = (day_of(tx.now()), done_at.min(tx.now()));
        let before = store::next_place(tx, &day).await?;
        let (position, previous) = (before.position, before.previous());
        let mut stored = StoredLine { id, day, position, happened_at, line: self, hash: String::new() };
        stored.hash = stored.chained(&previous);
        store::append(tx, &stored).await?;
        Ok(stored)
    }
}

impl StoredLine {
    /// The hash over this line and the one before it. A JSON array leaves no two lines with the same text.
    pub(crate) fn chained(&self, previous: &str) -> String {
        let line = &self.line;
        let text = json!([
            previous,
            self.id,
            self.position,
            self.happened_at.as_microsecond(),
            line.action,
            line.actor_id,
            line.actor_name,
            line.target,
            line.address,
            line.session_id,
            line.reason,
            line.before_json,
            line.after_json,
        ]);
        hex::encode(Sha256::digest(text.to_string()))
    }
}

/// The day (UTC) of an instant: `2026-01-07`.
pub(crate) fn day_of(instant: Timestamp) -> String {
    instant.to_zoned_datetime(TimeZone::UTC).date().to_string()
}

impl From<StoredLine> for AuditEvent {
    fn from(stored: StoredLine) -> Self {
        let line = stored.line;
        Self {
            id: stored.id,
            time: Some(clock::to_proto(stored.happened_at)),
            action: line.action,
            actor_id: line.actor_id,
            actor_name: line.actor_name,
            target: line.target,
            address: line.address,
            session_id: line.session_id,
            reason: line.reason,
            before_json: line.before_json,
            after_json: line.after_json,
            hash: stored.hash,
        }
    }
}
