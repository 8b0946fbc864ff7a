//! Runs that go on in another version or another workflow, and drafts that are tried on tickets first.

use crate::{
    drawing::{button, short, stage},
    support::{Client, Desk, fresh, reason},
};
use mesh_core::db::Engine;
use proto::{
    tickets::v1::{Status, timeline_entry::What},
    workflow::v1::{
        Graph, Guard, MigrateRunsRequest, MigrateRunsResponse, MoveToWorkflowRequest, Run,
        SimulateDraftRequest, Workflow, run_history_entry::Change,
    },
};
use rstest::rstest;
use tonic::{Code, Response, Status as Refusal};

/// Look, check, done.
fn longer() -> Graph {
    let mut graph = short();
    graph.stages[0].key = "see".into();
    graph.stages.insert(1, stage("check", "Check", Status::Open));
    graph.transitions = vec![button("pass", "see", "check"), button("finish", "check", "done")];
    graph
}

/// A workflow with two versions; its runs of the first have to go elsewhere.
async fn two_versions(author: &Client) -> (Workflow, impl AsyncFnOnce() -> Workflow) {
    let first = author.published("Loans", "", short()).await;
    let (author, before) = (author.clone(), first.clone());
    let publish = async move || {
        let drawn = author.try_draw(&before, longer()).await.expect("saved");
        author.try_publish(&drawn).await.expect("published")
    };
    (first, publish)
}

impl Client {
    async fn migrate(&self, ask: MigrateRunsRequest) -> Result<MigrateRunsResponse, Refusal> {
        self.workflows.clone().migrate_runs(ask).await.map(Response::into_inner)
    }

    async fn move_to(&self, ticket_id: &str, workflow_id: &str, stage_key: &str) -> Result<Run, Refusal> {
        let ask = MoveToWorkflowRequest {
            request_id: fresh(),
            ticket_id: ticket_id.into(),
            etag: self.run(ticket_id).await.etag,
            workflow_id: workflow_id.into(),
            stage_key: stage_key.into(),
            reason: "It is a loan.".into(),
        };
        self.runs.clone().move_to_workflow(ask).await.map(Response::into_inner)
    }
}

fn migration(workflow: &Workflow, stages: &[(&str, &str)], dry_run: bool) -> MigrateRunsRequest {
    MigrateRunsRequest {
        request_id: fresh(),
        workflow_id: workflow.id.clone(),
        from_version: 1,
        to_version: 2,
        stages: stages.iter().map(|&(from, to)| (from.into(), to.into())).collect(),
        dry_run,
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn runs_go_on_in_another_version_when_every_stage_has_a_target(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (author, department) = (desk.administrator(), desk.department());
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let (workflow, publish) = two_versions(&author).await;
    let open = desk.file(&requester, &department).await.id;
    let over = desk.file(&requester, &department).await.id;
    agent.press(&over, "finish", "").await;
    publish().await;

    let refused = author.migrate(migration(&workflow, &[], true)).await.expect_err("look is gone");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "STAGE_MAP_INCOMPLETE")
    );
    assert_eq!(refused.message(), "these stages have no target; name one for each: “Look” (look)");
    let refused = author.migrate(migration(&workflow, &[("look", "done")], true)).await.expect_err("an end");
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    let tried = author.migrate(migration(&workflow, &[("look", "check")], true)).await.expect("a dry run");
    assert_eq!((tried.runs, tried.by_stage["look"], tried.time), (1, 1, None));
    assert_eq!(agent.run(&open).await.workflow_version, 1, "nothing happened");

    let ask = migration(&workflow, &[("look", "check")], false);
    let done = author.migrate(ask.clone()).await.expect("recorded");
    assert_eq!(author.migrate(ask).await.expect("answered as before"), done);
    desk.world.settle().await;
    let run = agent.run(&open).await;
    assert_eq!((run.workflow_version, run.stage_key.as_str(), run.category()), (2, "check", Status::Open));
    assert_eq!(agent.run(&over).await.workflow_version, 1, "what is over stays");
    let ticket = requester.ticket(&open).await;
    assert_eq!((ticket.status(), ticket.stage.expect("a stage").label.as_str()), (Status::Open, "Check"));
    let history = agent.history(&open).await;
    let last = history.last().expect("an entry");
    let Some(Change::Migrated(migrated)) = &last.change else { panic!("a migration, not {last:?}") };
    assert_eq!((migrated.from_stage_label.as_str(), migrated.to_version), ("Look", 2));
    assert_eq!(last.actor.as_ref().expect("somebody").user_id, author.id);
    let told = requester.timeline(&open).await.into_iter().filter(|entry| {
        matches!(&entry.what, Some(What::StageMove(moved)) if moved.from.as_ref().is_some_and(|from| from.label == "Look"))
    });
    assert_eq!(told.count(), 1);
    assert_eq!(agent.press(&open, "finish", "").await.category(), Status::Closed);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_moved_to_another_workflow_into_a_stage_of_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (author, department) = (desk.administrator(), desk.department());
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let loans = author.published("Loans", "ticket.subject == \"a loan\"", longer()).await;
    let id = desk.file(&requester, &department).await.id;
    let refused = author.move_to(&id, &loans.id, "moon").await.expect_err("no such stage");
    assert_eq!(reason(&refused), "STAGE_MAP_INCOMPLETE");
    assert!(refused.message().ends_with("name one of see, check, done"), "{}", refused.message());
    let refused = author.move_to(&id, &loans.id, "done").await.expect_err("an end");
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    let refused = author.move_to(&id, "wfl_simple", "open").await.expect_err("it runs that one");
    assert_eq!(reason(&refused), "NOTHING_TO_CHANGE");
    assert_eq!(
        agent.move_to(&id, &loans.id, "check").await.expect_err("no agent's").code(),
        Code::PermissionDenied
    );

    let moved = author.move_to(&id, &loans.id, "check").await.expect("moved");
    assert_eq!((moved.workflow_id.as_str(), moved.stage_key.as_str()), (loans.id.as_str(), "check"));
    assert_eq!(moved.assignee_id, agent.id, "whoever has it keeps it");
    desk.world.settle().await;
    assert_eq!(requester.ticket(&id).await.stage.expect("a stage").key, "check");
    assert_eq!(agent.press(&id, "finish", "").await.category(), Status::Closed);
    let refused = author.move_to(&id, "wfl_simple", "open").await.expect_err("it is over");
    assert_eq!(reason(&refused), "RUN_ENDED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_tried_on_recent_tickets_before_it_counts(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (author, department) = (desk.administrator(), desk.department());
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let workflow = author.published("Loans", "ticket.subject.contains(\"fire\")", short()).await;
    let finished = desk.file(&requester, &department).await;
    agent.press(&finished.id, "finish", "").await;
    let waiting = desk.file(&requester, &department).await;
    requester.file(&department, "a flood").await;
    desk.world.settle().await;

    let mut guarded = short();
    let high =
        Guard { rule: "ticket.priority == \"HIGH\"".into(), message: "raise it".into(), ..Guard::default() };
    guarded.transitions[0].guards = vec![high];
    author.try_draw(&workflow, guarded).await.expect("saved");
    let ask = SimulateDraftRequest { workflow_id: workflow.id.clone(), tickets: 0 };
    let tried = author.workflows.clone().simulate_draft(ask).await.expect("tried").into_inner();
    assert_eq!(tried.replayed, 3);
    let [differs] = &tried.differences[..] else { panic!("one ticket, not {tried:?}") };
    assert_eq!((&differs.ticket_id, &differs.ticket_number), (&finished.id, &finished.number));
    assert_eq!(differs.differences, ["“finish” would be refused: raise it"]);
    assert_eq!(agent.run(&waiting.id).await.workflow_version, 1);

    let everything = author.create("Everything", "").await;
    let drawn = author.try_draw(&everything, short()).await.expect("saved");
    let ask = SimulateDraftRequest { workflow_id: drawn.id, tickets: 10 };
    let tried = author.workflows.clone().simulate_draft(ask.clone()).await.expect("tried").into_inner();
    let said: Vec<_> = tried.differences.iter().flat_map(|ticket| &ticket.differences).collect();
    assert_eq!(said, ["this workflow would take it"], "the flood, which runs Simple");
    let ask = SimulateDraftRequest { tickets: 1001, ..ask };
    let refused = author.workflows.clone().simulate_draft(ask).await.expect_err("too many");
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}
