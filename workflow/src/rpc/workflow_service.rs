//! `WorkflowService`: reading definitions. Drawing and publishing them is not built yet.

use mesh_core::{
    caller::{self, Caller},
    error::{Error, Result},
    page,
    policy::{self, Action},
};
use proto::workflow::v1::{
    GetWorkflowRequest, ListVersionsRequest, ListVersionsResponse, ListWorkflowsRequest,
    ListWorkflowsResponse, Workflow as Wire, workflow_service_server::WorkflowService,
};
use tonic::{Request, Response, Status};

use super::cut;
use crate::{store::definitions, workflow::Workflow};

/// Rows a page has when nothing was asked.
const PAGE: i32 = 50;

/// The service.
#[derive(Debug)]
pub(super) struct Definitions(pub(super) Workflow);

#[tonic::async_trait]
impl WorkflowService for Definitions {
    async fn list_workflows(
        &self,
        request: Request<ListWorkflowsRequest>,
    ) -> Result<Response<ListWorkflowsResponse>, Status> {
        let (caller, ask) = opened(request)?;
        let query = ListWorkflowsRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let after = self.0.pages.open(&caller, &query, &ask.page_token)?.unwrap_or((i32::MIN, String::new()));
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let mut workflows = definitions::workflows(&mut conn, after, ask.show_archived, size + 1).await?;
        let next_page_token = match cut(&mut workflows, size) {
            Some(last) => self.0.pages.seal(&caller, &query, &(last.order, &last.id))?,
            None => String::new(),
        };
        Ok(Response::new(ListWorkflowsResponse { workflows, next_page_token }))
    }

    async fn get_workflow(&self, request: Request<GetWorkflowRequest>) -> Result<Response<Wire>, Status> {
        let (_, ask) = opened(request)?;
        let mut conn = self.0.read().await?;
        let workflow = definitions::workflow(&mut conn, &ask.workflow_id).await?;
        Ok(Response::new(workflow.ok_or_else(|| Error::not_found("workflow", &ask.workflow_id))?))
    }

    async fn list_versions(
        &self,
        request: Request<ListVersionsRequest>,
    ) -> Result<Response<ListVersionsResponse>, Status> {
        let (caller, ask) = opened(request)?;
        let query = ListVersionsRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let before = self.0.pages.open(&caller, &query, &ask.page_token)?.unwrap_or(i32::MAX);
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let workflow = definitions::workflow(&mut conn, &ask.workflow_id).await?;
        workflow.ok_or_else(|| Error::not_found("workflow", &ask.workflow_id))?;
        let mut versions = definitions::versions(&mut conn, &ask.workflow_id, before, size + 1).await?;
        let next_page_token = match cut(&mut versions, size) {
            Some(last) => self.0.pages.seal(&caller, &query, &last.number)?,
            None => String::new(),
        };
        Ok(Response::new(ListVersionsResponse { versions, next_page_token }))
    }
}

/// Definitions belong to no department: whoever may read them anywhere may read all of them.
fn opened<T>(request: Request<T>) -> Result<(Caller, T)> {
    let (caller, ask) = caller::open(request)?;
    policy::check_somewhere(&caller, Action::WorkflowRead)?;
    Ok((caller, ask))
}
