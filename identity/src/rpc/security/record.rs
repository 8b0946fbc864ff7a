//! Lines about what was done in other services.

use jiff::Timestamp;
use mesh_core::{
    caller::Caller,
    clock::from_proto,
    error::{Result, Violations},
    policy::{self, Action, Scope},
};
use proto::identity::v1::{AuditEvent, RecordAuditEventRequest};
use serde_json::Value;

use crate::{Identity, audit::Line, store::audit};

/// Bytes of the state before or after.
const MOST_JSON: usize = 256 * 1024;

impl Identity {
    /// A line is sent until its sender has an answer, so it may be there already. Of two that come at once, one finds the other's id taken
    /// and is sent again.
    pub(super) async fn record_audit_event(
        &self,
        caller: Caller,
        ask: RecordAuditEventRequest,
    ) -> Result<AuditEvent> {
        policy::check(&caller, Action::AuditRecord, &Scope::everywhere())?;
        let sent = ask.audit_event.unwrap_or_default();
        let done_at = check(&sent)?;
        let mut tx = self.db.begin().await?;
        if let Some(known) = audit::find(tx.conn(), &sent.id).await? {
            return Ok(known.into());
        }
        let id = sent.id.clone();
        let stored = line(sent).record(&mut tx, id, done_at).await?;
        tx.commit().await?;
        Ok(stored.into())
    }
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
