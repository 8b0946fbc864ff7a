//! Tickets and their conversation.

use proto::tickets::v1::{
    AddCommentRequest, AddReactionRequest, Comment, CommentKind, CountTicketsRequest, CreateTicketRequest,
    DeleteCommentRequest, DeleteTicketRequest, DiscardDraftRequest, Draft, DraftKind, EditCommentRequest,
    Emoji, GetDraftRequest, GetTicketRequest, LinkTicketsRequest, LinkedTicket, ListLinksRequest,
    ListTicketsRequest, ListTicketsResponse, ListTimelineRequest, Merge, MergeTicketsRequest,
    MoveCommentRequest, RateByLinkRequest, RateByLinkResponse, RateTicketRequest, RemoveReactionRequest,
    SaveDraftRequest, SearchTicketsRequest, SearchTicketsResponse, SetWatchersRequest, Ticket, TicketLink,
    TicketQuery, TicketView, TimelineEntry, UndoMergeRequest, UnlinkTicketsRequest, UpdateTicketRequest,
    ticket_service,
};

use super::{Answer, ask, last_word, mask, request_id};
use crate::browser;

/// Entries of a timeline asked for at a time, the most the server gives.
const TIMELINE_PAGE: i32 = 200;

/// Files a ticket with the files that were sent for it; the same `request_id` never files it twice.
pub(crate) async fn create(
    ticket: Ticket,
    attachment_ids: Vec<String>,
    request_id: String,
) -> Answer<Ticket> {
    let asked = CreateTicketRequest { ticket: Some(ticket), request_id, attachment_ids };
    ask(ticket_service::CREATE_TICKET, asked).await
}

/// One ticket by id or number.
pub(crate) async fn get(id: String) -> Answer<Ticket> {
    let asked = GetTicketRequest { id, view: TicketView::Full.into() };
    ask(ticket_service::GET_TICKET, asked).await
}

/// A page of tickets, in the order asked for; whole ones with what was entered into their forms.
pub(crate) async fn list(
    query: TicketQuery,
    order_by: String,
    page_token: String,
    page_size: i32,
    whole: bool,
) -> Answer<ListTicketsResponse> {
    let (query, filter) = (Some(query), String::new());
    let view = if whole { TicketView::Full } else { TicketView::Basic }.into();
    let asked = ListTicketsRequest { query, filter, order_by, page_token, page_size, view };
    ask(ticket_service::LIST_TICKETS, asked).await
}

/// A page of the tickets that have these words, best first.
pub(crate) async fn search(
    text: String,
    query: TicketQuery,
    page_token: String,
    page_size: i32,
) -> Answer<SearchTicketsResponse> {
    let asked = SearchTicketsRequest { text, query: Some(query), page_token, page_size };
    ask(ticket_service::SEARCH_TICKETS, asked).await
}

/// Exact numbers for several questions at once.
pub(crate) async fn count(queries: Vec<TicketQuery>) -> Answer<Vec<i64>> {
    let asked = CountTicketsRequest { queries };
    ask(ticket_service::COUNT_TICKETS, asked).await.map(|answer| answer.counts)
}

/// Everything that happened to a ticket, in order.
pub(crate) async fn timeline(ticket_id: String) -> Answer<Vec<TimelineEntry>> {
    let mut entries = Vec::new();
    let mut page_token = String::new();
    loop {
        let ticket_id = ticket_id.clone();
        let asked = ListTimelineRequest {
            ticket_id,
            page_size: TIMELINE_PAGE,
            page_token,
            ..ListTimelineRequest::default()
        };
        let page = ask(ticket_service::LIST_TIMELINE, asked).await?;
        entries.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(entries);
        }
    }
}

/// What the caller was writing.
pub(crate) async fn draft(ticket_id: String, kind: DraftKind) -> Answer<String> {
    let asked = GetDraftRequest { ticket_id, kind: kind.into() };
    ask(ticket_service::GET_DRAFT, asked).await.map(|draft| draft.text)
}

/// Keeps what the caller is writing; nothing written is nothing to keep.
pub(crate) async fn keep_draft(ticket_id: String, kind: DraftKind, text: String) -> Answer<()> {
    if text.is_empty() {
        let asked = DiscardDraftRequest { ticket_id, kind: kind.into() };
        return ask(ticket_service::DISCARD_DRAFT, asked).await.map(|_| ());
    }
    let asked =
        SaveDraftRequest { draft: Some(Draft { ticket_id, kind: kind.into(), text, save_time: None }) };
    ask(ticket_service::SAVE_DRAFT, asked).await.map(|_| ())
}

/// The same when the page is about to go.
pub(crate) fn keep_draft_at_last(ticket_id: &str, kind: DraftKind, text: &str) {
    let whose = [("ticketId", ticket_id), ("kind", kind.as_str_name())];
    if text.is_empty() {
        return last_word("TicketService/DiscardDraft", &browser::json(&whose));
    }
    let draft = browser::json(&[whose[0], whose[1], ("text", text)]);
    last_word("TicketService/SaveDraft", &format!(r#"{{"draft":{draft}}}"#));
}

/// Answers in public or writes an internal note, and drops the draft of it; the same `request_id` never says it twice.
pub(crate) async fn say(comment: Comment, request_id: String) -> Answer<Comment> {
    let draft = if comment.kind() == CommentKind::Internal { DraftKind::Note } else { DraftKind::Reply };
    let asked = AddCommentRequest { comment: Some(comment), request_id, discard_draft: draft.into() };
    ask(ticket_service::ADD_COMMENT, asked).await
}

/// Says something without a draft of it.
pub(crate) async fn add(ticket_id: &str, comment: &Comment) -> Answer<Comment> {
    let comment = Comment {
        ticket_id: ticket_id.to_owned(),
        kind: comment.kind,
        text: comment.text.clone(),
        ..Comment::default()
    };
    let asked = AddCommentRequest {
        comment: Some(comment),
        request_id: request_id(),
        ..AddCommentRequest::default()
    };
    ask(ticket_service::ADD_COMMENT, asked).await
}

/// Changes what a comment says; the first text is kept and shown.
pub(crate) async fn edit_comment(comment: &Comment, text: String) -> Answer<Comment> {
    let asked = EditCommentRequest {
        id: comment.id.clone(),
        text,
        mention_ids: comment.mention_ids.clone(),
        etag: comment.etag.clone(),
        request_id: request_id(),
    };
    ask(ticket_service::EDIT_COMMENT, asked).await
}

/// Deletes a comment: that it was there stays visible.
pub(crate) async fn delete_comment(id: String) -> Answer<Comment> {
    let asked = DeleteCommentRequest { id, request_id: request_id() };
    ask(ticket_service::DELETE_COMMENT, asked).await
}

/// Moves a comment with its replies to another ticket.
pub(crate) async fn move_comment(id: String, target_ticket_id: String) -> Answer<Comment> {
    let asked = MoveCommentRequest { id, target_ticket_id, request_id: request_id() };
    ask(ticket_service::MOVE_COMMENT, asked).await
}

/// Adds the caller's emoji to a comment, or takes it back.
pub(crate) async fn react(comment_id: String, emoji: Emoji, takes_back: bool) -> Answer<Comment> {
    let emoji = emoji.into();
    if takes_back {
        return ask(ticket_service::REMOVE_REACTION, RemoveReactionRequest { comment_id, emoji }).await;
    }
    ask(ticket_service::ADD_REACTION, AddReactionRequest { comment_id, emoji }).await
}

/// How a ticket belongs with others, each with the ticket at the other end.
pub(crate) async fn links(ticket_id: String) -> Answer<Vec<LinkedTicket>> {
    ask(ticket_service::LIST_LINKS, ListLinksRequest { ticket_id }).await.map(|answer| answer.links)
}

/// Links two tickets; the same `request_id` links them once.
pub(crate) async fn link(link: TicketLink, request_id: String) -> Answer<TicketLink> {
    ask(ticket_service::LINK_TICKETS, LinkTicketsRequest { link: Some(link), request_id }).await
}

/// Takes a link away.
pub(crate) async fn unlink(id: String) -> Answer<()> {
    ask(ticket_service::UNLINK_TICKETS, UnlinkTicketsRequest { id }).await.map(|_| ())
}

/// Merges a ticket into another one, with a public word to its requester if there is one.
pub(crate) async fn merge(
    target_id: String,
    source_id: String,
    comment: String,
    request_id: String,
) -> Answer<Merge> {
    let merge = Some(Merge { target_id, source_ids: vec![source_id], ..Merge::default() });
    ask(ticket_service::MERGE_TICKETS, MergeTicketsRequest { merge, request_id, comment }).await
}

/// Undoes a merge.
pub(crate) async fn unmerge(id: String) -> Answer<Merge> {
    ask(ticket_service::UNDO_MERGE, UndoMergeRequest { id, request_id: request_id() }).await
}

/// Changes the named fields of the ticket as it was read.
pub(crate) async fn update(ticket: Ticket, paths: &[&str]) -> Answer<Ticket> {
    update_because(ticket, paths, String::new()).await
}

/// The same with the reason for the timeline.
pub(crate) async fn update_because(ticket: Ticket, paths: &[&str], cause: String) -> Answer<Ticket> {
    let asked = UpdateTicketRequest {
        ticket: Some(ticket),
        update_mask: Some(mask(paths)),
        request_id: request_id(),
        cause,
    };
    ask(ticket_service::UPDATE_TICKET, asked).await
}

/// Lets people follow a ticket, and others no longer.
pub(crate) async fn set_watchers(
    ticket_id: String,
    add_ids: Vec<String>,
    remove_ids: Vec<String>,
) -> Answer<Ticket> {
    ask(ticket_service::SET_WATCHERS, SetWatchersRequest { ticket_id, add_ids, remove_ids }).await
}

/// Deletes a ticket as it was read, with all that was said; the same `request_id` deletes it once.
pub(crate) async fn delete(ticket: &Ticket, reason: String, request_id: String) -> Answer<()> {
    let asked = DeleteTicketRequest { id: ticket.id.clone(), etag: ticket.etag.clone(), request_id, reason };
    ask(ticket_service::DELETE_TICKET, asked).await.map(|_| ())
}

/// Says how content the requester is; the same `request_id` never says it twice.
pub(crate) async fn rate(asked: RateTicketRequest) -> Answer<Ticket> {
    ask(ticket_service::RATE_TICKET, asked).await
}

/// The same by the link that was sent, without a session.
pub(crate) async fn rate_by_link(asked: RateByLinkRequest) -> Answer<RateByLinkResponse> {
    ask(ticket_service::RATE_BY_LINK, asked).await
}
