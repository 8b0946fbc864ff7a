//! Moving a comment to another ticket, and back.

use mesh_core::{db::Engine, policy};
use proto::tickets::v1::{
    AddCommentRequest, Comment, CommentKind, Ticket, TimelineEntry, timeline_entry::What,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, wrong_fields};

/// A timeline without the entries that tell of moves.
async fn told(reader: &Client, ticket: &Ticket) -> Vec<TimelineEntry> {
    let mut entries = reader.timeline(ticket).await.expect("a timeline");
    entries.retain(|entry| !matches!(entry.what, Some(What::CommentMoved(_))));
    entries
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_comment_moves_with_its_replies_and_back_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, lead) = (desk.requester(), desk.lead(&department));
    let (from, to) = (requester.file(&department, "A").await, lead.file(&department, "B").await);
    let comment = requester.reply(&from, "And the screen is dark.").await;
    let reply = Comment {
        ticket_id: from.id.clone(),
        kind: CommentKind::Public.into(),
        text: "Since when?".into(),
        parent_id: comment.id.clone(),
        ..Comment::default()
    };
    let ask = AddCommentRequest { comment: Some(reply), request_id: fresh(), ..AddCommentRequest::default() };
    lead.raw().add_comment(ask).await.expect("said");
    let before = (told(&lead, &from).await, told(&lead, &to).await);
    let counts = async || {
        let (from, to) = (lead.get(&from.id).await.expect("read"), lead.get(&to.id).await.expect("read"));
        (from.comment_count, to.comment_count)
    };
    assert_eq!(counts().await, (2, 0));

    let moved = lead.relocate(&comment, &to).await.expect("moved");
    assert_eq!(moved.ticket_id, to.id);
    assert_eq!(counts().await, (0, 2));
    assert_eq!(told(&lead, &to).await.len(), before.1.len() + 2);
    assert_eq!(requester.timeline(&from).await.expect("read").len(), 1, "how it went is the staff's to know");
    lead.relocate(&moved, &from).await.expect("back");
    assert_eq!((told(&lead, &from).await, told(&lead, &to).await), before);
    assert_eq!(counts().await, (2, 0));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_note_moves_without_a_trace_for_requesters(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, lead) = (desk.requester(), desk.lead(&department));
    let (from, to) = (requester.file(&department, "A").await, requester.file(&department, "B").await);
    let note = lead.note(&from, "Known.").await;
    let see = async || {
        let mut seen = vec![];
        for ticket in [&from, &to] {
            seen.push((
                requester.get(&ticket.id).await.expect("read"),
                requester.timeline(ticket).await.expect("read"),
            ));
        }
        seen
    };
    let before = see().await;
    desk.world.settle().await;
    let known = desk.ear.heard().len();
    desk.later().await;
    lead.relocate(&note, &to).await.expect("moved");
    desk.world.settle().await;
    assert_eq!(see().await, before);
    assert_eq!(lead.get(&to.id).await.expect("read").note_count, 1);
    let caller = desk.world.person(&requester.id).caller();
    for told in &desk.ear.heard()[known..] {
        assert!(!policy::sees(&caller, told.audience.as_ref().expect("an audience")));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn moving_takes_the_right_on_both_sides(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (lead, agent, boss) = (desk.lead(&here), desk.agent(&here), desk.administrator());
    let (from, to, far) =
        (lead.file(&here, "A").await, lead.file(&here, "B").await, boss.file(&there, "C").await);
    let comment = lead.reply(&from, "x").await;
    assert_eq!(agent.relocate(&comment, &to).await.expect_err("no right").code(), Code::PermissionDenied);
    assert_eq!(lead.relocate(&comment, &far).await.expect_err("unseen").code(), Code::NotFound);
    let refused = lead.relocate(&comment, &from).await.expect_err("it is there");
    assert_eq!(wrong_fields(&refused), ["target_ticket_id"]);
    boss.relocate(&comment, &far).await.expect("who may everywhere");
    assert_eq!(lead.relocate(&comment, &to).await.expect_err("out of sight").code(), Code::NotFound);
}
