//! `AddComment`, `EditComment`, `DeleteComment`.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::Action,
};
use proto::tickets::v1::{
    self as wire, AddCommentRequest, CommentKind, DeleteCommentRequest, DraftKind, EditCommentRequest,
    ErrorReason,
};

use super::{Tickets, expect_etag, outrun};
use crate::{
    access::{self, Viewer},
    attachment::{Attachment, check_ids},
    column::{Doer, Words},
    comment::Comment,
    events, files, markdown,
    store::{
        attachments::{self, Target},
        comments,
        drafts::{self, DraftKey},
        merges, reactions,
        tickets::{self, Count, Which},
        words::{self, Changed},
    },
    ticket::{Ticket, check_people},
    wire::comment as encode,
};

const ADD: &str = "/ticketmesh.tickets.v1.TicketService/AddComment";
const EDIT: &str = "/ticketmesh.tickets.v1.TicketService/EditComment";
const DELETE: &str = "/ticketmesh.tickets.v1.TicketService/DeleteComment";

/// Bytes of a comment.
const TEXT: std::ops::RangeInclusive<usize> = 1..=65_536;
/// People a comment may name.
const MOST_MENTIONS: usize = 50;

impl Tickets {
    /// Says something.
    pub(super) async fn add_comment_to(
        &self,
        caller: &Caller,
        ask: AddCommentRequest,
    ) -> Result<wire::Comment> {
        let key = RequestKey::new(caller, ADD, &ask.request_id, &ask)?;
        let draft = ask.discard_draft();
        let sent = ask.comment.unwrap_or_default();
        check_new(&sent)?;
        let ticket = self.seen(caller, &sent.ticket_id, false).await?;
        access::check(caller, action(sent.kind()), &ticket)?;
        ticket.expect_whole()?;
        let mentions = self.directory.mentions("comment.mention_ids", &sent.mention_ids).await?;
        if let Err(refusal) = mentions.expect_readers(&ticket, sent.kind()) {
            return self.or_replayed(&key, refusal).await;
        }
        let html = markdown::render(&sent.text);

        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        expect_parent(&mut tx, &sent).await?;
        let (comment, _) = self.keep_comment(&mut tx, caller, &ticket, sent, html).await?;
        discard_sent(&mut tx, caller, &ticket.id, draft).await?;
        finish(tx, &key, encode(&comment)).await
    }

    /// Writes a comment with its files and its news: what was said, and the ticket as it is then.
    pub(super) async fn keep_comment(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        ticket: &Ticket,
        mut sent: wire::Comment,
        html: String,
    ) -> Result<(Comment, Ticket)> {
        let cause = Cause::of(caller);
        let file_ids = std::mem::take(&mut sent.attachment_ids);
        let mut comment = said(tx, sent, html, cause.actor().clone().into());
        let counted = tickets::count(tx, &ticket.id, coming(caller, ticket, &comment)).await?;
        let ticket = counted.ok_or_else(|| Error::not_found("ticket", &comment.ticket_id))?;
        ticket.expect_whole()?; // It may have been merged since it was read.
        comments::insert(tx, &comment).await?;
        comment.attachments = use_files(tx, caller, &comment, &file_ids).await?;
        words::refresh(tx, ticket.number, changed(&comment)).await?;
        outbox::push(tx, &cause, events::comment_added(&comment, &ticket, &self.style)).await?;
        Ok((comment, ticket))
    }

    /// Gives a comment another text.
    pub(super) async fn edit(&self, caller: &Caller, ask: EditCommentRequest) -> Result<wire::Comment> {
        let key = RequestKey::new(caller, EDIT, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "cmt");
        check_text("", &ask.text, &ask.mention_ids, &mut wrong);
        wrong.into_result()?;
        let mentions = self.directory.mentions("mention_ids", &ask.mention_ids).await?;
        let html = markdown::render(&ask.text);

        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let (ticket, before) = self.read_comment(&mut tx, caller, &ask.id).await?;
        if !caller.user_id().is_ok_and(|id| before.is_by(id)) {
            return Err(Error::permission_denied(
                "only its author may change a comment; write one of your own",
            ));
        }
        expect_etag(caller, &ask.etag, &before.etag(), || encode(&before))?;
        mentions.but_for(&before.mention_ids).expect_readers(&ticket, before.kind())?;
        let after = before.edited(ask.text, html, Words::of(&ask.mention_ids), tx.micros())?;
        if !comments::save(&mut tx, &after).await? {
            return Err(outrun());
        }
        words::refresh(&mut tx, ticket.number, changed(&after)).await?;
        outbox::push(&mut tx, &Cause::of(caller), events::comment_edited(&after, &ticket)).await?;
        finish(tx, &key, encode(&after)).await
    }

    /// Takes a comment back.
    pub(super) async fn take_back(
        &self,
        caller: &Caller,
        ask: DeleteCommentRequest,
    ) -> Result<wire::Comment> {
        let key = RequestKey::new(caller, DELETE, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "cmt");
        wrong.into_result()?;

        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let (ticket, before) = self.read_comment(&mut tx, caller, &ask.id).await?;
        let any_time = access::may(caller, Action::TicketDelete, &ticket);
        if !any_time && !caller.user_id().is_ok_and(|id| before.is_by(id)) {
            access::check(caller, Action::TicketDelete, &ticket)?;
        }
        let after = delete_comment(&mut tx, caller, &before, any_time).await?;
        finish(tx, &key, encode(&after)).await
    }

    /// The comment with its ticket, as far as the caller may read it.
    pub(super) async fn read_comment(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: &str,
    ) -> Result<(Ticket, Comment)> {
        let missing = || Error::not_found("comment", id);
        let mut comment = comments::comment(tx, id).await?.ok_or_else(missing)?;
        reactions::read_into(tx.conn(), [&mut comment]).await?;
        let viewer = Viewer::of(caller)?;
        let ticket = tickets::ticket(tx.conn(), Which::Id(&comment.ticket_id), &viewer, false)
            .await?
            .ok_or_else(missing)?;
        if comment.is_internal() && !access::reads_notes(caller, &ticket) {
            return Err(missing());
        }
        Ok((ticket, comment))
    }

    /// The ticket as far as the caller may see it, read inside a transaction.
    pub(super) async fn seen_in(&self, tx: &mut Tx, caller: &Caller, id: &str) -> Result<Ticket> {
        let found = tickets::ticket(tx.conn(), Which::Id(id), &Viewer::of(caller)?, false).await?;
        found.ok_or_else(|| Error::not_found("ticket", id))
    }
}

/// Takes a comment back and tells of it: what is left of it. `any_time` is the right to delete others' and old ones.
pub(super) async fn delete_comment(
    tx: &mut Tx,
    caller: &Caller,
    before: &Comment,
    any_time: bool,
) -> Result<Comment> {
    let cause = Cause::of(caller);
    merges::return_files(tx, &before.id).await?; // What another ticket was filed with is not the comment's to take along.
    let gone = attachments::delete_of_comment(tx, &before.id).await?;
    files::collect_later(tx, gone).await?;
    let after = before.deleted(cause.actor().clone().into(), any_time, tx.micros())?;
    let counted = tickets::count(tx, &after.ticket_id, going(&after)).await?;
    let ticket = counted.ok_or_else(|| Error::not_found("comment", &after.id))?;
    if ticket.is_stub() || !comments::save(tx, &after).await? {
        return Err(outrun());
    }
    words::refresh(tx, ticket.number, changed(&after)).await?;
    reactions::clear(tx, &after.id).await?;
    outbox::push(tx, &cause, events::comment_deleted(&after, &ticket)).await?;
    Ok(after)
}

/// Keeps the answer for repetitions, and commits.
async fn finish(mut tx: Tx, key: &RequestKey, answer: wire::Comment) -> Result<wire::Comment> {
    key.record(&mut tx, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Throws away the draft of what was just said.
async fn discard_sent(tx: &mut Tx, caller: &Caller, ticket_id: &str, kind: DraftKind) -> Result<()> {
    match caller.user_id() {
        Ok(person_id) if kind != DraftKind::Unspecified => {
            drafts::discard(tx, DraftKey { person_id, ticket_id, kind }).await
        }
        _ => Ok(()),
    }
}

/// What it takes to say something of this kind.
pub(super) const fn action(kind: CommentKind) -> Action {
    match kind {
        CommentKind::Internal => Action::TicketNote,
        CommentKind::Public | CommentKind::Unspecified => Action::TicketReply,
    }
}

fn check_new(sent: &wire::Comment) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id("comment.ticket_id", &sent.ticket_id, "tkt");
    wrong.when(sent.kind() == CommentKind::Unspecified, "comment.kind", "is unknown; use PUBLIC or INTERNAL");
    wrong.optional_id("comment.parent_id", &sent.parent_id, "cmt");
    check_text("comment.", &sent.text, &sent.mention_ids, &mut wrong);
    check_ids("comment.attachment_ids", &sent.attachment_ids, &mut wrong);
    wrong.into_result()
}

/// Names what is wrong with a comment's text and the people it names.
pub(super) fn check_text(prefix: &str, text: &str, mention_ids: &[String], wrong: &mut Violations) {
    wrong.long_text(&format!("{prefix}text"), text, TEXT);
    check_people(&format!("{prefix}mention_ids"), mention_ids, MOST_MENTIONS, wrong);
}

/// Fine when the comment replies to nothing, or to a comment of its ticket and kind that is no reply itself.
async fn expect_parent(tx: &mut Tx, sent: &wire::Comment) -> Result<()> {
    if sent.parent_id.is_empty() {
        return Ok(());
    }
    let found = comments::comment(tx, &sent.parent_id).await?;
    let fits = |parent: &Comment| parent.ticket_id == sent.ticket_id && parent.kind() == sent.kind();
    let parent = found.filter(fits).ok_or_else(|| Error::not_found("comment", &sent.parent_id))?;
    if !parent.parent_id.is_empty() && comments::is_reply(tx, &parent.id).await? {
        let message = "a reply can't be replied to; reply to the comment above it";
        return Err(Error::failed_precondition(&ErrorReason::ReplyTooDeep, message));
    }
    Ok(())
}

/// The new comment.
fn said(tx: &Tx, sent: wire::Comment, html: String, author: Doer) -> Comment {
    Comment {
        id: tx.ids().id("cmt"),
        internal: i64::from(sent.kind() == CommentKind::Internal),
        ticket_id: sent.ticket_id,
        text: sent.text,
        html,
        parent_id: sent.parent_id,
        mention_ids: Words::of(&sent.mention_ids),
        author,
        ..Comment::blank(tx.micros())
    }
}

/// Uses the caller's files with the comment.
async fn use_files(
    tx: &mut Tx,
    caller: &Caller,
    comment: &Comment,
    ids: &[String],
) -> Result<Vec<Attachment>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let target =
        Target { ticket_id: &comment.ticket_id, comment_id: &comment.id, owner_id: caller.user_id()? };
    files::bind(tx, ids, target).await
}

/// What a new comment does to its ticket; the staff's first public answer leaves its time.
fn coming(caller: &Caller, ticket: &Ticket, comment: &Comment) -> Count {
    if comment.is_internal() {
        return Count::Note { by: 1 };
    }
    let by_staff = access::answers_as_staff(caller, ticket);
    Count::Public { by: 1, first_response_time: if by_staff { comment.create_time } else { 0 } }
}

/// What it means for the index that the comment changed.
const fn changed(comment: &Comment) -> Changed {
    if comment.is_internal() { Changed::Notes } else { Changed::Public }
}

/// What a deleted comment does to its ticket.
const fn going(comment: &Comment) -> Count {
    if comment.is_internal() {
        Count::Note { by: -1 }
    } else {
        Count::Public { by: -1, first_response_time: 0 }
    }
}
