//! Rules over tickets as the desk puts them together: conditions to press, joined by `&&`, that stay readable as what they are.
//!
//! Whether a rule is right only the server knows; here are only texts.

use super::View;

/// What can be added to a rule by a press: the id of its words, and the condition.
pub(crate) const CHIPS: [(&str, &str); 5] = [
    ("chip-urgent", "priority in [\"HIGH\", \"URGENT\"]"),
    ("chip-mine", "assignee == me"),
    ("chip-unassigned", "unassigned"),
    ("chip-unanswered", "answered == null"),
    ("chip-old", "updated < now - duration(\"72h\")"),
];

/// The rule of a list every agent has; nothing for all tickets.
pub(crate) const fn of_view(view: View) -> &'static str {
    match view {
        View::Mine => "assignee == me && status in [\"NEW\", \"OPEN\"]",
        View::Unassigned => "unassigned && status in [\"NEW\", \"OPEN\"]",
        View::Open => "status in [\"NEW\", \"OPEN\"]",
        View::Pending => "status in [\"PENDING\", \"ON_HOLD\"]",
        View::Resolved => "status == \"RESOLVED\"",
        View::All => "",
    }
}

/// A rule that asks for both.
pub(crate) fn both(one: &str, other: &str) -> String {
    match (one.trim(), other.trim()) {
        ("", rule) | (rule, "") => rule.to_owned(),
        (one, other) => format!("{} && {}", whole(one), whole(other)),
    }
}

/// A rule as a piece of an address: every byte but letters, digits and three marks as `%20`.
pub(crate) fn in_address(rule: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    rule.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The rule in a piece of an address. What is no sign of one stays as it is; whether the rule is right the server says.
pub(crate) fn from_address(piece: &str) -> String {
    let mut bytes = Vec::with_capacity(piece.len());
    let mut rest = piece;
    while let Some(first) = rest.bytes().next() {
        let code =
            rest.get(1..3).filter(|_| first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = rest.get(if code.is_some() { 3 } else { 1 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A rule as a part of another.
fn whole(rule: &str) -> String {
    if rule.contains("||") || rule.contains('?') { format!("({rule})") } else { rule.to_owned() }
}

/// The conditions a rule joins by `&&`, as far as it is written plainly.
fn terms(rule: &str) -> Vec<&str> {
    let (mut terms, mut depth, mut in_text, mut start) = (Vec::new(), 0_i32, false, 0);
    for (at, letter) in rule.char_indices() {
        match letter {
            '"' => in_text = !in_text,
            '(' | '[' if !in_text => depth += 1,
            ')' | ']' if !in_text => depth -= 1,
            '&' if !in_text && depth == 0 && rule[at..].starts_with("&&") => {
                terms.push(rule[start..at].trim());
                start = at + 2;
            }
            _ => {}
        }
    }
    terms.push(rule[start..].trim());
    terms.retain(|term| !term.is_empty());
    terms
}

/// Whether a rule has a condition.
pub(crate) fn has(rule: &str, term: &str) -> bool {
    terms(rule).contains(&term)
}

/// The rule with a condition more, or with one less where it has it.
pub(crate) fn turned(rule: &str, term: &str) -> String {
    if !has(rule, term) {
        return both(rule, term);
    }
    let left: Vec<&str> = terms(rule).into_iter().filter(|known| *known != term).collect();
    left.join(" && ")
}

#[cfg(test)]
mod tests {
    use super::{both, has, turned};

    #[test]
    fn a_condition_is_added_by_one_press_and_taken_away_by_the_next() {
        let once = turned("", "unassigned");
        assert_eq!(once, "unassigned");
        let twice = turned(&once, "priority in [\"HIGH\", \"URGENT\"]");
        assert_eq!(twice, "unassigned && priority in [\"HIGH\", \"URGENT\"]");
        assert!(has(&twice, "unassigned"));
        assert_eq!(turned(&twice, "unassigned"), "priority in [\"HIGH\", \"URGENT\"]");
        assert_eq!(turned(&once, "unassigned"), "");
    }

    #[test]
    fn what_somebody_wrote_stays_whole() {
        let written = "\"vip\" in tags || priority == \"HIGH\"";
        assert_eq!(both(written, "unassigned"), format!("({written}) && unassigned"));
        let text = "subject.contains(\"a && b\") && unassigned";
        assert_eq!(turned(text, "unassigned"), "subject.contains(\"a && b\")");
    }
}
