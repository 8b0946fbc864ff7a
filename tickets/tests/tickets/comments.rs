//! The conversation.

use jiff::SignedDuration;
use mesh_core::{db::Engine, error::current_of};
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        AddCommentRequest, BulkUpdateRequest, Comment, CommentKind, DeleteCommentRequest, EditCommentRequest,
        Status, Ticket, timeline_entry::What,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::{
    bulk::{changer, says},
    support::{Client, Desk, ask, fresh, reason, wrong_fields},
};

fn edit(comment: &Comment, text: &str) -> EditCommentRequest {
    EditCommentRequest {
        id: comment.id.clone(),
        text: text.into(),
        etag: comment.etag.clone(),
        request_id: fresh(),
        ..EditCommentRequest::default()
    }
}

fn delete(comment: &Comment) -> DeleteCommentRequest {
    DeleteCommentRequest { id: comment.id.clone(), request_id: fresh() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_one_timeline_in_order(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    for (who, text) in [(&requester, "Hello?"), (&agent, "Coming."), (&requester, "Thanks.")] {
        desk.later().await;
        who.reply(&ticket, text).await;
    }
    let timeline = requester.timeline(&ticket).await.expect("timeline");
    let said: Vec<_> = timeline
        .iter()
        .filter_map(|entry| match &entry.what {
            Some(What::Comment(comment)) => Some((comment.author.clone()?.user_id, comment.text.clone())),
            _ => None,
        })
        .collect();
    let expected = [(&requester.id, "Hello?"), (&agent.id, "Coming."), (&requester.id, "Thanks.")];
    assert_eq!(said, expected.map(|(id, text)| (id.clone(), text.to_owned())));
    assert!(matches!(timeline[0].what, Some(What::Filed(_))));
    let read = requester.get(&ticket.id).await.expect("read");
    assert_eq!((read.comment_count, read.etag.as_str()), (3, "4"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_staffs_first_public_answer_is_the_first_response(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    requester.reply(&ticket, "Hello?").await;
    agent.note(&ticket, "Busy.").await;
    assert_eq!(agent.get(&ticket.id).await.expect("read").first_response_time, None);
    desk.later().await;
    let first = agent.reply(&ticket, "Coming.").await;
    desk.later().await;
    agent.reply(&ticket, "Nearly there.").await;
    assert_eq!(requester.get(&ticket.id).await.expect("read").first_response_time, first.create_time);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_says_it_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "Printer").await;
    let comment = Comment {
        ticket_id: ticket.id.clone(),
        kind: CommentKind::Public.into(),
        text: "Hello?".into(),
        ..Comment::default()
    };
    let ask =
        AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
    let first = requester.raw().add_comment(ask.clone()).await.expect("said").into_inner();
    let second = requester.raw().add_comment(ask).await.expect("said").into_inner();
    assert_eq!(first, second);
    assert_eq!(requester.get(&ticket.id).await.expect("read").comment_count, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_keeps_the_first_text_and_refuses_an_old_version(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let said = requester.reply(&ticket, "Helo?").await;
    desk.later().await;
    let edited = requester.raw().edit_comment(edit(&said, "Hello?")).await.expect("edited").into_inner();
    assert_eq!((edited.text.as_str(), edited.first_text.as_str()), ("Hello?", "Helo?"));
    assert!(edited.edit_time.is_some());
    let refusal = requester.raw().edit_comment(edit(&said, "Hi?")).await.expect_err("an old version");
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert_eq!(current_of::<Comment>(&refusal), Some(edited.clone()));
    let refusal = agent.raw().edit_comment(edit(&edited, "Hi?")).await.expect_err("not his");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    let again = requester.raw().edit_comment(edit(&edited, "Hullo?")).await.expect("edited").into_inner();
    assert_eq!(again.first_text, "Helo?");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_comment_keeps_its_place_and_loses_its_words(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let ticket = requester.file(&desk.department(), "Printer").await;
    let said = requester.reply(&ticket, "My password is hunter2").await;
    let gone = requester.raw().delete_comment(delete(&said)).await.expect("deleted").into_inner();
    assert_eq!((gone.text.as_str(), gone.html.as_str(), gone.first_text.as_str()), ("", "", ""));
    assert_eq!(gone.deleted_by.expect("somebody").user_id, requester.id);
    assert_eq!(requester.get(&ticket.id).await.expect("read").comment_count, 0);
    assert_eq!(requester.timeline(&ticket).await.expect("timeline").len(), 2);
    let refusal = requester.raw().delete_comment(delete(&said)).await.expect_err("gone");
    assert_eq!(reason(&refusal), "COMMENT_DELETED");
    let refusal =
        requester.raw().edit_comment(EditCommentRequest { etag: gone.etag, ..edit(&said, "x") }).await;
    assert_eq!(reason(&refusal.expect_err("gone")), "COMMENT_DELETED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_author_has_a_quarter_of_an_hour_to_delete(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let moderator = desk.somebody(&[(&department, &[Permission::TicketRead, Permission::TicketDelete])]);
    let ticket = requester.file(&department, "Printer").await;
    let said = requester.reply(&ticket, "Hello?").await;
    let refusal = agent.raw().delete_comment(delete(&said)).await.expect_err("not his");
    assert_eq!(refusal.code(), Code::PermissionDenied);
    desk.world.advance(SignedDuration::from_mins(16)).await;
    let refusal = requester.raw().delete_comment(delete(&said)).await.expect_err("too late");
    assert_eq!(reason(&refusal), "COMMENT_SETTLED");
    moderator.raw().delete_comment(delete(&said)).await.expect("he may at any time");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn replies_are_one_level_deep_and_stay_on_their_ticket(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let (ticket, other) =
        (requester.file(&department, "Printer").await, requester.file(&department, "Screen").await);
    let answer = |parent: &Comment, ticket_id: &str, kind: CommentKind| AddCommentRequest {
        comment: Some(Comment {
            ticket_id: ticket_id.to_owned(),
            kind: kind.into(),
            text: "Re".into(),
            parent_id: parent.id.clone(),
            ..Comment::default()
        }),
        request_id: fresh(),
        ..AddCommentRequest::default()
    };
    let top = requester.reply(&ticket, "Hello?").await;
    let reply = agent
        .raw()
        .add_comment(answer(&top, &ticket.id, CommentKind::Public))
        .await
        .expect("a reply")
        .into_inner();
    let refusal = requester
        .raw()
        .add_comment(answer(&reply, &ticket.id, CommentKind::Public))
        .await
        .expect_err("too deep");
    assert_eq!(reason(&refusal), "REPLY_TOO_DEEP");
    let refusal = requester
        .raw()
        .add_comment(answer(&top, &other.id, CommentKind::Public))
        .await
        .expect_err("elsewhere");
    assert_eq!(refusal.code(), Code::NotFound);
    let note = agent.note(&ticket, "psst").await;
    let refusal = requester
        .raw()
        .add_comment(answer(&note, &ticket.id, CommentKind::Public))
        .await
        .expect_err("a note");
    assert_eq!(refusal.code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn mentions_name_people_who_exist(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let naming = |ids: Vec<String>| AddCommentRequest {
        comment: Some(Comment {
            ticket_id: ticket.id.clone(),
            kind: CommentKind::Public.into(),
            text: "You".into(),
            mention_ids: ids,
            ..Comment::default()
        }),
        request_id: fresh(),
        ..AddCommentRequest::default()
    };
    let said = requester.raw().add_comment(naming(vec![agent.id.clone()])).await.expect("said").into_inner();
    assert_eq!(said.mention_ids, [agent.id]);
    let refusal = requester.raw().add_comment(naming(vec![desk.id("usr")])).await.expect_err("nobody");
    assert_eq!(wrong_fields(&refusal), ["comment.mention_ids[0]"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_mentioned_who_may_not_read_what_mentions_him(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, elsewhere) = (desk.department(), desk.department());
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let (outsider, copied, colleague) = (desk.agent(&elsewhere), desk.requester(), desk.agent(&department));
    let sent = Ticket { cc_ids: vec![copied.id.clone()], ..ask(&department, "Printer") };
    let ticket = requester.create(sent).await.expect("filed");
    let naming = |kind: CommentKind, people: &[&Client]| AddCommentRequest {
        comment: Some(Comment {
            ticket_id: ticket.id.clone(),
            kind: kind.into(),
            text: "You".into(),
            mention_ids: people.iter().map(|person| person.id.clone()).collect(),
            ..Comment::default()
        }),
        request_id: fresh(),
        ..AddCommentRequest::default()
    };
    let readers = naming(CommentKind::Public, &[&requester, &copied, &colleague]);
    let said = agent.raw().add_comment(readers).await.expect("said").into_inner();
    let refusal = agent
        .raw()
        .add_comment(naming(CommentKind::Public, &[&colleague, &outsider]))
        .await
        .expect_err("out");
    assert_eq!(wrong_fields(&refusal), ["comment.mention_ids[1]"]);
    assert!(refusal.message().contains("put the person in copy"), "{}", refusal.message());
    let note = naming(CommentKind::Internal, &[&requester, &copied, &outsider, &colleague]);
    let refusal = agent.raw().add_comment(note).await.expect_err("no readers");
    let expected: Vec<_> = (0..3).map(|index| format!("comment.mention_ids[{index}]")).collect();
    assert_eq!(wrong_fields(&refusal), expected);
    assert!(refusal.message().contains("of its staff"), "{}", refusal.message());
    agent.raw().add_comment(naming(CommentKind::Internal, &[&colleague])).await.expect("noted");

    let also = EditCommentRequest {
        mention_ids: vec![requester.id.clone(), outsider.id.clone()],
        ..edit(&said, "You, too")
    };
    let refusal = agent.raw().edit_comment(also).await.expect_err("out");
    assert_eq!(wrong_fields(&refusal), ["mention_ids[1]"]);
    assert_eq!(
        agent.get(&ticket.id).await.expect("read").comment_count,
        1,
        "nothing that was refused is said"
    );
    desk.world.settle().await;
    let named = desk.ear.heard().into_iter().filter_map(|envelope| envelope.audience);
    assert!(named.into_iter().all(|audience| !audience.user_ids.contains(&outsider.id)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_comment_passes_over_tickets_a_mentioned_person_may_not_see(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, elsewhere) = (desk.department(), desk.department());
    let (requester, colleague) = (desk.requester(), desk.agent(&here));
    let agent = changer(&desk, &[&here, &elsewhere]);
    let (seen, unseen) = (requester.file(&here, "Printer").await, requester.file(&elsewhere, "Screen").await);
    let comment =
        Comment { mention_ids: vec![colleague.id.clone()], ..says(CommentKind::Internal, "Have a look.") };
    let ask = BulkUpdateRequest {
        ids: vec![seen.id.clone(), unseen.id.clone()],
        comment: Some(comment),
        request_id: fresh(),
        ..BulkUpdateRequest::default()
    };
    let report = agent.bulk(ask).await.expect("reports");
    assert_eq!(report.reasons(), [(unseen.id.as_str(), "INVALID_FIELDS")]);
    assert_eq!(agent.get(&seen.id).await.expect("read").note_count, 1);
    assert_eq!(agent.get(&unseen.id).await.expect("read").note_count, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_voices_at_once_are_all_counted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let voices = (0..16)
        .map(|turn| if turn % 2 == 0 { requester.reply(&ticket, "me") } else { agent.reply(&ticket, "us") });
    futures::future::join_all(voices).await;
    desk.place(&ticket, 1, Status::Open, &agent.id).await;
    let read = requester.get(&ticket.id).await.expect("read");
    assert_eq!((read.comment_count, read.etag.as_str()), (16, "18"));
    desk.world.settle().await;
    let versions: Vec<_> = desk.ear.heard().iter().map(|envelope| envelope.version).collect();
    assert!(versions.is_sorted(), "news of one ticket comes in order: {versions:?}");
}
