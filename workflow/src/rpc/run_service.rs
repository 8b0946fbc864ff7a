//! `RunService`: tickets in motion.

use mesh_core::{
    caller,
    error::{Result, Violations},
    idempotency::RequestKey,
    page,
};
use proto::{
    tickets::v1::WaitReason,
    workflow::v1::{
        Approval, AssignTicketRequest, BulkUpdateRunsRequest, BulkUpdateRunsResponse, ChildrenChoice,
        ClaimTicketRequest, DecideRequest, Decision, DeclineOfferRequest, EscalateTicketRequest,
        GetHistoryRequest, GetHistoryResponse, GetRunRequest, ListApprovalsRequest, ListApprovalsResponse,
        ListOffersRequest, ListOffersResponse, ListTransitionsRequest, ListTransitionsResponse,
        MoveToWorkflowRequest, ReleaseTicketRequest, Run, SnoozeTicketRequest, TransferTicketRequest,
        TransitionRequest, run_service_server::RunService,
    },
};
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::{
    access::{standing, visible, visible_inside},
    call::Call,
    cut,
    family::offered,
    hand::Verb,
};
use crate::{
    engine::{self, Around},
    store,
    workflow::Workflow,
};

/// Entries of history a page has when nothing was asked.
const PAGE: i32 = 50;
/// The longest reason, in characters.
pub(super) const REASON: usize = 1000;
/// The longest comment, in bytes.
const COMMENT: usize = 65_536;
/// The longest comment of a vote, in bytes.
const VOTE: usize = 4_096;

/// The full path of a method of this service.
macro_rules! method {
    ($name:literal) => {
        concat!("/ticketmesh.workflow.v1.RunService/", $name)
    };
}

/// Names what is wrong with a press, besides its ticket; the fields stand within this one.
pub(super) fn check_press(ask: &TransitionRequest, within: &str, wrong: &mut Violations) {
    let field = |name: &str| format!("{within}{name}");
    wrong.text(&field("transition_key"), &ask.transition_key, 1..=50);
    wrong.long_text(&field("comment"), &ask.comment, 0..=COMMENT);
    let unknown = WaitReason::try_from(ask.wait_reason).is_err();
    wrong.when(unknown, &field("wait_reason"), "is unknown; use one of those offered");
    let unknown = ChildrenChoice::try_from(ask.children).is_err();
    wrong.when(unknown, &field("children"), "is unknown; use WAIT or CASCADE");
}

/// The service.
#[derive(Debug)]
pub(super) struct Runs(pub(super) Workflow);

#[tonic::async_trait]
impl RunService for Runs {
    async fn get_run(&self, request: Request<GetRunRequest>) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut conn = self.0.read().await?;
        let run = visible(&mut conn, &caller, &ask.ticket_id).await?;
        let definition = self.0.definition(&mut conn, &run).await?;
        Ok(Response::new(Run { track: run.track(&definition), ..run.to_proto(&definition) }))
    }

    async fn list_transitions(
        &self,
        request: Request<ListTransitionsRequest>,
    ) -> Result<Response<ListTransitionsResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut conn = self.0.read().await?;
        let run = visible(&mut conn, &caller, &ask.ticket_id).await?;
        let definition = self.0.definition(&mut conn, &run).await?;
        let family = self.0.family(&run, offered(&definition, &run)).await?;
        let undone = match family {
            Some(family) => Some(family.undone(&mut conn, &caller).await?),
            None => None,
        };
        let asked = store::approvals::open_of(&mut conn, &run.id).await?;
        let around = Around {
            undone: undone.as_ref(),
            caller: caller.user_id().ok(),
            awaited: asked.as_ref().map(|asked| asked.approval.transition_key.as_str()),
            ..Around::at(self.0.db.clock().now())
        };
        let options = engine::options(&definition, &run, standing(&caller, &run), around);
        Ok(Response::new(ListTransitionsResponse { options, run_etag: run.etag() }))
    }

    async fn transition(&self, request: Request<TransitionRequest>) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        check_press(&ask, "", &mut wrong);
        wrong.into_result()?;
        // The etag is no part of what is asked: whose comment was written when the run had moved on presses again, with the
        // new etag and the same request id, and the comment stays one.
        let asked = TransitionRequest { etag: String::new(), ..ask.clone() };
        let call =
            Call::new(&caller, method!("Transition"), &ask.request_id, &asked, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.transition(&call, &ask).await?))
    }

    async fn bulk_update_runs(
        &self,
        request: Request<BulkUpdateRunsRequest>,
    ) -> Result<Response<BoxStream<BulkUpdateRunsResponse>>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.change_many(caller, ask).await?))
    }

    async fn assign_ticket(&self, request: Request<AssignTicketRequest>) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.id("assignee_id", &ask.assignee_id, "usr");
        wrong.text("reason", &ask.reason, 0..=REASON);
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("AssignTicket"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        let verb = Verb::Assign { to: &ask.assignee_id, reason: &ask.reason };
        Ok(Response::new(self.0.hand(&call, &verb).await?))
    }

    async fn claim_ticket(&self, request: Request<ClaimTicketRequest>) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("ClaimTicket"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.hand(&call, &Verb::Claim).await?))
    }

    async fn release_ticket(&self, request: Request<ReleaseTicketRequest>) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.text("reason", &ask.reason, 0..=REASON);
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("ReleaseTicket"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.hand(&call, &Verb::Release { reason: &ask.reason }).await?))
    }

    async fn transfer_ticket(
        &self,
        request: Request<TransferTicketRequest>,
    ) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.id("assignee_id", &ask.assignee_id, "usr");
        wrong.text("reason", &ask.reason, 1..=REASON);
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("TransferTicket"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        let verb = Verb::Transfer { to: &ask.assignee_id, reason: &ask.reason };
        Ok(Response::new(self.0.hand(&call, &verb).await?))
    }

    async fn decline_offer(&self, request: Request<DeclineOfferRequest>) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.text("reason", &ask.reason, 0..=REASON);
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("DeclineOffer"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.decline(&call, &ask.reason).await?))
    }

    async fn list_offers(
        &self,
        request: Request<ListOffersRequest>,
    ) -> Result<Response<ListOffersResponse>, Status> {
        let (caller, _) = caller::open(request)?;
        Ok(Response::new(self.0.list_offers(&caller).await?))
    }

    async fn escalate_ticket(
        &self,
        request: Request<EscalateTicketRequest>,
    ) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.text("reason", &ask.reason, 1..=REASON);
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("EscalateTicket"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.escalate(&call, &ask.reason).await?))
    }

    async fn snooze_ticket(&self, request: Request<SnoozeTicketRequest>) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("SnoozeTicket"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.set_aside(&call, &ask).await?))
    }

    async fn move_to_workflow(
        &self,
        request: Request<MoveToWorkflowRequest>,
    ) -> Result<Response<Run>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.text("stage_key", &ask.stage_key, 1..=50);
        wrong.text("reason", &ask.reason, 1..=REASON);
        wrong.into_result()?;
        let call =
            Call::new(&caller, method!("MoveToWorkflow"), &ask.request_id, &ask, &ask.ticket_id, &ask.etag)?;
        Ok(Response::new(self.0.move_to_workflow(&call, &ask).await?))
    }

    async fn decide(&self, request: Request<DecideRequest>) -> Result<Response<Approval>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        wrong.id("approval_id", &ask.approval_id, "apr");
        wrong.long_text("comment", &ask.comment, 0..=VOTE);
        let says = matches!(ask.decision(), Decision::Approve | Decision::Reject);
        wrong.when(!says, "decision", "is missing; say APPROVE or REJECT");
        wrong.into_result()?;
        let key = RequestKey::new(&caller, method!("Decide"), &ask.request_id, &ask)?;
        Ok(Response::new(Box::pin(self.0.decide(&caller, &key, &ask)).await?))
    }

    async fn list_approvals(
        &self,
        request: Request<ListApprovalsRequest>,
    ) -> Result<Response<ListApprovalsResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.list_approvals(&caller, &ask).await?))
    }

    async fn get_history(
        &self,
        request: Request<GetHistoryRequest>,
    ) -> Result<Response<GetHistoryResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let query = GetHistoryRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let cursor = self.0.pages.open(&caller, &query, &ask.page_token)?;
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let run = visible_inside(&mut conn, &caller, &ask.ticket_id).await?;
        let mut rows =
            store::history::before(&mut conn, &run.id, cursor.unwrap_or((i64::MAX, 0)), size + 1).await?;
        let next_page_token = match cut(&mut rows, size) {
            Some((place, _)) => self.0.pages.seal(&caller, &query, place)?,
            None => String::new(),
        };
        let entries = rows.into_iter().map(|(_, entry)| entry).collect();
        Ok(Response::new(GetHistoryResponse { entries, next_page_token }))
    }
}
