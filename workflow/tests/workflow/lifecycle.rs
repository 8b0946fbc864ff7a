//! How a ticket ends: closed by silence, opened again by an answer, gone on with elsewhere, taken back, refused.

use crate::support::{Client, Desk, reason};
use jiff::SignedDuration;
use mesh_core::{db::Engine, testing::Place};
use proto::tickets::v1::{LinkKind, LinkedTicket, ListLinksRequest, Status, Ticket, timeline_entry::What};
use rstest::rstest;
use tonic::Code;

/// A ticket that was resolved and has closed by itself, its requester and the agent who had it.
async fn closed(desk: &Desk) -> (Ticket, Client, Client) {
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    let ticket = desk.file(&requester, &department).await;
    agent.press(&ticket.id, "resolve", "Try it now.").await;
    desk.world.settle().await;
    desk.world.advance(SignedDuration::from_hours(72)).await;
    let ticket = requester.ticket(&ticket.id).await;
    assert_eq!(ticket.status(), Status::Closed);
    (ticket, requester, agent)
}

async fn links(client: &Client, ticket_id: &str) -> Vec<LinkedTicket> {
    let ask = ListLinksRequest { ticket_id: ticket_id.into() };
    client.tickets.clone().list_links(ask).await.expect("links").into_inner().links
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_opens_a_closed_ticket_within_fourteen_days(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let (ticket, requester, agent) = closed(&desk).await;
    desk.world.advance(SignedDuration::from_hours(14 * 24)).await;
    agent.say(&ticket.id, "All well?").await;
    desk.world.settle().await;
    assert_eq!(requester.ticket(&ticket.id).await.status(), Status::Closed, "an agent's words open nothing");
    requester.say(&ticket.id, "It smokes again.").await;
    desk.world.settle().await;
    let open = requester.ticket(&ticket.id).await;
    assert_eq!(
        (open.status(), open.reopen_count, open.assignee_id.as_str()),
        (Status::Open, 1, agent.id.as_str())
    );
    assert_eq!((open.resolve_time, open.close_time), (None, None));
    assert!(links(&requester, &ticket.id).await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_later_answer_begins_a_ticket_that_goes_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (ticket, requester, agent) = closed(&desk).await;
    desk.world.advance(SignedDuration::from_secs(14 * 24 * 3600 + 1)).await;
    let answer = requester.say(&ticket.id, "It smokes **again**.").await;
    desk.world.settle().await;

    assert_eq!(requester.ticket(&ticket.id).await.status(), Status::Closed);
    let found = links(&requester, &ticket.id).await;
    let [link] = &found[..] else { panic!("one ticket goes on") };
    let next = requester.ticket(&link.ticket.as_ref().expect("the new one").id).await;
    assert_eq!(link.link.as_ref().expect("a link").kind(), LinkKind::FollowUp);
    assert_eq!(
        (&next.subject, &next.description, &next.requester_id),
        (&ticket.subject, &answer.text, &requester.id)
    );
    assert_eq!(
        (next.status(), next.assignee_id.as_str()),
        (Status::New, agent.id.as_str()),
        "it is work like any other"
    );

    requester.say(&ticket.id, "And it is loud.").await;
    desk.world.settle().await;
    assert_eq!(links(&requester, &ticket.id).await.len(), 1, "the second answer finds what the first began");
    let said: Vec<_> = requester
        .timeline(&next.id)
        .await
        .into_iter()
        .filter_map(|entry| match entry.what {
            Some(What::Comment(comment)) => Some((comment.text, comment.author.map(|author| author.user_id))),
            _ => None,
        })
        .collect();
    assert_eq!(said, [("And it is loud.".to_owned(), Some(requester.id.clone()))]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_button_opens_a_closed_ticket_as_long_as_an_answer_does(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (ticket, requester, _) = closed(&desk).await;
    let offered = requester.options(&ticket.id).await;
    assert_eq!(
        offered.iter().map(|option| (option.key.as_str(), option.enabled)).collect::<Vec<_>>(),
        [("reopen_closed", true)]
    );
    let run = requester.press(&ticket.id, "reopen_closed", "Not yet.").await;
    assert_eq!((run.category(), run.reopen_count, run.end_time), (Status::Open, 1, None));
    desk.world.settle().await;
    assert_eq!(requester.ticket(&ticket.id).await.reopen_count, 1, "its comment opens nothing once more");

    let (ticket, requester, agent) = closed(&desk).await;
    desk.world.advance(SignedDuration::from_hours(15 * 24)).await;
    assert!(!requester.options(&ticket.id).await[0].enabled);
    let press = requester.pressing(&ticket.id, "reopen_closed", "").await;
    let late = requester.try_press(press).await.expect_err("too late");
    assert_eq!((reason(&late).as_str(), late.message().contains("new ticket")), ("TRANSITION_REFUSED", true));
    let other = agent.try_press(agent.pressing(&ticket.id, "start", "").await).await.expect_err("it is over");
    assert_eq!(reason(&other), "RUN_ENDED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_opens_again_finds_somebody_else_when_its_agent_has_left(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (ticket, requester, agent) = closed(&desk).await;
    desk.grant(&agent.id, 2, &[]).await;
    let colleague = desk.online_agent(&ticket.department_id).await;
    requester.say(&ticket.id, "It smokes again.").await;
    desk.world.settle().await;
    assert_eq!(requester.ticket(&ticket.id).await.assignee_id, colleague.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn taking_back_and_refusing_need_a_reason(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, requester) = (desk.online_agent(&department).await, desk.requester());
    for (who, key, status) in
        [(&requester, "withdraw", Status::Withdrawn), (&agent, "reject", Status::Rejected)]
    {
        let id = desk.file(&requester, &department).await.id;
        let mute = who.try_press(who.pressing(&id, key, " ").await).await.expect_err("no reason");
        assert_eq!((mute.code(), reason(&mute).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
        who.press(&id, key, "It was the plug.").await;
        desk.world.settle().await;
        assert_eq!(requester.ticket(&id).await.status(), status);
        requester.say(&id, "Thanks anyway.").await;
        desk.world.settle().await;
        assert_eq!(requester.ticket(&id).await.status(), status, "neither opens again");
        assert!(links(&requester, &id).await.is_empty());
    }
    let id = desk.file(&requester, &department).await.id;
    let not_his =
        agent.try_press(agent.pressing(&id, "withdraw", "x").await).await.expect_err("not his to take back");
    assert_eq!(not_his.code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_heard_twice_begins_one_ticket(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let desk = Desk::open(place).await;
    let (ticket, requester, _) = closed(&desk).await;
    desk.world.advance(SignedDuration::from_hours(15 * 24)).await;
    requester.say(&ticket.id, "It smokes again.").await;
    desk.world.settle().await;
    for envelope in desk.ear.about(&ticket.id) {
        desk.repeat(&envelope).await;
    }
    let found = links(&requester, &ticket.id).await;
    let [link] = &found[..] else { panic!("one ticket goes on") };
    let next = link.ticket.as_ref().expect("the new one").id.clone();
    assert_eq!(requester.ticket(&next).await.comment_count, 0);
}
