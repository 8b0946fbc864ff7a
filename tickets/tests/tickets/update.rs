//! Changing and deleting tickets.

use mesh_core::{db::Engine, error::current_of};
use proto::{
    identity::v1::Permission,
    tickets::v1::{DeleteTicketRequest, Priority, Status, Ticket, UpdateTicketRequest, timeline_entry::What},
};
use rstest::rstest;
use tonic::Code;

use crate::support::{AGENT, Desk, fresh, reason, run, wrong_fields};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_row_timeline_and_news(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    desk.later().await;
    let sent = Ticket {
        priority: Priority::Urgent.into(),
        tags: vec!["fire".into(), "floor-2".into()],
        description: "ignored, it is not named".into(),
        ..ticket.clone()
    };
    let changed = agent.update(sent, &["tags", "priority"]).await.expect("changed");
    assert_eq!((changed.priority(), changed.tags.len(), changed.etag.as_str()), (Priority::Urgent, 2, "2"));
    assert_eq!(changed.description, ticket.description);
    let timeline = requester.timeline(&ticket).await.expect("timeline");
    let Some(What::Change(change)) = &timeline[1].what else { panic!("{timeline:?}") };
    let told: Vec<_> = change
        .fields
        .iter()
        .map(|one| (one.field.as_str(), one.old_value.as_str(), one.new_value.as_str()))
        .collect();
    assert_eq!(told, [("priority", "PRIORITY_NORMAL", "PRIORITY_URGENT"), ("tags", "", "fire, floor-2")]);
    assert_eq!(timeline[1].actor.as_ref().expect("an actor").user_id, agent.id);
    desk.world.settle().await;
    assert_eq!(desk.ear.names(), ["tickets.ticket.created", "tickets.ticket.changed"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_change_is_refused_with_the_ticket_as_it_is(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let urgent = Ticket { priority: Priority::Urgent.into(), ..ticket.clone() };
    let now = agent.update(urgent.clone(), &["priority"]).await.expect("the first one wins");
    let refusal = agent.update(urgent.clone(), &["priority"]).await.expect_err("the second one lost");
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert_eq!(current_of::<Ticket>(&refusal), Some(now));
    let refusal = agent
        .update(Ticket { etag: String::new(), ..urgent.clone() }, &["priority"])
        .await
        .expect_err("a person reads first");
    assert_eq!(reason(&refusal), "ETAG_REQUIRED");
    let program = desk.program();
    program
        .update(Ticket { etag: String::new(), ..urgent }, &["priority"])
        .await
        .expect("a program may not care");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_change_answers_the_first_result(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let ask = UpdateTicketRequest {
        ticket: Some(Ticket { subject: "Plotter".into(), ..ticket.clone() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["subject".into()] }),
        request_id: fresh(),
        cause: "he meant the plotter".into(),
    };
    let first = agent.raw().update_ticket(ask.clone()).await.expect("changed").into_inner();
    let second =
        agent.raw().update_ticket(ask).await.expect("the same answer, not a stale etag").into_inner();
    assert_eq!(first, second);
    let timeline = requester.timeline(&ticket).await.expect("timeline");
    assert_eq!((timeline.len(), timeline[1].cause.as_str()), (2, "he meant the plotter"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn masks_name_fields_that_can_be_changed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    let ticket = agent.file(&department, "Printer").await;
    for paths in [&["status"][..], &["nonsense"], &[]] {
        let refusal = agent.update(ticket.clone(), paths).await.expect_err("refused");
        assert_eq!(wrong_fields(&refusal), ["update_mask"], "{paths:?}");
    }
    let refusal = agent
        .update(Ticket { subject: String::new(), ..ticket.clone() }, &["subject"])
        .await
        .expect_err("empty");
    assert_eq!(wrong_fields(&refusal), ["ticket.subject"]);
    let same = agent.update(ticket.clone(), &["subject"]).await.expect("no change is fine");
    assert_eq!(same.etag, ticket.etag);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_requester_corrects_his_words_until_somebody_looks(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    let ticket = requester.file(&department, "Priner").await;
    let better = Ticket { subject: "Printer".into(), description: "Both **burn**.".into(), ..ticket.clone() };
    let better = requester.update(better, &["subject", "description"]).await.expect("still NEW");
    assert_eq!(better.description_html, "<p>Both <strong>burn</strong>.</p>\n");
    let refusal =
        requester.update(Ticket { priority: Priority::Urgent.into(), ..better.clone() }, &["priority"]).await;
    assert_eq!(refusal.expect_err("not his to say").code(), Code::PermissionDenied);
    let opened = desk.place(&better, 1, Status::Open, "").await;
    let refusal = requester.update(Ticket { subject: "Plotter".into(), ..opened }, &["subject"]).await;
    assert_eq!(refusal.expect_err("somebody looked").code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn moving_to_another_department_takes_the_permission_in_both(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let agent = desk.agent(&here);
    let both = desk.somebody(&[(&here, &AGENT), (&there, &AGENT)]);
    let ticket = both.file(&here, "Printer").await;
    let moved = Ticket { department_id: there.clone(), ..ticket.clone() };
    let refusal = agent.update(moved.clone(), &["department_id"]).await.expect_err("not there");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    both.update(moved, &["department_id"]).await.expect("moved");
    assert_eq!(agent.get(&ticket.id).await.expect_err("out of sight").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_taken_out_of_copy_lose_sight_of_the_ticket(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, colleague) = (desk.requester(), desk.requester());
    let sent = Ticket { cc_ids: vec![colleague.id.clone()], ..crate::support::ask(&department, "Printer") };
    let ticket = requester.create(sent).await.expect("filed");
    assert_eq!(colleague.all().await, [ticket.id.as_str()]);
    requester.update(Ticket { cc_ids: vec![], ..ticket.clone() }, &["cc_ids"]).await.expect("changed");
    assert!(colleague.all().await.is_empty());
    assert_eq!(colleague.get(&ticket.id).await.expect_err("out of sight").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_ticket_is_gone_and_its_number_stays_used(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let remover = desk.somebody(&[(&department, &[Permission::TicketRead, Permission::TicketDelete])]);
    let ticket = requester.file(&department, "Spam").await;
    let delete = || DeleteTicketRequest {
        id: ticket.id.clone(),
        etag: ticket.etag.clone(),
        request_id: fresh(),
        reason: "spam".into(),
    };
    let refusal = agent.raw().delete_ticket(delete()).await.expect_err("an agent may not");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    let once = delete();
    remover.raw().delete_ticket(once.clone()).await.expect("deleted");
    remover.raw().delete_ticket(once).await.expect("the same answer");
    assert_eq!(requester.get(&ticket.id).await.expect_err("gone").code(), Code::NotFound);
    let refusal = desk.project(run(&ticket.id, "run_01h455vb4pex5vsknk084sn02q", 1, Status::Open, "")).await;
    assert_eq!(refusal.expect_err("gone").code(), Code::NotFound);
    assert_ne!(requester.file(&department, "Ham").await.number, ticket.number);
    desk.world.settle().await;
    assert!(desk.ear.names().contains(&"tickets.ticket.deleted".to_owned()));
}
