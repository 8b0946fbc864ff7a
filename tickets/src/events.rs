//! What tickets publishes. What it hears is in `forgetting.rs`.
//!
//! The invariants: the subject of every event is the ticket, so that its news comes in order; a ticket inside an event is the
//! public one, without note counts; an event about an internal note reaches the staff only.

use mesh_core::outbox::News;
use proto::events::v1::{
    CommentAdded, CommentDeleted, CommentEdited, MergeUndone, ReactionChanged, TicketChanged, TicketCreated,
    TicketDeleted, TicketMerged, TicketRated, envelope::Event,
};

use crate::{
    access::{public_audience, staff_audience},
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

/// Something about a ticket changed that only its staff may see.
pub(crate) fn changed_inside(ticket: &Ticket, style: &Style, changed_fields: Vec<String>) -> News {
    News { audience: staff_audience(ticket), ..changed(ticket, style, changed_fields) }
}

/// A ticket became a stub.
pub(crate) fn merged(stub: &Ticket, style: &Style, merge_id: &str) -> News {
    let event = TicketMerged {
        merge_id: merge_id.to_owned(),
        ticket: Some(wire::public_ticket(stub, style)),
        target_id: stub.merged_into_id.clone(),
    };
    public(stub, Event::TicketsTicketMerged(event))
}

/// A stub is a ticket again.
pub(crate) fn merge_undone(ticket: &Ticket, style: &Style, merge_id: &str, target_id: &str) -> News {
    let event = MergeUndone {
        merge_id: merge_id.to_owned(),
        ticket: Some(wire::public_ticket(ticket, style)),
        target_id: target_id.to_owned(),
    };
    public(ticket, Event::TicketsMergeUndone(event))
}

/// The requester said how content he is.
pub(crate) fn rated(ticket: &Ticket, style: &Style) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    public(ticket, Event::TicketsTicketRated(TicketRated { ticket: ticket_as_of_then }))
}

/// Somebody added an emoji to a comment or took one back.
pub(crate) fn reaction_changed(comment: &Comment, ticket: &Ticket) -> News {
    let event = ReactionChanged { comment: Some(wire::comment(comment)) };
    about(comment, ticket, Event::TicketsReactionChanged(event))
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

/// News of a comment, for those who may read it.
fn about(comment: &Comment, ticket: &Ticket, event: Event) -> News {
    let audience = if comment.is_internal() { staff_audience(ticket) } else { public_audience(ticket) };
    News { audience, ..public(ticket, event) }
}

/// News for everybody who may see the ticket.
fn public(ticket: &Ticket, event: Event) -> News {
    News { subject: ticket.id.clone(), version: ticket.version, audience: public_audience(ticket), event }
}
