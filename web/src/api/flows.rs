//! Workflows: drawing them, trying them, publishing them.

use proto::workflow::v1::{
    ArchiveWorkflowRequest, CreateWorkflowRequest, DiffVersionsRequest, Finding, GetWorkflowRequest, Graph,
    ListVersionsRequest, ListWorkflowsRequest, MigrateRunsRequest, MigrateRunsResponse, PauseWorkflowRequest,
    PublishWorkflowRequest, ReorderWorkflowsRequest, ResumeWorkflowRequest, SimulateDraftRequest,
    SimulateDraftResponse, UpdateDraftRequest, ValidateDraftRequest, Version, VersionDifference, Workflow,
    WorkflowView, workflow_service,
};

use super::{Answer, ask, last_call};

/// As many as a page can have.
const ALL: i32 = 200;

/// Every workflow in its order, without graphs; the archived ones too when asked for.
pub(crate) async fn list(show_archived: bool) -> Answer<Vec<Workflow>> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked = ListWorkflowsRequest { page_size: ALL, page_token, show_archived };
        let answer = ask(workflow_service::LIST_WORKFLOWS, asked).await?;
        all.extend(answer.workflows);
        if answer.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = answer.next_page_token;
    }
}

/// A workflow, and what is drawn: the draft, or the live version while nothing was drawn since.
pub(crate) async fn drawn(workflow_id: String) -> Answer<(Workflow, Graph)> {
    let view = WorkflowView::Full.into();
    let asked = GetWorkflowRequest { workflow_id: workflow_id.clone(), view };
    let mut workflow = ask(workflow_service::GET_WORKFLOW, asked).await?;
    let graph = match workflow.draft.take() {
        Some(graph) => graph,
        None if workflow.live_version == 0 => Graph::default(),
        None => {
            let newest = ListVersionsRequest { workflow_id, page_size: 1, page_token: String::new() };
            let mut versions = ask(workflow_service::LIST_VERSIONS, newest).await?.versions;
            versions.pop().and_then(|version| version.graph).unwrap_or_default()
        }
    };
    Ok((workflow, graph))
}

/// Makes a draft, empty or copied; the same `request_id` never makes it twice.
pub(crate) async fn create(asked: CreateWorkflowRequest) -> Answer<Workflow> {
    ask(workflow_service::CREATE_WORKFLOW, asked).await
}

/// Keeps the named parts of a draft.
pub(crate) async fn keep(asked: UpdateDraftRequest) -> Answer<Workflow> {
    ask(workflow_service::UPDATE_DRAFT, asked).await
}

/// Keeps them when the page is about to go.
pub(crate) fn keep_at_last(asked: &UpdateDraftRequest) {
    last_call(workflow_service::UPDATE_DRAFT, asked);
}

/// What publishing this graph would refuse or warn about.
pub(crate) async fn validate(workflow_id: String, graph: Graph) -> Answer<Vec<Finding>> {
    let asked = ValidateDraftRequest { workflow_id, graph: Some(graph) };
    ask(workflow_service::VALIDATE_DRAFT, asked).await.map(|answer| answer.findings)
}

/// What would differ for so many recent tickets.
pub(crate) async fn simulate(workflow_id: String, tickets: i32) -> Answer<SimulateDraftResponse> {
    ask(workflow_service::SIMULATE_DRAFT, SimulateDraftRequest { workflow_id, tickets }).await
}

/// Makes the draft the live version; the same `request_id` never does it twice.
pub(crate) async fn publish(workflow: &Workflow, note: String, request_id: String) -> Answer<Workflow> {
    let (workflow_id, etag) = (workflow.id.clone(), workflow.etag.clone());
    let asked = PublishWorkflowRequest { workflow_id, etag, request_id, note };
    ask(workflow_service::PUBLISH_WORKFLOW, asked).await
}

/// Takes no new tickets from now on.
pub(crate) async fn pause(workflow: &Workflow) -> Answer<Workflow> {
    let asked = PauseWorkflowRequest { workflow_id: workflow.id.clone(), etag: workflow.etag.clone() };
    ask(workflow_service::PAUSE_WORKFLOW, asked).await
}

/// Takes new tickets again.
pub(crate) async fn resume(workflow: &Workflow) -> Answer<Workflow> {
    let asked = ResumeWorkflowRequest { workflow_id: workflow.id.clone(), etag: workflow.etag.clone() };
    ask(workflow_service::RESUME_WORKFLOW, asked).await
}

/// Takes a workflow out of use.
pub(crate) async fn archive(workflow: &Workflow) -> Answer<Workflow> {
    let asked = ArchiveWorkflowRequest { workflow_id: workflow.id.clone(), etag: workflow.etag.clone() };
    ask(workflow_service::ARCHIVE_WORKFLOW, asked).await
}

/// Puts all workflows that people made in this order.
pub(crate) async fn reorder(workflow_ids: Vec<String>) -> Answer<Vec<Workflow>> {
    let asked = ReorderWorkflowsRequest { workflow_ids };
    ask(workflow_service::REORDER_WORKFLOWS, asked).await.map(|answer| answer.workflows)
}

/// The published versions, newest first: those on the page behind the token, and the token of the next.
pub(crate) async fn versions(workflow_id: String, page_token: String) -> Answer<(Vec<Version>, String)> {
    let asked = ListVersionsRequest { workflow_id, page_size: 0, page_token };
    let answer = ask(workflow_service::LIST_VERSIONS, asked).await?;
    Ok((answer.versions, answer.next_page_token))
}

/// How two versions differ; 0 is the draft.
pub(crate) async fn differences(
    workflow_id: String,
    from_version: i32,
    to_version: i32,
) -> Answer<Vec<VersionDifference>> {
    let asked = DiffVersionsRequest { workflow_id, from_version, to_version };
    ask(workflow_service::DIFF_VERSIONS, asked).await.map(|answer| answer.differences)
}

/// Moves running tickets to another version, or says what would happen.
pub(crate) async fn migrate(asked: MigrateRunsRequest) -> Answer<MigrateRunsResponse> {
    ask(workflow_service::MIGRATE_RUNS, asked).await
}
