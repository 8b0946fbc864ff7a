//! What tickets publishes. What it hears is in `forgetting.rs`.
//!
//! The invariants: the subject of every event is the ticket (or view), so that its news comes in order; a ticket inside an event is the
//! public one, without note counts; an event about an internal note reaches the staff only.

use mesh_core::outbox::News;
use proto::{
    events::v1::{
        Audience, CommentAdded, CommentDeleted, CommentEdited, TicketChanged, TicketCreated, TicketDeleted,
        ViewChanged, envelope::Event,
    },
    identity::v1::Permission,
    tickets::v1::SharingKind,
};

use crate::{
    access::{public_audience, staff_audience},
    comment::Comment,
    number::Style,
    ticket::Ticket,
    view::View,
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

/// A view was made, changed from what it was before, or deleted. Everybody hears who could use it before or can now, so the event
/// says nothing of what is in it.
pub(crate) fn view_changed(view: &View, before: Option<&View>, deleted: bool) -> News {
    let mut audience = Audience { user_ids: vec![view.owner_id.clone()], ..Audience::default() };
    for sharing in before.into_iter().chain([view]).map(|view| &view.sharing) {
        match sharing.kind {
            // Agents are whoever reads tickets anywhere, which no audience can say.
            SharingKind::Everyone => audience.everyone = true,
            SharingKind::Department => {
                audience.permission = Permission::TicketRead.into();
                audience.department_ids.push(sharing.department_id.clone());
            }
            SharingKind::Personal | SharingKind::Unspecified => {}
        }
    }
    let event = Event::TicketsViewChanged(ViewChanged { view_id: view.id.clone(), deleted });
    News { subject: view.id.clone(), version: view.version, audience, event }
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
