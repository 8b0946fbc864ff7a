//! Reports: what is measured, over which spans, and the rule that lists the tickets behind each number. Pure.
//!
//! Three cohorts keep every number listable: tickets that were filed, first answered, or resolved in a span. What happened to a ticket on
//! its way (transfers, escalations, openings, stays in stages, its rating) is counted with its resolution, so a rate never compares
//! tickets of one time with those of another. Beside them stands the backlog: what was to do at an instant.

pub(crate) mod filter;
pub(crate) mod insight;
pub(crate) mod span;

use proto::workflow::v1::Unit;

use crate::{
    measure::{Column, Sums, length::Lengths, mean},
    store::measured::{Cohort, Lot},
};

/// How a number comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Count(Column),
    /// So many of so many, in per cent.
    Rate(Column, Column),
    /// Seconds of so many, on average.
    Average(Column, Column),
    /// The seconds so many per cent of them did not exceed.
    Percentile(Column, Column, i64),
    /// What is to do at the end of the span.
    Backlog,
}

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Its stable name.
    pub(crate) key: &'static str,
    /// What people call it.
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    /// What the tickets behind it have besides belonging to the cohort, as a rule.
    pub(crate) having: &'static str,
    /// The same where no rule can say it.
    pub(crate) lot: Option<Lot>,
}

impl Measure {
    const fn new(key: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { key, label, kind, having: "", lot: None }
    }

    const fn having(self, having: &'static str) -> Self {
        Self { having, ..self }
    }

    const fn lot(self, lot: Lot) -> Self {
        Self { lot: Some(lot), ..self }
    }

    /// The measure of this name.
    pub(crate) fn of(key: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.key == key)
    }

    /// The unit of its numbers.
    pub(crate) const fn unit(&self) -> Unit {
        match self.kind {
            Kind::Count(_) | Kind::Backlog => Unit::Count,
            Kind::Rate(..) => Unit::Percent,
            Kind::Average(..) | Kind::Percentile(..) => Unit::Seconds,
        }
    }

    /// The tickets it is about.
    pub(crate) const fn cohort(&self) -> Cohort {
        match self.columns().1 {
            Column::Created => Cohort::Created,
            Column::Answered => Cohort::Answered,
            _ => Cohort::Resolved,
        }
    }

    /// The two columns it is made of; the second one counts.
    pub(crate) const fn columns(&self) -> (Column, Column) {
        match self.kind {
            Kind::Count(column) => (column, column),
            Kind::Rate(some, all) => (some, all),
            Kind::Average(seconds, all) | Kind::Percentile(seconds, all, _) => (seconds, all),
            Kind::Backlog => (Column::Created, Column::Finished),
        }
    }

    /// The number two sums make.
    pub(crate) fn value(&self, first: i64, second: i64) -> f64 {
        match self.kind {
            Kind::Count(_) | Kind::Backlog => mean(second, 1),
            Kind::Rate(..) => 100.0 * mean(first, second),
            Kind::Average(..) | Kind::Percentile(..) => mean(first, second),
        }
    }

    /// The number sums make.
    pub(crate) fn value_of(&self, sums: &Sums) -> f64 {
        let (first, second) = self.columns();
        self.value(sums.get(first), sums.get(second))
    }
}

/// All there is to say of a span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) sums: Sums,
    /// How long first answers took.
    pub(crate) answers: Lengths,
    /// How long resolutions took.
    pub(crate) resolutions: Lengths,
    /// What was to do at its end.
    pub(crate) backlog: i64,
}

impl Numbers {
    /// The number of a measure.
    pub(crate) fn of(&self, measure: &Measure) -> f64 {
        match (measure.kind, measure.cohort()) {
            (Kind::Backlog, _) => mean(self.backlog, 1),
            (Kind::Percentile(_, _, percent), Cohort::Answered) => self.answers.percentile(percent),
            (Kind::Percentile(_, _, percent), _) => self.resolutions.percentile(percent),
            _ => measure.value_of(&self.sums),
        }
    }
}

/// Everything that is measured.
pub(crate) const MEASURES: &[Measure] = {
    use Column as C;
    use Kind::{Average, Backlog, Count, Percentile, Rate};
    &[
        Measure::new("created", "Created", Count(C::Created)),
        Measure::new("resolved", "Resolved", Count(C::Resolved)),
        Measure::new("backlog", "Backlog", Backlog),
        Measure::new("answered", "First answers", Count(C::Answered)),
        Measure::new(
            "first_reply_p50",
            "First reply, median",
            Percentile(C::AnsweredSeconds, C::Answered, 50),
        ),
        Measure::new("first_reply_p90", "First reply, 90 %", Percentile(C::AnsweredSeconds, C::Answered, 90)),
        Measure::new("first_reply_average", "First reply, average", Average(C::AnsweredSeconds, C::Answered)),
        Measure::new("resolution_p50", "Resolution, median", Percentile(C::ResolvedSeconds, C::Resolved, 50)),
        Measure::new("resolution_p90", "Resolution, 90 %", Percentile(C::ResolvedSeconds, C::Resolved, 90)),
        Measure::new("resolution_average", "Resolution, average", Average(C::ResolvedSeconds, C::Resolved)),
        Measure::new("reopened", "Opened again", Count(C::Reopened)).having("reopened > 0"),
        Measure::new("reopen_rate", "Opened again", Rate(C::Reopened, C::Resolved)).having("reopened > 0"),
        Measure::new("transferred", "Handed on", Count(C::Transferred)).lot(Lot::Transferred),
        Measure::new("transfer_rate", "Handed on", Rate(C::Transferred, C::Resolved)).lot(Lot::Transferred),
        Measure::new("escalated", "Escalated", Count(C::Escalated)).lot(Lot::Escalated),
        Measure::new("escalation_rate", "Escalated", Rate(C::Escalated, C::Resolved)).lot(Lot::Escalated),
        Measure::new("rated", "Rated", Count(C::Rated)).having("has(score)"),
        Measure::new("satisfaction", "Satisfied", Rate(C::Satisfied, C::Rated)).having("has(score)"),
        Measure::new("stage_time", "Time in the stage", Average(C::StayedSeconds, C::Stayed)),
    ]
};

/// The main figures, in the order of the page.
pub(crate) const OVERVIEW: [&str; 11] = [
    "created",
    "resolved",
    "backlog",
    "first_reply_p50",
    "first_reply_p90",
    "resolution_p50",
    "resolution_p90",
    "reopen_rate",
    "transfer_rate",
    "escalation_rate",
    "satisfaction",
];

/// The figures of an agent.
pub(crate) const OF_AGENTS: [&str; 7] = [
    "resolved",
    "first_reply_average",
    "resolution_average",
    "reopen_rate",
    "transfer_rate",
    "escalation_rate",
    "satisfaction",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{MEASURES, Measure, OF_AGENTS, OVERVIEW};

    #[test]
    fn every_measure_is_found_by_its_name_and_no_two_have_the_same() {
        let names: HashSet<_> = MEASURES.iter().map(|measure| measure.key).collect();
        assert_eq!(names.len(), MEASURES.len());
        for key in OVERVIEW.iter().chain(&OF_AGENTS) {
            assert!(Measure::of(key).is_some(), "{key}");
        }
        assert_eq!(Measure::of("no such thing"), None);
    }
}
