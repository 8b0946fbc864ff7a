//! An audit log that can be read, in the place of identity's.

use std::sync::{Arc, Mutex, PoisonError};

use proto::identity::v1::{
    AuditEvent, RecordAuditEventRequest,
    security_service_server::{SecurityService, SecurityServiceServer},
};
use tonic::{Request, Response, Status, service::RoutesBuilder};

/// Remembers what the services of a world say was done.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Mutex<Vec<AuditEvent>>>);

impl Ledger {
    /// Has it hear what a made-up identity is told.
    pub fn add_to(&self, routes: &mut RoutesBuilder) {
        routes.add_service(SecurityServiceServer::new(self.clone()));
    }

    /// Every line, in the order of their deeds.
    pub fn lines(&self) -> Vec<AuditEvent> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        lines.sort_by(|one, other| one.id.cmp(&other.id));
        lines
    }

    /// The actions of all lines.
    pub fn actions(&self) -> Vec<String> {
        self.lines().into_iter().map(|line| line.action).collect()
    }

    /// The latest line about an action. Panics when there is none.
    pub fn latest(&self, action: &str) -> AuditEvent {
        let found = self.lines().into_iter().rfind(|line| line.action == action);
        found.unwrap_or_else(|| panic!("nothing was said of {action}: {:?}", self.actions()))
    }
}

#[tonic::async_trait]
impl SecurityService for Ledger {
    async fn record_audit_event(
        &self,
        request: Request<RecordAuditEventRequest>,
    ) -> Result<Response<AuditEvent>, Status> {
        let line = request.into_inner().audit_event.unwrap_or_default();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.iter().all(|known| known.id != line.id) {
            lines.push(line.clone());
        }
        Ok(Response::new(line))
    }
}
