//! People who were deleted.

use mesh_core::{clock, db::Engine};
use proto::{
    events::v1::{UserUpdated, envelope::Event},
    identity::v1::User,
    workflow::v1::{AssignTicketRequest, ClaimTicketRequest, ReleaseTicketRequest},
};
use rstest::rstest;

use crate::support::{Client, Desk, fresh};

const PSEUDONYM: &str = "Deleted user 7K3F2A";

/// Identity tells that this is somebody's name now.
async fn rename(desk: &Desk, id: &str, display_name: &str, deleted: bool) {
    let now = clock::to_proto(desk.world.process().clock.now());
    let user = User {
        id: id.into(),
        display_name: display_name.into(),
        delete_time: deleted.then_some(now),
        ..User::default()
    };
    desk.publish(id, 9, Event::IdentityUserUpdated(UserUpdated { user: Some(user) })).await;
}

/// Everything workflow and tickets say about a ticket, in one text.
async fn said(reader: &Client, ticket_id: &str) -> String {
    let (history, why) = (reader.history(ticket_id).await, reader.explain(ticket_id).await);
    format!("{history:?} {why:?} {:?}", reader.timeline(ticket_id).await)
}

/// Somebody takes a ticket and gives it back; an administrator gives it to somebody else.
async fn handed_about(desk: &Desk, taker: &Client, giver: &Client, to: &Client) -> String {
    let department = desk.department();
    for agent in [taker, to] {
        desk.grant(&agent.id, 2, &[&department]).await;
    }
    let (ticket_id, etag) = (desk.file(&desk.requester(), &department).await.id, String::new());
    let claim = ClaimTicketRequest { request_id: fresh(), ticket_id: ticket_id.clone(), etag };
    let run = taker.runs.clone().claim_ticket(claim).await.expect("it is free").into_inner();
    let release = ReleaseTicketRequest {
        request_id: fresh(),
        ticket_id: ticket_id.clone(),
        etag: run.etag,
        reason: String::new(),
    };
    let run = taker.runs.clone().release_ticket(release).await.expect("given back").into_inner();
    let assign = AssignTicketRequest {
        request_id: fresh(),
        ticket_id: ticket_id.clone(),
        assignee_id: to.id.clone(),
        etag: run.etag,
        reason: String::new(),
    };
    giver.runs.clone().assign_ticket(assign).await.expect("given");
    desk.world.settle().await;
    ticket_id
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sentences_about_a_deleted_person_say_a_pseudonym(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let member = |name: &str| {
        let id = desk.id("usr");
        desk.client(&desk.world.person(&id).named(name).administrator())
    };
    let (ann, root) = (member("Ann Lee"), member("Root Admin"));
    let ben = desk.agent(&department).await;
    let ticket = handed_about(&desk, &ann, &root, &ben).await;
    let before = said(&root, &ticket).await;
    assert!(before.contains("taken by Ann Lee") && before.contains("given back by Ann Lee"), "{before}");

    rename(&desk, &ann.id, "A New Name", false).await;
    assert_eq!(said(&root, &ticket).await, before, "history is as it was");

    rename(&desk, &ann.id, PSEUDONYM, true).await;
    let after = said(&root, &ticket).await;
    assert_eq!(after, before.replace("Ann Lee", PSEUDONYM), "and nothing else changes");
    assert!(after.contains("assigned by Root Admin"), "others keep their names: {after}");

    rename(&desk, &root.id, "Deleted user AAAAAA", true).await;
    let after = said(&root, &ticket).await;
    assert!(after.contains("assigned by Deleted user AAAAAA") && !after.contains("Root Admin"), "{after}");
}
