//! A mesh full of made-up tickets is one like any other.

use proto::{
    tickets::v1::{
        CommentKind, ListTicketsRequest, SearchTicketsRequest, Status, TicketQuery, timeline_entry::What,
    },
    workflow::v1::{GetHistoryRequest, ListClocksRequest, ListTransitionsRequest},
};
use rstest::rstest;

use crate::{
    people::{Person, sign_in},
    running::{ADMIN, Mesh, Mode},
};

/// Subjects, statuses and words said, in the order of numbers.
async fn told(person: &Person) -> Vec<(String, i32, i32)> {
    let ask =
        ListTicketsRequest { order_by: "number".into(), page_size: 200, ..ListTicketsRequest::default() };
    let page = person.tickets().list_tickets(ask).await.expect("a list").into_inner();
    assert_eq!(page.total, 120);
    page.tickets.into_iter().map(|one| (one.subject, one.status, one.comment_count)).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn made_up_tickets_can_be_found_told_and_worked_on(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::seeded(mode, 120).await;
    let admin = sign_in(&mesh, ADMIN).await;
    assert_eq!(told(&admin).await.len(), 120);
    let agent = sign_in(&mesh, "agent1@demo.test").await;
    let closed = TicketQuery { statuses: vec![Status::Closed.into()], ..TicketQuery::default() };
    let ask = ListTicketsRequest { query: Some(closed), ..ListTicketsRequest::default() };
    let theirs = agent.tickets().list_tickets(ask).await.expect("a list").into_inner().tickets;
    let worked = theirs.first().expect("a closed one in his department");
    assert!(theirs.iter().all(|ticket| !ticket.category_id.is_empty()), "everything is sorted");
    let filled = TicketQuery { filter: "fields.device_type == \"laptop\"".into(), ..TicketQuery::default() };
    let ask = ListTicketsRequest { query: Some(filled), ..ListTicketsRequest::default() };
    let laptops = admin.tickets().list_tickets(ask).await.expect("a list").into_inner().tickets;
    let laptop = admin.see(&laptops.first().expect("some have one").id).await.expect("a ticket");
    assert!(laptop.fields.contains_key("device_type") && !laptop.category_id.is_empty(), "{laptop:?}");
    the_open_ones_are_due_when_their_clocks_say(&admin).await;
    let timeline = agent.timeline(worked).await;
    let moves = timeline.iter().filter(|entry| matches!(entry.what, Some(What::StageMove(_)))).count();
    assert!(
        moves >= 4 && timeline.is_sorted_by_key(|entry| entry.time.map(|time| time.seconds)),
        "{timeline:?}"
    );
    let ask = GetHistoryRequest { ticket_id: worked.id.clone(), ..GetHistoryRequest::default() };
    let history = agent.runs().get_history(ask).await.expect("a history").into_inner();
    assert_eq!(history.entries.len(), moves + 1, "every move and the assignment");
    let word = worked.subject.split(' ').next().expect("a word").to_owned();
    let ask = SearchTicketsRequest { text: word, ..SearchTicketsRequest::default() };
    let found = admin.tickets().search_tickets(ask).await.expect("found").into_inner();
    assert!(
        found.matches.iter().filter_map(|found| found.ticket.as_ref()).any(|ticket| ticket.id == worked.id)
    );

    let new = agent.file("One more", &worked.department_id).await;
    admin.say(worked, CommentKind::Internal, "Seen.").await;
    assert!(
        new.number > worked.number || new.number.len() > worked.number.len(),
        "numbers go on behind them"
    );
    let ask = ListTransitionsRequest { ticket_id: worked.id.clone() };
    admin.runs().list_transitions(ask).await.expect("its run is known");
}

async fn the_open_ones_are_due_when_their_clocks_say(admin: &Person) {
    let open = TicketQuery { filter: "status in [\"NEW\", \"OPEN\"]".into(), ..TicketQuery::default() };
    let ask = ListTicketsRequest { query: Some(open), ..ListTicketsRequest::default() };
    let open = admin.tickets().list_tickets(ask).await.expect("a list").into_inner().tickets;
    assert!(!open.is_empty());
    for ticket in open {
        let ask = ListClocksRequest { ticket_id: ticket.id.clone() };
        let clocks = admin.levels().list_clocks(ask).await.expect("clocks").into_inner().clocks;
        let due: Vec<_> = clocks.into_iter().filter_map(|clock| clock.due_time).collect();
        assert_eq!(due, Vec::from_iter(ticket.resolve_due_time), "{}", ticket.number);
        assert!(!due.is_empty(), "{} is promised something", ticket.number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_makes_the_same_tickets() {
    let (one, other) = (Mesh::seeded(Mode::All, 120).await, Mesh::seeded(Mode::All, 120).await);
    let [one, other] = [sign_in(&one, ADMIN).await, sign_in(&other, ADMIN).await];
    assert_eq!(told(&one).await, told(&other).await);
}
