//! Handing tickets from one person to another, and asking routing to choose anew.

use mesh_core::db::Engine;
use proto::workflow::v1::{
    AssignTicketRequest, AssignmentOrigin, Candidate, ClaimTicketRequest, DropReason, Presence,
    ReleaseTicketRequest, RerouteRequest, TransferTicketRequest,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, fresh, reason};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_take_give_and_give_back_tickets(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (anna, ben) = (desk.agent(&department).await, desk.agent(&department).await);
    let requester = desk.requester();
    let id = desk.file(&requester, &department).await.id;

    let claim = ClaimTicketRequest { request_id: fresh(), ticket_id: id.clone(), etag: String::new() };
    let run = anna.runs.clone().claim_ticket(claim.clone()).await.expect("it is free").into_inner();
    assert_eq!(run.assignee_id, anna.id);
    let late = ben.runs.clone().claim_ticket(claim.clone()).await.expect_err("it is Anna's");
    assert_eq!((late.code(), reason(&late).as_str()), (Code::FailedPrecondition, "ALREADY_ASSIGNED"));
    let denied =
        requester.runs.clone().claim_ticket(ClaimTicketRequest { request_id: fresh(), ..claim }).await;
    assert_eq!(denied.expect_err("requesters take nothing").code(), Code::PermissionDenied);

    let transfer = TransferTicketRequest {
        request_id: fresh(),
        ticket_id: id.clone(),
        assignee_id: ben.id.clone(),
        etag: run.etag,
        reason: "on leave".into(),
    };
    let nobody =
        TransferTicketRequest { request_id: fresh(), assignee_id: requester.id.clone(), ..transfer.clone() };
    assert_eq!(
        reason(&anna.runs.clone().transfer_ticket(nobody).await.expect_err("no agent")),
        "NOT_AN_AGENT"
    );
    let run = anna.runs.clone().transfer_ticket(transfer).await.expect("to Ben").into_inner();
    let explained = anna.explain(&id).await;
    assert_eq!((explained.origin(), explained.reason.as_str()), (AssignmentOrigin::Transferred, "on leave"));
    assert_eq!((explained.previous_id, explained.assignee_id), (anna.id.clone(), ben.id.clone()));

    ben.be(Presence::Online).await;
    let release = ReleaseTicketRequest {
        request_id: fresh(),
        ticket_id: id.clone(),
        etag: run.etag,
        reason: String::new(),
    };
    let run = ben.runs.clone().release_ticket(release).await.expect("given back").into_inner();
    assert_eq!(run.assignee_id, "", "routing does not give it to him again");
    let looked_at = ben.explain(&id).await.candidates;
    let dropped = looked_at.iter().find(|candidate| candidate.user_id == ben.id).map(Candidate::dropped);
    assert_eq!(dropped, Some(DropReason::GaveBack));

    let administrator = desk.administrator();
    let assign = AssignTicketRequest {
        request_id: fresh(),
        ticket_id: id.clone(),
        assignee_id: ben.id.clone(),
        etag: run.etag,
        reason: "you know printers".into(),
    };
    administrator.runs.clone().assign_ticket(assign).await.expect("given by name");
    desk.world.settle().await;
    assert_eq!(requester.ticket(&id).await.assignee_id, ben.id);
    let names = desk.ear.names(&id);
    let (made, released) = ("workflow.assignment.made", "workflow.assignment.released");
    assert_eq!(names, ["workflow.run.started", made, made, released, made]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn routing_chooses_anew_when_asked(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let anna = desk.online_agent(&department).await;
    let id = desk.file(&desk.requester(), &department).await.id;
    let ask = |etag: String| RerouteRequest {
        request_id: fresh(),
        ticket_id: id.clone(),
        etag,
        reason: "too busy".into(),
    };

    let alone =
        anna.routing.clone().reroute(ask(anna.run(&id).await.etag)).await.expect("a decision").into_inner();
    assert_eq!((alone.origin(), alone.assignee_id.as_str()), (AssignmentOrigin::Rerouted, anna.id.as_str()));
    let ben = desk.online_agent(&department).await;
    let passed_on =
        anna.routing.clone().reroute(ask(anna.run(&id).await.etag)).await.expect("a decision").into_inner();
    assert_eq!(passed_on.assignee_id, ben.id);
    desk.world.settle().await;
    assert_eq!(ben.ticket(&id).await.assignee_id, ben.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_nobody_takes_is_decided_about_once_while_it_moves_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department).await;
    let id = desk.file(&desk.requester(), &department).await.id;

    let decided = agent.explain(&id).await;
    assert_eq!((decided.assignee_id.as_str(), decided.candidates.len()), ("", 1));
    agent.press(&id, "start", "").await;
    assert_eq!(agent.explain(&id).await, decided);
}
