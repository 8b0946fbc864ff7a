//! `WorkflowService`: definitions. Reading them is here, drawing in `draw`, publishing in `publish`.

use mesh_core::{
    caller::{self, Caller},
    error::Result,
    page,
    policy::{self, Action},
};
use proto::workflow::v1::{
    ArchiveWorkflowRequest, CreateWorkflowRequest, DiffVersionsRequest, DiffVersionsResponse,
    GetWorkflowRequest, ListVersionsRequest, ListVersionsResponse, ListWorkflowsRequest,
    ListWorkflowsResponse, MigrateRunsRequest, MigrateRunsResponse, PauseWorkflowRequest,
    PublishWorkflowRequest, ReorderWorkflowsRequest, ReorderWorkflowsResponse, ResumeWorkflowRequest,
    SimulateDraftRequest, SimulateDraftResponse, UpdateDraftRequest, ValidateDraftRequest,
    ValidateDraftResponse, Workflow as Wire, WorkflowStatus, WorkflowView,
    workflow_service_server::WorkflowService,
};
use tonic::{Request, Response, Status};

use super::{cut, draw::known};
use crate::{
    store::{definitions, drafts},
    workflow::Workflow,
};

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
        let mut workflow = known(&mut conn, &ask.workflow_id).await?;
        if ask.view() == WorkflowView::Full {
            workflow.draft = drafts::draft(&mut conn, &workflow.id).await?;
        }
        Ok(Response::new(workflow))
    }

    async fn create_workflow(
        &self,
        request: Request<CreateWorkflowRequest>,
    ) -> Result<Response<Wire>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.create(&caller, ask).await?))
    }

    async fn update_draft(&self, request: Request<UpdateDraftRequest>) -> Result<Response<Wire>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.update_draft(&caller, ask).await?))
    }

    async fn validate_draft(
        &self,
        request: Request<ValidateDraftRequest>,
    ) -> Result<Response<ValidateDraftResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.validate_draft(&caller, ask).await?))
    }

    async fn publish_workflow(
        &self,
        request: Request<PublishWorkflowRequest>,
    ) -> Result<Response<Wire>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.publish(&caller, ask).await?))
    }

    async fn pause_workflow(&self, request: Request<PauseWorkflowRequest>) -> Result<Response<Wire>, Status> {
        let (caller, ask) = caller::open(request)?;
        let which = (ask.workflow_id.as_str(), ask.etag.as_str());
        Ok(Response::new(self.0.set_status(&caller, which, WorkflowStatus::Paused).await?))
    }

    async fn resume_workflow(
        &self,
        request: Request<ResumeWorkflowRequest>,
    ) -> Result<Response<Wire>, Status> {
        let (caller, ask) = caller::open(request)?;
        let which = (ask.workflow_id.as_str(), ask.etag.as_str());
        Ok(Response::new(self.0.set_status(&caller, which, WorkflowStatus::Live).await?))
    }

    async fn archive_workflow(
        &self,
        request: Request<ArchiveWorkflowRequest>,
    ) -> Result<Response<Wire>, Status> {
        let (caller, ask) = caller::open(request)?;
        let which = (ask.workflow_id.as_str(), ask.etag.as_str());
        Ok(Response::new(self.0.set_status(&caller, which, WorkflowStatus::Archived).await?))
    }

    async fn reorder_workflows(
        &self,
        request: Request<ReorderWorkflowsRequest>,
    ) -> Result<Response<ReorderWorkflowsResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.reorder(&caller, &ask).await?))
    }

    async fn diff_versions(
        &self,
        request: Request<DiffVersionsRequest>,
    ) -> Result<Response<DiffVersionsResponse>, Status> {
        let (_, ask) = opened(request)?;
        Ok(Response::new(self.0.diff_versions(&ask).await?))
    }

    async fn simulate_draft(
        &self,
        request: Request<SimulateDraftRequest>,
    ) -> Result<Response<SimulateDraftResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.simulate_draft(&caller, &ask).await?))
    }

    async fn migrate_runs(
        &self,
        request: Request<MigrateRunsRequest>,
    ) -> Result<Response<MigrateRunsResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        Ok(Response::new(self.0.migrate_runs(&caller, ask).await?))
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
        known(&mut conn, &ask.workflow_id).await?;
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
