//! The audit log: read by the page, or all of it as it streams.

use proto::identity::v1::security_service_client::SecurityServiceClient;
use proto::identity::v1::{
    AuditEvent, ExportAuditEventsRequest, ListAuditEventsRequest, ListAuditEventsResponse, security_service,
};

use super::{Answer, Trouble, ask, endless_channel};

/// A page of lines, newest first.
pub(crate) async fn list(asked: ListAuditEventsRequest) -> Answer<ListAuditEventsResponse> {
    ask(security_service::LIST_AUDIT_EVENTS, asked).await
}

/// Hands every line to `each`, oldest first, a few hundred at a time, until there are no more or `each` has had enough.
pub(crate) async fn export(
    asked: ExportAuditEventsRequest,
    mut each: impl FnMut(Vec<AuditEvent>) -> bool,
) -> Answer<()> {
    let mut client = SecurityServiceClient::new(endless_channel());
    let answer = client.export_audit_events(asked).await.map_err(|status| Trouble::of(&status))?;
    let mut lines = answer.into_inner();
    while let Some(some) = lines.message().await.map_err(|status| Trouble::of(&status))? {
        if !each(some.audit_events) {
            break;
        }
    }
    Ok(())
}
