//! What is wrong with a rule, and where.

use std::fmt;

use serde::Serialize;

use crate::error::Error;

/// Why a rule can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1. Just after the last one when something is missing at the end.
    pub column: usize,
    /// What is wrong and what to do, for people.
    pub sentence: String,
}

impl Problem {
    /// The problem as it goes on from a field's name, for [`Violations`](crate::error::Violations).
    pub fn of_field(&self) -> String {
        format!("is no rule at {self}")
    }

    /// The problem as the error of the field the rule stands in.
    pub fn invalid(&self, field: &str) -> Error {
        Error::invalid(field, self.of_field())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.sentence)
    }
}

impl std::error::Error for Problem {}

/// A problem while its place is still counted in bytes.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    at: usize,
    sentence: String,
}

impl Fault {
    pub(super) fn new(at: usize, sentence: impl Into<String>) -> Self {
        Self { at, sentence: sentence.into() }
    }

    /// The problem in the text it was found in.
    pub(super) fn within(&self, source: &str) -> Problem {
        let before = source.get(..self.at).unwrap_or(source);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Problem {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            sentence: self.sentence.clone(),
        }
    }
}
