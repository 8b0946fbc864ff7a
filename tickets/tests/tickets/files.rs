//! Files: from the upload to those who may see them, and away again.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        AttachmentState, CommentKind, CreateTicketRequest, DeleteCommentRequest, DeleteTicketRequest,
        FinishUploadRequest, timeline_entry::What, upload_service_client::UploadServiceClient,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Desk, ask, fresh, reason, wrong_fields};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_its_senders_until_he_uses_it_and_then_everybodys_who_reads_the_comment(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent, stranger) = (desk.requester(), desk.agent(&department), desk.requester());
    let ticket = requester.file(&department, "Printer").await;
    let upload = requester.upload(Some(&ticket), "log.txt", 5).await.expect("prepared");
    let file = upload.attachment.expect("a file");
    assert_eq!(
        (file.state(), upload.path),
        (AttachmentState::Uploading, format!("/files/uploads/{}", file.id))
    );

    desk.send(&file.id, 0, b"he").await;
    assert_eq!(desk.finish(&file.id, "").await.expect_err("half").code(), Code::Aborted);
    desk.send(&file.id, 2, b"llo").await;
    let taken = desk.finish(&file.id, "").await.expect("whole");
    assert_eq!((taken.state(), taken.content_type.as_str()), (AttachmentState::Ready, "text/plain"));
    assert_eq!(desk.finish(&file.id, "").await.expect("again"), taken);
    for other in [&agent, &stranger] {
        assert_eq!(other.attachment(&file.id).await.expect_err("not his yet").code(), Code::NotFound);
    }

    let comment =
        requester.say_with(&ticket, CommentKind::Public, vec![file.id.clone()]).await.expect("said");
    assert_eq!(comment.attachment_ids, std::slice::from_ref(&file.id));
    assert_eq!(comment.attachments[0].name, "log.txt");
    let seen = agent.attachment(&file.id).await.expect("seen");
    assert_eq!((seen.comment_id, seen.ticket_id), (comment.id, ticket.id.clone()));
    assert_eq!(agent.names(&ticket).await.expect("listed"), ["log.txt"]);
    assert_eq!(stranger.attachment(&file.id).await.expect_err("a stranger").code(), Code::NotFound);
    assert_eq!(stranger.names(&ticket).await.expect_err("a stranger").code(), Code::NotFound);
    let timeline = agent.timeline(&ticket).await.expect("timeline");
    let files = timeline.iter().filter_map(|entry| match &entry.what {
        Some(What::Comment(comment)) => Some(comment.attachments.len()),
        _ => None,
    });
    assert_eq!(files.collect::<Vec<_>>(), [1]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn files_of_internal_notes_are_the_staffs(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let public = desk.file_of(&agent, Some(&ticket), "public.txt", b"public").await;
    let secret = desk.file_of(&agent, Some(&ticket), "secret.txt", b"secret").await;
    agent.say_with(&ticket, CommentKind::Public, vec![public.id.clone()]).await.expect("said");
    agent.say_with(&ticket, CommentKind::Internal, vec![secret.id.clone()]).await.expect("noted");
    assert_eq!(requester.names(&ticket).await.expect("listed"), ["public.txt"]);
    assert_eq!(agent.names(&ticket).await.expect("listed"), ["public.txt", "secret.txt"]);
    let refused = requester.attachment(&secret.id).await.expect_err("a note's");
    assert_eq!(
        (refused.code(), requester.delete_file(&secret.id).await.expect_err("a note's").code()),
        (Code::NotFound, Code::NotFound)
    );
    agent.delete_file(&secret.id).await.expect("deleted");
    desk.world.settle().await;
    let told = desk.ear.heard().into_iter().filter(|envelope| format!("{envelope:?}").contains("secret.txt"));
    assert!(
        told.clone().count() > 0
            && told.clone().all(|envelope| {
                envelope.audience.is_some_and(|audience| !audience.user_ids.contains(&requester.id))
            })
    );
    let timeline = format!("{:?}", requester.timeline(&ticket).await.expect("timeline"));
    assert!(timeline.contains("public.txt") && !timeline.contains("secret.txt"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_filed_with_its_files(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let files = [
        desk.file_of(&requester, None, "one.txt", b"one").await.id,
        desk.file_of(&requester, None, "two.txt", b"two").await.id,
    ];
    let ask = CreateTicketRequest {
        ticket: Some(ask(&department, "Printer")),
        request_id: fresh(),
        attachment_ids: files.to_vec(),
    };
    let ticket = requester.raw().create_ticket(ask.clone()).await.expect("filed").into_inner();
    assert_eq!(requester.raw().create_ticket(ask.clone()).await.expect("once").into_inner().id, ticket.id);
    assert_eq!(agent.names(&ticket).await.expect("listed"), ["one.txt", "two.txt"]);
    let again = CreateTicketRequest { request_id: fresh(), ..ask };
    let refused = requester.raw().create_ticket(again).await.expect_err("used before");
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "UPLOAD_UNUSABLE".into()));
    assert_eq!(requester.all().await, [ticket.id]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_ones_own_files_that_arrived_can_be_used_and_only_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let (ticket, other) =
        (requester.file(&department, "One").await, requester.file(&department, "Two").await);
    let good = desk.file_of(&requester, Some(&ticket), "good.txt", b"good").await.id;
    let agents = desk.file_of(&agent, Some(&ticket), "agent.txt", b"agent").await.id;
    let elsewhere = desk.file_of(&requester, Some(&other), "other.txt", b"other").await.id;
    let awaited = requester.upload(Some(&ticket), "late.txt", 5).await.expect("prepared");
    let awaited = awaited.attachment.expect("a file").id;
    for wrong in [agents, elsewhere, awaited, desk.id("att")] {
        let refused = requester.say_with(&ticket, CommentKind::Public, vec![good.clone(), wrong]).await;
        assert_eq!(reason(&refused.expect_err("unusable")), "UPLOAD_UNUSABLE");
    }
    assert_eq!(requester.get(&ticket.id).await.expect("read").comment_count, 0);
    requester.say_with(&ticket, CommentKind::Public, vec![good.clone()]).await.expect("said");
    let refused = requester.say_with(&ticket, CommentKind::Public, vec![good]).await.expect_err("used");
    assert_eq!(reason(&refused), "UPLOAD_UNUSABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_is_stored_once_and_goes_a_day_after_its_last_file(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (one, two) = (desk.requester(), desk.requester());
    let first = desk.file_of(&one, None, "a.txt", b"the same").await;
    let second = desk.file_of(&two, None, "b.txt", b"the same").await;
    assert_eq!(first.sha256, second.sha256);
    assert_eq!(one.attachment(&second.id).await.expect_err("not his").code(), Code::NotFound);
    let ticket = two.file(&department, "Printer").await;
    two.say_with(&ticket, CommentKind::Public, vec![second.id.clone()]).await.expect("said");
    one.delete_file(&first.id).await.expect("deleted");
    desk.world.advance(SignedDuration::from_hours(48)).await;
    assert!(desk.keeps(&second.sha256).await, "another file has it");
    desk.administrator().delete_file(&second.id).await.expect("deleted");
    desk.world.advance(SignedDuration::from_hours(23)).await;
    assert!(desk.keeps(&second.sha256).await, "a backup may be under way");
    let third = desk.file_of(&one, None, "c.txt", b"the same").await;
    desk.world.advance(SignedDuration::from_hours(2)).await;
    assert!(desk.keeps(&third.sha256).await, "somebody sent it again");
    desk.world.advance(SignedDuration::from_hours(48)).await;
    assert_eq!(one.attachment(&third.id).await.expect_err("never used").code(), Code::NotFound);
    desk.world.advance(SignedDuration::from_hours(48)).await;
    assert!(!desk.keeps(&third.sha256).await);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_nobody_uses_is_forgotten_after_a_day_with_what_came_of_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    let upload = requester.upload(None, "half.txt", 5).await.expect("prepared");
    let id = upload.attachment.expect("a file").id;
    desk.send(&id, 0, b"he").await;
    desk.world.advance(SignedDuration::from_hours(25)).await;
    assert_eq!(requester.attachment(&id).await.expect_err("forgotten").code(), Code::NotFound);
    assert_eq!(desk.finish(&id, "").await.expect_err("forgotten").code(), Code::NotFound);
    assert_eq!(desk.world.process().blobs.arrived(&id).await.expect("asks").size, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_takes_a_file_back_within_a_quarter_of_an_hour(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let chief = desk.somebody(&[(&department, &[Permission::TicketRead, Permission::TicketDelete])]);
    let ticket = requester.file(&department, "Printer").await;
    let mut files = vec![];
    for name in ["one.txt", "two.txt"] {
        files.push(desk.file_of(&requester, Some(&ticket), name, b"words").await.id);
    }
    requester.say_with(&ticket, CommentKind::Public, files.clone()).await.expect("said");
    let refused = agent.delete_file(&files[0]).await.expect_err("not his");
    assert_eq!(refused.code(), Code::PermissionDenied);
    requester.delete_file(&files[0]).await.expect("his own, and fresh");
    desk.world.advance(SignedDuration::from_mins(16)).await;
    let refused = requester.delete_file(&files[1]).await.expect_err("too late");
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "COMMENT_SETTLED".into()));
    chief.delete_file(&files[1]).await.expect("may at any time");
    assert_eq!(chief.delete_file(&files[1]).await.expect_err("gone").code(), Code::NotFound);
    let timeline = requester.timeline(&ticket).await.expect("timeline");
    let deleted = timeline.iter().filter_map(|entry| match &entry.what {
        Some(What::Change(change)) => Some(change.fields[0].old_value.as_str()),
        _ => None,
    });
    assert_eq!(deleted.collect::<Vec<_>>(), ["one.txt", "two.txt"]);
    desk.world.settle().await;
    let names = desk.ear.names();
    assert_eq!(names.iter().filter(|name| *name == "tickets.attachment.changed").count(), 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn files_go_with_their_comment_and_with_their_ticket(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, chief) = (desk.requester(), desk.administrator());
    let ticket = requester.file(&department, "Printer").await;
    let one = desk.file_of(&requester, Some(&ticket), "one.txt", b"one").await;
    let two = desk.file_of(&requester, Some(&ticket), "two.txt", b"two").await;
    let comment = requester.say_with(&ticket, CommentKind::Public, vec![one.id.clone()]).await.expect("said");
    requester.say_with(&ticket, CommentKind::Public, vec![two.id.clone()]).await.expect("said");
    let ask = DeleteCommentRequest { id: comment.id, request_id: fresh() };
    let left = requester.raw().delete_comment(ask).await.expect("deleted").into_inner();
    assert!(left.attachments.is_empty() && left.attachment_ids.is_empty());
    assert_eq!(requester.names(&ticket).await.expect("listed"), ["two.txt"]);
    let ask = DeleteTicketRequest {
        id: ticket.id.clone(),
        etag: chief.get(&ticket.id).await.expect("read").etag,
        request_id: fresh(),
        reason: "a test".into(),
    };
    chief.raw().delete_ticket(ask).await.expect("deleted");
    for file in [&one, &two] {
        assert_eq!(chief.attachment(&file.id).await.expect_err("gone").code(), Code::NotFound);
    }
    desk.world.advance(SignedDuration::from_hours(25)).await;
    assert!(!desk.keeps(&one.sha256).await && !desk.keeps(&two.sha256).await);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_was_said_is_refused_and_forgotten(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let requester = desk.requester();
    for (name, bytes, sha256, said) in [
        ("report.pdf", &b"just words"[..], "", "UPLOAD_UNUSABLE"),
        ("notes.txt", b"\x7fELF\x02\x01\x01\0", "", "UPLOAD_UNUSABLE"),
        ("good.txt", b"just words", &"0".repeat(64)[..], "INVALID_FIELDS"),
    ] {
        let upload = requester.upload(None, name, bytes.len()).await.expect("prepared");
        let id = upload.attachment.expect("a file").id;
        desk.send(&id, 0, bytes).await;
        assert_eq!(reason(&desk.finish(&id, sha256).await.expect_err("refused")), said, "{name}");
        assert_eq!(requester.attachment(&id).await.expect_err("forgotten").code(), Code::NotFound);
        assert_eq!(desk.world.process().blobs.arrived(&id).await.expect("asks").size, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_uploads_are_refused_with_every_wrong_field_at_once() {
    let desk = Desk::taking(
        Engine::Sqlite,
        tickets::FilesConfig { attachment_max_bytes: 100, ..tickets::FilesConfig::default() },
    )
    .await;
    let department = desk.department();
    let (requester, stranger) = (desk.requester(), desk.requester());
    let ticket = requester.file(&department, "Printer").await;
    for (name, size) in [("../etc/passwd", 0), ("a\u{202e}b.txt", 101), ("", 101)] {
        let refused = requester.upload(None, name, size).await.expect_err("refused");
        assert_eq!(wrong_fields(&refused), ["attachment.name", "attachment.size_bytes"], "{name:?}");
    }
    let refused = stranger.upload(Some(&ticket), "a.txt", 1).await.expect_err("a stranger");
    assert_eq!(refused.code(), Code::NotFound);
    let too_many = (0..11).map(|_| desk.id("att")).collect();
    let refused = requester.say_with(&ticket, CommentKind::Public, too_many).await.expect_err("too many");
    assert_eq!(wrong_fields(&refused), ["comment.attachment_ids"]);
    let twice = vec![desk.id("att"); 2];
    let refused = requester.say_with(&ticket, CommentKind::Public, twice).await.expect_err("twice");
    assert_eq!(wrong_fields(&refused), ["comment.attachment_ids[1]"]);
    for _ in 0..50 {
        requester.upload(None, "a.txt", 1).await.expect("prepared");
    }
    let refused = requester.upload(None, "a.txt", 1).await.expect_err("too many");
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "TOO_MANY".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_mesh_says_that_bytes_have_come() {
    let desk = Desk::open(Engine::Sqlite).await;
    let id = desk.id("usr");
    let token = desk.world.person(&id).administrator().token();
    let mut client = UploadServiceClient::new(desk.service.with_token(&token));
    let ask = FinishUploadRequest { id: desk.id("att"), sha256: String::new() };
    let refused = client.finish_upload(ask).await.expect_err("a person");
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "MESH_ONLY".into()));
}
