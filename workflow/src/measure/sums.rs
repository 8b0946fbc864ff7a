//! The numbers of a tally: one row of columns, added and taken away together.

/// A column. The order is that of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Created,
    Answered,
    AnsweredSeconds,
    Resolved,
    ResolvedSeconds,
    Reopened,
    Transferred,
    Escalated,
    Rated,
    Satisfied,
    Finished,
    Stayed,
    StayedSeconds,
}

/// The columns' names in the table.
pub(crate) const COLUMNS: [&str; 13] = [
    "created",
    "answered",
    "answered_seconds",
    "resolved",
    "resolved_seconds",
    "reopened",
    "transferred",
    "escalated",
    "rated",
    "satisfied",
    "finished",
    "stayed",
    "stayed_seconds",
];

impl Column {
    /// Its name in the table.
    pub(crate) const fn name(self) -> &'static str {
        COLUMNS[self as usize]
    }
}

/// A number for every column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums(pub(crate) [i64; COLUMNS.len()]);

impl Sums {
    /// 1 in a column.
    pub(crate) fn one(column: Column) -> Self {
        Self::default().with(column, 1)
    }

    /// With another number in a column.
    pub(crate) const fn with(mut self, column: Column, number: i64) -> Self {
        self.0[column as usize] = number;
        self
    }

    pub(crate) const fn get(&self, column: Column) -> i64 {
        self.0[column as usize]
    }

    /// Adds other numbers so many times.
    pub(crate) fn add(&mut self, other: &Self, times: i64) {
        for (sum, number) in self.0.iter_mut().zip(other.0) {
            *sum += number * times;
        }
    }
}

/// A sum divided by how many there are; 0 without any.
#[expect(clippy::cast_precision_loss, reason = "counts and seconds fit into 52 bits")]
pub(crate) fn mean(sum: i64, count: i64) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / count as f64 }
}
