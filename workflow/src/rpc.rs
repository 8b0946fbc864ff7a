//! The methods of this service. One that is not built yet answers `UNIMPLEMENTED` by the contract's default.

mod access;
mod automation_service;
mod bulk;
mod call;
mod decide;
mod decline;
mod draw;
mod escalate;
mod family;
mod hand;
mod migrate;
mod profiles;
mod publish;
mod queues;
mod report_service;
mod reports;
mod routing_service;
mod run_service;
mod set_aside;
mod simulate;
mod sla_service;
mod transition;
mod workflow_service;

use proto::workflow::v1::{
    automation_service_server::AutomationServiceServer, report_service_server::ReportServiceServer,
    routing_service_server::RoutingServiceServer, run_service_server::RunServiceServer,
    sla_service_server::SlaServiceServer, workflow_service_server::WorkflowServiceServer,
};
use tonic::service::RoutesBuilder;

use crate::workflow::Workflow;

/// Adds every gRPC service of this package.
pub(crate) fn add_to(routes: &mut RoutesBuilder, workflow: &Workflow) {
    routes
        .add_service(WorkflowServiceServer::new(workflow_service::Definitions(workflow.clone())))
        .add_service(RunServiceServer::new(run_service::Runs(workflow.clone())))
        .add_service(RoutingServiceServer::new(routing_service::Routing(workflow.clone())))
        .add_service(SlaServiceServer::new(sla_service::Levels(workflow.clone())))
        .add_service(AutomationServiceServer::new(automation_service::Automations(workflow.clone())))
        .add_service(ReportServiceServer::new(report_service::Reports(workflow.clone())));
}

/// Cuts a list that was read one row too far down to a page; answers the row the next page begins after, if there is one.
fn cut<T>(rows: &mut Vec<T>, size: i64) -> Option<&T> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if rows.len() <= size {
        return None;
    }
    rows.truncate(size);
    rows.last()
}
