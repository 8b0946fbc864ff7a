//! Drawing a workflow, publishing it, and which tickets run it then.

use crate::support::{Client, Desk, fresh, reason};
use mesh_core::{db::Engine, error::current_of};
use proto::{
    tickets::v1::Status,
    workflow::v1::{
        ArchiveWorkflowRequest, CreateWorkflowRequest, DiffVersionsRequest, FindingSeverity,
        GetWorkflowRequest, Graph, ListVersionsRequest, PauseWorkflowRequest, Presser,
        PublishWorkflowRequest, ReorderWorkflowsRequest, ResumeWorkflowRequest, Stage, Transition,
        TransitionKind, UpdateDraftRequest, ValidateDraftRequest, Workflow, WorkflowStatus, WorkflowView,
    },
};
use rstest::rstest;
use tonic::{Code, Response, Status as Refusal};
use tonic_types::StatusExt as _;

/// A stage without anything special.
pub(crate) fn stage(key: &str, label: &str, category: Status) -> Stage {
    let end = matches!(category, Status::Closed | Status::Rejected);
    Stage {
        key: key.into(),
        label: label.into(),
        category: category.into(),
        start: category == Status::New,
        end,
        ..Stage::default()
    }
}

/// A button for agents.
pub(crate) fn button(key: &str, from: &str, to: &str) -> Transition {
    Transition {
        key: key.into(),
        label: key.into(),
        from: vec![from.into()],
        to: to.into(),
        kind: TransitionKind::User.into(),
        pressers: vec![Presser::Agent.into()],
        ..Transition::default()
    }
}

/// Look, then done.
pub(crate) fn short() -> Graph {
    Graph {
        stages: vec![stage("look", "Look", Status::New), stage("done", "Done", Status::Closed)],
        transitions: vec![button("finish", "look", "done")],
    }
}

impl Client {
    pub(crate) async fn create(&self, name: &str, applies_to: &str) -> Workflow {
        let ask = CreateWorkflowRequest {
            request_id: fresh(),
            name: name.into(),
            applies_to: applies_to.into(),
            ..CreateWorkflowRequest::default()
        };
        self.workflows.clone().create_workflow(ask).await.expect("a draft").into_inner()
    }

    pub(crate) async fn try_draw(&self, workflow: &Workflow, graph: Graph) -> Result<Workflow, Refusal> {
        let ask = UpdateDraftRequest {
            workflow_id: workflow.id.clone(),
            etag: workflow.etag.clone(),
            update_mask: Some(prost_types::FieldMask { paths: vec!["graph".into()] }),
            graph: Some(graph),
            ..UpdateDraftRequest::default()
        };
        self.workflows.clone().update_draft(ask).await.map(Response::into_inner)
    }

    pub(crate) async fn try_publish(&self, workflow: &Workflow) -> Result<Workflow, Refusal> {
        let ask = PublishWorkflowRequest {
            workflow_id: workflow.id.clone(),
            etag: workflow.etag.clone(),
            request_id: fresh(),
            note: "As drawn.".into(),
        };
        self.workflows.clone().publish_workflow(ask).await.map(Response::into_inner)
    }

    /// A workflow that takes tickets by this rule.
    pub(crate) async fn published(&self, name: &str, applies_to: &str, graph: Graph) -> Workflow {
        let draft = self.create(name, applies_to).await;
        let drawn = self.try_draw(&draft, graph).await.expect("it is saved");
        self.try_publish(&drawn).await.expect("it is published")
    }

    async fn workflow(&self, id: &str) -> Workflow {
        let ask = GetWorkflowRequest { workflow_id: id.into(), view: WorkflowView::Full.into() };
        self.workflows.clone().get_workflow(ask).await.expect("it is there").into_inner()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_saved_with_its_errors_and_published_without_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let author = desk.administrator();
    let draft = author.create("Loans", "ticket.subject.contains(").await;
    assert_eq!((draft.status(), draft.live_version, draft.built_in), (WorkflowStatus::Draft, 0, false));
    let mut faulty = short();
    faulty.transitions[0].to = "moon".into();
    let drawn = author.try_draw(&draft, faulty.clone()).await.expect("errors and all");
    assert_eq!(author.workflow(&draft.id).await.draft, Some(faulty));

    let ask = ValidateDraftRequest { workflow_id: draft.id.clone(), graph: None };
    let found = author.workflows.clone().validate_draft(ask).await.expect("findings").into_inner().findings;
    assert!(found.iter().all(|finding| finding.severity() == FindingSeverity::Error));
    let refused = author.try_publish(&drawn).await.expect_err("it has errors");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "DRAFT_INVALID"));
    let violations = refused.get_details_bad_request().expect("violations").field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert!(fields.contains(&"applies_to") && fields.contains(&"draft.transitions[finish].to"), "{fields:?}");

    let ask = ValidateDraftRequest { workflow_id: draft.id.clone(), graph: Some(short()) };
    let found = author.workflows.clone().validate_draft(ask).await.expect("findings").into_inner().findings;
    assert_eq!(found.len(), 1, "only the rule is left: {found:?}");
    let ask = UpdateDraftRequest {
        workflow_id: draft.id.clone(),
        etag: drawn.etag.clone(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["graph".into(), "applies_to".into()] }),
        graph: Some(short()),
        applies_to: "ticket.subject.contains(\"loan\")".into(),
        ..UpdateDraftRequest::default()
    };
    let mended = author.workflows.clone().update_draft(ask).await.expect("saved").into_inner();
    let live = author.try_publish(&mended).await.expect("published");
    assert_eq!((live.status(), live.live_version), (WorkflowStatus::Live, 1));
    assert_eq!(live.live_applies_to, "ticket.subject.contains(\"loan\")");
    desk.world.settle().await;
    assert_eq!(desk.ear.names(&live.id), ["workflow.workflow.changed"; 4]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn publishing_makes_a_version_with_its_author_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let author = desk.administrator();
    let live = author.published("Loans", "", short()).await;
    assert_eq!(author.workflow(&live.id).await.draft, None, "nothing is being drawn any more");
    let again = author.try_publish(&live).await.expect_err("nothing was drawn");
    assert_eq!(reason(&again), "WRONG_WORKFLOW_STATE");
    let versions = ListVersionsRequest { workflow_id: live.id.clone(), ..ListVersionsRequest::default() };
    let versions = author.workflows.clone().list_versions(versions).await.expect("versions").into_inner();
    let [version] = &versions.versions[..] else { panic!("one version") };
    let (number, by, note) = (version.number, version.author_id.as_str(), version.note.as_str());
    assert_eq!((number, by, note), (1, author.id.as_str(), "As drawn."));
    assert_eq!((version.graph.as_ref(), version.checksum.len()), (Some(&short()), 64));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_workflow_whose_rule_holds_takes_the_ticket(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (author, department) = (desk.administrator(), desk.department());
    let requester = desk.requester();
    let fires = author.published("Fires", "ticket.subject.contains(\"fire\")", short()).await;
    let all = author
        .published("Everything there", &format!("ticket.department == \"{department}\""), short())
        .await;
    assert!(fires.order < all.order, "in the order in which they were made");
    let taken = async |subject: &str, department: &str| {
        let id = requester.file(department, subject).await.id;
        desk.world.settle().await;
        requester.run(&id).await
    };
    assert_eq!(taken("a fire", &department).await.workflow_id, fires.id);
    let other = taken("a flood", &department).await;
    assert_eq!((other.workflow_id.as_str(), other.stage_key.as_str()), (all.id.as_str(), "look"));
    assert_eq!(taken("a flood", &desk.department()).await.workflow_id, "wfl_simple");

    let ask = PauseWorkflowRequest { workflow_id: fires.id.clone(), etag: fires.etag.clone() };
    let paused = author.workflows.clone().pause_workflow(ask).await.expect("paused").into_inner();
    assert_eq!((paused.status(), paused.open_runs), (WorkflowStatus::Paused, 1));
    assert_eq!(taken("a fire", &department).await.workflow_id, all.id);
    let ask = ResumeWorkflowRequest { workflow_id: fires.id.clone(), etag: paused.etag };
    let live = author.workflows.clone().resume_workflow(ask).await.expect("resumed").into_inner();
    assert_eq!(taken("a fire", &department).await.workflow_id, fires.id);
    let ask = ArchiveWorkflowRequest { workflow_id: fires.id.clone(), etag: live.etag };
    let gone = author.workflows.clone().archive_workflow(ask).await.expect("archived").into_inner();
    assert_eq!((gone.status(), gone.open_runs), (WorkflowStatus::Archived, 2));
    assert_eq!(taken("a fire", &department).await.workflow_id, all.id);
    assert_eq!(author.create("fires", "").await.name, "fires", "the name is free again");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_drawn_counts_when_it_is_published_and_runs_stay_on_their_version(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (author, department) = (desk.administrator(), desk.department());
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let first = author.published("Loans", "", short()).await;
    let old = desk.file(&requester, &department).await.id;
    let mut longer = short();
    longer.stages.insert(1, stage("check", "Check", Status::Open));
    longer.transitions = vec![button("pass", "look", "check"), button("finish", "check", "done")];
    let drawn = author.try_draw(&first, longer.clone()).await.expect("saved");
    let before = desk.file(&requester, &department).await.id;
    assert_eq!(agent.run(&before).await.workflow_version, 1, "a drawing changes nothing");

    let ask = DiffVersionsRequest { workflow_id: first.id.clone(), from_version: 1, to_version: 0 };
    let said = author.workflows.clone().diff_versions(ask).await.expect("sentences").into_inner().differences;
    let said: Vec<_> = said.iter().map(|difference| difference.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "the stage “Check” is new",
            "the transition “pass” from “Look” to “Check” is new",
            "“finish” leaves from “Check” now",
        ]
    );
    let second = author.try_publish(&drawn).await.expect("published");
    assert_eq!(second.live_version, 2);
    let new = desk.file(&requester, &department).await.id;
    assert_eq!((agent.run(&new).await.workflow_version, agent.run(&old).await.workflow_version), (2, 1));
    assert_eq!(agent.press(&old, "finish", "").await.category(), Status::Closed);
    assert_eq!(agent.press(&new, "pass", "").await.stage_key, "check");

    let saved = author.try_draw(&second, longer).await.expect("saved");
    assert_eq!(author.workflow(&saved.id).await.draft, None, "what is published is no draft");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_example_is_copied_and_not_changed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (author, department) = (desk.administrator(), desk.department());
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let example = author.workflow("wfl_it_support").await;
    let refused = author.try_draw(&example, short()).await.expect_err("it ships with the program");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "BUILT_IN"));
    let ask = ResumeWorkflowRequest { workflow_id: example.id.clone(), etag: example.etag.clone() };
    let refused = author.workflows.clone().resume_workflow(ask).await.expect_err("an example takes nothing");
    assert_eq!(reason(&refused), "BUILT_IN");

    let ask = CreateWorkflowRequest {
        request_id: fresh(),
        name: "Our support".into(),
        copy_of_id: example.id.clone(),
        ..CreateWorkflowRequest::default()
    };
    let copy = author.workflows.clone().create_workflow(ask.clone()).await.expect("copied").into_inner();
    let again = author.workflows.clone().create_workflow(ask).await.expect("answered as before").into_inner();
    assert_eq!(copy, again);
    author.try_publish(&copy).await.expect("as it is");
    let id = desk.file(&requester, &department).await.id;
    for (key, stage) in [("accept", "resolve"), ("back_to_triage", "triage"), ("accept", "resolve")] {
        assert_eq!(agent.press(&id, key, "Seen.").await.stage_key, stage);
    }
    for (key, stage) in [("resolve", "finalize"), ("back_to_resolve", "resolve"), ("resolve", "finalize")] {
        assert_eq!(agent.press(&id, key, "Seen.").await.stage_key, stage, "the same person goes on");
    }
    assert_eq!(agent.press(&id, "finalize", "Works.").await.category(), Status::Resolved);
    assert_eq!(requester.press(&id, "reopen", "No.").await.stage_key, "resolve");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn names_are_their_own_and_old_etags_are_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let author = desk.administrator();
    let draft = author.create("Loans", "").await;
    let ask = CreateWorkflowRequest {
        request_id: fresh(),
        name: " LOANS ".into(),
        ..CreateWorkflowRequest::default()
    };
    let refused = author.workflows.clone().create_workflow(ask).await.expect_err("the name is taken");
    assert_eq!(refused.code(), Code::AlreadyExists);
    let ask = CreateWorkflowRequest {
        request_id: fresh(),
        name: " ".into(),
        applies_to: "x".repeat(2001),
        ..CreateWorkflowRequest::default()
    };
    let refused = author.workflows.clone().create_workflow(ask).await.expect_err("nonsense");
    assert_eq!(refused.get_details_bad_request().expect("violations").field_violations.len(), 2);

    let drawn = author.try_draw(&draft, short()).await.expect("saved");
    let stale = author.try_draw(&draft, short()).await.expect_err("somebody was faster");
    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert_eq!(current_of::<Workflow>(&stale), Some(drawn.clone()));
    let blind = Workflow { etag: String::new(), ..drawn };
    let refused = author.try_draw(&blind, short()).await.expect_err("a person reads first");
    assert_eq!(reason(&refused), "ETAG_REQUIRED");
    let department = desk.department();
    let agent = desk.agent(&department).await;
    let refused = agent.try_draw(&blind, short()).await.expect_err("agents draw nothing");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let ask = UpdateDraftRequest {
        workflow_id: draft.id.clone(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["order".into()] }),
        ..UpdateDraftRequest::default()
    };
    let program = desk.program();
    let refused = program.workflows.clone().update_draft(ask).await.expect_err("not to be changed");
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_put_their_workflows_in_an_order_and_the_list_says_who_published_each(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let author = desk.administrator();
    let first = author.published("First", "", short()).await;
    let second = author.create("Second", "").await;
    let order = async |ids: &[&str]| {
        let workflow_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        author.workflows.clone().reorder_workflows(ReorderWorkflowsRequest { workflow_ids }).await
    };
    let answer = order(&[&second.id, &first.id]).await.expect("another order").into_inner();
    let ids: Vec<_> = answer.workflows.iter().map(|workflow| workflow.id.as_str()).collect();
    assert_eq!(ids, [&second.id, &first.id]);
    assert!(answer.workflows[0].author_id.is_empty() && !answer.workflows[1].author_id.is_empty());
    assert_eq!(answer.workflows[1].etag, first.etag, "whoever draws meanwhile goes on drawing");

    for wrong in [&[first.id.as_str()][..], &[&first.id, &second.id, "wfl_simple"], &[&first.id, &first.id]] {
        let refused = order(wrong).await.expect_err("not each of them once");
        assert_eq!(reason(&refused), "INVALID_FIELDS");
    }
}
