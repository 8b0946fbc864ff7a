//! `SlaService`: policies, calendars, and the clocks that follow from them.

mod calendars;
mod clocks;
mod policies;

use mesh_core::{
    caller::{self, Caller},
    error::{Error, Result},
    policy::{self, Action, Scope},
};
use prost::{Message, Name};
use proto::{
    errors::v1::ErrorReason,
    workflow::v1::{
        Calendar, ClockExplanation, CreateCalendarRequest, CreatePolicyRequest, DryRunPolicyRequest,
        DryRunPolicyResponse, ExplainClockRequest, ListCalendarsRequest, ListCalendarsResponse,
        ListClocksRequest, ListClocksResponse, ListPoliciesRequest, ListPoliciesResponse,
        ReorderPoliciesRequest, SlaPolicy, UpdateCalendarRequest, UpdatePolicyRequest,
        sla_service_server::SlaService,
    },
};
use tonic::{Request, Response, Status};

use crate::workflow::Workflow;

/// Rows a page has when nothing was asked.
const PAGE: i32 = 50;

/// The service.
#[derive(Debug)]
pub(super) struct Levels(pub(super) Workflow);

#[tonic::async_trait]
impl SlaService for Levels {
    async fn list_policies(
        &self,
        request: Request<ListPoliciesRequest>,
    ) -> Result<Response<ListPoliciesResponse>, Status> {
        let (caller, ask) = managed(request)?;
        Ok(Response::new(self.policies(&caller, &ask).await?))
    }

    async fn create_policy(
        &self,
        request: Request<CreatePolicyRequest>,
    ) -> Result<Response<SlaPolicy>, Status> {
        let (caller, ask) = managed(request)?;
        Ok(Response::new(self.add_policy(&caller, ask).await?))
    }

    async fn update_policy(
        &self,
        request: Request<UpdatePolicyRequest>,
    ) -> Result<Response<SlaPolicy>, Status> {
        let (caller, ask) = managed(request)?;
        Ok(Response::new(self.edit_policy(&caller, ask).await?))
    }

    async fn reorder_policies(
        &self,
        request: Request<ReorderPoliciesRequest>,
    ) -> Result<Response<ListPoliciesResponse>, Status> {
        let (caller, ask) = managed(request)?;
        Ok(Response::new(self.order_policies(&caller, &ask).await?))
    }

    async fn dry_run_policy(
        &self,
        request: Request<DryRunPolicyRequest>,
    ) -> Result<Response<DryRunPolicyResponse>, Status> {
        let (_, ask) = managed(request)?;
        Ok(Response::new(self.try_policy(ask).await?))
    }

    async fn list_calendars(
        &self,
        request: Request<ListCalendarsRequest>,
    ) -> Result<Response<ListCalendarsResponse>, Status> {
        let (caller, ask) = managed(request)?;
        Ok(Response::new(self.calendars(&caller, &ask).await?))
    }

    async fn create_calendar(
        &self,
        request: Request<CreateCalendarRequest>,
    ) -> Result<Response<Calendar>, Status> {
        let (caller, ask) = managed(request)?;
        Ok(Response::new(self.add_calendar(&caller, ask).await?))
    }

    async fn update_calendar(
        &self,
        request: Request<UpdateCalendarRequest>,
    ) -> Result<Response<Calendar>, Status> {
        let (caller, ask) = managed(request)?;
        Ok(Response::new(self.edit_calendar(&caller, ask).await?))
    }

    async fn explain_clock(
        &self,
        request: Request<ExplainClockRequest>,
    ) -> Result<Response<ClockExplanation>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.explanation(&caller, &ask.clock_id).await?))
    }

    async fn list_clocks(
        &self,
        request: Request<ListClocksRequest>,
    ) -> Result<Response<ListClocksResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.clocks(&caller, &ask.ticket_id).await?))
    }
}

/// Service levels belong to no department: whoever edits them edits them for everybody.
fn managed<T>(request: Request<T>) -> Result<(Caller, T)> {
    let (caller, ask) = caller::open(request)?;
    policy::check(&caller, Action::SlaManage, &Scope::everywhere())?;
    Ok((caller, ask))
}

/// Fine when the etag is that of the resource as it is; a person at a screen must give one.
fn expect_etag<R: Message + Name>(caller: &Caller, given: &str, current: &str, resource: &R) -> Result<()> {
    if given == current || (given.is_empty() && !caller.is_interactive()) {
        return Ok(());
    }
    if given.is_empty() {
        let problem = "is missing; send the one that came with what you read";
        return Err(Error::invalid_because(&ErrorReason::EtagRequired, "etag", problem));
    }
    Err(Error::stale(resource))
}

/// The paths to change: those that were named, or all that can be.
fn paths(mask: Option<prost_types::FieldMask>, all: &str) -> Vec<String> {
    let named = mask.unwrap_or_default().paths;
    if named.is_empty() { all.split(", ").map(str::to_owned).collect() } else { named }
}

/// Somebody else edited it at the same moment.
fn overtaken() -> Error {
    Error::conflict("somebody else changed it at the same moment; send the same request again")
}
