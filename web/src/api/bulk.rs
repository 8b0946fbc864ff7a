//! The same change to many tickets, with its progress as it is made.

use proto::tickets::v1::{BulkUpdateRequest, BulkUpdateResponse, UndoBulkRequest, UndoBulkResponse};
use proto::workflow::v1::{BulkUpdateRunsRequest, BulkUpdateRunsResponse};

use super::{Answer, hear};

const UPDATE: &str = "/ticketmesh.tickets.v1.TicketService/BulkUpdate";
const RUNS: &str = "/ticketmesh.workflow.v1.RunService/BulkUpdateRuns";
const UNDO: &str = "/ticketmesh.tickets.v1.TicketService/UndoBulk";

/// Makes the change, or only says what it would do.
pub(crate) async fn update(asked: BulkUpdateRequest, each: impl Fn(BulkUpdateResponse)) -> Answer<()> {
    hear(UPDATE, asked, each).await
}

/// The same of where they stand and who has them.
pub(crate) async fn runs(asked: BulkUpdateRunsRequest, each: impl Fn(BulkUpdateRunsResponse)) -> Answer<()> {
    hear(RUNS, asked, each).await
}

/// Undoes it.
pub(crate) async fn undo(bulk_id: String, request_id: String, each: impl Fn(UndoBulkResponse)) -> Answer<()> {
    hear(UNDO, UndoBulkRequest { bulk_id, request_id }, each).await
}
