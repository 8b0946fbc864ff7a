//! Spans of time: the asked one, the one before it, and the buckets of a series. Pure.
//!
//! Reports count in whole hours of UTC. A boundary within an hour is moved to the hour's beginning (that of the present hour to its end), and what an answer says of its tickets
//! uses the moved one, so a number and its list never disagree. Days begin where the asker's zone says; with half-hour zones that is up
//! to an hour early.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use mesh_core::clock;
use proto::workflow::v1::Bucket;

use crate::measure::{DAY, floor, hour_of};

/// The longest a report may be about, in days: two years, one of them a leap year.
pub(crate) const MOST_DAYS: i64 = 731;
/// Points a series of counts has at most.
pub(crate) const MOST_POINTS: usize = 750;
/// The same of percentiles, which cost more.
pub(crate) const MOST_PERCENTILES: usize = 100;

/// From one hour to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// Days of UTC, and what is to be added at the ends or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) days: (Timestamp, Timestamp),
    pub(crate) ends: [End; 2],
}

/// What is between the end of a span and the nearest midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// 1 when it is to be added to the days, -1 when it is to be taken away.
    pub(crate) times: i64,
}

impl Span {
    /// The hours between two instants.
    pub(crate) fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from: hour_of(from), to: hour_of(to) }
    }

    /// The same as somebody asks for it: until an instant of the present hour means until the end of that hour.
    pub(crate) fn asked(from: Timestamp, to: Timestamp, now: Timestamp) -> Self {
        let span = Self::new(from, to);
        let is_present = span.to == hour_of(now) && to > span.to;
        let end = span.to.saturating_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX);
        if is_present { Self { to: end, ..span } } else { span }
    }

    /// The span of the same length before.
    pub(crate) fn before(self) -> Self {
        let length = self.to.duration_since(self.from);
        Self { from: self.from.saturating_sub(length).unwrap_or(Timestamp::MIN), to: self.from }
    }

    pub(crate) const fn ends(self) -> (Timestamp, Timestamp) {
        (self.from, self.to)
    }

    /// The days nearest to it.
    pub(crate) fn cover(self) -> Cover {
        let (first, last) = (nearest_midnight(self.from), nearest_midnight(self.to));
        Cover { days: (first, last), ends: [End::between(self.from, first), End::between(last, self.to)] }
    }

    /// The spans of a series: each as wide as the bucket, the first and the last as far as the span goes.
    pub(crate) fn buckets(self, bucket: Bucket, zone: &TimeZone) -> Vec<Self> {
        let mut buckets = vec![];
        let mut from = self.from;
        while from < self.to && buckets.len() <= MOST_POINTS {
            let to = next(from, bucket, zone).filter(|to| *to > from).unwrap_or(self.to).min(self.to);
            buckets.push(Self { from, to });
            from = to;
        }
        buckets
    }

    /// The bucket that suits it, when none was asked for.
    pub(crate) fn suits(self) -> Bucket {
        match self.to.duration_since(self.from).as_hours() {
            ..=48 => Bucket::Hour,
            49..=2_208 => Bucket::Day,
            2_209..=8_784 => Bucket::Week,
            _ => Bucket::Month,
        }
    }
}

impl End {
    /// From a boundary to the other, to be taken away when they are the wrong way round.
    fn between(from: Timestamp, to: Timestamp) -> Self {
        if from <= to { Self { from, to, times: 1 } } else { Self { from: to, to: from, times: -1 } }
    }
}

fn nearest_midnight(at: Timestamp) -> Timestamp {
    clock::from_micros(floor(at.as_microsecond() + DAY / 2, DAY))
}

/// The first beginning of a bucket after an instant.
fn next(at: Timestamp, bucket: Bucket, zone: &TimeZone) -> Option<Timestamp> {
    if bucket == Bucket::Hour {
        return at.checked_add(SignedDuration::from_hours(1)).ok();
    }
    // An hour is counted whole where its beginning is.
    let soon = at.checked_add(SignedDuration::from_mins(59)).ok()?;
    let today = soon.to_zoned_datetime(zone.clone()).date();
    let day = match bucket {
        Bucket::Week => {
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            today.checked_add((7 - since_monday).days()).ok()?
        }
        Bucket::Month => today.first_of_month().checked_add(1.month()).ok()?,
        _ => today.tomorrow().ok()?,
    };
    begins(day, zone).map(hour_of)
}

/// When a day begins.
fn begins(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned_datetime(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};
    use proptest::prelude::*;
    use proto::workflow::v1::Bucket;

    use super::Span;

    fn span(from: &str, to: &str) -> Span {
        let at = |text: &str| text.parse().expect("an instant");
        Span::new(at(from), at(to))
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone")
    }

    #[test]
    fn days_begin_where_the_zone_says_also_when_clocks_change() {
        let march = span("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z");
        let days = march.buckets(Bucket::Day, &zone("Europe/Berlin"));
        let begin: Vec<_> = days.iter().map(|day| day.from.to_string()).collect();
        assert_eq!(begin, ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"]);
    }

    #[test]
    fn days_of_half_hour_zones_begin_with_the_hour() {
        let days =
            span("2026-01-01T18:30:00Z", "2026-01-03T18:30:00Z").buckets(Bucket::Day, &zone("Asia/Kolkata"));
        let begin: Vec<_> = days.iter().map(|day| day.from.to_string()).collect();
        assert_eq!(begin, ["2026-01-01T18:00:00Z", "2026-01-02T18:00:00Z"]);
    }

    #[test]
    fn what_happens_this_hour_is_counted_when_somebody_asks_until_now() {
        let at = |text: &str| -> Timestamp { text.parse().expect("an instant") };
        let (from, now) = (at("2026-01-01T07:20:00Z"), at("2026-01-02T09:40:00Z"));
        assert_eq!(Span::asked(from, now, now), span("2026-01-01T07:00:00Z", "2026-01-02T10:00:00Z"));
        let before = at("2026-01-02T08:40:00Z");
        assert_eq!(Span::asked(from, before, now), span("2026-01-01T07:00:00Z", "2026-01-02T08:00:00Z"));
    }

    #[test]
    fn weeks_begin_on_mondays_and_months_on_their_first() {
        let spring = span("2026-03-25T00:00:00Z", "2026-05-02T00:00:00Z");
        let begin = |bucket| -> Vec<String> {
            spring
                .buckets(bucket, &TimeZone::UTC)
                .iter()
                .map(|part| part.from.to_string()[..10].to_owned())
                .collect()
        };
        assert_eq!(
            begin(Bucket::Week),
            ["2026-03-25", "2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27"]
        );
        assert_eq!(begin(Bucket::Month), ["2026-03-25", "2026-04-01", "2026-05-01"]);
    }

    proptest! {
        #[test]
        fn buckets_follow_each_other_without_a_gap_and_a_cover_is_exactly_its_span(
            from in 0_i64..60_000, hours in 1_i64..2_000, bucket in 1_i32..=4, name in 0_usize..4,
        ) {
            let hour = |number: i64| Timestamp::from_second(number * 3_600).expect("an hour");
            let span = Span { from: hour(from), to: hour(from + hours) };
            let names = ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"];
            let bucket = Bucket::try_from(bucket).expect("a bucket");
            let buckets = span.buckets(bucket, &zone(names[name]));
            if buckets.len() <= super::MOST_POINTS {
                prop_assert_eq!(buckets[0].from, span.from);
                prop_assert_eq!(buckets[buckets.len() - 1].to, span.to);
                prop_assert!(buckets.windows(2).all(|two| two[0].to == two[1].from && two[0].from < two[0].to));
            }

            let cover = span.cover();
            let count = |from: Timestamp, to: Timestamp, at: i64| i64::from(from <= hour(at) && hour(at) < to);
            for at in from - 30..from + hours + 30 {
                let days = count(cover.days.0, cover.days.1, at);
                let ends: i64 = cover.ends.iter().map(|end| end.times * count(end.from, end.to, at)).sum();
                prop_assert_eq!(days + ends, count(span.from, span.to, at));
            }
        }
    }
}
