//! Working hours: how much of a stretch of time was work, and when an amount of work is over.
//!
//! Invariant: `measure` and `project` agree. What is measured from an instant to where an amount was projected is that amount, over any
//! change of clocks; stretches that follow each other measure as much as the whole.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use mesh_core::error::Violations;
use proto::workflow::v1::{self as wire, WorkingSpan};

/// Minutes of a day.
const DAY_MINUTES: i32 = 1_440;
/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;
/// Microseconds a working day counts for, where days are counted.
pub(crate) const DAY: i64 = 1_440 * MINUTE;
/// Days looked ahead for work: twenty years.
const HORIZON: usize = 20 * 366;
/// Days looked ahead for the beginning of work: more than a year, for hours that have one season.
const PLANNED: usize = 400;
/// Spans a calendar has at most.
const MOST_SPANS: usize = 200;
/// Holidays a calendar has at most.
pub(crate) const MOST_HOLIDAYS: usize = 2_000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Working time as it passes.
    Time,
    /// Working days: each counts as 24 hours, however long its hours are.
    Days,
}

/// Working hours in one time zone.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) version: i32,
    pub(crate) zone: TimeZone,
    /// Every hour of every day.
    always: bool,
    /// Minutes from midnight, from Monday on, in order.
    week: [Vec<(i32, i32)>; 7],
    holidays: BTreeMap<Date, Vec<wire::Holiday>>,
}

/// The working spans of one day, in order.
struct Day(Vec<(Timestamp, Timestamp)>);

impl Calendar {
    /// The calendar of a message that was checked. What can't be read of one that was not is left out.
    pub(crate) fn new(sent: &wire::Calendar) -> Self {
        let mut week: [Vec<(i32, i32)>; 7] = Default::default();
        for span in &sent.spans {
            if let Some(day) = usize::try_from(span.weekday - 1).ok().and_then(|day| week.get_mut(day)) {
                day.push((span.from_minute, span.to_minute));
                day.sort_unstable();
            }
        }
        let mut holidays: BTreeMap<Date, Vec<wire::Holiday>> = BTreeMap::new();
        for holiday in &sent.holidays {
            if let Ok(date) = holiday.date.parse() {
                holidays.entry(date).or_default().push(holiday.clone());
            }
        }
        Self {
            id: sent.id.clone(),
            version: sent.version,
            zone: TimeZone::get(&sent.time_zone).unwrap_or(TimeZone::UTC),
            always: sent.always,
            week,
            holidays,
        }
    }

    /// How much there was from one instant to a later one, in microseconds; nothing when it is not later.
    pub(crate) fn measure(&self, pace: Pace, from: Timestamp, to: Timestamp) -> i64 {
        if to <= from {
            return 0;
        }
        if self.always && pace == Pace::Time {
            return to.as_microsecond() - from.as_microsecond();
        }
        let last = self.date(to);
        let days = self.days_from(self.date(from)).take_while(|(date, _)| *date <= last);
        days.map(|(_, day)| day.counted(pace, to) - day.counted(pace, from)).sum()
    }

    /// The first instant by which so many microseconds are over; `None` when that is not within twenty years.
    pub(crate) fn project(&self, pace: Pace, from: Timestamp, amount: i64) -> Option<Timestamp> {
        if amount <= 0 {
            return Some(from);
        }
        if self.always && pace == Pace::Time {
            return from.checked_add(SignedDuration::from_micros(amount)).ok();
        }
        let mut left = amount;
        for (_, day) in self.days_from(self.date(from)).take(HORIZON) {
            let before = day.counted(pace, from);
            let there = day.whole(pace) - before;
            if left <= there {
                return day.reached(pace, before + left);
            }
            left -= there;
        }
        None
    }

    /// Whether an instant is work.
    pub(crate) fn is_work(&self, at: Timestamp) -> bool {
        self.always || self.spans_from(at).next().is_some_and(|(from, _)| from <= at)
    }

    /// The next instant at which work begins that did not go on before; `None` when that is not within [`PLANNED`] days.
    pub(crate) fn next_begin(&self, after: Timestamp) -> Option<Timestamp> {
        if self.always {
            return None;
        }
        let mut worked_until = None;
        for (from, to) in self.spans_from(after) {
            if from > after && worked_until != Some(from) {
                return Some(from);
            }
            worked_until = Some(to);
        }
        None
    }

    /// The spans that are not over at an instant, in order, for [`PLANNED`] days.
    fn spans_from(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let days = self.days_from(self.date(at)).take(PLANNED);
        days.flat_map(|(_, day)| day.0).filter(move |(_, to)| *to > at)
    }

    /// Working time from one instant to a later one.
    #[cfg(test)]
    pub(crate) fn working_time(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        SignedDuration::from_micros(self.measure(Pace::Time, from, to))
    }

    /// The first instant by which so much working time is over.
    #[cfg(test)]
    pub(crate) fn working_add(&self, from: Timestamp, time: SignedDuration) -> Option<Timestamp> {
        self.project(Pace::Time, from, i64::try_from(time.as_micros()).ok()?)
    }

    /// Holidays that fell into a stretch of time, in order.
    pub(crate) fn holidays(&self, from: Timestamp, to: Timestamp) -> Vec<wire::Holiday> {
        if self.always || to < from {
            return Vec::new();
        }
        self.holidays.range(self.date(from)..=self.date(to)).flat_map(|(_, those)| those.clone()).collect()
    }

    fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The days from this one on, to the end of time.
    fn days_from(&self, date: Date) -> impl Iterator<Item = (Date, Day)> + '_ {
        std::iter::successors(Some(date), |date| date.tomorrow().ok()).map(|date| (date, self.day(date)))
    }

    fn day(&self, date: Date) -> Day {
        let spans = self.minutes(date).into_iter().filter_map(|(from, to)| {
            let (from, to) = (self.instant(date, from)?, self.instant(date, to)?);
            (from < to).then_some((from, to))
        });
        Day(spans.collect())
    }

    /// Minutes of a day on which somebody works.
    fn minutes(&self, date: Date) -> Vec<(i32, i32)> {
        if self.always {
            return vec![(0, DAY_MINUTES)];
        }
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let mut spans = self.week.get(weekday).cloned().unwrap_or_default();
        for holiday in self.holidays.get(&date).into_iter().flatten() {
            let (from, to) = free(holiday);
            spans = spans.into_iter().flat_map(|span| without(span, (from, to))).collect();
        }
        spans
    }

    /// A minute of a day. One that the clocks leave out is as far behind the gap; of two the first counts.
    fn instant(&self, date: Date, minute: i32) -> Option<Timestamp> {
        let (date, minute) = if minute >= DAY_MINUTES { (date.tomorrow().ok()?, 0) } else { (date, minute) };
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        self.zone.to_timestamp(date.at(hour, minute, 0, 0)).ok()
    }
}

impl Day {
    /// Microseconds of work.
    fn total(&self) -> i64 {
        self.0.iter().map(|(from, to)| to.as_microsecond() - from.as_microsecond()).sum()
    }

    /// Microseconds of work up to an instant.
    fn elapsed(&self, at: Timestamp) -> i64 {
        let until = |&(from, to): &(Timestamp, Timestamp)| {
            at.clamp(from, to).as_microsecond() - from.as_microsecond()
        };
        self.0.iter().map(until).sum()
    }

    fn whole(&self, pace: Pace) -> i64 {
        match pace {
            Pace::Time => self.total(),
            Pace::Days if self.0.is_empty() => 0,
            Pace::Days => DAY,
        }
    }

    /// What counts of it up to an instant.
    fn counted(&self, pace: Pace, at: Timestamp) -> i64 {
        match pace {
            Pace::Time => self.elapsed(at),
            Pace::Days => scaled(self.elapsed(at), DAY, self.total(), false),
        }
    }

    /// The first instant at which so much of it counts.
    fn reached(&self, pace: Pace, counted: i64) -> Option<Timestamp> {
        let mut left = match pace {
            Pace::Time => counted,
            Pace::Days => scaled(counted, self.total(), DAY, true),
        };
        for (from, to) in &self.0 {
            let there = to.as_microsecond() - from.as_microsecond();
            if left <= there {
                return from.checked_add(SignedDuration::from_micros(left)).ok();
            }
            left -= there;
        }
        None
    }
}

/// `amount · times / by`, cut or rounded up; nothing of nothing.
fn scaled(amount: i64, times: i64, by: i64, up: bool) -> i64 {
    if by == 0 {
        return 0;
    }
    let (product, by) = (i128::from(amount) * i128::from(times), i128::from(by));
    let rest = i128::from(up && product % by != 0);
    i64::try_from(product / by + rest).unwrap_or(i64::MAX)
}

/// The minutes of a holiday.
fn free(holiday: &wire::Holiday) -> (i32, i32) {
    match (holiday.from_minute, holiday.to_minute) {
        (0, 0) => (0, DAY_MINUTES),
        minutes => minutes,
    }
}

/// What is left of a span.
fn without((from, to): (i32, i32), (off, on): (i32, i32)) -> impl Iterator<Item = (i32, i32)> {
    [(from, to.min(off)), (from.max(on), to)].into_iter().filter(|(from, to)| from < to)
}

/// Names what is wrong with a calendar, each field by its path in the message.
pub(crate) fn check(sent: &wire::Calendar, wrong: &mut Violations) {
    wrong.text("calendar.name", &sent.name, 1..=100);
    let unknown = sent.time_zone.is_empty() || TimeZone::get(&sent.time_zone).is_err();
    wrong.when(unknown, "calendar.time_zone", "is no IANA time zone; give one like Europe/Berlin");
    let idle = !sent.always && sent.spans.is_empty();
    wrong.when(idle, "calendar.spans", "are missing; give at least one, or set always");
    wrong.when(sent.spans.len() > MOST_SPANS, "calendar.spans", "are too many; give at most 200");
    wrong.when(sent.holidays.len() > MOST_HOLIDAYS, "calendar.holidays", "are too many; give at most 2000");
    for (index, span) in sent.spans.iter().take(MOST_SPANS).enumerate() {
        check_span(&format!("calendar.spans[{index}]"), *span, &sent.spans, wrong);
    }
    for (index, holiday) in sent.holidays.iter().take(MOST_HOLIDAYS).enumerate() {
        check_holiday(&format!("calendar.holidays[{index}]"), holiday, wrong);
    }
}

fn check_span(path: &str, span: WorkingSpan, all: &[WorkingSpan], wrong: &mut Violations) {
    let no_day = !(1..=7).contains(&span.weekday);
    wrong.when(no_day, &format!("{path}.weekday"), "is no weekday; give 1 for Monday to 7 for Sunday");
    let is_span = 0 <= span.from_minute && span.from_minute < span.to_minute && span.to_minute <= DAY_MINUTES;
    wrong.when(!is_span, path, "is no span of minutes; give 0 ≤ from_minute < to_minute ≤ 1440");
    let meets = |other: &&WorkingSpan| {
        other.weekday == span.weekday
            && other.from_minute < span.to_minute
            && span.from_minute < other.to_minute
    };
    // A span meets itself.
    let overlaps = is_span && all.iter().take(MOST_SPANS).filter(meets).count() > 1;
    wrong.when(overlaps, path, "overlaps another span of its weekday; join them");
}

fn check_holiday(path: &str, holiday: &wire::Holiday, wrong: &mut Violations) {
    let is_date = holiday.date.parse::<Date>().is_ok_and(|date| date.to_string() == holiday.date);
    wrong.when(!is_date, &format!("{path}.date"), "is no date; give one like 2026-12-24");
    wrong.text(&format!("{path}.name"), &holiday.name, 1..=100);
    let (from, to) = free(holiday);
    let is_part = 0 <= from && from < to && to <= DAY_MINUTES;
    wrong.when(!is_part, path, "is no part of a day; give 0 ≤ from_minute < to_minute ≤ 1440, or neither");
}

#[cfg(test)]
mod tests;
