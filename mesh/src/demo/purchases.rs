//! Purchases of the demonstration: a workflow with a step that waits until enough people agree, and two tickets that wait for it.

use mesh_core::error::Result;
use proto::{
    tickets::v1::{CreateTicketRequest, ListTicketsRequest, Status, Ticket, TicketQuery},
    workflow::v1::{
        ApprovalDue, ApprovalLevel, ApprovalPolicy, CreateWorkflowRequest, Graph, ListWorkflowsRequest,
        Presser, PublishWorkflowRequest, Quorum, RejectRule, Stage, Transition, TransitionKind,
        TransitionRequest, UpdateDraftRequest, Workflow, WorkflowStatus,
    },
};

use super::{
    client::{Person, patiently},
    people::{Cast, Places, request_id},
    stories::Place,
};

const NAME: &str = "Purchases";
/// Which tickets it takes.
const TAKES: &str = "ticket.subject.startsWith(\"Purchase:\")";
/// The same for lists.
const WAITING: &str = "subject.startsWith(\"Purchase:\")";
/// What is asked for.
const WISHES: [(&str, &str); 2] = [
    (
        "Purchase: two standing desks for room 4.12",
        "The old ones **wobble**. The quote is 840 EUR, delivery within two weeks.",
    ),
    (
        "Purchase: a label printer for the warehouse",
        "Labels are written by hand since March. 1,150 EUR with a year of labels.",
    ),
];
/// How many tickets that makes.
pub(super) const COUNT: usize = WISHES.len();
/// How long a level may take, in seconds.
const DUE: i64 = 2 * 24 * 3_600;

/// Draws and publishes the workflow unless that is done, and files what it takes.
pub(super) async fn file(admin: &Person, cast: &Cast, places: &Places) -> Result<()> {
    let ask = ListWorkflowsRequest { page_size: 200, ..ListWorkflowsRequest::default() };
    let known = patiently(async || admin.workflows().list_workflows(ask.clone()).await).await?.workflows;
    match known.into_iter().find(|workflow| workflow.name == NAME) {
        Some(there) if there.status() != WorkflowStatus::Draft => {}
        Some(draft) => publish(draft, admin, cast).await?,
        None => publish(create(admin).await?, admin, cast).await?,
    }
    for (number, (subject, description)) in WISHES.into_iter().enumerate() {
        let ticket = Ticket {
            subject: subject.into(),
            description: description.into(),
            department_id: places.id(Place::It).into(),
            ..Ticket::default()
        };
        let ask = CreateTicketRequest {
            ticket: Some(ticket),
            request_id: request_id("purchase", number),
            ..CreateTicketRequest::default()
        };
        let requester = &cast.requesters[2];
        patiently(async || requester.tickets().create_ticket(ask.clone()).await).await?;
    }
    Ok(())
}

async fn create(admin: &Person) -> Result<Workflow> {
    let ask = CreateWorkflowRequest {
        request_id: request_id("workflow", 0),
        name: NAME.into(),
        applies_to: TAKES.into(),
        ..CreateWorkflowRequest::default()
    };
    patiently(async || admin.workflows().create_workflow(ask.clone()).await).await
}

async fn publish(draft: Workflow, admin: &Person, cast: &Cast) -> Result<()> {
    let ask = UpdateDraftRequest {
        workflow_id: draft.id,
        etag: draft.etag,
        update_mask: Some(prost_types::FieldMask { paths: vec!["graph".into()] }),
        graph: Some(graph(admin, cast)),
        ..UpdateDraftRequest::default()
    };
    let drawn = patiently(async || admin.workflows().update_draft(ask.clone()).await).await?;
    let ask = PublishWorkflowRequest {
        workflow_id: drawn.id,
        etag: drawn.etag,
        request_id: request_id("workflow", 1),
        note: "What costs money is agreed to.".into(),
    };
    patiently(async || admin.workflows().publish_workflow(ask.clone()).await).await.map(drop)
}

/// Asked for, then ordered once enough agree, or rejected.
fn graph(admin: &Person, cast: &Cast) -> Graph {
    let stage = |key: &str, label: &str, category: Status| Stage {
        key: key.into(),
        label: label.into(),
        category: category.into(),
        start: category == Status::New,
        end: category != Status::New,
        ..Stage::default()
    };
    let button = |key: &str, label: &str, to: &str| Transition {
        key: key.into(),
        label: label.into(),
        from: vec!["asked".into()],
        to: to.into(),
        kind: TransitionKind::User.into(),
        pressers: vec![Presser::Agent.into()],
        ..Transition::default()
    };
    let order = Transition {
        primary: true,
        approval: Some(policy(admin, cast)),
        ..button("order", "Order", "ordered")
    };
    Graph {
        stages: vec![
            stage("asked", "Asked for", Status::New),
            stage("ordered", "Ordered", Status::Closed),
            stage("rejected", "Rejected", Status::Rejected),
        ],
        transitions: vec![order, button("reject", "Reject", "rejected")],
    }
}

/// Two of three who know what is needed, then whoever pays.
fn policy(admin: &Person, cast: &Cast) -> ApprovalPolicy {
    let asked = [&cast.agents[0], &cast.requesters[0], &cast.requesters[1]];
    let first = ApprovalLevel {
        user_ids: asked.map(|person| person.id.clone()).to_vec(),
        quorum: Quorum::Count.into(),
        quorum_value: 2,
        ..ApprovalLevel::default()
    };
    let last = ApprovalLevel {
        user_ids: vec![admin.id.clone()],
        quorum: Quorum::Any.into(),
        ..ApprovalLevel::default()
    };
    ApprovalPolicy {
        levels: vec![first, last],
        reject_rule: RejectRule::Quorum.into(),
        due_after: Some(prost_types::Duration { seconds: DUE, nanos: 0 }),
        when_due: ApprovalDue::Reject.into(),
        comment_on_reject: true,
        ..ApprovalPolicy::default()
    }
}

/// An agent asks for the approvals that nobody has asked for yet.
pub(super) async fn ask(cast: &Cast) -> Result<()> {
    let agent = &cast.agents[0];
    let query =
        TicketQuery { statuses: vec![Status::New.into()], filter: WAITING.into(), ..TicketQuery::default() };
    let ask = ListTicketsRequest { query: Some(query), page_size: 20, ..ListTicketsRequest::default() };
    for ticket in patiently(async || agent.tickets().list_tickets(ask.clone()).await).await?.tickets {
        let press = TransitionRequest {
            request_id: request_id(&ticket.id, 0),
            ticket_id: ticket.id,
            transition_key: "order".into(),
            ..TransitionRequest::default()
        };
        agent.press(&press).await?;
    }
    Ok(())
}
