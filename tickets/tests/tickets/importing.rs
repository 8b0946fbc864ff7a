//! Importing: rows of another system become tickets with their past, once.

use mesh_core::db::Engine;
use proto::{
    events::v1::envelope::Event,
    identity::v1::{Actor, ActorKind, Permission},
    tickets::v1::{
        Comment, CommentKind, ImportTicketsRequest, ImportTicketsResponse, Priority, Source, Status, Ticket,
        TicketQuery, TimelineEntry, WaitReason, timeline_entry::What,
    },
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};

use crate::{
    search::search,
    support::{Client, Desk, reason},
};

/// A time of the past, so many hours after its beginning.
#[expect(clippy::unnecessary_wraps, reason = "every field of a time takes it so")]
pub(crate) fn at(hours: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: 1_600_000_000 + hours * 3_600, nanos: 0 })
}

/// A row as another system has it.
pub(crate) fn row(external_id: &str, department_id: &str) -> ImportTicketsRequest {
    let ticket = Ticket {
        subject: format!("Old printer {external_id}"),
        description: "It **smoked**.".into(),
        department_id: department_id.into(),
        status: Status::Closed.into(),
        create_time: at(0),
        update_time: at(9),
        close_time: at(8),
        ..Ticket::default()
    };
    ImportTicketsRequest {
        external_id: external_id.into(),
        system: "zendesk".into(),
        ticket: Some(ticket),
        ..ImportTicketsRequest::default()
    }
}

/// The same with another ticket.
fn with(row: &ImportTicketsRequest, change: impl FnOnce(&mut Ticket)) -> ImportTicketsRequest {
    let mut row = row.clone();
    change(row.ticket.as_mut().expect("a ticket"));
    row
}

/// Something said by somebody.
pub(crate) fn said(author: &str, name: &str, text: &str, hours: i64) -> Comment {
    let author = Actor {
        kind: ActorKind::Person.into(),
        user_id: author.into(),
        display_name: name.into(),
        ..Actor::default()
    };
    Comment {
        kind: CommentKind::Public.into(),
        text: text.into(),
        author: Some(author),
        create_time: at(hours),
        ..Comment::default()
    }
}

impl Client {
    pub(crate) async fn import(
        &self,
        rows: Vec<ImportTicketsRequest>,
    ) -> Result<ImportTicketsResponse, Refusal> {
        Ok(self.raw().import_tickets(futures::stream::iter(rows)).await?.into_inner())
    }
}

/// A timeline in short: where the ticket came from, and who said what.
async fn told(client: &Client, ticket: &Ticket) -> Vec<String> {
    let entries = client.timeline(ticket).await.expect("a timeline");
    let short = |entry: &TimelineEntry| match entry.what.as_ref().expect("something") {
        What::Filed(_) => entry.cause.clone(),
        What::Comment(comment) => {
            format!("{}: {}", comment.author.clone().unwrap_or_default().display_name, comment.text)
        }
        other => format!("{other:?}"),
    };
    entries.iter().map(short).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_imported_ticket_has_its_people_times_and_words(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department_id) = (desk.administrator(), desk.department());
    let (requester, agent) = (desk.id("usr"), desk.id("usr"));
    desk.directory.add_person_at(&requester, "Requester 1", "requester1@demo.test");
    desk.directory.add_person_at(&agent, "Agent 1", "agent1@demo.test");
    let mut sent = with(&row("4711", &format!("department {department_id}")), |ticket| {
        ticket.requester_id = "Requester1@demo.test".into();
        ticket.assignee_id = agent.clone();
        ticket.cc_ids = vec!["agent1@demo.test".into()];
        ticket.status = Status::OnHold.into();
        ticket.wait_reason = WaitReason::Vendor.into();
        ticket.priority = Priority::High.into();
        ticket.tags = vec!["toner".into()];
    });
    let note = Comment { kind: CommentKind::Internal.into(), ..said("agent1@demo.test", "", "Warranty?", 2) };
    let asked = Comment { id: "a".into(), ..said("", "Somebody who left", "Any news?", 1) };
    sent.comments = vec![asked, Comment { parent_id: "a".into(), ..said(&requester, "", "No.", 3) }, note];
    let done = admin.import(vec![sent]).await.expect("imported");
    assert_eq!((done.created, done.known, done.refused), (1, 0, 0), "{done:?}");

    let ticket = admin.get(&admin.all().await[0]).await.expect("there");
    assert_eq!(
        (ticket.requester_id.as_str(), ticket.assignee_id.as_str()),
        (requester.as_str(), agent.as_str())
    );
    assert_eq!((ticket.department_id.clone(), ticket.cc_ids.clone()), (department_id, vec![agent.clone()]));
    assert_eq!((ticket.status(), ticket.wait_reason()), (Status::OnHold, WaitReason::Vendor));
    assert_eq!((ticket.source(), ticket.priority_by_hand), (Source::Import, true));
    assert_eq!((ticket.create_time, ticket.update_time, ticket.close_time), (at(0), at(9), None));
    assert_eq!((ticket.comment_count, ticket.note_count), (2, 1));
    assert_eq!(
        told(&admin, &ticket).await,
        [
            "imported from zendesk: 4711",
            "Somebody who left: Any news?",
            "Agent 1: Warranty?",
            "Requester 1: No."
        ]
    );
    for words in ["smoked toner", "warranty"] {
        let found = search(&admin, words).await.expect("searched").matches;
        let ids: Vec<_> =
            found.into_iter().filter_map(|found| found.ticket).map(|ticket| ticket.id).collect();
        assert_eq!(ids, [ticket.id.as_str()], "{words}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_import_adds_what_is_missing_and_nothing_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department_id) = (desk.administrator(), desk.department());
    let rows: Vec<_> = (0..450).map(|number| row(&number.to_string(), &department_id)).collect();
    let first = admin.import(rows[..300].to_vec()).await.expect("imported");
    assert_eq!((first.created, first.known), (300, 0));
    let both = tokio::join!(admin.import(rows.clone()), admin.import(rows.clone()));
    let [one, other] = [both.0, both.1].map(|done| done.expect("imported"));
    assert_eq!(one.created + other.created, 150);
    assert_eq!(one.known + other.known, 750);
    assert_eq!(admin.count(TicketQuery::default()).await, 450);
    let twice = admin.import(vec![row("new", &department_id), row("new", &department_id)]).await;
    assert_eq!(twice.map(|done| (done.created, done.known)).expect("imported"), (1, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_row_is_named_with_all_that_is_wrong_and_the_others_are_taken(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department_id) = (desk.administrator(), desk.department());
    let good = row("good", &department_id);
    let wrong = |id: &str, change: &dyn Fn(&mut Ticket)| with(&row(id, &department_id), change);
    let rows = vec![
        good,
        wrong("subject", &|ticket| ticket.subject = String::new()),
        wrong("people", &|ticket| {
            ticket.requester_id = "nobody@demo.test".into();
            ticket.department_id = "Nowhere".into();
        }),
        wrong("order", &|ticket| ticket.update_time = at(-1)),
        wrong("future", &|ticket| ticket.close_time = at(1_000_000)),
        wrong("large", &|ticket| ticket.description = "x".repeat(65_537)),
        wrong("address", &|ticket| ticket.requester_id = "not an address @".into()),
        ImportTicketsRequest { comments: vec![Comment::default()], ..row("comment", &department_id) },
        row("", &department_id),
        row("", &department_id),
        row("nul\0", &department_id),
    ];
    let done = admin.import(rows).await.expect("reported");
    assert_eq!((done.created, done.known, done.refused), (1, 0, 10), "{done:?}");
    let messages: Vec<_> =
        done.failures.iter().map(|failure| (failure.row, failure.message.as_str())).collect();
    assert_eq!(messages[0], (2, "ticket.subject is empty; give 1 to 255 characters"));
    assert!(messages[1].1.contains("ticket.requester_id") && messages[1].1.contains("ticket.department_id"));
    for (index, word) in [
        (2, "before the ticket's create_time"),
        (3, "in the future"),
        (4, "at most 65536 bytes"),
        (5, "nobody known here"),
        (6, "comments[0].author"),
        (7, "external_id is empty"),
    ] {
        assert!(messages[index].1.contains(word), "{:?}", messages[index]);
    }
    assert_eq!(admin.count(TicketQuery::default()).await, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_be_and_writes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department_id) = (desk.administrator(), desk.department());
    admin.import(vec![row("there", &department_id)]).await.expect("imported");
    let dry = ImportTicketsRequest { dry_run: true, ..row("new", &department_id) };
    let rows = vec![dry.clone(), row("there", &department_id), dry, row("", &department_id)];
    let done = admin.import(rows).await.expect("reported");
    assert_eq!((done.created, done.known, done.refused), (1, 2, 1));
    assert_eq!(admin.count(TicketQuery::default()).await, 1);
    let done = admin.import(vec![row("new", &department_id)]).await.expect("imported");
    assert_eq!(done.created, 1, "the dry run claimed nothing");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn importing_takes_the_permission_in_the_department(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let [own, other] = [desk.department(), desk.department()];
    for stranger in [desk.requester(), desk.agent(&own)] {
        let refused = stranger.import(vec![row("1", &own)]).await.expect_err("refused");
        assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    }
    let lead = desk.somebody(&[(&own, &[Permission::TicketBulk, Permission::TicketRead])]);
    let done = lead.import(vec![row("1", &own), row("2", &other)]).await.expect("reported");
    assert_eq!((done.created, done.refused), (1, 1));
    assert!(done.failures[0].message.contains("ticket.bulk"), "{done:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_an_import_says_that_it_is_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (admin, department_id) = (desk.administrator(), desk.department());
    let sent = ImportTicketsRequest {
        comments: vec![said("", "Somebody", "Hello?", 1)],
        ..row("1", &department_id)
    };
    admin.import(vec![sent]).await.expect("imported");
    desk.world.settle().await;
    let heard = desk.ear.heard();
    assert_eq!(desk.ear.names(), ["tickets.ticket.created"]);
    let created = heard.iter().find_map(|envelope| match &envelope.event {
        Some(Event::TicketsTicketCreated(created)) => Some(created),
        _ => None,
    });
    let created = created.expect("the event");
    assert!(created.imported);
    assert_eq!(created.ticket.as_ref().map(Ticket::status), Some(Status::Closed));
}
