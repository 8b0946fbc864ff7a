//! An import into a whole mesh, killed in the middle and gone on with.

use std::time::Duration;

use futures::channel::mpsc;
use mesh_core::testing::{eventually, eventually_within};
use proto::tickets::v1::{CountTicketsRequest, ImportTicketsRequest, Status, Ticket, TicketQuery};
use rstest::rstest;

use crate::{
    people::{Office, Person, sign_in},
    running::{ADMIN, Mesh, Mode},
};

/// Rows of the import, and how many of them come before the kill.
const ROWS: usize = 450;
const BEFORE: usize = 300;
/// The killed relay held events of tickets until its lease ends.
const AFTER_LEASE: Duration = Duration::from_mins(3);

fn row(number: usize, department_id: &str) -> ImportTicketsRequest {
    let status = [Status::New, Status::Open, Status::Pending, Status::Resolved, Status::Closed][number % 5];
    let ticket = Ticket {
        subject: format!("Old ticket {number}"),
        department_id: department_id.into(),
        status: status.into(),
        create_time: Some(prost_types::Timestamp { seconds: 1_600_000_000, nanos: 0 }),
        update_time: Some(prost_types::Timestamp { seconds: 1_600_000_060, nanos: 0 }),
        ..Ticket::default()
    };
    ImportTicketsRequest {
        external_id: number.to_string(),
        system: "old".into(),
        ticket: Some(ticket),
        ..ImportTicketsRequest::default()
    }
}

async fn count(person: &Person) -> Option<i64> {
    let ask = CountTicketsRequest { queries: vec![TicketQuery::default()] };
    Some(person.tickets().count_tickets(ask).await.ok()?.into_inner().counts[0])
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_goes_on_where_it_was_and_doubles_nothing(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mut mesh = Mesh::start(mode).await;
    let department_id = Office::open(&mesh).await.department_id;
    let admin = sign_in(&mesh, ADMIN).await;
    let (sender, rows) = mpsc::unbounded();
    let mut client = admin.tickets();
    let importing = tokio::spawn(async move { client.import_tickets(rows).await });
    for number in 0..BEFORE {
        sender.unbounded_send(row(number, &department_id)).expect("the import listens");
    }
    let kept = eventually("some rows are kept", async || count(&admin).await.filter(|kept| *kept > 0)).await;
    let victim = if mesh.names().contains(&"tickets") { "tickets" } else { "all" };
    mesh.kill(victim).await;
    assert!(importing.await.expect("it ends").is_err(), "the import broke off");
    drop(sender);
    mesh.start_again(victim).await;

    let again: Vec<_> = (0..ROWS).map(|number| row(number, &department_id)).collect();
    let done = eventually("the import goes on", async || {
        let sent = futures::stream::iter(again.clone());
        Some(admin.tickets().import_tickets(sent).await.ok()?.into_inner())
    })
    .await;
    assert_eq!((i64::from(done.created) + i64::from(done.known), done.refused), (450, 0), "{done:?}");
    assert!(i64::from(done.known) >= kept, "{done:?}, and {kept} were there");
    assert_eq!(count(&admin).await, Some(450));
    let placed = eventually_within(AFTER_LEASE, "every ticket has a run", async || {
        let tickets = admin.all_tickets().await;
        tickets.iter().all(|ticket| ticket.stage.is_some()).then_some(tickets)
    })
    .await;
    for ticket in placed {
        let number: usize = ticket.subject.trim_start_matches("Old ticket ").parse().expect("a number");
        let wanted = row(number, "").ticket.expect("a ticket");
        assert_eq!((ticket.status, ticket.update_time), (wanted.status, wanted.update_time), "{ticket:?}");
    }
}
