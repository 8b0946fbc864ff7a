//! Handing tickets up, as their stage says.

use mesh_core::db::Engine;
use proto::{
    tickets::v1::Status,
    workflow::v1::{
        AssignmentOrigin, DropReason, EscalateTicketRequest, Graph, Owner, Run, Stage, Transition,
        TransitionKind, owner,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, queue, reason};

/// Two stages that lead to each other; both hand up to the same owner.
fn graph(owner: &owner::Owner) -> Graph {
    let stage = |key: &str, start| Stage {
        key: key.into(),
        label: key.into(),
        category: Status::Open.into(),
        start,
        escalation: Some(Owner { owner: Some(owner.clone()) }),
        ..Stage::default()
    };
    let way = |key: &str, from: &str, to: &str| Transition {
        key: key.into(),
        label: key.into(),
        from: vec![from.into()],
        to: to.into(),
        kind: TransitionKind::User.into(),
        pressers: vec![proto::workflow::v1::Presser::Agent.into()],
        ..Transition::default()
    };
    let end = Stage {
        key: "end".into(),
        label: "End".into(),
        category: Status::Closed.into(),
        end: true,
        ..Stage::default()
    };
    Graph {
        stages: vec![stage("here", true), stage("there", false), end],
        transitions: vec![way("go", "here", "there"), way("finish", "there", "end")],
    }
}

async fn escalate(client: &Client, ticket_id: &str) -> Result<Run, tonic::Status> {
    let ask = EscalateTicketRequest {
        request_id: fresh(),
        ticket_id: ticket_id.into(),
        etag: client.run(ticket_id).await.etag,
        reason: "over my head".into(),
    };
    client.runs.clone().escalate_ticket(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_up_once_a_visit_and_not_back_to_who_had_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, above) = (desk.department(), desk.department());
    let boss = desk.administrator();
    let experts =
        boss.make(proto::workflow::v1::Queue { matches: "false".into(), ..queue("Experts", &above) }).await;
    desk.follow(&graph(&owner::Owner::QueueId(experts.id.clone()))).await;
    let (anna, expert) = (desk.online_agent(&department).await, desk.online_agent(&above).await);
    let id = desk.file(&desk.requester(), &department).await.id;
    assert_eq!(anna.run(&id).await.assignee_id, anna.id);

    let up = escalate(&anna, &id).await.expect("her stage says where to");
    assert_eq!((up.queue_id, up.assignee_id), (experts.id, expert.id.clone()));
    let origins: Vec<_> = anna
        .history(&id)
        .await
        .into_iter()
        .filter_map(|entry| match entry.change? {
            proto::workflow::v1::run_history_entry::Change::AssigneeChanged(changed) => {
                Some(changed.origin())
            }
            _ => None,
        })
        .collect();
    let (routed, escalated) = (AssignmentOrigin::Routed, AssignmentOrigin::Escalated);
    assert_eq!(origins, [routed, escalated, routed]);
    let twice = escalate(&expert, &id).await.expect_err("once a visit");
    assert_eq!((twice.code(), reason(&twice).as_str()), (Code::FailedPrecondition, "CANNOT_ESCALATE"));
    desk.later().await;
    expert.press(&id, "go", "").await;
    let again = escalate(&expert, &id).await.expect("another stage, another visit");
    assert_eq!(again.assignee_id, "", "nobody else is above");
    let explained = boss.explain(&id).await;
    assert_eq!(explained.candidates[0].dropped(), DropReason::GaveBack);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_names_nobody_hands_nothing_up(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.online_agent(&department).await;
    let id = desk.file(&desk.requester(), &department).await.id;
    let refused = escalate(&agent, &id).await.expect_err("the built-in workflow has no one above");
    assert_eq!(reason(&refused), "CANNOT_ESCALATE");
    assert!(refused.message().contains("its stage names nobody"), "{}", refused.message());
}
