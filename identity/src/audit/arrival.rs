//! Lines about what was done elsewhere: in other services, which send them by a call, and at the command line, which leaves a job in the
//! database it works on, and that may be identity's own.
//!
//! The invariant: a line is sent until its sender has an answer, so it may be there already, and is there once.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    audit,
    clock::from_proto,
    db::Db,
    error::{Result, Violations},
    jobs::{self, Job},
};
use proto::identity::v1::AuditEvent;
use serde_json::Value;

use crate::{
    audit::Line,
    store::audit::{self as store, StoredLine},
};

/// Bytes of the state before or after.
const MOST_JSON: usize = 256 * 1024;

/// Takes in what commands left in identity's own database.
#[derive(Debug)]
pub(crate) struct Arrivals(pub(crate) Db);

#[async_trait]
impl jobs::Handler for Arrivals {
    async fn run(&self, job: &Job) -> Result<()> {
        take_in(&self.0, audit::carried(job)?.audit_event.unwrap_or_default()).await.map(drop)
    }
}

/// Adds a line that was sent, unless it is there. Of two that come at once, one finds the other's id taken and is sent again.
pub(crate) async fn take_in(db: &Db, sent: AuditEvent) -> Result<StoredLine> {
    let done_at = check(&sent)?;
    let mut tx = db.begin().await?;
    if let Some(known) = store::find(tx.conn(), &sent.id).await? {
        return Ok(known);
    }
    let id = sent.id.clone();
    let stored = line(sent).record(&mut tx, id, done_at).await?;
    tx.commit().await?;
    Ok(stored)
}

/// When it was done, if the line is one.
fn check(sent: &AuditEvent) -> Result<Timestamp> {
    let done_at = sent.time.as_ref().and_then(from_proto);
    let mut wrong = Violations::default();
    wrong.id("audit_event.id", &sent.id, "aud");
    wrong.when(done_at.is_none(), "audit_event.time", "is no instant; give the one at which it was done");
    wrong.text("audit_event.action", &sent.action, 1..=64);
    wrong.text("audit_event.target", &sent.target, 0..=254);
    for (field, state) in
        [("audit_event.before_json", &sent.before_json), ("audit_event.after_json", &sent.after_json)]
    {
        wrong.when(state.len() > MOST_JSON, field, "is too long; give at most 256 KiB");
        let is_object = matches!(serde_json::from_str(state), Ok(Value::Object(_)));
        wrong.when(!state.is_empty() && !is_object, field, "is no JSON object; give one, or leave it out");
    }
    wrong.into_result()?;
    Ok(done_at.unwrap_or_default())
}

/// The line as it was sent.
fn line(sent: AuditEvent) -> Line {
    Line {
        action: sent.action,
        actor_id: sent.actor_id,
        actor_name: sent.actor_name,
        target: sent.target,
        address: sent.address,
        session_id: sent.session_id,
        reason: sent.reason,
        before_json: sent.before_json,
        after_json: sent.after_json,
    }
}
