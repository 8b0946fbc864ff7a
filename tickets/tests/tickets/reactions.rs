//! What people feel about comments.

use mesh_core::{db::Engine, policy};
use proto::{
    events::v1::envelope::Event,
    tickets::v1::{
        AddReactionRequest, Comment, DeleteCommentRequest, Emoji, RemoveReactionRequest, Ticket,
        timeline_entry::What,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, reason, wrong_fields};

async fn react(client: &Client, comment: &Comment, emoji: Emoji) -> Result<Comment, tonic::Status> {
    let ask = AddReactionRequest { comment_id: comment.id.clone(), emoji: emoji.into() };
    Ok(client.raw().add_reaction(ask).await?.into_inner())
}

async fn unreact(client: &Client, comment: &Comment, emoji: Emoji) -> Result<Comment, tonic::Status> {
    let ask = RemoveReactionRequest { comment_id: comment.id.clone(), emoji: emoji.into() };
    Ok(client.raw().remove_reaction(ask).await?.into_inner())
}

/// The emojis on a comment with how many chose each.
fn felt(comment: &Comment) -> Vec<(Emoji, usize)> {
    comment.reactions.iter().map(|reaction| (reaction.emoji(), reaction.user_ids.len())).collect()
}

async fn listed(reader: &Client, ticket: &Ticket) -> Comment {
    let entries = reader.timeline(ticket).await.expect("a timeline");
    let comment = |what| if let Some(What::Comment(comment)) = what { Some(comment) } else { None };
    entries.into_iter().find_map(|entry| comment(entry.what)).expect("a comment")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_counts_once_and_can_be_taken_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let comment = agent.reply(&ticket, "Done.").await;
    let before = requester.get(&ticket.id).await.expect("read");
    for _ in 0..2 {
        react(&requester, &comment, Emoji::Heart).await.expect("felt");
    }
    desk.later().await;
    react(&agent, &comment, Emoji::Heart).await.expect("felt");
    let both = react(&agent, &comment, Emoji::Fire).await.expect("felt");
    assert_eq!(felt(&both), [(Emoji::Heart, 2), (Emoji::Fire, 1)]);
    assert_eq!(both.reactions[0].user_ids, [requester.id.clone(), agent.id.clone()]);
    assert_eq!(listed(&requester, &ticket).await, both);
    for _ in 0..2 {
        unreact(&requester, &comment, Emoji::Heart).await.expect("taken back");
    }
    assert_eq!(felt(&listed(&agent, &ticket).await), [(Emoji::Heart, 1), (Emoji::Fire, 1)]);
    assert_eq!(requester.get(&ticket.id).await.expect("read").etag, before.etag, "the ticket did not change");
    desk.world.settle().await;
    let changes = desk.ear.names().iter().filter(|name| *name == "tickets.reaction.changed").count();
    assert_eq!(changes, 4, "what changes nothing is no news");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_felt_about_a_note_is_the_staffs(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    let note = agent.note(&ticket, "Known.").await;
    assert_eq!(react(&requester, &note, Emoji::Sad).await.expect_err("unread").code(), Code::NotFound);
    react(&agent, &note, Emoji::Laugh).await.expect("felt");
    desk.world.settle().await;
    let heard = desk.ear.heard();
    let told = heard.iter().find(|envelope| matches!(envelope.event, Some(Event::TicketsReactionChanged(_))));
    let audience = told.expect("news").audience.as_ref().expect("an audience");
    assert!(!policy::sees(&desk.world.person(&requester.id).caller(), audience));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_feels_anything_about_what_was_deleted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, stranger) = (desk.requester(), desk.requester());
    let ticket = requester.file(&department, "Printer").await;
    let comment = requester.reply(&ticket, "Oh no.").await;
    assert_eq!(react(&stranger, &comment, Emoji::Sad).await.expect_err("unseen").code(), Code::NotFound);
    react(&requester, &comment, Emoji::Sad).await.expect("felt");
    let delete = DeleteCommentRequest { id: comment.id.clone(), request_id: fresh() };
    let left = requester.raw().delete_comment(delete).await.expect("taken back").into_inner();
    assert_eq!((felt(&left), felt(&listed(&requester, &ticket).await)), (vec![], vec![]));
    let refused = react(&requester, &comment, Emoji::Sad).await.expect_err("gone");
    assert_eq!(reason(&refused), "COMMENT_DELETED");
    let nonsense = Comment { id: "x".into(), ..Comment::default() };
    let refused = react(&requester, &nonsense, Emoji::Unspecified).await.expect_err("nonsense");
    assert_eq!(wrong_fields(&refused), ["comment_id", "emoji"]);
}
