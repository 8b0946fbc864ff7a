//! Reports: figures of a span, each with the rule that lists its tickets.

use proto::workflow::v1::{
    Figure, GetAgentReportRequest, GetAgentReportResponse, GetBreakdownRequest, GetInsightsRequest,
    GetInsightsResponse, GetOverviewRequest, GetTimeSeriesRequest, ReportScope, Series, report_service,
};

use super::{Answer, ask};

/// The main figures beside those of the span before.
pub(crate) async fn overview(scope: ReportScope) -> Answer<Vec<Figure>> {
    let asked = GetOverviewRequest { scope: Some(scope) };
    ask(report_service::GET_OVERVIEW, asked).await.map(|answer| answer.figures)
}

/// One measure over time, in buckets that suit the span.
pub(crate) async fn series(scope: ReportScope, measure: String) -> Answer<Series> {
    let asked = GetTimeSeriesRequest { scope: Some(scope), measure, bucket: 0 };
    let answer = ask(report_service::GET_TIME_SERIES, asked).await?;
    Ok(answer.series.into_iter().next().unwrap_or_default())
}

/// One measure split by a dimension, the largest part first.
pub(crate) async fn breakdown(scope: ReportScope, measure: String, dimension: String) -> Answer<Vec<Figure>> {
    let asked = GetBreakdownRequest { scope: Some(scope), measure, dimension };
    ask(report_service::GET_BREAKDOWN, asked).await.map(|answer| answer.figures)
}

/// A page of agents with their figures.
pub(crate) async fn agents(scope: ReportScope, page_token: String) -> Answer<GetAgentReportResponse> {
    let asked = GetAgentReportRequest { scope: Some(scope), page_size: 0, page_token };
    ask(report_service::GET_AGENT_REPORT, asked).await
}

/// What stands out, most urgent first, and the health.
pub(crate) async fn insights(scope: ReportScope) -> Answer<GetInsightsResponse> {
    ask(report_service::GET_INSIGHTS, GetInsightsRequest { scope: Some(scope) }).await
}
