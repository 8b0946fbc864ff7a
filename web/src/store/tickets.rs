//! Tickets as far as the page has seen them, by id, and by number for links.

use std::collections::HashMap;
use std::rc::Rc;

use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::tickets::v1::Ticket;
use sycamore::prelude::*;

use super::Entities;

/// All tickets of the page.
#[derive(Clone, Copy)]
pub(crate) struct Tickets {
    all: Entities<Ticket>,
    ids: Signal<HashMap<String, String>>,
}

impl Tickets {
    pub(crate) fn new() -> Self {
        Self { all: Entities::new(), ids: create_signal(HashMap::new()) }
    }

    /// A ticket by id or number.
    pub(crate) fn find(self, id_or_number: &str) -> Option<Signal<Rc<Ticket>>> {
        let by_number = self.ids.with_untracked(|ids| ids.get(id_or_number).cloned());
        self.all.find(by_number.as_deref().unwrap_or(id_or_number))
    }

    /// Takes a ticket as a call brought it.
    pub(crate) fn put(self, ticket: Ticket) -> Signal<Rc<Ticket>> {
        let (number, id) = (ticket.number.clone(), ticket.id.clone());
        self.ids.update_silent(|ids| ids.insert(number, id.clone()));
        let known = self.all.find(&id).map(|signal| signal.get_clone_untracked());
        let ticket = match known {
            Some(known) => merged(&known, ticket),
            None => ticket,
        };
        self.all.put(&id, ticket)
    }

    /// Takes what an event says about a ticket, if it says anything.
    pub(crate) fn hear(self, envelope: &Envelope) {
        if let Some(ticket) = told(envelope) {
            self.put(ticket.clone());
        }
    }
}

/// The ticket an event carries.
pub(crate) fn told(envelope: &Envelope) -> Option<&Ticket> {
    match envelope.event.as_ref()? {
        Event::TicketsTicketCreated(created) => created.ticket.as_ref(),
        Event::TicketsTicketChanged(changed) => changed.ticket.as_ref(),
        Event::TicketsCommentAdded(added) => added.ticket.as_ref(),
        _ => None,
    }
}

/// What is known after hearing news: never older than before, and keeping what events and lists leave out.
fn merged(known: &Ticket, mut news: Ticket) -> Ticket {
    if is_older(&news, known) {
        return known.clone();
    }
    if news.abilities.is_none() {
        news.abilities = known.abilities;
        news.note_count = known.note_count;
    }
    // A list and an event bring neither; a call that brings one of them brings both as they are.
    if news.description_html.is_empty() && news.fields.is_empty() {
        news.description.clone_from(&known.description);
        news.description_html.clone_from(&known.description_html);
        news.fields.clone_from(&known.fields);
    }
    news
}

fn is_older(news: &Ticket, known: &Ticket) -> bool {
    let age = |ticket: &Ticket| ticket.update_time.map(|time| (time.seconds, time.nanos)).unwrap_or_default();
    news.run_version < known.run_version || age(news) < age(known)
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use proto::tickets::v1::{Ticket, TicketAbilities};

    use super::merged;

    fn ticket(subject: &str, run_version: i64, seconds: i64) -> Ticket {
        let update_time = Some(Timestamp { seconds, nanos: 0 });
        Ticket { subject: subject.to_owned(), run_version, update_time, ..Ticket::default() }
    }

    #[test]
    fn old_news_changes_nothing() {
        assert_eq!(merged(&ticket("new", 2, 10), ticket("old", 1, 10)).subject, "new");
        assert_eq!(merged(&ticket("new", 2, 10), ticket("old", 2, 9)).subject, "new");
        assert_eq!(merged(&ticket("old", 2, 10), ticket("new", 2, 10)).subject, "new");
    }

    #[test]
    fn the_form_of_a_ticket_without_a_description_is_taken_as_a_call_brings_it() {
        let fields = [("device".to_owned(), proto::tickets::v1::FieldValue::default())];
        let called = Ticket { fields: fields.into(), ..ticket("a", 1, 1) };
        assert_eq!(merged(&ticket("a", 1, 1), called.clone()).fields, called.fields);
        assert_eq!(merged(&called, ticket("b", 1, 2)).fields, called.fields);
    }

    #[test]
    fn an_event_keeps_what_only_a_call_brings() {
        let abilities = Some(TicketAbilities { reply: true, ..TicketAbilities::default() });
        let known = Ticket { abilities, description_html: "<p>".into(), note_count: 2, ..ticket("a", 1, 1) };
        let after = merged(&known, ticket("b", 1, 2));
        assert_eq!((after.subject.as_str(), after.note_count, after.abilities), ("b", 2, abilities));
        assert_eq!(after.description_html, "<p>");
    }
}
