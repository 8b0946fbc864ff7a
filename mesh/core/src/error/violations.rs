//! Checks of what a caller sent. All wrong fields are collected and answered at once, each with its remedy.

use std::ops::RangeInclusive;

use proto::{errors::v1::ErrorReason, reason::Reason};

use super::{Error, Result};

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field's path as in the message: `comment.body`.
    pub field: String,
    /// What is wrong and what to do, going on from the field's name.
    pub problem: String,
}

/// Collects wrong fields.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Names a field as wrong.
    pub fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Violation { field: field.into(), problem: problem.into() });
    }

    /// Names a field as wrong when `wrong` holds.
    pub fn when(&mut self, wrong: bool, field: &str, problem: &str) {
        if wrong {
            self.add(field, problem);
        }
    }

    /// One line of text with so many characters, without control characters and direction overrides.
    pub fn text(&mut self, field: &str, text: &str, length: RangeInclusive<usize>) {
        let count = text.chars().take(length.end() + 1).count();
        if !length.contains(&count) || (*length.start() > 0 && text.trim().is_empty()) {
            self.add(field, length_problem(count, &length, "characters"));
        } else if text.chars().any(is_unprintable) {
            self.add(field, "has control characters or direction overrides; remove them");
        }
    }

    /// Text of several lines with so many bytes, without control characters but line ends and tabs.
    pub fn long_text(&mut self, field: &str, text: &str, length: RangeInclusive<usize>) {
        if !length.contains(&text.len()) || (*length.start() > 0 && text.trim().is_empty()) {
            self.add(field, length_problem(text.len(), &length, "bytes"));
        } else if text.chars().any(|letter| !matches!(letter, '\n' | '\r' | '\t') && is_unprintable(letter)) {
            self.add(field, "has control characters or direction overrides; remove them");
        }
    }

    /// An id of the kind `prefix`.
    pub fn id(&mut self, field: &str, id: &str, prefix: &str) {
        if !proto::id::is(prefix, id) {
            self.add(field, format!("is no id of this kind; it looks like {prefix}_ and 26 characters"));
        }
    }

    /// An id of the kind `prefix`, or nothing.
    pub fn optional_id(&mut self, field: &str, id: &str, prefix: &str) {
        if !id.is_empty() {
            self.id(field, id, prefix);
        }
    }

    /// Whether no field was wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it in one line, for reports that have one line for each thing.
    pub fn sentence(&self) -> String {
        sentence(&self.0)
    }

    /// Names what is wrong with a message inside this one, each field by the path `within` makes of its own.
    pub fn inside(&mut self, inner: Self, within: impl Fn(&str) -> String) {
        let inner = inner.0.into_iter();
        self.0.extend(inner.map(|wrong| Violation { field: within(&wrong.field), ..wrong }));
    }

    /// Fine when no field was wrong, else all of them.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Error::Invalid { reason: ErrorReason::InvalidFields.name(), violations: self.0 })
    }
}

/// Control characters, and the marks that make text read in another order than it is written.
fn is_unprintable(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn length_problem(count: usize, length: &RangeInclusive<usize>, unit: &str) -> String {
    let (least, most) = (length.start(), length.end());
    match count {
        0 => format!("is empty; give {least} to {most} {unit}"),
        _ if count > *most => format!("is too long; give at most {most} {unit}"),
        _ if count < *least => format!("is too short; give at least {least} {unit}"),
        _ => format!("is blank; give {least} to {most} {unit}"),
    }
}

/// All violations in one line, for logs and for clients that show only the message.
pub(super) fn sentence(violations: &[Violation]) -> String {
    let parts: Vec<_> = violations.iter().map(|wrong| format!("{} {}", wrong.field, wrong.problem)).collect();
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::{Error, Violations};

    fn problems(check: impl FnOnce(&mut Violations)) -> String {
        let mut wrong = Violations::default();
        check(&mut wrong);
        wrong.into_result().err().as_ref().map(Error::to_string).unwrap_or_default()
    }

    #[test]
    fn every_wrong_field_is_named_at_once_with_its_remedy() {
        let said = problems(|wrong| {
            wrong.text("subject", "", 1..=255);
            wrong.id("ticket_id", "usr_1", "tkt");
        });
        assert_eq!(
            said,
            "subject is empty; give 1 to 255 characters · ticket_id is no id of this kind; it looks like tkt_ and 26 characters"
        );
    }

    #[test]
    fn text_is_counted_in_characters_and_long_text_in_bytes() {
        assert_eq!(problems(|wrong| wrong.text("subject", &"ä".repeat(255), 1..=255)), "");
        assert_eq!(
            problems(|wrong| wrong.text("subject", &"ä".repeat(1_000_000), 1..=255)),
            "subject is too long; give at most 255 characters"
        );
        assert_eq!(
            problems(|wrong| wrong.long_text("body", &"ä".repeat(3), 0..=5)),
            "body is too long; give at most 5 bytes"
        );
    }

    #[test]
    fn blank_text_and_hidden_characters_are_refused() {
        assert_eq!(
            problems(|wrong| wrong.text("subject", "  ", 1..=9)),
            "subject is blank; give 1 to 9 characters"
        );
        for hidden in ["a\0b", "a\nb", "a\u{202e}b"] {
            assert_ne!(problems(|wrong| wrong.text("subject", hidden, 1..=9)), "", "{hidden:?}");
        }
        assert_eq!(problems(|wrong| wrong.long_text("body", "a\n\tb", 1..=9)), "");
    }
}
