//! Approvals: what the caller is asked to agree to, what a ticket waits for, and votes.

use proto::workflow::v1::{
    Approval, DecideRequest, Decision, ListApprovalsRequest, ListApprovalsResponse, run_service,
};

use super::{Answer, ask};

/// As many as the server gives at a time.
const MOST: i32 = 200;

/// Those that are open and ask the caller, the newest first.
pub(crate) async fn open() -> Answer<Vec<Approval>> {
    let asked = ListApprovalsRequest { page_size: MOST, ..ListApprovalsRequest::default() };
    ask(run_service::LIST_APPROVALS, asked).await.map(|answer| answer.approvals)
}

/// A page of all that asked the caller, open or not, the newest first.
pub(crate) async fn all(page_token: String) -> Answer<ListApprovalsResponse> {
    let asked = ListApprovalsRequest { show_closed: true, page_token, ..ListApprovalsRequest::default() };
    ask(run_service::LIST_APPROVALS, asked).await
}

/// The one a ticket waits for, if it waits for any. Only for whoever may see what the staff sees.
pub(crate) async fn of_ticket(ticket_id: String) -> Answer<Option<Approval>> {
    let asked = ListApprovalsRequest { ticket_id, ..ListApprovalsRequest::default() };
    ask(run_service::LIST_APPROVALS, asked).await.map(|answer| answer.approvals.into_iter().next())
}

/// Votes; the same `request_id` never votes twice.
pub(crate) async fn decide(
    approval: &Approval,
    decision: Decision,
    comment: String,
    request_id: String,
) -> Answer<Approval> {
    let (approval_id, etag) = (approval.id.clone(), approval.etag.clone());
    let asked = DecideRequest { request_id, approval_id, etag, decision: decision.into(), comment };
    ask(run_service::DECIDE, asked).await
}
