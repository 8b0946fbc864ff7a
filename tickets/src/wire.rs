//! Tickets and comments as the contract shows them.
//!
//! The invariant: note counts and abilities are for the caller alone; [`public_ticket`] has neither.

use mesh_core::{caller::Caller, clock};
use proto::tickets::v1::{self as wire, TicketView};

use crate::{
    access::{abilities, reads_notes},
    comment::{Comment, Reaction},
    number::Style,
    ticket::{Micros, NEVER, Ticket},
};

/// An instant for the wire; absent for "not yet" and "never".
pub(crate) fn time(micros: Micros) -> Option<prost_types::Timestamp> {
    (micros != 0 && micros != NEVER).then(|| clock::to_proto(clock::from_micros(micros)))
}

/// The instant of the wire as columns have it; 0 when absent, `None` when out of range.
pub(crate) fn micros(instant: Option<&prost_types::Timestamp>) -> Option<Micros> {
    instant.map_or(Some(0), |instant| clock::from_proto(instant).map(jiff::Timestamp::as_microsecond))
}

/// The ticket as everybody who may see it sees it.
pub(crate) fn public_ticket(ticket: &Ticket, style: &Style) -> wire::Ticket {
    wire::Ticket {
        id: ticket.id.clone(),
        number: style.write(ticket.number),
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        description_html: ticket.description_html.clone(),
        language: ticket.language.clone(),
        tags: ticket.tags.to_vec(),
        category_id: ticket.category_id.clone(),
        priority: ticket.priority.into(),
        source: ticket.source.into(),
        comment_count: ticket.comment_count,
        merged_into_id: ticket.merged_into_id.clone(),
        satisfaction: satisfaction(ticket),
        etag: ticket.etag(),
        ..placed(ticket)
    }
}

/// What the requester thought of it; absent until he said.
pub(crate) fn satisfaction(ticket: &Ticket) -> Option<wire::Satisfaction> {
    (ticket.score != 0).then(|| wire::Satisfaction {
        score: ticket.score,
        comment: ticket.score_comment.clone(),
        rate_time: time(ticket.rate_time),
    })
}

/// Its people, its place in the workflow, and its times.
fn placed(ticket: &Ticket) -> wire::Ticket {
    let stage = || wire::Stage { key: ticket.stage_key.clone(), label: ticket.stage_label.clone() };
    wire::Ticket {
        requester_id: ticket.requester_id.clone(),
        on_behalf_of_id: ticket.on_behalf_of_id.clone(),
        cc_ids: ticket.cc_ids.to_vec(),
        watcher_ids: ticket.watcher_ids.to_vec(),
        department_id: ticket.department_id.clone(),
        status: ticket.status.into(),
        stage: (!ticket.stage_key.is_empty()).then(stage),
        run_id: ticket.run_id.clone(),
        run_version: ticket.run_version,
        assignee_id: ticket.assignee_id.clone(),
        queue_id: ticket.queue_id.clone(),
        wait_reason: ticket.wait_reason.into(),
        wait_until_time: time(ticket.wait_until),
        response_due_time: time(ticket.response_due),
        resolve_due_time: time(ticket.resolve_due),
        first_response_time: time(ticket.first_response_time),
        resolve_time: time(ticket.resolve_time),
        close_time: time(ticket.close_time),
        reopen_count: ticket.reopen_count,
        create_time: time(ticket.create_time),
        update_time: time(ticket.update_time),
        ..wire::Ticket::default()
    }
}

/// The ticket as the caller sees it.
pub(crate) fn ticket_for(caller: &Caller, ticket: &Ticket, style: &Style) -> wire::Ticket {
    let note_count = if reads_notes(caller, ticket) { ticket.note_count } else { 0 };
    wire::Ticket { note_count, abilities: Some(abilities(caller, ticket)), ..public_ticket(ticket, style) }
}

/// Whether a view shows the long texts; `default` decides when none was asked for.
pub(crate) fn is_full(view: TicketView, default: TicketView) -> bool {
    let view = if view == TicketView::Unspecified { default } else { view };
    view == TicketView::Full
}

/// The comment.
pub(crate) fn comment(comment: &Comment) -> wire::Comment {
    wire::Comment {
        id: comment.id.clone(),
        ticket_id: comment.ticket_id.clone(),
        kind: comment.kind().into(),
        text: comment.text.clone(),
        html: comment.html.clone(),
        parent_id: comment.parent_id.clone(),
        mention_ids: comment.mention_ids.to_vec(),
        attachment_ids: vec![],
        author: comment.author.to_proto(),
        create_time: time(comment.create_time),
        edit_time: time(comment.edit_time),
        first_text: comment.first_text.clone(),
        delete_time: time(comment.delete_time),
        deleted_by: comment.deleted_by.to_proto(),
        reactions: reactions(&comment.reactions),
        etag: comment.etag(),
    }
}

/// Each emoji with who chose it, in the order in which each was first chosen.
fn reactions(chosen: &[Reaction]) -> Vec<wire::Reaction> {
    let mut reactions: Vec<wire::Reaction> = vec![];
    for Reaction { emoji, person_id } in chosen {
        match reactions.iter_mut().find(|reaction| reaction.emoji() == *emoji) {
            Some(reaction) => reaction.user_ids.push(person_id.clone()),
            None => {
                reactions.push(wire::Reaction { emoji: (*emoji).into(), user_ids: vec![person_id.clone()] })
            }
        }
    }
    reactions
}
