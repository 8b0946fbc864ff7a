//! `ReportService`: figures from the service's own history.

use jiff::Timestamp;
use mesh_core::{
    caller,
    error::{Result, Violations},
};
use proto::workflow::v1::{
    GetAgentReportRequest, GetAgentReportResponse, GetBreakdownRequest, GetBreakdownResponse,
    GetInsightsRequest, GetInsightsResponse, GetOverviewRequest, GetOverviewResponse, GetTimeSeriesRequest,
    GetTimeSeriesResponse, report_service_server::ReportService,
};
use tonic::{Request, Response, Status};

use super::reports::{Breaking, Charted, Subject};
use crate::workflow::Workflow;

/// The service.
#[derive(Debug)]
pub(super) struct Reports(pub(super) Workflow);

impl Reports {
    fn now(&self) -> Timestamp {
        self.0.db.clock().now()
    }
}

#[tonic::async_trait]
impl ReportService for Reports {
    async fn get_overview(
        &self,
        request: Request<GetOverviewRequest>,
    ) -> Result<Response<GetOverviewResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        let subject = Subject::decode(ask.scope, self.now(), &mut wrong);
        wrong.into_result()?;
        let subject = subject.for_caller(&caller)?;
        Ok(Response::new(GetOverviewResponse { figures: self.0.overview(&subject).await? }))
    }

    async fn get_time_series(
        &self,
        request: Request<GetTimeSeriesRequest>,
    ) -> Result<Response<GetTimeSeriesResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        let subject = Subject::decode(ask.scope, self.now(), &mut wrong);
        let charted = Charted::decode(&subject, &ask.measure, ask.bucket, &mut wrong);
        wrong.into_result()?;
        let subject = subject.for_caller(&caller)?;
        let series = self.0.chart(&subject, &charted).await?;
        Ok(Response::new(GetTimeSeriesResponse { series: vec![series] }))
    }

    async fn get_breakdown(
        &self,
        request: Request<GetBreakdownRequest>,
    ) -> Result<Response<GetBreakdownResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        let subject = Subject::decode(ask.scope, self.now(), &mut wrong);
        let breaking = Breaking::decode(&ask.measure, &ask.dimension, &mut wrong);
        wrong.into_result()?;
        let subject = subject.for_caller(&caller)?;
        Ok(Response::new(GetBreakdownResponse { figures: self.0.breakdown(&subject, &breaking).await? }))
    }

    async fn get_agent_report(
        &self,
        request: Request<GetAgentReportRequest>,
    ) -> Result<Response<GetAgentReportResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        let subject = Subject::decode(ask.scope.clone(), self.now(), &mut wrong);
        wrong.into_result()?;
        let subject = subject.for_caller(&caller)?;
        Ok(Response::new(self.0.agent_report(&caller, &subject, &ask).await?))
    }

    async fn get_insights(
        &self,
        request: Request<GetInsightsRequest>,
    ) -> Result<Response<GetInsightsResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let mut wrong = Violations::default();
        let subject = Subject::decode(ask.scope, self.now(), &mut wrong);
        wrong.into_result()?;
        let subject = subject.for_caller(&caller)?;
        let (health, insights) = self.0.insights(&subject).await?;
        Ok(Response::new(GetInsightsResponse { health, insights }))
    }
}
