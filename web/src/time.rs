//! Times for people: how long ago in a word, exactly on demand, both in their language and zone.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use prost_types::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

use crate::text::{self, t};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// How far apart two instants are, in the largest unit that says enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Now,
    Minutes(i64),
    Hours(i64),
    Days(i64),
    /// More than four weeks: the date says more.
    Long,
}

impl Age {
    /// The age of something after so many seconds; what seems to lie ahead is a clock that is off, and counts as now.
    pub(crate) const fn of(seconds: i64) -> Self {
        match seconds {
            ..MINUTE => Self::Now,
            MINUTE..HOUR => Self::Minutes(seconds / MINUTE),
            HOUR..DAY => Self::Hours(seconds / HOUR),
            _ if seconds < 4 * WEEK => Self::Days(seconds / DAY),
            _ => Self::Long,
        }
    }
}

/// Milliseconds since the epoch, as the browser counts.
#[expect(clippy::cast_precision_loss, reason = "exact for the next 280,000 years")]
pub(crate) fn millis(time: &Timestamp) -> f64 {
    (time.seconds * 1000) as f64 + f64::from(time.nanos / 1_000_000)
}

/// `3 min`, `2 h`, `5 d`, or the date; `now` is in milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
pub(crate) fn ago(time: &Timestamp, now: f64) -> String {
    match Age::of(((now - millis(time)) / 1000.0) as i64) {
        Age::Now => t!("ago-now"),
        Age::Minutes(count) => t!("ago-minutes", count = count),
        Age::Hours(count) => t!("ago-hours", count = count),
        Age::Days(count) => t!("ago-days", count = count),
        Age::Long => date(time),
    }
}

/// How far off, ahead or behind: `3 min`, `2 h`, `5 d`; none when the date says more.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
pub(crate) fn off(time: &Timestamp, now: f64) -> Option<String> {
    match Age::of(((now - millis(time)).abs() / 1000.0) as i64) {
        Age::Now => Some(t!("ago-minutes", count = 1)),
        Age::Minutes(count) => Some(t!("ago-minutes", count = count)),
        Age::Hours(count) => Some(t!("ago-hours", count = count)),
        Age::Days(count) => Some(t!("ago-days", count = count)),
        Age::Long => None,
    }
}

/// `23 Nov 2025, 16:43:05`, for the tip.
pub(crate) fn exact(time: &Timestamp) -> String {
    format(time, &[("dateStyle", "medium"), ("timeStyle", "medium")])
}

/// `23 Nov 2025, 16:43`, for what is due or planned.
pub(crate) fn moment(time: &Timestamp) -> String {
    format(time, &[("dateStyle", "medium"), ("timeStyle", "short")])
}

/// The end of the day so many days from today, in the person's zone, as rules write it.
pub(crate) fn end_of_day(days: i32) -> String {
    let now = Date::new_0();
    let [month, day] =
        [now.get_month(), now.get_date()].map(|number| i32::try_from(number).unwrap_or_default());
    Date::new_with_year_month_day(now.get_full_year(), month, day + days + 1).to_iso_string().into()
}

/// `23 Nov 2025`.
pub(crate) fn date(time: &Timestamp) -> String {
    format(time, &[("dateStyle", "medium")])
}

/// The time of day of an instant in milliseconds: `16:43`.
pub(crate) fn clock(millis: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    let time = Timestamp { seconds: (millis / 1000.0) as i64, nanos: 0 };
    format(&time, &[("timeStyle", "short")])
}

/// For the `datetime` attribute.
pub(crate) fn machine(time: &Timestamp) -> String {
    if cfg!(not(target_arch = "wasm32")) {
        return format!("@{}", time.seconds);
    }
    Date::new(&JsValue::from_f64(millis(time))).to_iso_string().into()
}

/// The names of the zones this browser knows.
pub(crate) fn zones() -> Vec<String> {
    if cfg!(not(target_arch = "wasm32")) {
        return Vec::new();
    }
    let values = Reflect::get(&js_sys::global(), &"Intl".into())
        .and_then(|intl| Reflect::get(&intl, &"supportedValuesOf".into()))
        .and_then(JsCast::dyn_into::<Function>)
        .and_then(|values| values.call1(&JsValue::UNDEFINED, &"timeZone".into()));
    let names = values.map(|values| Array::from(&values)).unwrap_or_default();
    names.iter().filter_map(|name| name.as_string()).collect()
}

fn format(time: &Timestamp, options: &[(&str, &str)]) -> String {
    if cfg!(not(target_arch = "wasm32")) {
        return machine(time);
    }
    let wanted = Object::new();
    for (key, value) in options {
        Reflect::set(&wanted, &(*key).into(), &(*value).into()).ok();
    }
    let format = Intl::DateTimeFormat::new(&Array::of1(&text::tag().into()), &wanted).format();
    let shown = format.call1(&JsValue::UNDEFINED, &Date::new(&JsValue::from_f64(millis(time))));
    shown.ok().and_then(|shown| shown.as_string()).unwrap_or_default()
}

/// A unit lengths of time are set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl Unit {
    /// From the smallest to the largest.
    pub(crate) const ALL: [Self; 4] = [Self::Seconds, Self::Minutes, Self::Hours, Self::Days];

    const fn seconds(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => MINUTE,
            Self::Hours => HOUR,
            Self::Days => DAY,
        }
    }

    /// The word a choice of it goes by.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Minutes => "m",
            Self::Hours => "h",
            Self::Days => "d",
        }
    }

    /// The id of its words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Seconds => "unit-seconds",
            Self::Minutes => "unit-minutes",
            Self::Hours => "unit-hours",
            Self::Days => "unit-days",
        }
    }
}

/// A length of time as a whole number of the largest unit that loses nothing.
pub(crate) fn in_units(seconds: i64) -> (i64, Unit) {
    let whole = |unit: &Unit| seconds % unit.seconds() == 0;
    let unit = Unit::ALL.into_iter().rev().find(whole).unwrap_or(Unit::Seconds);
    let unit = if seconds == 0 { Unit::Minutes } else { unit };
    (seconds / unit.seconds(), unit)
}

/// The seconds of so many units; none if it is no whole number.
pub(crate) fn from_units(count: &str, unit: &str) -> Option<i64> {
    let unit = Unit::ALL.into_iter().find(|known| known.key() == unit)?;
    count.trim().parse::<i64>().ok()?.checked_mul(unit.seconds())
}

/// The beginning of a day as a date field says it, by the person's clock, and so many days later.
pub(crate) fn day(date: &str, later: f64) -> Option<Timestamp> {
    const DAY_MILLIS: f64 = 86_400_000.0;
    if date.is_empty() {
        return None;
    }
    let millis = Date::parse(&format!("{date}T00:00")) + later * DAY_MILLIS;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    millis.is_finite().then(|| Timestamp { seconds: (millis / 1000.0) as i64, nanos: 0 })
}

/// The instant a field for day and time of day says, by the person's clock.
pub(crate) fn instant(local: &str) -> Option<Timestamp> {
    if local.is_empty() {
        return None;
    }
    let millis = Date::parse(local);
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    millis.is_finite().then(|| Timestamp { seconds: (millis / 1000.0) as i64, nanos: 0 })
}

/// The same the other way, for such a field to begin with: `2026-11-27T09:00`.
pub(crate) fn local(time: &Timestamp) -> String {
    if cfg!(not(target_arch = "wasm32")) {
        return machine(time);
    }
    let date = Date::new(&JsValue::from_f64(millis(time)));
    let zone = date.get_timezone_offset() * 60_000.0;
    let text: String = Date::new(&JsValue::from_f64(millis(time) - zone)).to_iso_string().into();
    text.chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::{Age, DAY, HOUR, Unit, WEEK, from_units, in_units};

    #[test]
    fn a_length_is_told_in_the_largest_unit_that_loses_nothing() {
        for (seconds, told) in [
            (1800, (30, Unit::Minutes)),
            (DAY, (1, Unit::Days)),
            (DAY + HOUR, (25, Unit::Hours)),
            (90, (90, Unit::Seconds)),
            (0, (0, Unit::Minutes)),
        ] {
            assert_eq!(in_units(seconds), told, "{seconds}");
            assert_eq!(from_units(&told.0.to_string(), told.1.key()), Some(seconds));
        }
        assert_eq!(from_units("soon", "m"), None);
    }

    #[test]
    fn an_age_is_told_in_the_largest_unit_that_says_enough() {
        for (seconds, age) in [
            (-30, Age::Now),
            (59, Age::Now),
            (60, Age::Minutes(1)),
            (HOUR - 1, Age::Minutes(59)),
            (HOUR, Age::Hours(1)),
            (DAY - 1, Age::Hours(23)),
            (3 * DAY + HOUR, Age::Days(3)),
            (4 * WEEK - 1, Age::Days(27)),
            (4 * WEEK, Age::Long),
        ] {
            assert_eq!(Age::of(seconds), age, "{seconds}");
        }
    }
}
