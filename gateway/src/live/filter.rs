//! What a stream should carry: which events, about what, and always only what its caller may see.

mod condition;

use std::collections::HashSet;

use jiff::Timestamp;
use mesh_core::{
    caller::Caller,
    clock,
    error::{Result, Violations},
    policy,
    rule::Rule,
};
use proto::{
    event,
    events::v1::{Envelope, envelope::Event},
    gateway::v1::WatchRequest,
};

const MAX_PATTERNS: usize = 32;
const MAX_SUBJECTS: usize = 500;
const MAX_ID: usize = 64;
const MAX_PATTERN: usize = 128;

/// A validated wish. Empty means everything.
#[derive(Debug)]
pub(crate) struct Filter {
    names: Vec<String>,
    subjects: HashSet<String>,
    rule: Option<Rule>,
}

impl Filter {
    /// Takes the wish out of a request, or names everything that is wrong with it.
    pub(crate) fn take(wish: &mut WatchRequest) -> Result<Self> {
        let rule = check(wish)?;
        let names = std::mem::take(&mut wish.event_names);
        let subjects = std::mem::take(&mut wish.subjects).into_iter().collect();
        Ok(Self { names, subjects, rule })
    }

    /// Whether the stream of `caller` carries this event.
    pub(crate) fn passes(&self, caller: &Caller, envelope: &Envelope, now: Timestamp) -> bool {
        let Some(happened) = &envelope.event else {
            return false;
        };
        let name = event::name(happened);
        (self.names.is_empty() || self.names.iter().any(|pattern| event::matches(pattern, name)))
            && (self.subjects.is_empty() || self.subjects.contains(&envelope.subject))
            && envelope.audience.as_ref().is_some_and(|audience| policy::sees(caller, audience))
            && !is_over(happened, now)
            && self.rule.as_ref().is_none_or(|rule| condition::meets(rule, envelope, now))
    }
}

/// Names everything that is wrong, or gives the rule in `filter`.
fn check(wish: &WatchRequest) -> Result<Option<Rule>> {
    let mut wrong = Violations::default();
    let rule = condition::take(&wish.filter, &mut wrong);
    let too_long = |id: &String| id.len() > MAX_ID;
    wrong.when(
        too_long(&wish.last_event_id),
        "last_event_id",
        "is longer than 64 characters; send an `Envelope.id`",
    );
    wrong.when(too_long(&wish.replica), "replica", "is longer than 64 characters; send `Ready.replica`");
    wrong.when(
        wish.event_names.len() > MAX_PATTERNS,
        "event_names",
        "has more than 32 patterns; use `*` and `#`",
    );
    wrong.when(
        wish.subjects.len() > MAX_SUBJECTS,
        "subjects",
        "has more than 500 ids; send none and filter yourself",
    );
    wrong.when(wish.subjects.iter().any(too_long), "subjects", "has an id of more than 64 characters");
    for pattern in wish.event_names.iter().filter(|pattern| !is_pattern(pattern)) {
        let shown: String = pattern.chars().take(40).collect();
        wrong.add(
            "event_names",
            format!("{shown:?} is no pattern; write `tickets.comment.added` or `tickets.ticket.*`"),
        );
    }
    wrong.into_result()?;
    Ok(rule)
}

/// Words of lower case letters and `_`, `*` for one, `#` at the end for the rest.
fn is_pattern(pattern: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let words: Vec<_> = pattern.split('.').collect();
    let last = words.len() - 1;
    pattern.len() <= MAX_PATTERN
        && words
            .iter()
            .enumerate()
            .all(|(at, word)| *word == "*" || (*word == "#" && at == last) || is_word(word))
}

/// Whether an event has lost its meaning since it happened.
fn is_over(event: &Event, now: Timestamp) -> bool {
    let Event::GatewayActivityChanged(activity) = event else {
        return false;
    };
    activity.expire_time.as_ref().and_then(clock::from_proto).is_none_or(|expires| expires <= now)
}

#[cfg(test)]
mod tests {
    use proto::gateway::v1::WatchRequest;

    use super::Filter;

    #[test]
    fn patterns_with_words_stars_and_a_final_hash_are_taken() {
        let names = ["tickets.comment.added", "tickets.ticket.*", "*.*.access_changed", "workflow.#", "#"];
        let mut wish =
            WatchRequest { event_names: names.map(str::to_owned).to_vec(), ..WatchRequest::default() };
        assert!(Filter::take(&mut wish).is_ok());
    }

    #[test]
    fn nonsense_is_named_all_at_once() {
        let names =
            ["", ".", "#.ticket", "Tickets.ticket", "a b", "tickets..added"].map(str::to_owned).to_vec();
        let mut wish =
            WatchRequest { event_names: names, subjects: vec!["x".repeat(65)], ..WatchRequest::default() };
        let said = Filter::take(&mut wish).expect_err("nonsense").to_string();
        assert_eq!(said.matches("is no pattern").count(), 6, "{said}");
        assert!(said.contains("more than 64 characters"), "{said}");
    }
}
