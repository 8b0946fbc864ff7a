//! The targets of a policy: a table of metrics against priorities, each cell a length of time as one writes it.

use proto::tickets::v1::Priority;
use proto::workflow::v1::{SlaMetric, SlaTarget};
use sycamore::prelude::*;

use crate::parts::{metric_key, priority_key};
use crate::text::t;

/// In the order of a ticket's life.
const METRICS: [SlaMetric; 9] = [
    SlaMetric::FirstAssignment,
    SlaMetric::FirstReply,
    SlaMetric::NextReply,
    SlaMetric::PeriodicUpdate,
    SlaMetric::Ownership,
    SlaMetric::Stage,
    SlaMetric::AgentWork,
    SlaMetric::RequesterWait,
    SlaMetric::Resolution,
];
/// Unspecified is every priority without a target of its own.
const PRIORITIES: [Priority; 5] =
    [Priority::Unspecified, Priority::Urgent, Priority::High, Priority::Normal, Priority::Low];
/// Where people are told of a target that is new, percent.
const WARN_AT: [i32; 2] = [75, 90];

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// Of working time.
    Seconds(i64),
    /// Working days.
    Days(i32),
}

/// A cell, and what is written in it.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    metric: SlaMetric,
    priority: Priority,
    text: Signal<String>,
}

/// Every cell, filled with what is promised.
pub(super) fn cells(known: &[SlaTarget]) -> Vec<Cell> {
    let pairs = METRICS.into_iter().flat_map(|metric| PRIORITIES.map(|priority| (metric, priority)));
    let cell = |(metric, priority)| Cell {
        metric,
        priority,
        text: create_signal(
            find(known, metric, priority).map(|target| written(length(target))).unwrap_or_default(),
        ),
    };
    pairs.map(cell).collect()
}

/// What the cells promise; nothing when one of them is no length of time. What a target says besides its length stays.
pub(super) fn targets(cells: &[Cell], known: &[SlaTarget]) -> Option<Vec<SlaTarget>> {
    let filled = cells.iter().filter(|cell| cell.text.with(|text| !text.trim().is_empty()));
    filled.map(|cell| Some(with(cell, read(&cell.text.get_clone())?, known))).collect()
}

fn with(cell: &Cell, length: Length, known: &[SlaTarget]) -> SlaTarget {
    let new = SlaTarget {
        metric: cell.metric.into(),
        priority: cell.priority.into(),
        warn_at: WARN_AT.to_vec(),
        ..SlaTarget::default()
    };
    let target = find(known, cell.metric, cell.priority).cloned().unwrap_or(new);
    match length {
        Length::Days(business_days) => SlaTarget { business_days, target: None, ..target },
        Length::Seconds(seconds) => {
            let target_length = Some(prost_types::Duration { seconds, nanos: 0 });
            SlaTarget { business_days: 0, target: target_length, ..target }
        }
    }
}

fn find(known: &[SlaTarget], metric: SlaMetric, priority: Priority) -> Option<&SlaTarget> {
    known.iter().find(|target| target.metric() == metric && target.priority() == priority)
}

fn length(target: &SlaTarget) -> Length {
    if target.business_days > 0 {
        return Length::Days(target.business_days);
    }
    Length::Seconds(target.target.map_or(0, |target| target.seconds))
}

/// `1h30m`, `2d` for working days.
fn written(length: Length) -> String {
    match length {
        Length::Days(days) => format!("{days}d"),
        Length::Seconds(seconds) => {
            let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
            let given = parts.into_iter().filter(|(count, _)| *count > 0);
            given.fold(String::new(), |text, (count, unit)| text + &count.to_string() + unit)
        }
    }
}

/// A length as one writes it, with spaces or without.
fn read(text: &str) -> Option<Length> {
    let text: String = text.split_whitespace().collect::<String>().to_lowercase();
    if let Some(days) = text.strip_suffix('d') {
        return days.parse().ok().filter(|days| *days > 0).map(Length::Days);
    }
    let (mut seconds, mut number) = (0_i64, String::new());
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        let count: i64 = std::mem::take(&mut number).parse().ok()?;
        seconds = count.checked_mul(unit)?.checked_add(seconds)?;
    }
    (number.is_empty() && seconds > 0).then_some(Length::Seconds(seconds))
}

/// The metrics of some targets in a line, for lists.
pub(super) fn summary(targets: &[SlaTarget]) -> String {
    let promised = METRICS.iter().filter(|metric| targets.iter().any(|target| target.metric() == **metric));
    promised.map(|metric| metric_name(*metric)).collect::<Vec<_>>().join(", ")
}

fn metric_name(metric: SlaMetric) -> String {
    t!(&format!("metric-{}", metric_key(metric)))
}

fn priority_name(priority: Priority) -> String {
    match priority {
        Priority::Unspecified => t!("levels-any-priority"),
        known => t!(&format!("priority-{}", priority_key(known))),
    }
}

/// The table.
pub(super) fn grid(cells: &[Cell]) -> View {
    let heads = PRIORITIES.map(|priority| {
        let words = priority_name(priority);
        view! { th(scope="col") { (words) } }
    });
    let heads = View::from(heads.into_iter().collect::<Vec<_>>());
    let rows = View::from(cells.chunks(PRIORITIES.len()).map(row).collect::<Vec<_>>());
    view! {
        div(class="table-box", tabindex="0", role="region", aria-label=t!("levels-targets")) {
            table(class="table targets") {
                thead { tr { th { span(class="vh") { (t!("levels-metric")) } } (heads) } }
                tbody { (rows) }
            }
        }
    }
}

fn row(cells: &[Cell]) -> View {
    let name = cells.first().map(|cell| metric_name(cell.metric)).unwrap_or_default();
    let fields = View::from(cells.iter().map(|cell| field(*cell)).collect::<Vec<_>>());
    view! { tr { th(scope="row") { (name) } (fields) } }
}

fn field(cell: Cell) -> View {
    let label = format!("{}, {}", metric_name(cell.metric), priority_name(cell.priority));
    let invalid = move || cell.text.with(|text| !text.trim().is_empty() && read(text).is_none()).to_string();
    view! { td { input(class="input", aria-label=label, aria-invalid=invalid, size="6", maxlength="20", autocomplete="off", bind:value=cell.text) } }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{SlaMetric, SlaTarget};
    use sycamore::prelude::*;

    use super::{Length, cells, read, targets, written};

    #[test]
    fn a_length_is_read_as_it_is_written() {
        for (text, length) in [
            ("4h", Some(Length::Seconds(14_400))),
            ("1 h 30 m", Some(Length::Seconds(5_400))),
            ("45s", Some(Length::Seconds(45))),
            ("2d", Some(Length::Days(2))),
            ("2", None),
            ("soon", None),
            ("0h", None),
            ("h", None),
        ] {
            assert_eq!(read(text), length, "{text}");
            if let Some(length) = length {
                assert_eq!(read(&written(length)), Some(length));
            }
        }
    }

    #[test]
    fn what_is_not_in_the_table_stays_with_its_target() {
        let _root = create_root(|| {
            let known = SlaTarget {
                metric: SlaMetric::Resolution.into(),
                business_days: 2,
                warn_at: vec![50],
                ..SlaTarget::default()
            };
            let cells = cells(std::slice::from_ref(&known));
            assert_eq!(targets(&cells, std::slice::from_ref(&known)), Some(vec![known.clone()]));
            let cell = cells.iter().find(|cell| cell.text.with(|text| text == "2d")).expect("its cell");
            cell.text.set("8h".to_owned());
            let changed = targets(&cells, std::slice::from_ref(&known)).expect("lengths");
            assert_eq!((changed[0].business_days, changed[0].warn_at.as_slice()), (0, [50].as_slice()));
            cell.text.set("?".to_owned());
            assert_eq!(targets(&cells, &[known]), None);
        });
    }
}
