//! What rules of queues and automations may speak of, for whoever writes one. Only a help: the server knows what is right.

use crate::parts::Offer;

/// What conditions of automations speak of besides the ticket.
pub(super) const EVENT_WORDS: [&str; 9] = [
    "event.name",
    "event.actor",
    "event.comment",
    "event.changed",
    "event.from_stage",
    "event.transition",
    "event.previous_assignee",
    "event.metric",
    "event.percent",
];

const TICKET_WORDS: [&str; 26] = [
    "ticket.number",
    "ticket.subject",
    "ticket.status",
    "ticket.priority",
    "ticket.impact",
    "ticket.urgency",
    "ticket.department",
    "ticket.category",
    "ticket.tags",
    "ticket.source",
    "ticket.language",
    "ticket.requester",
    "ticket.assignee",
    "ticket.unassigned",
    "ticket.queue",
    "ticket.stage",
    "ticket.wait_reason",
    "ticket.created",
    "ticket.reopened",
    "ticket.fields",
    "ticket.on_behalf_of",
    "ticket.participants",
    "ticket.wait_until",
    "run.workflow",
    "run.stage_entered",
    "run.assigned",
];

/// The ticket and its run.
pub(in crate::pages) fn ticket_words() -> impl Iterator<Item = Offer> {
    TICKET_WORDS.into_iter().map(offer)
}

pub(super) fn offer(word: &str) -> Offer {
    Offer { word: word.to_owned(), detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::{EVENT_WORDS, TICKET_WORDS};

    #[test]
    fn the_page_about_rules_has_every_word_of_tickets() {
        const PAGE: &str = include_str!("../../../../../docs/rules.md");
        for word in TICKET_WORDS {
            assert!(PAGE.contains(&format!("| `{word}` |")), "{word}");
        }
        assert!(EVENT_WORDS.iter().all(|word| word.starts_with("event.")));
    }
}
