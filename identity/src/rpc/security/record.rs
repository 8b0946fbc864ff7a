//! Lines about what was done in other services.

use mesh_core::{
    caller::Caller,
    error::Result,
    policy::{self, Action, Scope},
};
use proto::identity::v1::{AuditEvent, RecordAuditEventRequest};

use crate::{Identity, audit::arrival::take_in};

impl Identity {
    pub(super) async fn record_audit_event(
        &self,
        caller: Caller,
        ask: RecordAuditEventRequest,
    ) -> Result<AuditEvent> {
        policy::check(&caller, Action::AuditRecord, &Scope::everywhere())?;
        Ok(take_in(&self.db, ask.audit_event.unwrap_or_default()).await?.into())
    }
}
