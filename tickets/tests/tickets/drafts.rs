//! Drafts are kept, and are nobody else's.

use mesh_core::db::Engine;
use proto::tickets::v1::{
    AddCommentRequest, Comment, CommentKind, DiscardDraftRequest, Draft, DraftKind, GetDraftRequest,
    SaveDraftRequest,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh};

async fn keep(client: &Client, ticket_id: &str, kind: DraftKind, text: &str) -> Result<Draft, tonic::Status> {
    let draft = Draft { ticket_id: ticket_id.into(), kind: kind.into(), text: text.into(), save_time: None };
    Ok(client.raw().save_draft(SaveDraftRequest { draft: Some(draft) }).await?.into_inner())
}

async fn kept(client: &Client, ticket_id: &str, kind: DraftKind) -> Result<String, tonic::Status> {
    let ask = GetDraftRequest { ticket_id: ticket_id.into(), kind: kind.into() };
    Ok(client.raw().get_draft(ask).await?.into_inner().text)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_lasts_until_it_is_sent_or_discarded(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    let ticket = agent.file(&department, "Printer").await;
    keep(&agent, &ticket.id, DraftKind::Reply, "Dea").await.expect("kept");
    keep(&agent, &ticket.id, DraftKind::Reply, "Dear").await.expect("kept");
    keep(&agent, &ticket.id, DraftKind::Note, "psst").await.expect("kept");
    keep(&agent, "", DraftKind::Ticket, "Screen").await.expect("kept");
    assert_eq!(kept(&agent, &ticket.id, DraftKind::Reply).await.expect("there"), "Dear");
    let comment = Comment {
        ticket_id: ticket.id.clone(),
        kind: CommentKind::Public.into(),
        text: "Dear you".into(),
        ..Comment::default()
    };
    let ask = AddCommentRequest {
        comment: Some(comment),
        request_id: fresh(),
        discard_draft: DraftKind::Reply.into(),
    };
    agent.raw().add_comment(ask).await.expect("said");
    assert_eq!(kept(&agent, &ticket.id, DraftKind::Reply).await.expect_err("sent").code(), Code::NotFound);
    assert_eq!(kept(&agent, &ticket.id, DraftKind::Note).await.expect("there"), "psst");
    let discard = DiscardDraftRequest { ticket_id: String::new(), kind: DraftKind::Ticket.into() };
    for _ in 0..2 {
        agent.raw().discard_draft(discard.clone()).await.expect("twice is fine");
    }
    assert_eq!(kept(&agent, "", DraftKind::Ticket).await.expect_err("discarded").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_reads_a_draft(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, stranger) = (desk.agent(&department), desk.administrator(), desk.requester());
    let ticket = agent.file(&department, "Printer").await;
    keep(&agent, &ticket.id, DraftKind::Reply, "Dear").await.expect("kept");
    assert_eq!(kept(&boss, &ticket.id, DraftKind::Reply).await.expect_err("not his").code(), Code::NotFound);
    assert_eq!(
        keep(&stranger, &ticket.id, DraftKind::Reply, "x").await.expect_err("unseen").code(),
        Code::NotFound
    );
    let refusal = keep(&agent, &ticket.id, DraftKind::Ticket, "x").await.expect_err("a new ticket has no id");
    assert_eq!(refusal.code(), Code::InvalidArgument);
}
