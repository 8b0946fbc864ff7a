//! Tickets and their conversation.

use proto::tickets::v1::{
    AddCommentRequest, Comment, CommentKind, CountTicketsRequest, CreateTicketRequest, DiscardDraftRequest,
    Draft, DraftKind, GetDraftRequest, GetTicketRequest, ListTicketsRequest, ListTicketsResponse,
    ListTimelineRequest, RateByLinkRequest, RateByLinkResponse, RateTicketRequest, SaveDraftRequest, Ticket,
    TicketQuery, TicketView, TimelineEntry, UpdateTicketRequest, ticket_service,
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

/// A page of tickets, the last changed first.
pub(crate) async fn list(
    query: TicketQuery,
    page_token: String,
    page_size: i32,
) -> Answer<ListTicketsResponse> {
    let asked =
        ListTicketsRequest { query: Some(query), page_token, page_size, ..ListTicketsRequest::default() };
    ask(ticket_service::LIST_TICKETS, asked).await
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
pub(crate) async fn say(
    ticket_id: String,
    kind: CommentKind,
    text: String,
    request_id: String,
) -> Answer<Comment> {
    let comment = Comment { ticket_id, kind: kind.into(), text, ..Comment::default() };
    let draft = if kind == CommentKind::Internal { DraftKind::Note } else { DraftKind::Reply };
    let asked = AddCommentRequest { comment: Some(comment), request_id, discard_draft: draft.into() };
    ask(ticket_service::ADD_COMMENT, asked).await
}

/// Changes the named fields of the ticket as it was read.
pub(crate) async fn update(ticket: Ticket, paths: &[&str]) -> Answer<Ticket> {
    let asked = UpdateTicketRequest {
        ticket: Some(ticket),
        update_mask: Some(mask(paths)),
        request_id: request_id(),
        cause: String::new(),
    };
    ask(ticket_service::UPDATE_TICKET, asked).await
}

/// Says how content the requester is; the same `request_id` never says it twice.
pub(crate) async fn rate(asked: RateTicketRequest) -> Answer<Ticket> {
    ask(ticket_service::RATE_TICKET, asked).await
}

/// The same by the link that was sent, without a session.
pub(crate) async fn rate_by_link(asked: RateByLinkRequest) -> Answer<RateByLinkResponse> {
    ask(ticket_service::RATE_BY_LINK, asked).await
}
