//! Reading definitions and histories.

use crate::support::Desk;
use mesh_core::db::Engine;
use proto::workflow::v1::{
    GetHistoryRequest, GetWorkflowRequest, ListVersionsRequest, ListWorkflowsRequest, WorkflowStatus,
};
use rstest::rstest;
use tonic::Code;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn simple_is_there_with_its_version_and_its_runs(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    desk.file(&desk.requester(), &department).await;

    let mut workflows = agent.workflows.clone();
    let listed =
        workflows.list_workflows(ListWorkflowsRequest::default()).await.expect("a list").into_inner();
    let [examples @ .., simple] = &listed.workflows[..] else { panic!("workflows, not {listed:?}") };
    let names: Vec<_> = examples.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        ["Asset Check In", "Asset Check Out", "New Budget Proposal", "IT Support", "Software Installation"]
    );
    assert!(examples.iter().all(|one| one.built_in && one.status() == WorkflowStatus::Paused));
    assert_eq!(
        (simple.id.as_str(), simple.status(), simple.built_in),
        ("wfl_simple", WorkflowStatus::Live, true)
    );
    assert_eq!((simple.live_version, simple.open_runs, listed.next_page_token.as_str()), (2, 1, ""));
    let ask = GetWorkflowRequest { workflow_id: "wfl_simple".into(), ..GetWorkflowRequest::default() };
    assert_eq!(&workflows.get_workflow(ask).await.expect("it is there").into_inner(), simple);

    let ask = ListVersionsRequest { workflow_id: "wfl_simple".into(), ..ListVersionsRequest::default() };
    let versions = workflows.list_versions(ask).await.expect("versions").into_inner().versions;
    assert_eq!((versions.len(), versions[0].number, versions[0].checksum.len()), (2, 2, 64));
    assert_eq!(versions[0].graph.as_ref().map(|graph| graph.stages.len()), Some(8));

    let ask = GetWorkflowRequest { workflow_id: "wfl_none".into(), ..GetWorkflowRequest::default() };
    assert_eq!(workflows.get_workflow(ask).await.expect_err("there is none").code(), Code::NotFound);
    let refused = desk.requester().workflows.clone().list_workflows(ListWorkflowsRequest::default()).await;
    assert_eq!(refused.expect_err("requesters draw nothing").code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn history_comes_in_pages_to_the_staff_only(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;
    agent.press(&id, "start", "").await;

    let whole = agent.history(&id).await;
    let mut ask = GetHistoryRequest { ticket_id: id, page_size: 1, ..GetHistoryRequest::default() };
    let mut paged = vec![];
    loop {
        let page = agent.runs.clone().get_history(ask.clone()).await.expect("a page").into_inner();
        assert_eq!(page.entries.len(), 1);
        paged.extend(page.entries);
        if page.next_page_token.is_empty() {
            break;
        }
        ask.page_token = page.next_page_token;
    }
    paged.reverse();
    assert_eq!((whole.len(), &paged), (3, &whole));
    let refused =
        requester.runs.clone().get_history(GetHistoryRequest { page_token: String::new(), ..ask }).await;
    assert_eq!(refused.expect_err("it is the staff's").code(), Code::PermissionDenied);
}
