//! Filing tickets.

use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{CreateTicketRequest, Priority, Source, Status, Ticket, timeline_entry::What},
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, ask, fresh, reason, wrong_fields};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_requester_files_a_ticket_and_reads_it_by_id_and_number(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let filed = requester.file(&desk.department(), "Printer on fire").await;
    assert_eq!(
        (filed.status(), filed.priority(), filed.source()),
        (Status::New, Priority::Normal, Source::Portal)
    );
    assert_eq!(filed.number, "TX-1001");
    assert_eq!(filed.description_html, "<p>It <strong>smokes</strong>.</p>\n");
    assert_eq!(filed.stage, None);
    assert_eq!(requester.get(&filed.id).await.expect("by id"), filed);
    assert_eq!(requester.get("tx-1001").await.expect("by number"), filed);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn filing_is_the_first_entry_of_the_timeline_and_one_event(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let filed = requester.file(&desk.department(), "Printer on fire").await;
    let timeline = requester.timeline(&filed).await.expect("the timeline");
    assert!(matches!(timeline[0].what, Some(What::Filed(_))), "{timeline:?}");
    assert_eq!(timeline[0].actor.as_ref().expect("an actor").user_id, requester.id);
    desk.world.settle().await;
    assert_eq!(desk.ear.names(), ["tickets.ticket.created"]);
    let event = &desk.ear.heard()[0];
    assert_eq!((event.subject.as_str(), event.version), (filed.id.as_str(), 1));
    assert_eq!(event.audience.as_ref().expect("an audience").user_ids, [requester.id]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_files_one_ticket(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let department = desk.department();
    let request = CreateTicketRequest {
        ticket: Some(ask(&department, "Once")),
        request_id: fresh(),
        ..CreateTicketRequest::default()
    };
    let calls = (0..8).map(|_| {
        let (mut client, request) = (requester.raw(), request.clone());
        async move { client.create_ticket(request).await.expect("filed").into_inner() }
    });
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer == &answers[0]));
    assert_eq!(requester.all().await, [answers[0].id.clone()]);

    let other = CreateTicketRequest { ticket: Some(ask(&department, "Twice")), ..request };
    let refusal = requester.raw().create_ticket(other).await.expect_err("another body");
    assert_eq!(reason(&refusal), "REQUEST_ID_REUSED");
    let nameless =
        CreateTicketRequest { ticket: Some(ask(&department, "Never")), ..CreateTicketRequest::default() };
    let refusal = requester.raw().create_ticket(nameless).await.expect_err("no request id");
    assert_eq!(
        (refusal.code(), wrong_fields(&refusal)),
        (Code::InvalidArgument, vec!["request_id".to_owned()])
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_one_ticket_harms_none_filed_beside_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let department = desk.department();
    let used = fresh();
    let calls = (0..20).map(|turn| {
        let request_id = if turn % 4 == 0 { used.clone() } else { fresh() };
        let ticket = Some(ask(&department, &format!("Ticket {turn}")));
        let mut client = requester.raw();
        async move {
            client
                .create_ticket(CreateTicketRequest { ticket, request_id, ..CreateTicketRequest::default() })
                .await
        }
    });
    let (filed, refused): (Vec<_>, Vec<_>) =
        futures::future::join_all(calls).await.into_iter().partition(Result::is_ok);
    assert_eq!((filed.len(), refused.len()), (16, 4));
    for refusal in refused {
        assert_eq!(reason(&refusal.expect_err("refused")), "REQUEST_ID_REUSED");
    }
    assert_eq!(requester.all().await.len(), 16);
    desk.world.settle().await;
    assert_eq!(desk.ear.names().len(), 16);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_given_once_also_to_many_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let department = desk.department();
    let filed = futures::future::join_all((0..24).map(|_| requester.file(&department, "Many"))).await;
    let mut numbers: Vec<_> = filed.iter().map(|ticket| ticket.number.clone()).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 24);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn filing_for_somebody_else_takes_a_permission_in_the_department(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, elsewhere) = (desk.department(), desk.department());
    let (requester, agent) = (desk.requester(), desk.agent(&here));
    let theirs =
        |department: &str| Ticket { requester_id: requester.id.clone(), ..ask(department, "For you") };
    let filed = agent.create(theirs(&here)).await.expect("an agent of the department may");
    assert_eq!((filed.requester_id.as_str(), filed.source()), (requester.id.as_str(), Source::Agent));
    assert_eq!(requester.get(&filed.id).await.expect("it is the requester's").id, filed.id);
    let refusal = agent.create(theirs(&elsewhere)).await.expect_err("not elsewhere");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    let behalf = Ticket { on_behalf_of_id: agent.id.clone(), ..ask(&here, "For you") };
    let refusal = requester.create(behalf).await.expect_err("a requester may not");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    let clerk = desk.somebody(&[(&here, &[Permission::TicketCreate])]);
    let behalf = Ticket { on_behalf_of_id: requester.id.clone(), ..ask(&here, "For you") };
    let filed = clerk.create(behalf).await.expect("a clerk may");
    assert_eq!(requester.get(&filed.id).await.expect("it is about the requester").id, filed.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_open_departments_and_known_people_are_taken(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let closed = desk.department();
    desk.directory.archive_department(&closed);
    let refusal = requester.create(ask(&closed, "Too late")).await.expect_err("archived");
    assert_eq!(
        (refusal.code(), reason(&refusal).as_str()),
        (Code::FailedPrecondition, "DEPARTMENT_ARCHIVED")
    );
    let refusal = requester.create(ask(&desk.id("dep"), "Nowhere")).await.expect_err("unknown");
    assert_eq!(wrong_fields(&refusal), ["ticket.department_id"]);
    let copied =
        Ticket { cc_ids: vec![requester.id.clone(), desk.id("usr")], ..ask(&desk.department(), "Hello?") };
    let refusal = requester.create(copied).await.expect_err("nobody");
    assert_eq!(wrong_fields(&refusal), ["ticket.cc_ids[1]"]);
}
