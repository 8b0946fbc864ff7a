//! What stands out in a report: thresholds, sentences and a health score. Pure.
//!
//! The thresholds are the original's. Its "pending" is what nobody has begun (`NEW`) here, and where it looked at single workflows this
//! looks at departments, which lists can be asked for. Invariant: whatever is said names the number and the threshold it passed.

use proto::workflow::v1::{Insight, InsightSeverity};

use super::{
    Measure,
    filter::{Filters, instant, is, numbered},
    span::Span,
};
use crate::measure::{Column, Sums};

/// Open tickets of an agent: many, and as many as anybody can carry.
const WORKLOAD: (i64, i64) = (10, 15);
/// So many times the average of those who have any is uneven.
const UNEVEN: i64 = 2;
/// An average resolution longer than this is slow, in hours.
const SLOW: f64 = 48.0;
/// Per cent of what was resolved.
const ESCALATIONS: f64 = 15.0;
const TRANSFERS: f64 = 20.0;
/// Tickets nobody has begun.
const WAITING: (i64, i64) = (20, 50);
/// The same in one department.
const WAITING_HERE: i64 = 10;
/// Tickets in the same stage for this long are stale, in days.
pub(crate) const STALE: i64 = 7;
/// Open tickets older than this age, in days; so many of them are too many.
pub(crate) const AGED: i64 = 30;
const MANY_AGED: i64 = 10;
/// So many times the mean of the seven days before, or so many standard deviations above it, is a spike.
const SPIKE: f64 = 2.0;
/// Days a new day is compared with.
pub(crate) const COMPARED: i64 = 7;
/// Insights of one kind.
const MOST: usize = 20;
/// What a critical, a warning and a remark take from a health of 100.
const COSTS: (i32, i32, i32) = (15, 5, 1);

/// What is looked at.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    pub(crate) filters: &'a Filters,
    pub(crate) span: Span,
    /// Of the span.
    pub(crate) sums: Sums,
    /// Agents with open tickets: id, name, how many.
    pub(crate) agents: Vec<(String, String, i64)>,
    /// Departments with tickets nobody has begun: id, name, how many.
    pub(crate) waiting: Vec<(String, String, i64)>,
    /// Numbers of the stale ones.
    pub(crate) stale: Vec<i64>,
    /// How many are older than [`AGED`], and than when.
    pub(crate) aged: (i64, jiff::Timestamp),
    /// Tickets filed on the latest whole days, the latest last, and which day that is.
    pub(crate) days: (Vec<i64>, Span),
}

/// Everything that stands out, most urgent first, and the health.
pub(crate) fn insights(look: &Look<'_>) -> (i32, Vec<Insight>) {
    let mut found = workload(look);
    found.extend(uneven(look));
    found.extend(slow(look));
    found.extend(rate(look, "escalations_many", "escalation_rate", ESCALATIONS, "were escalated"));
    found.extend(rate(look, "transfers_many", "transfer_rate", TRANSFERS, "were handed on"));
    found.extend(waiting(look));
    found.extend(stale(look));
    found.extend(aged(look));
    found.extend(spike(look));
    found.sort_by_key(|insight| -insight.severity);
    (health(&found), found)
}

fn health(found: &[Insight]) -> i32 {
    let cost = |insight: &Insight| match insight.severity() {
        InsightSeverity::Critical => COSTS.0,
        InsightSeverity::Warning => COSTS.1,
        InsightSeverity::Info => COSTS.2,
        InsightSeverity::Unspecified => 0,
    };
    (100 - found.iter().map(cost).sum::<i32>()).max(0)
}

fn insight(key: &str, severity: InsightSeverity, message: String, filter: String) -> Insight {
    Insight { key: key.to_owned(), severity: severity.into(), message, filter }
}

/// Critical at the second threshold, a warning at the first.
fn severity(number: i64, (warning, critical): (i64, i64)) -> Option<InsightSeverity> {
    match number {
        _ if number >= critical => Some(InsightSeverity::Critical),
        _ if number >= warning => Some(InsightSeverity::Warning),
        _ => None,
    }
}

fn workload(look: &Look<'_>) -> Vec<Insight> {
    let mut agents = look.agents.clone();
    agents.sort_by_key(|(_, _, open)| -open);
    let busy = agents.iter().filter_map(|(id, name, open)| {
        let severity = severity(*open, WORKLOAD)?;
        let message = format!("{name} has {open} open tickets; {} are a full load", WORKLOAD.1);
        Some(insight("agent_overloaded", severity, message, look.filters.to_do(&is("assignee", id))))
    });
    busy.take(MOST).collect()
}

fn uneven(look: &Look<'_>) -> Option<Insight> {
    let all: i64 = look.agents.iter().map(|(_, _, open)| open).sum();
    let count = i64::try_from(look.agents.len()).unwrap_or(i64::MAX);
    let (id, name, most) = look.agents.iter().max_by_key(|(_, _, open)| *open)?;
    // Without division: more than twice all through how many.
    if count < 2 || most * count <= UNEVEN * all {
        return None;
    }
    let message = format!("{name} has {most} open tickets, more than twice the average of {count} agents");
    Some(insight("load_uneven", InsightSeverity::Warning, message, look.filters.to_do(&is("assignee", id))))
}

fn slow(look: &Look<'_>) -> Option<Insight> {
    let measure = Measure::of("resolution_average")?;
    let hours = measure.value_of(&look.sums) / 3_600.0;
    let message = format!("resolving took {hours:.0} hours on average; up to {SLOW:.0} are fine");
    let slow = || {
        insight("resolution_slow", InsightSeverity::Warning, message, look.filters.of(measure, look.span, ""))
    };
    (hours > SLOW).then(slow)
}

fn rate(look: &Look<'_>, key: &str, measure: &str, most: f64, what: &str) -> Option<Insight> {
    let measure = Measure::of(measure)?;
    let percent = measure.value_of(&look.sums);
    let resolved = look.sums.get(Column::Resolved);
    let message = format!("{percent:.0} % of {resolved} resolved tickets {what}; up to {most:.0} % is fine");
    let many = || insight(key, InsightSeverity::Warning, message, look.filters.of(measure, look.span, ""));
    (percent > most).then(many)
}

fn waiting(look: &Look<'_>) -> Vec<Insight> {
    const NEW: &str = r#"status == "NEW""#;
    let all: i64 = look.waiting.iter().map(|(_, _, waiting)| waiting).sum();
    let whole = severity(all, WAITING).map(|severity| {
        let message = format!("{all} tickets wait to be begun; up to {} are fine", WAITING.0 - 1);
        insight("backlog_large", severity, message, look.filters.all([NEW]))
    });
    let here = look.waiting.iter().filter(|(_, _, waiting)| *waiting >= WAITING_HERE);
    let here = here.map(|(id, name, waiting)| {
        let message =
            format!("{waiting} tickets of {name} wait to be begun; up to {} are fine", WAITING_HERE - 1);
        let filter = look.filters.all([NEW, is("department", id).as_str()]);
        insight("department_backlog", InsightSeverity::Info, message, filter)
    });
    whole.into_iter().chain(here.take(MOST)).collect()
}

fn stale(look: &Look<'_>) -> Option<Insight> {
    let count = look.stale.len();
    let message = format!("{count} open tickets have stood in their stage for {STALE} days or more");
    let filter = || look.filters.all([numbered(&look.stale).as_str()]);
    (count > 0).then(|| insight("tickets_stale", InsightSeverity::Warning, message, filter()))
}

fn aged(look: &Look<'_>) -> Option<Insight> {
    let (count, since) = look.aged;
    let severity = if count >= MANY_AGED { InsightSeverity::Critical } else { InsightSeverity::Warning };
    let message = format!("{count} open tickets are older than {AGED} days; {MANY_AGED} are too many");
    let filter = || look.filters.to_do(&format!("created < {}", instant(since)));
    (count > 0).then(|| insight("tickets_aging", severity, message, filter()))
}

/// The latest day against the mean of those before it.
#[expect(clippy::cast_precision_loss, reason = "numbers of tickets a day")]
fn spike(look: &Look<'_>) -> Option<Insight> {
    let (days, day) = &look.days;
    let (latest, before) = days.split_last()?;
    if before.iter().all(|count| *count == 0) {
        return None;
    }
    let length = before.len() as f64;
    let mean = before.iter().sum::<i64>() as f64 / length;
    let variance = before.iter().map(|count| (*count as f64 - mean).powi(2)).sum::<f64>() / length;
    let above = *latest as f64 - mean;
    let deviates = variance > 0.0 && above > SPIKE * variance.sqrt();
    if *latest as f64 <= SPIKE * mean && !deviates {
        return None;
    }
    let message = format!(
        "{latest} tickets were filed on the latest whole day, against {mean:.0} a day in the week before"
    );
    let filter = look.filters.of(Measure::of("created")?, *day, "");
    Some(insight("volume_spike", InsightSeverity::Warning, message, filter))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proto::workflow::v1::InsightSeverity;

    use super::{Look, insights};
    use crate::{
        measure::{Column, Sums},
        report::{filter::Filters, span::Span},
    };

    fn calm(filters: &Filters) -> Look<'_> {
        let day = Span { from: Timestamp::UNIX_EPOCH, to: Timestamp::UNIX_EPOCH };
        Look {
            filters,
            span: day,
            sums: Sums::default(),
            agents: vec![],
            waiting: vec![],
            stale: vec![],
            aged: (0, Timestamp::UNIX_EPOCH),
            days: (vec![3, 2, 4, 3, 3, 2, 4, 3], day),
        }
    }

    fn named(name: &str, open: i64) -> (String, String, i64) {
        (format!("usr_{name}"), name.to_owned(), open)
    }

    fn said(look: &Look<'_>) -> Vec<(String, InsightSeverity)> {
        insights(look).1.iter().map(|insight| (insight.key.clone(), insight.severity())).collect()
    }

    #[test]
    fn a_calm_desk_is_in_full_health() {
        let filters = Filters::default();
        assert_eq!(insights(&calm(&filters)), (100, vec![]));
    }

    #[test]
    fn what_is_critical_comes_first_and_costs_most() {
        let filters = Filters::default();
        let agents = vec![named("Ann", 10), named("Ben", 15), named("Cleo", 9)];
        let look = Look { agents, waiting: vec![named("Desk", 10)], ..calm(&filters) };
        let (critical, warning, info) =
            (InsightSeverity::Critical, InsightSeverity::Warning, InsightSeverity::Info);
        let expected =
            [("agent_overloaded", critical), ("agent_overloaded", warning), ("department_backlog", info)];
        assert_eq!(said(&look), expected.map(|(key, severity)| (key.to_owned(), severity)));
        let (health, insights) = insights(&look);
        assert_eq!(health, 100 - 15 - 5 - 1);
        assert_eq!(insights[0].message, "Ben has 15 open tickets; 15 are a full load");
        assert_eq!(
            insights[0].filter,
            r#"status in ["NEW", "OPEN", "PENDING", "ON_HOLD"] && assignee == "usr_Ben""#
        );
    }

    #[test]
    fn load_is_uneven_above_twice_the_average_only() {
        let filters = Filters::default();
        let load = |counts: [i64; 3]| {
            let agents =
                counts.iter().zip(["Ann", "Ben", "Cleo"]).map(|(open, name)| named(name, *open)).collect();
            said(&Look { agents, ..calm(&filters) }).iter().any(|(key, _)| key == "load_uneven")
        };
        assert!(!load([8, 2, 2]) && load([9, 2, 2]));
    }

    #[test]
    fn rates_and_lengths_are_told_above_their_thresholds_only() {
        let filters = Filters::default();
        let with = |transferred, escalated, hours: i64| {
            let sums = Sums::one(Column::Resolved)
                .with(Column::Resolved, 100)
                .with(Column::Transferred, transferred)
                .with(Column::Escalated, escalated)
                .with(Column::ResolvedSeconds, hours * 3_600 * 100);
            said(&Look { sums, ..calm(&filters) }).len()
        };
        assert_eq!((with(20, 15, 48), with(21, 16, 49)), (0, 3));
    }

    #[test]
    fn a_day_is_a_spike_above_twice_the_mean_or_two_deviations() {
        let filters = Filters::default();
        let latest = |count: i64| {
            let mut look = calm(&filters);
            *look.days.0.last_mut().expect("a day") = count;
            said(&look).len()
        };
        assert_eq!((latest(4), latest(5), latest(7)), (0, 1, 1));
    }

    #[test]
    fn health_never_falls_below_nothing() {
        let filters = Filters::default();
        let agents = ["Ann", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gus"].map(|name| named(name, 40)).to_vec();
        assert_eq!(insights(&Look { agents, ..calm(&filters) }).0, 0);
    }
}
