//! The members of the contract's enums as rules write them: `"URGENT"`, not a number.
//!
//! Invariant: each list has every member of its enum but the one that says nothing, in the order of their numbers.

/// Words, each with its number in the contract.
pub type Words = &'static [(&'static str, i64)];

/// `tickets.v1.Status`.
pub const STATUSES: Words = &[
    ("NEW", 1),
    ("OPEN", 2),
    ("PENDING", 3),
    ("ON_HOLD", 4),
    ("RESOLVED", 5),
    ("CLOSED", 6),
    ("REJECTED", 7),
    ("WITHDRAWN", 8),
];
/// `tickets.v1.Priority`.
pub const PRIORITIES: Words = &[("LOW", 1), ("NORMAL", 2), ("HIGH", 3), ("URGENT", 4)];
/// `tickets.v1.Impact` and `tickets.v1.Urgency`.
pub const LEVELS: Words = &[("LOW", 1), ("MEDIUM", 2), ("HIGH", 3)];
/// `tickets.v1.Source`.
pub const SOURCES: Words = &[("PORTAL", 1), ("AGENT", 2), ("EMAIL", 3), ("API", 4), ("IMPORT", 5)];
/// `tickets.v1.WaitReason`.
pub const WAIT_REASONS: Words =
    &[("REQUESTER", 1), ("VENDOR", 2), ("CHANGE", 3), ("APPROVAL", 4), ("INTERNAL", 5), ("UNTIL_DATE", 6)];

/// The word of a number; `None` for a member that says nothing.
pub fn of(words: Words, number: impl Into<i64>) -> Option<&'static str> {
    let number = number.into();
    words.iter().find(|(_, known)| *known == number).map(|(word, _)| *word)
}

#[cfg(test)]
mod tests {
    use super::{LEVELS, PRIORITIES, SOURCES, STATUSES, WAIT_REASONS, Words, of};
    use crate::tickets::v1::{Impact, Priority, Source, Status, Urgency, WaitReason};

    /// The names of the members from 1 on, without what they have in common.
    fn members(prefix: &str, name: impl Fn(i32) -> Option<&'static str>) -> Vec<(String, i64)> {
        (1..)
            .map_while(|number| Some((name(number)?.strip_prefix(prefix)?.to_owned(), number.into())))
            .collect()
    }

    fn listed(words: Words) -> Vec<(String, i64)> {
        words.iter().map(|(word, number)| ((*word).to_owned(), *number)).collect()
    }

    #[test]
    fn words_are_those_of_the_contract() {
        let named = |number| Some(Status::try_from(number).ok()?.as_str_name());
        assert_eq!(listed(STATUSES), members("STATUS_", named));
        let named = |number| Some(Priority::try_from(number).ok()?.as_str_name());
        assert_eq!(listed(PRIORITIES), members("PRIORITY_", named));
        let named = |number| Some(Impact::try_from(number).ok()?.as_str_name());
        assert_eq!(listed(LEVELS), members("IMPACT_", named));
        let named = |number| Some(Urgency::try_from(number).ok()?.as_str_name());
        assert_eq!(listed(LEVELS), members("URGENCY_", named));
        let named = |number| Some(Source::try_from(number).ok()?.as_str_name());
        assert_eq!(listed(SOURCES), members("SOURCE_", named));
        let named = |number| Some(WaitReason::try_from(number).ok()?.as_str_name());
        assert_eq!(listed(WAIT_REASONS), members("WAIT_REASON_", named));
    }

    #[test]
    fn what_says_nothing_has_no_word() {
        assert_eq!(of(PRIORITIES, 4), Some("URGENT"));
        assert_eq!(of(PRIORITIES, 0), None);
    }
}
