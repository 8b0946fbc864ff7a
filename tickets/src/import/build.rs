//! The ticket a checked row stands for.

use std::collections::HashMap;

use mesh_core::id::Ids;
use proto::{
    identity::v1::{Actor, ActorKind},
    tickets::v1::{
        Comment as WireComment, CommentKind, ImportLink, ImportTicketsRequest, LinkKind, Priority, Source,
        Status, Ticket as WireTicket, WaitReason,
    },
};

use super::{Key, Known};
use crate::{
    catalogue::Value,
    column::{Doer, Words},
    comment::Comment,
    entry::{Entry, What},
    markdown,
    store::arrivals::Arrival,
    ticket::{Micros, Ticket},
    wire::micros,
};

/// Makes tickets of rows.
#[derive(Debug)]
pub(crate) struct Maker<'m> {
    pub(crate) known: &'m Known<'m>,
    pub(crate) ids: &'m Ids,
}

/// A ticket with what it was called, to be given its number.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) key: Key,
    pub(crate) arrival: Arrival,
    pub(crate) links: Vec<NamedLink>,
}

/// A link to another ticket by what that is called.
#[derive(Clone, Debug)]
pub(crate) struct NamedLink {
    pub(crate) kind: LinkKind,
    /// Whether it goes out from the ticket that has it.
    pub(crate) outward: bool,
    pub(crate) other: Key,
}

impl Maker<'_> {
    /// The ticket of a row that was checked.
    pub(crate) fn make(&self, row: ImportTicketsRequest) -> Numbered {
        let key = Key::of(&row);
        let links = row.links.iter().map(|link| named(link, &key.system)).collect();
        let sent = row.ticket.unwrap_or_default();
        let mut ticket = self.ticket(&sent);
        let comments = self.comments(&ticket, row.comments);
        let notes = comments.iter().filter(|comment| comment.is_internal()).count();
        ticket.note_count = count(notes);
        ticket.comment_count = count(comments.len() - notes);
        let entries = vec![self.filed(&ticket, &key)];
        Numbered { key, arrival: Arrival { ticket, haystack: String::new(), comments, entries }, links }
    }

    fn ticket(&self, sent: &WireTicket) -> Ticket {
        let mut ticket = Ticket {
            id: self.ids.id("tkt"),
            subject: sent.subject.clone(),
            description: sent.description.clone(),
            description_html: markdown::render(&sent.description),
            requester_id: sent.requester_id.clone(),
            on_behalf_of_id: sent.on_behalf_of_id.clone(),
            cc_ids: Words::of(&sent.cc_ids),
            watcher_ids: Words::of(&sent.watcher_ids),
            department_id: sent.department_id.clone(),
            category_id: sent.category_id.clone(),
            impact: sent.impact(),
            urgency: sent.urgency(),
            tags: Words::of(&sent.tags),
            language: sent.language.clone(),
            source: or(sent.source(), Source::Unspecified, Source::Import),
            assignee_id: sent.assignee_id.clone(),
            reopen_count: sent.reopen_count,
            ..Ticket::blank(self.known.now)
        };
        for (key, value) in &sent.fields {
            let field = self.known.catalogue.field(key);
            ticket.fields.set(key, field.and_then(|field| Value::read(field, value).ok().flatten()));
        }
        ticket.fields.learn(self.known.catalogue);
        self.rank(&mut ticket, sent);
        place(&mut ticket, sent);
        date(&mut ticket, sent);
        ticket
    }

    /// The priority as it was set, or computed where it is what would be.
    fn rank(&self, ticket: &mut Ticket, sent: &WireTicket) {
        ticket.follow(self.known.catalogue);
        let is_computed = ticket.priority == sent.priority() && !sent.priority_by_hand;
        if !is_computed && sent.priority() != Priority::Unspecified {
            ticket.set_priority(sent.priority());
        }
    }

    /// What was said; replies know the new names of what they reply to.
    fn comments(&self, ticket: &Ticket, sent: Vec<WireComment>) -> Vec<Comment> {
        let mut named: HashMap<String, String> = HashMap::new();
        let mut comments = Vec::with_capacity(sent.len());
        for sent in sent {
            let parent_id = named.get(&sent.parent_id).cloned().unwrap_or_default();
            let comment = self.comment(ticket, &sent, parent_id);
            if !sent.id.is_empty() {
                named.insert(sent.id, comment.id.clone());
            }
            comments.push(comment);
        }
        comments
    }

    fn comment(&self, ticket: &Ticket, sent: &WireComment, parent_id: String) -> Comment {
        let edit_time = time(sent.edit_time.as_ref()).unwrap_or_default();
        Comment {
            id: self.ids.id("cmt"),
            ticket_id: ticket.id.clone(),
            internal: i64::from(sent.kind() == CommentKind::Internal),
            text: sent.text.clone(),
            html: markdown::render(&sent.text),
            first_text: if edit_time == 0 { String::new() } else { sent.first_text.clone() },
            parent_id,
            mention_ids: Words::of(&sent.mention_ids),
            author: self.author(sent.author.clone().unwrap_or_default()),
            edit_time,
            ..Comment::blank(time(sent.create_time.as_ref()).unwrap_or(ticket.create_time))
        }
    }

    /// Who wrote it: somebody known under the name he has here, or whoever it was under the name he had.
    fn author(&self, sent: Actor) -> Doer {
        let kind = or(sent.kind(), ActorKind::Unspecified, ActorKind::Person).into();
        let known = self.known.person(&sent.user_id).map(|person| person.name.clone());
        let display_name = known.filter(|name| !name.is_empty()).unwrap_or(sent.display_name);
        Actor { kind, user_id: sent.user_id, display_name, ..Actor::default() }.into()
    }

    /// The history's first entry: the requester filed it then, and where it came from.
    fn filed(&self, ticket: &Ticket, key: &Key) -> Entry {
        let name = self.known.person(&ticket.requester_id).map(|person| person.name.clone());
        let requester = Actor {
            kind: ActorKind::Person.into(),
            user_id: ticket.requester_id.clone(),
            display_name: name.unwrap_or_default(),
            ..Actor::default()
        };
        Entry {
            id: self.ids.id("his"),
            time: ticket.create_time,
            actor: requester.into(),
            cause: format!("imported from {}: {}", key.system, key.external_id),
            internal: false,
            what: What::Filed {
                source: ticket.source.into(),
                on_behalf_of_id: ticket.on_behalf_of_id.clone(),
            },
        }
    }
}

fn named(link: &ImportLink, own_system: &str) -> NamedLink {
    let system = if link.system.is_empty() { own_system } else { &link.system };
    let other = Key { system: system.to_owned(), external_id: link.external_id.clone() };
    NamedLink { kind: link.kind(), outward: link.outward, other }
}

/// Its status, and what it waits for.
fn place(ticket: &mut Ticket, sent: &WireTicket) {
    ticket.status = or(sent.status(), Status::Unspecified, Status::New);
    ticket.wait_reason = match (sent.wait_reason(), ticket.status) {
        (WaitReason::Unspecified, Status::Pending) => WaitReason::Requester,
        (WaitReason::Unspecified, Status::OnHold) => WaitReason::Internal,
        (reason, _) => reason,
    };
    if ticket.wait_reason == WaitReason::UntilDate {
        ticket.wait_until = time(sent.wait_until_time.as_ref()).unwrap_or_default();
    }
}

/// Its times. Where a status implies one that is missing, it is that of the last change; where it rules one out, there is none.
fn date(ticket: &mut Ticket, sent: &WireTicket) {
    ticket.create_time = time(sent.create_time.as_ref()).unwrap_or(ticket.create_time);
    ticket.first_response_time = time(sent.first_response_time.as_ref()).unwrap_or_default();
    let (resolved, closed) = (time(sent.resolve_time.as_ref()), time(sent.close_time.as_ref()));
    let rated = sent.satisfaction.as_ref().and_then(|said| time(said.rate_time.as_ref()));
    let known = [Some(ticket.create_time), Some(ticket.first_response_time), resolved, closed, rated];
    let last = known.into_iter().flatten().max().unwrap_or_default();
    ticket.update_time = time(sent.update_time.as_ref()).unwrap_or(last);
    let last = ticket.update_time;
    (ticket.resolve_time, ticket.close_time) = match ticket.status {
        Status::Resolved => (resolved.unwrap_or(last), 0),
        Status::Closed => {
            let closed = closed.unwrap_or(last);
            (resolved.unwrap_or(closed), closed)
        }
        Status::Rejected | Status::Withdrawn => (resolved.unwrap_or_default(), closed.unwrap_or(last)),
        _ => (0, 0),
    };
    if let Some(said) = &sent.satisfaction {
        (ticket.score, ticket.score_comment) = (said.score, said.comment.clone());
        ticket.rate_time = rated.unwrap_or(last);
    }
}

/// The instant; `None` where there is none.
fn time(sent: Option<&prost_types::Timestamp>) -> Option<Micros> {
    micros(sent).filter(|micros| *micros != 0)
}

/// What was sent, unless it is nothing.
fn or<T: Copy + PartialEq>(sent: T, nothing: T, usual: T) -> T {
    if sent == nothing { usual } else { sent }
}

fn count(comments: usize) -> i32 {
    i32::try_from(comments).unwrap_or(i32::MAX)
}
