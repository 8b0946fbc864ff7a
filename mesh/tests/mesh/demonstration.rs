//! The demonstration: what somebody finds who tries the product, after any number of starts.

use std::{collections::BTreeMap, time::Duration};

use mesh_core::testing::eventually_within;
use proto::{
    identity::v1::{ListDepartmentsRequest, ListUsersRequest, UserView},
    tickets::v1::{CommentKind, Status, Ticket, TicketQuery, timeline_entry::What},
    workflow::v1::ListApprovalsRequest,
};

use crate::{
    people::try_sign_in,
    running::{ADMIN, Mesh, Mode, PASSWORD},
};

/// Tickets there are: two hundred, and two purchases.
const TICKETS: usize = 202;
/// Tickets that are there when it is killed in the middle.
const BEFORE: usize = 30;
/// Long enough for all of it on a busy machine, also where a killed process held what it was about to tell.
const PATIENCE: Duration = Duration::from_mins(4);

/// What there is, told so that it can be compared with what there is later.
async fn whole(mesh: &Mesh, password: &str) -> BTreeMap<String, usize> {
    let admin = try_sign_in(mesh, ADMIN, password).await.expect("the administrator signs in");
    let ask = ListUsersRequest { view: UserView::Full.into(), page_size: 200, ..ListUsersRequest::default() };
    let people = admin.directory().list_users(ask).await.expect("people").into_inner().users;
    assert_eq!(people.len(), 16, "an administrator, six agents, nine requesters");
    let ask = ListDepartmentsRequest::default();
    let places = admin.directory().list_departments(ask).await.expect("departments").into_inner().departments;
    let mut places: Vec<_> = places.into_iter().map(|place| place.display_name).collect();
    places.sort();
    assert_eq!(places, ["Asset Management", "Budget Office", "IT Support"]);

    let tickets = admin.all_tickets().await;
    assert!(tickets.iter().all(|ticket| !ticket.run_id.is_empty()), "each runs a workflow");
    assert!(tickets.iter().any(|ticket| !ticket.assignee_id.is_empty()), "some are assigned");
    let mut counts = BTreeMap::from([("all".to_owned(), tickets.len())]);
    for ticket in &tickets {
        *counts.entry(ticket.status().as_str_name().to_owned()).or_default() += 1;
    }
    for status in 1.. {
        let Ok(status) = Status::try_from(status) else { break };
        assert!(counts.contains_key(status.as_str_name()), "some are {status:?}: {counts:?}");
    }
    seen_by_its_people(mesh, password, &tickets).await;
    counts
}

/// An agent and a requester sign in as it was printed, each to his side of what was done in their names.
async fn seen_by_its_people(mesh: &Mesh, password: &str, tickets: &[Ticket]) {
    let agent = try_sign_in(mesh, "agent1@demo.test", password).await.expect("an agent signs in");
    let requester = try_sign_in(mesh, "requester1@demo.test", password).await.expect("a requester signs in");
    let filed: Vec<_> = tickets.iter().filter(|ticket| ticket.requester_id == requester.id).collect();
    assert!(filed.len() >= TICKETS / 9, "{} filed his share", requester.id);
    assert_eq!(requester.all_tickets().await.len(), filed.len(), "he sees his own, and no other");
    let query = TicketQuery {
        assignee_id: agent.id.clone(),
        statuses: vec![Status::Resolved.into()],
        ..TicketQuery::default()
    };
    let resolved = agent.list(query).await;
    let resolved = tickets.iter().find(|ticket| resolved.contains(&ticket.id)).expect("one is resolved");
    let told = agent.timeline(resolved).await;
    let notes = told.iter().filter(|entry| matches!(&entry.what, Some(What::Comment(comment)) if comment.kind() == CommentKind::Internal));
    assert_eq!(notes.count(), 1, "noted once: {told:#?}");
    assert!(told.iter().all(|entry| entry.time.is_some() && entry.actor.is_some()));
    let waiting = agent.runs().list_approvals(ListApprovalsRequest::default()).await.expect("approvals");
    assert_eq!(waiting.into_inner().approvals.len(), 2, "purchases wait for him");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_that_was_killed_halfway_goes_on_and_the_next_start_adds_nothing() {
    let (mut mesh, password) = Mesh::demonstration().await;
    let admin =
        try_sign_in(&mesh, ADMIN, &password).await.expect("the administrator is there from the start");
    let filed = async || (admin.all_tickets().await.len() >= BEFORE).then_some(());
    eventually_within(PATIENCE, "some tickets are filed", filed).await;
    mesh.kill("all").await;

    mesh.start_again("all").await;
    assert_eq!(mesh.says("all with the password ").await, format!("{password}:"), "what is printed opens");
    mesh.says_within(PATIENCE, "The demonstration stands").await;
    let made = whole(&mesh, &password).await;
    assert_eq!(made["all"], TICKETS, "{made:?}");

    mesh.stop("all").await;
    mesh.start_again("all").await;
    mesh.says_within(PATIENCE, "The demonstration stands").await;
    assert_eq!(whole(&mesh, &password).await["all"], TICKETS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_of_roles_gets_the_demonstration_by_a_command() {
    let mesh = Mesh::start(Mode::Roles).await;
    let mut command = mesh.beside("gateway", ["seed", "--url", &mesh.address()]);
    let made = command.env("TM_DEMO_PASSWORD", PASSWORD).output().await.expect("the binary starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(whole(&mesh, PASSWORD).await["all"], TICKETS);
}
