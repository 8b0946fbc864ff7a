//! The words rules of queues, workflows and automations may have, offered while one writes them. What is right only the server
//! knows.

use crate::parts::Offer;

/// What is known of a ticket and its run: word, and what it gives.
const TICKET: [(&str, &str); 26] = [
    ("ticket.number", "text"),
    ("ticket.subject", "text"),
    ("ticket.status", "text"),
    ("ticket.priority", "text"),
    ("ticket.impact", "text"),
    ("ticket.urgency", "text"),
    ("ticket.department", "dep_…"),
    ("ticket.category", "cat_…"),
    ("ticket.tags", "list"),
    ("ticket.source", "text"),
    ("ticket.language", "text"),
    ("ticket.requester", "usr_…"),
    ("ticket.on_behalf_of", "usr_…"),
    ("ticket.participants", "list"),
    ("ticket.assignee", "usr_…"),
    ("ticket.unassigned", "bool"),
    ("ticket.queue", "que_…"),
    ("ticket.stage", "text"),
    ("ticket.wait_reason", "text"),
    ("ticket.wait_until", "time"),
    ("ticket.created", "time"),
    ("ticket.reopened", "number"),
    ("ticket.fields", "map"),
    ("run.workflow", "wfl_…"),
    ("run.stage_entered", "time"),
    ("run.assigned", "time"),
];
/// And of whoever presses a transition.
const CALLER: [(&str, &str); 4] = [
    ("caller.id", "usr_…"),
    ("caller.is_agent", "bool"),
    ("caller.is_requester", "bool"),
    ("caller.is_assignee", "bool"),
];
/// And of what an automation heard.
const EVENT: [(&str, &str); 9] = [
    ("event.name", "text"),
    ("event.actor", "usr_…"),
    ("event.comment", "text"),
    ("event.changed", "list"),
    ("event.from_stage", "text"),
    ("event.transition", "text"),
    ("event.previous_assignee", "usr_…"),
    ("event.metric", "text"),
    ("event.percent", "number"),
];
const FUNCTIONS: [&str; 6] = ["startsWith", "endsWith", "contains", "duration", "timestamp", "size"];

/// For rules that speak of the ticket alone.
pub(super) fn ticket_words() -> Vec<Offer> {
    let functions = FUNCTIONS.map(|word| (word, "()"));
    TICKET.iter().chain(&functions).map(offer).collect()
}

/// For rules of a press, which speak of whoever presses, too.
pub(super) fn press_words() -> Vec<Offer> {
    CALLER.iter().map(offer).chain(ticket_words()).collect()
}

/// For conditions of automations, which speak of what was heard, too.
pub(super) fn event_words() -> Vec<Offer> {
    EVENT.iter().map(offer).chain(ticket_words()).collect()
}

fn offer((word, detail): &(&str, &str)) -> Offer {
    Offer { word: (*word).to_owned(), detail: (*detail).to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{event_words, press_words};

    #[test]
    fn every_word_of_the_reference_is_offered_and_no_other() {
        const PAGE: &str = include_str!("../../../../docs/rules.md");
        let known = |prefix: &str| PAGE.matches(&format!("\n| `{prefix}.")).count();
        let words = [press_words(), event_words()].concat();
        let words: BTreeSet<_> = words.into_iter().map(|offer| offer.word).collect();
        let of = |prefix: &str| words.iter().filter(|word| word.starts_with(&format!("{prefix}."))).count();
        for prefix in ["ticket", "run", "caller", "event"] {
            assert_eq!(known(prefix), of(prefix), "{prefix}");
        }
        for word in &words {
            assert!(PAGE.contains(word), "{word}");
        }
    }
}
