//! Tickets between people: approvals that are asked for and given, offers that are taken or declined, tickets handed on, up and aside.

use mesh_core::testing::eventually;
use proto::{
    tickets::v1::{Status as Category, TicketQuery},
    workflow::v1::{
        ApprovalLevel, ApprovalPolicy, CreateQueueRequest, CreateWorkflowRequest, Graph, Presser,
        PublishWorkflowRequest, Queue, Quorum, RoutingMethod, Stage as Step, Transition, TransitionKind,
        UpdateDraftRequest, workflow_service_client::WorkflowServiceClient,
    },
};
use tonic::{Request, metadata::MetadataValue};

use crate::{
    chromium::Look,
    deeds::fresh,
    people::{Office, door, hire, sign_in},
    running::{ADMIN, Mesh},
    stage::{Stage, play},
    ticket::{at_a_request, files},
    visitor::Visitor,
};

/// The menu of an open ticket.
const MENU: &str = "More";

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_until_somebody_who_is_no_agent_agrees_and_both_follow_live() {
    play(async |stage: &mut Stage| {
        let office = Office::open(&stage.mesh).await;
        order_by_approval(&stage.mesh, &office.stranger.id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        let requester = stage.signed_in("requester@demo.test", Look::Light).await;
        let boss = stage.signed_in("stranger@demo.test", Look::Light).await;
        files(&requester, "A new lathe", "The old one hums.").await;

        agent.follows("A new lathe").await;
        agent.presses("Order").await;
        agent.sees("Waits for approval: Order").await;
        agent.sees("not yet").await;

        boss.follows("Approvals").await;
        boss.is_at("/team/approvals").await;
        boss.sees("A new lathe").await;
        boss.sees("“Order” moves it to Ordered").await;
        boss.presses("Reject").await;
        boss.sees("Everybody who is asked and the staff read them.").await;
        boss.presses("Reject").await;
        boss.sees("Say why you reject it.").await;
        boss.writes("Your words", "Too dear.").await;
        boss.presses("Reject").await;
        boss.sees("Nothing waits for you").await;

        agent.sees_no_more("Waits for approval: Order").await;
        agent.presses("Order").await;
        boss.presses("Approve").await;
        boss.sees("Everybody who is asked and the staff read them.").await;
        boss.presses("Approve").await;
        agent.sees("Ordered").await;
        agent.sees_no_more("Waits for approval: Order").await;

        boss.presses("Decided").await;
        boss.sees("Too dear.").await;
        boss.sees("Approved").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_declined_or_taken_wherever_on_the_desk_one_is() {
    play(async |stage: &mut Stage| {
        let office = Office::open(&stage.mesh).await;
        let queue = Queue {
            name: "Offers".into(),
            department_id: office.department_id.clone(),
            order: 10,
            offers: true,
            method: RoutingMethod::RoundRobin.into(),
            offer_timeout: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
            ..Queue::default()
        };
        let ask = CreateQueueRequest { request_id: fresh(), queue: Some(queue) };
        sign_in(&stage.mesh, ADMIN).await.routing().create_queue(ask).await.expect("a queue");
        let agent = stage.agent_at_work("agent@demo.test").await;

        office.requester.file("The lathe hums", &office.department_id).await;
        agent.sees("Offered to you:").await;
        agent.sees("left").await;
        agent.reloads().await;
        agent.sees("Offered to you:").await;
        agent.presses("Decline").await;
        agent.sees_no_more("Offered to you:").await;

        office.requester.file("The drill smokes", &office.department_id).await;
        agent.sees("The drill smokes").await;
        agent.presses("Take it").await;
        agent.sees_no_more("Offered to you:").await;
        agent.may_press("Why assigned?").await;

        agent.presses("Whether you take work").await;
        agent.presses("Busy: here, but takes none").await;
        agent.sees("Busy").await;
        office.requester.file("The saw sings", &office.department_id).await;
        agent.opens("/desk/all").await;
        agent.sees("The saw sings").await;
        agent.has_nowhere("Offered to you:").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_handed_on_with_a_reason_set_aside_and_not_escalated_where_nobody_is_named() {
    play(async |stage: &mut Stage| {
        let (agent, _requester) = at_a_request(stage).await;
        let admin = sign_in(&stage.mesh, ADMIN).await;
        let department = department_of_the_agent(&stage.mesh).await;
        hire(&admin, 9, "second@demo.test", "agent", &department).await;
        let second = stage.agent_at_work("second@demo.test").await;

        agent.presses(MENU).await;
        agent.presses("Escalate").await;
        agent.writes("Reason", "It smells of smoke.").await;
        agent.presses("Escalate").await;
        agent.sees("cannot be escalated").await;
        agent.finds_written("Reason", "It smells of smoke.").await;
        agent.presses("Cancel").await;

        agent.presses(MENU).await;
        agent.presses("Set aside").await;
        agent.sees("It needs nobody until then").await;
        agent.presses("Set aside").await;
        agent.sees("Give day and time.").await;
        tomorrow(&agent).await;
        agent.presses("Set aside").await;
        agent.sees("Set aside until").await;

        agent.presses(MENU).await;
        agent.presses("Hand on").await;
        agent.sees("It stands in the timeline.").await;
        agent.presses("Hand on").await;
        agent.sees("Choose to whom.").await;
        agent.presses("Agent: Choose…").await;
        agent.presses_first("dialog [role=option]").await;
        agent.writes("Reason", "You know lathes.").await;
        agent.presses("Hand on").await;
        agent.sees("Handed on").await;
        second.sees("The lathe hums").await;
    })
    .await;
}

/// The department of the agent's ticket.
async fn department_of_the_agent(mesh: &Mesh) -> String {
    let agent = sign_in(mesh, "agent@demo.test").await;
    eventually("the agent has a ticket", async || {
        let tickets = agent.list(TicketQuery::default()).await;
        let ticket = agent.see(tickets.first()?).await.ok()?;
        Some(ticket.department_id)
    })
    .await
}

/// Writes the same time of tomorrow; how such a field is typed differs from place to place.
async fn tomorrow(agent: &Visitor) {
    agent
        .loads(
            "const field = document.querySelector('#time'); const local = new Date(Date.now() + 864e5); \
             local.setMinutes(local.getMinutes() - local.getTimezoneOffset()); \
             field.value = local.toISOString().slice(0, 16); field.dispatchEvent(new Event('input', { bubbles: true }));",
        )
        .await;
}

/// A workflow for every ticket: looked at, then ordered once somebody agrees.
async fn order_by_approval(mesh: &Mesh, approver: &str) {
    let admin = sign_in(mesh, ADMIN).await;
    let bearer = MetadataValue::try_from(format!("Bearer {}", admin.token)).expect("a header");
    let mut workflows = WorkflowServiceClient::with_interceptor(door(mesh), move |mut call: Request<()>| {
        call.metadata_mut().insert("authorization", bearer.clone());
        Ok(call)
    });
    let ask = CreateWorkflowRequest {
        request_id: fresh(),
        name: "Orders".into(),
        ..CreateWorkflowRequest::default()
    };
    let draft = workflows.create_workflow(ask).await.expect("a draft").into_inner();
    let ask = UpdateDraftRequest {
        workflow_id: draft.id,
        etag: draft.etag,
        update_mask: Some(prost_types::FieldMask { paths: vec!["graph".into()] }),
        graph: Some(graph(approver)),
        ..UpdateDraftRequest::default()
    };
    let drawn = workflows.update_draft(ask).await.expect("it is saved").into_inner();
    let ask = PublishWorkflowRequest {
        request_id: fresh(),
        workflow_id: drawn.id,
        etag: drawn.etag,
        note: "As drawn.".into(),
    };
    workflows.publish_workflow(ask).await.expect("it is sound");
}

fn graph(approver: &str) -> Graph {
    let stage = |key: &str, label: &str, category: Category| Step {
        key: key.into(),
        label: label.into(),
        category: category.into(),
        start: category == Category::New,
        end: category == Category::Closed,
        ..Step::default()
    };
    let level = ApprovalLevel {
        user_ids: vec![approver.into()],
        quorum: Quorum::Any.into(),
        ..ApprovalLevel::default()
    };
    let order = Transition {
        key: "order".into(),
        label: "Order".into(),
        from: vec!["look".into()],
        to: "ordered".into(),
        kind: TransitionKind::User.into(),
        pressers: vec![Presser::Agent.into()],
        approval: Some(ApprovalPolicy {
            levels: vec![level],
            comment_on_reject: true,
            ..ApprovalPolicy::default()
        }),
        ..Transition::default()
    };
    Graph {
        stages: vec![stage("look", "Look", Category::New), stage("ordered", "Ordered", Category::Closed)],
        transitions: vec![order],
    }
}
