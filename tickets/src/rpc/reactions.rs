//! `AddReaction`, `RemoveReaction`. Doing it twice is doing it once, and tells nobody the second time.

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
    outbox::{self, Cause},
};
use proto::tickets::v1::{self as wire, AddReactionRequest, Emoji, RemoveReactionRequest};

use super::Tickets;
use crate::{events, store::reactions, wire::comment as encode};

impl Tickets {
    /// Adds the caller's emoji to a comment.
    pub(super) async fn react(&self, caller: &Caller, ask: AddReactionRequest) -> Result<wire::Comment> {
        check(&ask.comment_id, ask.emoji())?;
        self.set_reaction(caller, &ask.comment_id, ask.emoji(), true).await
    }

    /// Takes the caller's emoji back.
    pub(super) async fn unreact(&self, caller: &Caller, ask: RemoveReactionRequest) -> Result<wire::Comment> {
        check(&ask.comment_id, ask.emoji())?;
        self.set_reaction(caller, &ask.comment_id, ask.emoji(), false).await
    }

    async fn set_reaction(
        &self,
        caller: &Caller,
        comment_id: &str,
        emoji: Emoji,
        chosen: bool,
    ) -> Result<wire::Comment> {
        let person_id = caller.user_id()?;
        let mut tx = self.store.db().begin().await?;
        let (ticket, mut comment) = self.read_comment(&mut tx, caller, comment_id).await?;
        let changed = if chosen {
            comment.expect_standing()?;
            reactions::add(&mut tx, comment_id, person_id, emoji).await?
        } else {
            reactions::remove(&mut tx, comment_id, person_id, emoji).await?
        };
        if changed {
            comment.reactions.clear();
            reactions::read_into(tx.conn(), [&mut comment]).await?;
            let news = events::reaction_changed(&comment, &ticket);
            outbox::push(&mut tx, &Cause::of(caller), news).await?;
            tx.commit().await?;
        }
        Ok(encode(&comment))
    }
}

fn check(comment_id: &str, emoji: Emoji) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id("comment_id", comment_id, "cmt");
    wrong.when(emoji == Emoji::Unspecified, "emoji", "is unknown; use one of the contract's");
    wrong.into_result()
}
