//! The rule that lists the tickets behind a number, in the variables of tickets' lists. Pure.
//!
//! Invariant: a list of tickets with the rule has as many lines as the number counts, for whoever may see them all.

use jiff::Timestamp;
use mesh_core::policy::Reach;

use super::{Kind, Measure, span::Span};
use crate::store::measured::{Cohort, Lot};

/// Departments a rule names at most; beyond them it relies on what the asker may see.
pub(crate) const MOST_DEPARTMENTS: usize = 80;
/// Tickets a rule names at most.
pub(crate) const MOST_NUMBERS: usize = 400;

/// What belongs to the backlog: not yet resolved, closed or merged.
pub(crate) const TO_DO: &str = r#"status in ["NEW", "OPEN", "PENDING", "ON_HOLD"]"#;

/// What the rules of one answer have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    departments: String,
    /// Numbers of the tickets some measures are about.
    numbers: Vec<(Lot, String)>,
}

impl Filters {
    /// For the departments a report is about.
    pub(crate) fn within(reach: &Reach) -> Self {
        let departments = match reach {
            Reach::Departments(ids) if ids.len() <= MOST_DEPARTMENTS => one_of("department", ids),
            _ => String::new(),
        };
        Self { departments, numbers: vec![] }
    }

    /// With the tickets that were transferred or escalated, by their numbers.
    pub(crate) fn knowing(mut self, lot: Lot, numbers: &[i64]) -> Self {
        self.numbers.push((lot, numbered(numbers)));
        self
    }

    /// The tickets behind a measure's number.
    pub(crate) fn of(&self, measure: &Measure, span: Span, part: &str) -> String {
        let time =
            if measure.kind == Kind::Backlog { to_do_at(span.to) } else { cohort(measure.cohort(), span) };
        let numbers = self.numbers.iter().find(|(lot, _)| measure.lot == Some(*lot));
        let numbers = numbers.map(|(_, numbers)| numbers.as_str()).unwrap_or_default();
        self.all([time.as_str(), measure.having, numbers, part])
    }

    /// What is to do now, as far as this holds, too.
    pub(crate) fn to_do(&self, part: &str) -> String {
        self.all([TO_DO, part])
    }

    /// All of these conditions, in the departments.
    pub(crate) fn all<'c>(&'c self, conditions: impl IntoIterator<Item = &'c str>) -> String {
        let conditions = conditions.into_iter().chain([self.departments.as_str()]);
        conditions.filter(|condition| !condition.is_empty()).collect::<Vec<_>>().join(" && ")
    }
}

/// Whether a variable is one of these texts.
fn one_of(variable: &str, texts: &[String]) -> String {
    if let [one] = texts {
        return is(variable, one);
    }
    let texts: Vec<_> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    // A list is never empty in the language; nothing has this department.
    if texts.is_empty() { is(variable, "") } else { format!("{variable} in [{}]", texts.join(", ")) }
}

/// The tickets with these numbers.
pub(crate) fn numbered(numbers: &[i64]) -> String {
    let numbers: Vec<_> = numbers.iter().take(MOST_NUMBERS).map(i64::to_string).collect();
    // Numbers begin above 0.
    if numbers.is_empty() { "number == 0".to_owned() } else { format!("number in [{}]", numbers.join(", ")) }
}

/// That a variable is this text, or missing when that is empty.
pub(crate) fn is(variable: &str, text: &str) -> String {
    if text.is_empty() { format!("{variable} == null") } else { format!("{variable} == \"{text}\"") }
}

/// An instant as rules write it.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("timestamp(\"{at}\")")
}

fn cohort(cohort: Cohort, span: Span) -> String {
    let variable = match cohort {
        Cohort::Created => "created",
        Cohort::Answered => "answered",
        Cohort::Resolved => "resolved",
    };
    format!("{variable} >= {} && {variable} < {}", instant(span.from), instant(span.to))
}

/// What was to do at an instant. A ticket that was merged shows `CLOSED` without having been closed.
fn to_do_at(at: Timestamp) -> String {
    let at = instant(at);
    format!(
        "created < {at} && !(resolved < {at}) && !(closed < {at}) && (status != \"CLOSED\" || has(closed))"
    )
}

#[cfg(test)]
mod tests {
    use mesh_core::policy::Reach;

    use super::{Filters, numbered, one_of};
    use crate::{
        report::{Measure, span::Span},
        store::measured::Lot,
    };

    fn week() -> Span {
        let at = |text: &str| text.parse().expect("an instant");
        Span::new(at("2026-01-05T00:00:00Z"), at("2026-01-12T00:00:00Z"))
    }

    fn rule(key: &str, reach: &Reach) -> String {
        let filters = Filters::within(reach).knowing(Lot::Transferred, &[1001, 1003]);
        filters.of(Measure::of(key).expect("a measure"), week(), "")
    }

    #[test]
    fn a_rule_says_when_what_and_where() {
        let here = Reach::Departments(vec!["dep_a".into(), "dep_b".into()]);
        assert_eq!(
            rule("reopen_rate", &here),
            "resolved >= timestamp(\"2026-01-05T00:00:00Z\") && resolved < timestamp(\"2026-01-12T00:00:00Z\") \
             && reopened > 0 && department in [\"dep_a\", \"dep_b\"]"
        );
        assert!(rule("transferred", &Reach::Everywhere).ends_with(" && number in [1001, 1003]"));
        assert!(rule("created", &Reach::Everywhere).starts_with("created >= "));
    }

    #[test]
    fn nothing_is_listed_where_nothing_is_meant() {
        assert_eq!(one_of("department", &[]), "department == null");
        assert_eq!(numbered(&[]), "number == 0");
    }
}
