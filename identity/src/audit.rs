//! The audit log: who did what, on whom, from where, in the transaction of what was done.
//!
//! Each line carries a hash over itself and the line before it in the same day (UTC), so a missing or altered line shows. Add
//! the line last: whoever adds one holds the end of the day's chain until the transaction ends.

use jiff::tz::TimeZone;
use mesh_core::{
    caller::Caller,
    clock,
    db::{Db, Tx},
    error::Result,
};
use proto::identity::v1::{Actor, AuditEvent};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    store::audit::{self as store, Day, StoredLine},
    user::User,
};

/// How many lines are checked at a time.
const CHECKED_AT_ONCE: i64 = 1_000;

/// A place where the audit log is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The day (UTC), `2026-01-07`.
    pub day: String,
    /// Where in the day's chain, counted from 1.
    pub position: i64,
}

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

    /// Adds the line to the log.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        let happened_at = tx.now();
        let day = happened_at.to_zoned_datetime(TimeZone::UTC).date().to_string();
        let (position, previous) = store::next_place(tx, &day).await?;
        let id = tx.ids().id("aud");
        let mut stored = StoredLine { id, position, happened_at, line: self, hash: String::new() };
        stored.hash = stored.chained(&previous);
        store::append(tx, &day, &stored).await
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

/// Checks every day's chain: the first place where a line is missing or was altered, or `None` when all is well.
pub(crate) async fn verify(db: &Db) -> Result<Option<Breach>> {
    for day in store::days(db.reader()).await? {
        if let Some(position) = breach_of(db, &day).await? {
            return Ok(Some(Breach { day: day.date, position }));
        }
    }
    Ok(None)
}

async fn breach_of(db: &Db, day: &Day) -> Result<Option<i64>> {
    let (mut position, mut hash) = (0, String::new());
    loop {
        let lines = store::chain(db.reader(), &day.date, position, CHECKED_AT_ONCE).await?;
        for line in &lines {
            if line.position != position + 1 || line.hash != line.chained(&hash) {
                return Ok(Some(position + 1));
            }
            (position, hash) = (line.position, line.hash.clone());
        }
        if lines.is_empty() {
            let whole = position == day.position && hash == day.head;
            return Ok((!whole).then_some(position + 1));
        }
    }
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
