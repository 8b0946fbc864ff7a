//! Schedules: five fields of cron, by the wall clock of a zone.
//!
//! | field | from–to |
//! |---|---|
//! | minute | 0–59 |
//! | hour | 0–23 |
//! | day of the month | 1–31 |
//! | month | 1–12 |
//! | day of the week | 0–7, both ends are Sunday |
//!
//! A field is `*`, a number, a span `1-5`, either with a step `*/15`, or several of these after commas. With both days given either one is
//! enough, as cron does it. Where clocks go forward, what falls into the gap happens right after it; where they go back, once.
//!
//! Read here because the libraries there are go by another major version of `jiff`, or by `chrono` and zones of its own.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The days looked ahead: 29 February comes within eight years.
const AHEAD: usize = 3_000;

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether both kinds of days are narrowed: then either one is enough.
    either: bool,
}

impl Schedule {
    /// Reads five fields. The problem is a sentence that goes on from the field's name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<_> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err("needs five fields: minute, hour, day of the month, month, day of the week".into());
        };
        let weekdays = field(weekday, "day of the week", 0, 7)?;
        Ok(Self {
            minutes: field(minute, "minute", 0, 59)?,
            hours: field(hour, "hour", 0, 23)?,
            days: field(day, "day of the month", 1, 31)?,
            months: field(month, "month", 1, 12)?,
            // 7 is Sunday, too.
            weekdays: (weekdays | (weekdays >> 7)) & 0x7f,
            either: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    /// The first time after an instant; `None` for what never comes, such as 31 February.
    pub(crate) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut day = after.to_zoned_datetime(zone.clone()).date();
        for _ in 0..AHEAD {
            if self.is_day(day)
                && let Some(time) = self.first_on(day, after, zone)
            {
                return Some(time);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn is_day(&self, day: Date) -> bool {
        let by_date = has(self.days, day.day());
        let by_weekday = has(self.weekdays, day.weekday().to_sunday_zero_offset());
        let is_either = if self.either { by_date || by_weekday } else { by_date && by_weekday };
        has(self.months, day.month()) && is_either
    }

    fn first_on(&self, day: Date, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let hours = (0..24).filter(|hour| has(self.hours, *hour));
        let times = hours.flat_map(|hour| {
            (0..60).filter(|minute| has(self.minutes, *minute)).map(move |minute| day.at(hour, minute, 0, 0))
        });
        let instants =
            times.filter_map(|time| time.to_zoned_datetime(zone.clone()).ok()).map(|zoned| zoned.timestamp());
        instants.filter(|time| *time > after).min()
    }
}

/// Whether a number is in a set.
fn has(set: u64, number: i8) -> bool {
    u32::try_from(number).is_ok_and(|number| set & (1 << number) != 0)
}

/// The set a field stands for.
fn field(text: &str, name: &str, least: u32, most: u32) -> Result<u64, String> {
    let wrong =
        || format!("has no {name} in {text:?}; give *, {least} to {most}, 1-5, */15 or several after commas");
    let mut set = 0;
    for part in text.split(',') {
        let (span, step) = part.split_once('/').map_or((part, None), |(span, step)| (span, Some(step)));
        let number =
            |text: &str| text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(wrong);
        let (from, to) = match span.split_once('-') {
            _ if span == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None if step.is_some() => (number(span)?, most),
            None => (number(span)?, number(span)?),
        };
        let step = step.map_or(Ok(1), |step| step.parse().map_err(|_| wrong()))?;
        if from > to || step == 0 {
            return Err(wrong());
        }
        for number in (from..=to).step_by(step) {
            set |= 1_u64 << number;
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};
    use proptest::prelude::*;

    use super::Schedule;

    fn next(schedule: &str, after: &str, zone: &str) -> Option<String> {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        let after = after.parse().expect("an instant");
        schedule.next(after, &TimeZone::get(zone).expect("a zone")).map(|time| time.to_string())
    }

    #[test]
    fn a_schedule_goes_by_the_wall_clock_of_its_zone() {
        let told = |schedule, after, zone| next(schedule, after, zone).expect("it comes");
        assert_eq!(told("0 9 * * 1-5", "2026-01-09T08:00:00Z", "Europe/Berlin"), "2026-01-12T08:00:00Z");
        assert_eq!(told("*/15 * * * *", "2026-01-09T08:00:00Z", "UTC"), "2026-01-09T08:15:00Z");
        assert_eq!(told("0 0 29 2 *", "2026-01-01T00:00:00Z", "UTC"), "2028-02-29T00:00:00Z");
        assert_eq!(
            told("0 0 13 * 5", "2026-01-01T00:00:00Z", "UTC"),
            "2026-01-02T00:00:00Z",
            "a Friday is enough"
        );
        assert_eq!(told("0 0 * * 7", "2026-01-01T00:00:00Z", "UTC"), "2026-01-04T00:00:00Z");
        assert_eq!(next("0 0 31 2 *", "2026-01-01T00:00:00Z", "UTC"), None);
    }

    #[test]
    fn what_falls_into_a_gap_comes_after_it_and_what_comes_twice_comes_once() {
        let told = |after| next("30 2 * * *", after, "Europe/Berlin").expect("it comes");
        assert_eq!(told("2026-03-28T12:00:00Z"), "2026-03-29T01:30:00Z");
        assert_eq!(told("2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(told("2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn what_is_no_schedule_says_which_field_and_what_to_give() {
        let problem = |text| Schedule::parse(text).expect_err("no schedule");
        assert!(problem("* * * *").starts_with("needs five fields"));
        assert!(problem("60 * * * *").contains("no minute in \"60\"; give *, 0 to 59"));
        for wrong in ["* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,, * * * *"] {
            assert!(Schedule::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn the_next_time_is_later_and_nothing_comes_before_it(
            minute in 0_u32..60, hour in 0_u32..24, second in 0_i64..40_000_000, zone in 0_usize..3,
        ) {
            let zone = TimeZone::get(["UTC", "Europe/Berlin", "America/New_York"][zone]).expect("a zone");
            let schedule = Schedule::parse(&format!("{minute} {hour} * * *")).expect("a schedule");
            let after = Timestamp::from_second(1_760_000_000 + second).expect("an instant");
            let first = schedule.next(after, &zone).expect("daily");
            prop_assert!(first > after && first.duration_since(after).as_hours() <= 25);
        }
    }
}
