//! What workflow writes on tickets.

use mesh_core::{db::Engine, error::reason_of};
use proto::{
    identity::v1::{Actor, ActorKind},
    tickets::v1::{
        Assignment, ProjectRunRequest, Stage, StageMove, Status, TimelineEntry,
        projection_service_client::ProjectionServiceClient, timeline_entry::What,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, run, wrong_fields};

const FIRST: &str = "run_01h455vb4pex5vsknk084sn02q";
const LATER: &str = "run_01j455vb4pex5vsknk084sn02q";

fn moved(desk: &Desk, to: &str) -> TimelineEntry {
    let stage = |key: &str| Some(Stage { key: key.into(), label: key.to_uppercase() });
    TimelineEntry {
        id: desk.id("his"),
        time: Some(mesh_core::clock::to_proto(desk.world.process().clock.now())),
        cause: "somebody pressed".into(),
        what: Some(What::StageMove(StageMove {
            from: stage("new"),
            to: stage(to),
            status: Status::Open.into(),
            transition: "Open".into(),
        })),
        ..TimelineEntry::default()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_shows_on_its_ticket_and_in_the_timeline(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (requester, agent) = (desk.requester(), desk.requester());
    let ticket = requester.file(&desk.department(), "Printer").await;
    desk.later().await;
    let actor = Actor { kind: ActorKind::Person.into(), user_id: agent.id.clone(), ..Actor::default() };
    let assigned = TimelineEntry {
        id: desk.id("his"),
        internal: true,
        what: Some(What::Assignment(Assignment { to_id: agent.id.clone(), ..Assignment::default() })),
        ..moved(&desk, "open")
    };
    let ask = ProjectRunRequest {
        actor: Some(actor.clone()),
        entries: vec![moved(&desk, "open"), assigned],
        ..run(&ticket.id, FIRST, 1, Status::Open, &agent.id)
    };
    let placed = desk.project(ask).await.expect("projects");
    assert_eq!(
        (placed.status(), placed.assignee_id.as_str(), placed.run_version),
        (Status::Open, agent.id.as_str(), 1)
    );
    assert_eq!(agent.all().await, [ticket.id.as_str()], "an assignee sees his ticket");
    let timeline = agent.timeline(&ticket).await.expect("timeline");
    assert_eq!(timeline.len(), 3);
    assert_eq!(requester.timeline(&ticket).await.expect("timeline").len(), 2, "why he got it is the staff's");
    assert!(
        timeline[1..]
            .iter()
            .all(|entry| entry.actor == Some(actor.clone()) && entry.cause == "somebody pressed")
    );
    desk.world.settle().await;
    let heard = desk.ear.heard();
    assert_eq!(desk.ear.names(), ["tickets.ticket.created", "tickets.ticket.changed"]);
    assert_eq!(heard[1].actor, Some(actor));
    assert!(heard[1].audience.as_ref().expect("an audience").user_ids.contains(&agent.id));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn old_news_is_dropped_and_entries_come_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "Printer").await;
    let entry = moved(&desk, "open");
    let with_entry = |version, status| ProjectRunRequest {
        entries: vec![entry.clone()],
        ..run(&ticket.id, FIRST, version, status, "")
    };
    let placed = desk.project(with_entry(2, Status::Open)).await.expect("projects");
    for (version, status) in [(2, Status::Open), (1, Status::Resolved)] {
        let same = desk.project(with_entry(version, status)).await.expect("is dropped");
        assert_eq!((same.status(), &same.etag), (Status::Open, &placed.etag));
    }
    assert_eq!(requester.timeline(&ticket).await.expect("timeline").len(), 2);
    desk.world.settle().await;
    assert_eq!(desk.ear.names().len(), 2);
    let restarted =
        desk.project(run(&ticket.id, LATER, 1, Status::New, "")).await.expect("a later run begins at 1");
    assert_eq!(restarted.status(), Status::New);
    let old = desk.project(run(&ticket.id, FIRST, 9, Status::Closed, "")).await.expect("is dropped");
    assert_eq!(old.status(), Status::New);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn due_times_change_between_two_versions_of_a_run_and_never_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "Printer").await;
    let due = Some(mesh_core::clock::to_proto(desk.world.process().clock.now()));
    let heard = |clock_version, response_due_time| ProjectRunRequest {
        clock_version,
        response_due_time,
        ..run(&ticket.id, FIRST, 1, Status::Open, "")
    };
    assert_eq!(desk.project(heard(1, due)).await.expect("projects").response_due_time, due);
    assert_eq!(desk.project(heard(2, None)).await.expect("projects").response_due_time, None);
    assert_eq!(desk.project(heard(1, due)).await.expect("is dropped").response_due_time, None);
    let next = ProjectRunRequest { run_version: 2, ..heard(2, due) };
    assert_eq!(desk.project(next).await.expect("projects").response_due_time, due);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn times_follow_the_status(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "Printer").await;
    let mut version = 0;
    let mut place = async |status| {
        desk.later().await;
        version += 1;
        desk.place(&ticket, version, status, "").await
    };
    let open = place(Status::Open).await;
    assert_eq!((open.resolve_time, open.close_time, open.reopen_count), (None, None, 0));
    let resolved = place(Status::Resolved).await;
    assert_eq!(resolved.resolve_time, resolved.update_time);
    let closed = place(Status::Closed).await;
    assert_eq!((closed.resolve_time, closed.close_time), (resolved.resolve_time, closed.update_time));
    let reopened = place(Status::Open).await;
    assert_eq!((reopened.resolve_time, reopened.close_time, reopened.reopen_count), (None, None, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_mesh_may_project_and_only_sense(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let administrator = desk.administrator();
    let ticket = administrator.file(&desk.department(), "Printer").await;
    let ask = run(&ticket.id, FIRST, 1, Status::Open, "");
    let token = desk.world.person(&administrator.id).administrator().token();
    let nowhere = ProjectRunRequest { stage: None, actor: None, status: 0, ..ask.clone() };
    let nonsense = ProjectRunRequest { run_version: 0, clock_version: -1, ..nowhere };
    let refusal = desk.project(nonsense).await.expect_err("nonsense");
    let wrong = ["run_version", "clock_version", "stage.key", "stage.label", "status", "actor"];
    assert_eq!(wrong_fields(&refusal), wrong);
    let refusal = ProjectionServiceClient::new(desk.service.with_token(&token))
        .project_run(ask)
        .await
        .expect_err("a person");
    assert_eq!((refusal.code(), reason_of(&refusal).as_deref()), (Code::PermissionDenied, Some("MESH_ONLY")));
}
