//! What tickets publishes. What it hears is in `forgetting.rs`.
//!
//! The invariants: the subject of every event is the ticket (or the article, or the view) it is about, so that its news comes in
//! order; a ticket inside an event is the public one, without note counts and fields of the staff; an event about an internal note
//! or such a field reaches the staff only; what the catalogue's news says is for everybody.

use mesh_core::outbox::News;
use proto::{
    events::v1::{
        ArticleChanged, AttachmentChanged, Audience, CatalogChanged, CommentAdded, CommentDeleted,
        CommentEdited, MergeUndone, ReactionChanged, TicketChanged, TicketCreated, TicketDeleted,
        TicketMerged, TicketRated, ViewChanged, envelope::Event,
    },
    identity::v1::Permission,
    tickets::v1::SharingKind,
};

use crate::{
    access::{public_audience, staff_audience},
    article::Article,
    attachment::Attachment,
    comment::Comment,
    number::Style,
    ticket::Ticket,
    view::View,
    wire,
};

/// A ticket was filed.
pub(crate) fn created(ticket: &Ticket, style: &Style) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    let event = TicketCreated { ticket: ticket_as_of_then, imported: false };
    public(ticket, Event::TicketsTicketCreated(event))
}

/// A ticket came from another system, with the status it had there.
pub(crate) fn imported(ticket: &Ticket, style: &Style) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    let event = TicketCreated { ticket: ticket_as_of_then, imported: true };
    public(ticket, Event::TicketsTicketCreated(event))
}

/// A ticket changed.
pub(crate) fn changed(ticket: &Ticket, style: &Style, changed_fields: Vec<String>) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    public(ticket, Event::TicketsTicketChanged(TicketChanged { ticket: ticket_as_of_then, changed_fields }))
}

/// Something in the catalogue changed; `subject` is what, in this version.
pub(crate) fn catalog_changed(subject: &str, version: i64, what: CatalogChanged) -> News {
    News {
        subject: subject.to_owned(),
        version,
        audience: Audience { everyone: true, ..Audience::default() },
        event: Event::TicketsCatalogChanged(what),
    }
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

/// Somebody said something. Who is named in it may read it, and is named in the audience: nobody else is told of it by name.
pub(crate) fn comment_added(comment: &Comment, ticket: &Ticket, style: &Style) -> News {
    let ticket_as_of_then = Some(wire::public_ticket(ticket, style));
    let event = CommentAdded { comment: Some(wire::comment(comment)), ticket: ticket_as_of_then };
    let mut news = about(comment, ticket, Event::TicketsCommentAdded(event));
    let heard = &mut news.audience.user_ids;
    heard.extend(comment.mention_ids.to_vec());
    heard.sort();
    heard.dedup();
    news
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

/// A file was scanned or deleted.
pub(crate) fn attachment_changed(file: &Attachment, ticket: &Ticket, deleted: bool) -> News {
    let event = AttachmentChanged { attachment: Some(wire::attachment(file)), deleted };
    let audience = if file.is_internal() { staff_audience(ticket) } else { public_audience(ticket) };
    News { audience, ..public(ticket, Event::TicketsAttachmentChanged(event)) }
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
