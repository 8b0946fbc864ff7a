//! What tickets publishes. What it hears is in `forgetting.rs`.
//!
//! The invariants: the subject of every event is the ticket (or the article), so that its news comes in order; a ticket inside an event is the
//! public one, without note counts; an event about an internal note reaches the staff only.

use mesh_core::outbox::News;
use proto::events::v1::{
    ArticleChanged, CommentAdded, CommentDeleted, CommentEdited, TicketChanged, TicketCreated, TicketDeleted,
    envelope::Event,
};

use crate::{
    access::{public_audience, staff_audience},
    article::Article,
    comment::Comment,
    number::Style,
    ticket::Ticket,
    wire,
};

/// A ticket was filed.
pub(crate) fn created(ticket: &Ticket, style: &Style) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    public(ticket, Event::TicketsTicketCreated(TicketCreated { ticket: ticket_as_of_then }))
}

/// A ticket changed.
pub(crate) fn changed(ticket: &Ticket, style: &Style, changed_fields: Vec<String>) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    public(ticket, Event::TicketsTicketChanged(TicketChanged { ticket: ticket_as_of_then, changed_fields }))
}

/// A ticket was deleted.
pub(crate) fn deleted(ticket: &Ticket, style: &Style) -> News {
    let ticket_as_it_was = Some(wire::public_ticket(ticket, style));
    public(ticket, Event::TicketsTicketDeleted(TicketDeleted { ticket: ticket_as_it_was }))
}

/// Somebody said something.
pub(crate) fn comment_added(comment: &Comment, ticket: &Ticket, style: &Style) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    let event = CommentAdded { comment: Some(wire::comment(comment)), ticket: ticket_as_of_then };
    about(comment, ticket, Event::TicketsCommentAdded(event))
}

/// A comment got another text.
pub(crate) fn comment_edited(comment: &Comment, ticket: &Ticket) -> News {
    let event = CommentEdited { comment: Some(wire::comment(comment)) };
    about(comment, ticket, Event::TicketsCommentEdited(event))
}

/// A comment was taken back.
pub(crate) fn comment_deleted(comment: &Comment, ticket: &Ticket) -> News {
    let event = CommentDeleted { comment: Some(wire::comment(comment)) };
    about(comment, ticket, Event::TicketsCommentDeleted(event))
}

/// An article was written or changed, for those who see the difference.
pub(crate) fn article_changed(after: &Article, before: Option<&Article>) -> News {
    let (audience, face) = after.audience(before);
    let shown = proto::tickets::v1::Article {
        text: String::new(),
        html: String::new(),
        ..wire::article(after, face)
    };
    let event = Event::TicketsArticleChanged(ArticleChanged { article: Some(shown) });
    News { subject: after.id.clone(), version: after.version, audience, event }
}

/// News of a comment, for those who may read it.
fn about(comment: &Comment, ticket: &Ticket, event: Event) -> News {
    let audience = if comment.is_internal() { staff_audience(ticket) } else { public_audience(ticket) };
    News { audience, ..public(ticket, event) }
}

/// News for everybody who may see the ticket.
fn public(ticket: &Ticket, event: Event) -> News {
    News { subject: ticket.id.clone(), version: ticket.version, audience: public_audience(ticket), event }
}
