//! From a requester's first ticket to its end, as both modes must carry it.

use mesh_core::testing::eventually;
use proto::{
    events::v1::envelope::Event,
    notify::v1::{ListNotificationsRequest, NotificationKind},
    tickets::v1::{
        CommentKind, CreateTicketRequest, Status, Ticket, TicketQuery, TimelineEntry, timeline_entry::What,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::{
    deeds::fresh,
    people::{Office, Person},
    running::{Mesh, Mode},
};

fn all_of(person: &Person) -> TicketQuery {
    TicketQuery { assignee_id: person.id.clone(), ..TicketQuery::default() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_from_first_word_to_resolved_and_back_with_everybody_seeing_their_side(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::start(mode).await;
    let Office { department_id, agent, requester, stranger, .. } = Office::open(&mesh).await;
    agent.come_online().await;
    let mut desk = agent.watch("").await;
    let mut portal = requester.watch("").await;

    let ticket = requester.file("The lathe hums", &department_id).await;
    let made = desk.next("workflow.assignment.made").await;
    assert_eq!(made.subject, ticket.id);
    eventually("the ticket is in the agent's list", async || {
        agent.list(all_of(&agent)).await.contains(&ticket.id).then_some(())
    })
    .await;
    assert_eq!(stranger.see(&ticket.id).await.expect_err("not his").code(), Code::NotFound);
    assert!(stranger.list(TicketQuery::default()).await.is_empty());

    agent.say(&ticket, CommentKind::Internal, "bearing, second time this year").await;
    agent.say(&ticket, CommentKind::Public, "Since when?").await;
    let answered = portal.next("tickets.comment.added").await;
    let Some(Event::TicketsCommentAdded(added)) = answered.event else { panic!("a comment was added") };
    assert_eq!(
        added.comment.expect("a comment").text,
        "Since when?",
        "the note before it is not for the requester"
    );

    agent.press(&ticket, "ask", "Which speed?").await;
    requester.sees_status(&ticket, Status::Pending).await;
    requester.say(&ticket, CommentKind::Public, "At 900 turns.").await;
    agent.sees_status(&ticket, Status::Open).await;
    agent.press(&ticket, "resolve", "The bearing is new.").await;
    requester.sees_status(&ticket, Status::Resolved).await;
    requester.say(&ticket, CommentKind::Public, "It hums again.").await;
    let reopened = agent.sees_status(&ticket, Status::Open).await;
    assert_eq!(reopened.reopen_count, 1);
    agent.press(&ticket, "resolve", "Now it is the right one.").await;
    requester.sees_status(&ticket, Status::Resolved).await;

    the_timeline_tells_everything(&agent, &requester, &ticket).await;
    eventually("the agent was notified", async || {
        let list = agent
            .inbox()
            .list_notifications(ListNotificationsRequest::default())
            .await
            .expect("an inbox")
            .into_inner();
        list.notifications.iter().any(|news| news.kind() == NotificationKind::Assigned).then_some(())
    })
    .await;
}

/// Every step with who and when for the agent; nothing internal for the requester.
async fn the_timeline_tells_everything(agent: &Person, requester: &Person, ticket: &Ticket) {
    let entries = eventually("both resolutions are in the timeline", async || {
        let entries = agent.timeline(ticket).await;
        let resolved = |entry: &&TimelineEntry| {
            matches!(&entry.what, Some(What::StageMove(step)) if step.status() == Status::Resolved)
        };
        (entries.iter().filter(resolved).count() == 2).then_some(entries)
    })
    .await;
    assert!(entries.iter().all(|entry| entry.time.is_some() && entry.actor.is_some()));
    assert!(
        entries.iter().any(|entry| matches!(&entry.what, Some(What::Assignment(to)) if to.to_id == agent.id))
    );
    let texts = |entries: &[TimelineEntry]| -> Vec<String> {
        entries
            .iter()
            .filter_map(|entry| {
                if let Some(What::Comment(comment)) = &entry.what { Some(comment.text.clone()) } else { None }
            })
            .collect()
    };
    assert!(texts(&entries).iter().any(|text| text.starts_with("bearing")));
    assert!(!texts(&requester.timeline(ticket).await).iter().any(|text| text.starts_with("bearing")));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_cut_goes_on_where_it_was(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let Office { department_id, requester, .. } = Office::open(&mesh).await;
    let mut before = requester.watch("").await;
    requester.file("Seen live", &department_id).await;
    let seen = before.next("tickets.ticket.created").await;
    drop(before);
    let missed = requester.file("Missed", &department_id).await;
    let mut after = requester.watch(&seen.id).await;
    // What was seen may come again; what was missed must come, and as the first that is new.
    let mut next = after.next("tickets.ticket.created").await;
    while next.id == seen.id {
        next = after.next("tickets.ticket.created").await;
    }
    assert_eq!(next.subject, missed.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_files_one_ticket(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let Office { department_id, requester, .. } = Office::open(&mesh).await;
    let ticket = Ticket { subject: "Once".into(), department_id, ..Ticket::default() };
    let ask =
        CreateTicketRequest { ticket: Some(ticket), request_id: fresh(), ..CreateTicketRequest::default() };
    let mut clients = [requester.tickets(), requester.tickets()];
    let [first, second] = &mut clients;
    let (first, second) = tokio::join!(first.create_ticket(ask.clone()), second.create_ticket(ask.clone()));
    assert_eq!(first.expect("filed").into_inner().id, second.expect("answered again").into_inner().id);
    let other = CreateTicketRequest {
        ticket: ask.ticket.map(|ticket| Ticket { subject: "Twice".into(), ..ticket }),
        ..ask
    };
    let refused = requester.tickets().create_ticket(other).await.expect_err("another body");
    assert_eq!(mesh_core::error::reason_of(&refused).as_deref(), Some("REQUEST_ID_REUSED"));
    assert_eq!(requester.list(TicketQuery::default()).await.len(), 1);
}
