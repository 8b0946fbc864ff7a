//! Numbers of reports in words, and the lists behind them.

use proto::workflow::v1::{Figure, Unit};

use crate::desk::Shown;
use crate::parts::Datum;
use crate::routes::Place;
use crate::text::{self, t};

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// A number with its unit; a length of time in the unit in which it is not much.
#[expect(clippy::cast_possible_truncation, reason = "numbers of tickets, and of units of time")]
pub(super) fn shown(value: f64, unit: Unit) -> String {
    let count = |size: f64| (value / size).round() as i64;
    match unit {
        Unit::Percent => t!("percent", count = count(1.0)),
        Unit::Seconds if value < 2.0 * HOUR => t!("ago-minutes", count = count(MINUTE)),
        Unit::Seconds if value < 3.0 * DAY => t!("ago-hours", count = count(HOUR)),
        Unit::Seconds => t!("ago-days", count = count(DAY)),
        Unit::Count | Unit::Unspecified => count(1.0).to_string(),
    }
}

/// What people call a measure.
pub(super) fn measure(key: &str) -> String {
    t!(&format!("measure-{}", key.replace('_', "-")))
}

/// What people call a part of a breakdown: in their language where there are words for it, else as the server says.
pub(super) fn part(dimension: &str, figure: &Figure) -> String {
    let key = figure.key.to_lowercase().replace('_', "-");
    let known = match dimension {
        _ if key.is_empty() => Some(t!("part-none")),
        "priority" => text::maybe(&format!("priority-{key}")),
        "status" => text::maybe(&format!("status-{key}")),
        "age" => text::maybe(&format!("age-{key}")),
        _ => None,
    };
    known.unwrap_or_else(|| figure.label.clone())
}

/// Where the list of a rule is.
pub(super) fn list_of(rule: &str) -> String {
    Place::DeskView { view: Shown::by_rule(rule).key().to_owned() }.path()
}

/// A figure to be drawn.
pub(super) fn datum(figure: &Figure, label: String) -> Datum {
    let (value, shown) = (figure.value, shown(figure.value, figure.unit()));
    Datum { label, value, shown, href: list_of(&figure.filter) }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Figure, Unit};

    use super::{part, shown};

    #[test]
    fn lengths_are_told_in_a_unit_in_which_they_are_not_much() {
        let told =
            [59.0, 7_199.0, 7_200.0, 259_199.0, 864_000.0].map(|seconds| shown(seconds, Unit::Seconds));
        assert_eq!(told, ["1 min", "120 min", "2 h", "72 h", "10 d"]);
        assert_eq!(
            (shown(12.4, Unit::Count), shown(12.6, Unit::Percent)),
            ("12".to_owned(), "13 %".to_owned())
        );
    }

    #[test]
    fn parts_have_words_of_ours_where_there_are_any() {
        let figure =
            |key: &str| Figure { key: key.to_owned(), label: "as told".to_owned(), ..Figure::default() };
        assert_eq!(part("status", &figure("ON_HOLD")), "On hold");
        assert_eq!(part("priority", &figure("URGENT")), "Urgent");
        assert_eq!(part("agent", &figure("usr_1")), "as told");
        assert_eq!(part("age", &figure("7d")), "7 to 30 days");
    }
}
