//! Internal notes leave no trace for those who may not read them.

use mesh_core::{db::Engine, policy};
use proto::{
    events::v1::envelope::Event,
    identity::v1::Permission,
    tickets::v1::{CommentKind, EditCommentRequest, Status, TimelineEntry},
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, fresh};

fn internal(timeline: &[TimelineEntry]) -> usize {
    timeline.iter().filter(|entry| entry.internal).count()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_requester_never_sees_a_note_in_timeline_counts_or_versions(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let before = requester.get(&ticket.id).await.expect("read");
    desk.later().await;
    agent.note(&ticket, "Known troublemaker").await;
    assert_eq!(requester.get(&ticket.id).await.expect("read"), before);
    assert_eq!(internal(&requester.timeline(&ticket).await.expect("timeline")), 0);
    let staff = agent.get(&ticket.id).await.expect("read");
    assert_eq!((staff.note_count, staff.comment_count, staff.etag), (1, 0, before.etag));
    assert_eq!(internal(&agent.timeline(&ticket).await.expect("timeline")), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_note_reaches_the_staff_only(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent, helper) = (desk.requester(), desk.agent(&department), desk.requester());
    let ticket = requester.file(&department, "Printer").await;
    let ticket = desk.place(&ticket, 1, Status::Open, &helper.id).await;
    let note = agent.note(&ticket, "Known troublemaker").await;
    desk.world.settle().await;
    let heard = desk.ear.heard();
    let is_added = |event: &&_| matches!(event, Some(Event::TicketsCommentAdded(_)));
    let event = heard.iter().find(|envelope| is_added(&&envelope.event)).expect("news of the note");
    let audience = event.audience.as_ref().expect("an audience");
    let sees = |person: mesh_core::testing::Person<'_>| policy::sees(&person.caller(), audience);
    assert!(!sees(desk.world.person(&requester.id)));
    assert!(sees(desk.world.person(&helper.id)));
    assert!(sees(desk.world.person(&agent.id).grant(Permission::TicketRead, Some(&department))));
    assert!(!sees(desk.world.person(&agent.id).grant(Permission::TicketRead, Some("dep_other"))));
    let Some(Event::TicketsCommentAdded(added)) = &event.event else { unreachable!("found as such") };
    assert_eq!(added.comment, Some(note));
    assert_eq!(added.ticket.as_ref().expect("a ticket").note_count, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn writing_and_touching_notes_takes_the_staff(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let reader = desk.somebody(&[(&department, &[Permission::TicketRead])]);
    let ticket = requester.file(&department, "Printer").await;
    for (person, why) in [(&requester, "requester"), (&reader, "without ticket.note")] {
        let refusal = person.say(&ticket, CommentKind::Internal, "psst").await.expect_err(why);
        assert_eq!(refusal.code(), Code::PermissionDenied);
    }
    let note = agent.note(&ticket, "Known troublemaker").await;
    let edit = EditCommentRequest {
        id: note.id.clone(),
        text: "hm".into(),
        etag: note.etag.clone(),
        request_id: fresh(),
        ..EditCommentRequest::default()
    };
    let refusal = requester.raw().edit_comment(edit.clone()).await.expect_err("not there for him");
    assert_eq!(refusal.code(), Code::NotFound);
    let refusal = reader
        .raw()
        .edit_comment(EditCommentRequest { request_id: fresh(), ..edit })
        .await
        .expect_err("not his");
    assert_eq!(refusal.code(), Code::PermissionDenied);
}
