//! Tickets, comments and files as the contract shows them.
//!
//! The invariant: note counts, fields of the staff and abilities are for the caller alone; [`public_ticket`] has none of them.

use mesh_core::{caller::Caller, clock};
use proto::tickets::v1::{self as wire, TicketView};

use crate::{
    access::{abilities, reader},
    article::{Article, Face},
    attachment::Attachment,
    catalogue::Reader,
    comment::{Comment, Reaction},
    number::Style,
    store::articles::Version,
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
        priority_by_hand: ticket.is_by_hand(),
        impact: ticket.impact.into(),
        urgency: ticket.urgency.into(),
        fields: ticket.fields.to_proto(Reader::Requester),
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
    let reader = reader(caller, ticket);
    let note_count = if matches!(reader, Reader::Requester) { 0 } else { ticket.note_count };
    let (fields, abilities) = (ticket.fields.to_proto(reader), Some(abilities(caller, ticket)));
    wire::Ticket { note_count, fields, abilities, ..public_ticket(ticket, style) }
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
        attachment_ids: comment.attachments.iter().map(|file| file.id.clone()).collect(),
        author: comment.author.to_proto(),
        create_time: time(comment.create_time),
        edit_time: time(comment.edit_time),
        first_text: comment.first_text.clone(),
        delete_time: time(comment.delete_time),
        deleted_by: comment.deleted_by.to_proto(),
        reactions: reactions(&comment.reactions),
        etag: comment.etag(),
        attachments: comment.attachments.iter().map(attachment).collect(),
    }
}

/// The file.
pub(crate) fn attachment(file: &Attachment) -> wire::Attachment {
    wire::Attachment {
        id: file.id.clone(),
        ticket_id: file.ticket_id.clone(),
        comment_id: file.comment_id.clone(),
        name: file.name.clone(),
        size_bytes: file.size,
        content_type: file.content_type.clone(),
        sha256: file.sha256.clone(),
        width: file.width,
        height: file.height,
        state: file.state.into(),
        owner_id: file.owner_id.clone(),
        create_time: time(file.create_time),
        inline: file.is_inline(),
    }
}

/// The article, with one of its faces; without texts where only a summary was read.
pub(crate) fn article(article: &Article, face: Face) -> wire::Article {
    let (title, text, html, author_id, update_time) = match face {
        Face::Working => {
            (&article.title, &article.text, &article.html, &article.author_id, article.update_time)
        }
        Face::Public => (
            &article.public_title,
            &article.public_text,
            &article.public_html,
            &article.public_author,
            article.publish_time,
        ),
    };
    wire::Article {
        id: article.id.clone(),
        title: title.clone(),
        text: text.clone(),
        html: html.clone(),
        category_id: article.category_id.clone(),
        visibility: article.visibility.into(),
        state: article.state.into(),
        revision: article.revision,
        author_id: author_id.clone(),
        helpful_count: article.helpful_count,
        unhelpful_count: article.unhelpful_count,
        create_time: time(article.create_time),
        update_time: time(update_time),
        etag: article.etag(),
    }
}

/// A published text of an article.
pub(crate) fn article_version(version: Version) -> wire::ArticleVersion {
    let Version { revision, title, text, summary, author_id, publish_time } = version;
    wire::ArticleVersion { revision, title, text, summary, author_id, publish_time: time(publish_time) }
}

/// Each emoji with who chose it, in the order in which each was first chosen.
fn reactions(chosen: &[Reaction]) -> Vec<wire::Reaction> {
    let mut reactions: Vec<wire::Reaction> = vec![];
    for Reaction { emoji, person_id } in chosen {
        match reactions.iter_mut().find(|reaction| reaction.emoji() == *emoji) {
            Some(reaction) => reaction.user_ids.push(person_id.clone()),
            None => {
                reactions.push(wire::Reaction { emoji: (*emoji).into(), user_ids: vec![person_id.clone()] });
            }
        }
    }
    reactions
}
