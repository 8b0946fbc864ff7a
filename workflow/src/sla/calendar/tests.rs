//! Vectors of other products' documents and bug reports, and laws that hold in every zone.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use mesh_core::error::Violations;
use proptest::prelude::*;
use proto::workflow::v1::{self as wire, Holiday, WorkingSpan};

use super::{Calendar, DAY, Pace, check};

/// A calendar with the same spans on these weekdays, in minutes.
fn hours(zone: &str, days: std::ops::RangeInclusive<i32>, spans: &[(i32, i32)]) -> wire::Calendar {
    let span = |weekday: i32| {
        spans.iter().map(move |&(from_minute, to_minute)| WorkingSpan { weekday, from_minute, to_minute })
    };
    wire::Calendar {
        name: "Office".into(),
        time_zone: zone.into(),
        spans: days.flat_map(span).collect(),
        ..wire::Calendar::default()
    }
}

/// From hour to hour.
fn office(days: std::ops::RangeInclusive<i32>, from: i32, to: i32) -> wire::Calendar {
    hours("UTC", days, &[(from * 60, to * 60)])
}

/// An instant in UTC. 2026-03-02 is a Monday.
fn at(text: &str) -> Timestamp {
    in_zone("UTC", text)
}

fn in_zone(zone: &str, text: &str) -> Timestamp {
    let time: DateTime = text.parse().expect("a time");
    TimeZone::get(zone).expect("a zone").to_timestamp(time).expect("an instant")
}

fn h(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn due(calendar: &wire::Calendar, from: &str, hours: i64) -> Option<Timestamp> {
    Calendar::new(calendar).working_add(at(from), h(hours))
}

#[test]
fn t2_a_ticket_of_before_opening_is_due_after_opening() {
    assert_eq!(due(&office(1..=5, 9, 17), "2026-03-02T07:00", 1), Some(at("2026-03-02T10:00")));
}

#[test]
fn t3_what_is_left_at_closing_goes_on_the_next_working_day() {
    assert_eq!(due(&office(1..=7, 8, 18), "2026-03-02T16:00", 4), Some(at("2026-03-03T10:00")));
}

#[test]
fn t4_an_hour_before_the_deadline_is_an_hour_of_work() {
    let calendar = office(1..=5, 8, 18);
    assert_eq!(due(&calendar, "2026-03-02T17:00", 4), Some(at("2026-03-03T11:00")));
    assert_eq!(due(&calendar, "2026-03-02T17:00", 3), Some(at("2026-03-03T10:00")));
    // Over the weekend, too.
    assert_eq!(due(&calendar, "2026-03-06T17:00", 4), Some(at("2026-03-09T11:00")));
}

#[test]
fn t5_twenty_four_business_hours_are_two_long_days_or_six_short_ones() {
    assert_eq!(due(&office(1..=5, 9, 21), "2026-03-02T09:00", 24), Some(at("2026-03-03T21:00")));
    assert_eq!(due(&office(1..=7, 9, 13), "2026-03-02T09:00", 24), Some(at("2026-03-07T13:00")));
}

#[test]
fn t6_holidays_move_a_deadline_and_are_named() {
    let holiday =
        |date: &str, name: &str| Holiday { date: date.into(), name: name.into(), ..Holiday::default() };
    let mut calendar = hours("UTC", 1..=7, &[(0, 1_440)]);
    assert_eq!(due(&calendar, "2026-03-02T12:00", 48), Some(at("2026-03-04T12:00")));
    calendar.holidays = vec![holiday("2026-03-03", "First"), holiday("2026-03-04", "Second")];
    assert_eq!(due(&calendar, "2026-03-02T12:00", 48), Some(at("2026-03-06T12:00")));
    let used = Calendar::new(&calendar).holidays(at("2026-03-02T12:00"), at("2026-03-06T12:00"));
    assert_eq!(used.iter().map(|day| day.name.as_str()).collect::<Vec<_>>(), ["First", "Second"]);
}

#[test]
fn part_of_a_day_may_be_free() {
    let mut calendar = office(1..=5, 8, 18);
    let (date, name) = ("2026-03-02".into(), "Party".into());
    calendar.holidays = vec![Holiday { date, name, from_minute: 720, to_minute: 840 }];
    assert_eq!(due(&calendar, "2026-03-02T10:00", 4), Some(at("2026-03-02T16:00")));
}

#[test]
fn a_business_day_is_a_day_however_long_and_no_24_hours_of_work() {
    // Ten hours from Monday to Thursday, four on Friday.
    let mut calendar = office(1..=4, 8, 18);
    calendar.spans.push(WorkingSpan { weekday: 5, from_minute: 480, to_minute: 720 });
    let calendar = Calendar::new(&calendar);
    let in_days = |from: &str, days: i64| calendar.project(Pace::Days, at(from), days * DAY);
    assert_eq!(in_days("2026-03-02T17:00", 1), Some(at("2026-03-03T17:00")));
    // Nine tenths of Thursday were over; one day later are nine tenths of Friday.
    assert_eq!(in_days("2026-03-05T17:00", 1), Some(at("2026-03-06T11:36")));
    assert_eq!(in_days("2026-03-07T12:00", 2), Some(at("2026-03-10T18:00")));
    assert_eq!(calendar.working_add(at("2026-03-02T17:00"), h(24)), Some(at("2026-03-05T11:00")));
}

#[test]
fn around_the_clock_every_hour_counts() {
    let always = wire::Calendar {
        name: "Always".into(),
        time_zone: "Europe/Berlin".into(),
        always: true,
        holidays: vec![Holiday { date: "2026-03-03".into(), name: "x".into(), ..Holiday::default() }],
        ..wire::Calendar::default()
    };
    assert_eq!(due(&always, "2026-03-02T12:00", 48), Some(at("2026-03-04T12:00")));
}

#[test]
fn hours_the_clocks_leave_out_or_repeat_count_as_they_pass() {
    // In Berlin clocks go from 2:00 to 3:00 on 2026-03-29 and from 3:00 to 2:00 on 2026-10-25.
    let berlin = Calendar::new(&hours("Europe/Berlin", 1..=7, &[(60, 240)]));
    let whole = |date: &str| {
        let (from, to) = (format!("{date}T00:00"), format!("{date}T12:00"));
        berlin.working_time(in_zone("Europe/Berlin", &from), in_zone("Europe/Berlin", &to))
    };
    assert_eq!((whole("2026-03-28"), whole("2026-03-29"), whole("2026-10-25")), (h(3), h(2), h(4)));
}

#[test]
fn where_nobody_ever_works_nothing_is_ever_due() {
    let never = wire::Calendar { time_zone: "UTC".into(), ..wire::Calendar::default() };
    assert_eq!(due(&never, "2026-03-02T12:00", 1), None);
}

#[test]
fn every_flaw_of_a_calendar_is_named_at_once() {
    let mut calendar = office(1..=1, 8, 18);
    calendar.time_zone = "Mars/Base".into();
    calendar.spans.extend([
        WorkingSpan { weekday: 1, from_minute: 1_000, to_minute: 1_200 },
        WorkingSpan { weekday: 8, from_minute: 10, to_minute: 5 },
    ]);
    calendar.holidays =
        vec![Holiday { date: "24.12.2026".into(), name: "Eve".into(), from_minute: 9, to_minute: 3 }];
    let mut wrong = Violations::default();
    check(&calendar, &mut wrong);
    let said = wrong.sentence();
    for field in [
        "calendar.time_zone is no IANA",
        "calendar.spans[0] overlaps",
        "calendar.spans[1] overlaps",
        "calendar.spans[2].weekday is no weekday",
        "calendar.spans[2] is no span",
        "calendar.holidays[0].date is no date",
        "calendar.holidays[0] is no part",
    ] {
        assert!(said.contains(field), "{field} is not in {said}");
    }
}

/// Zones that change their clocks forward and back, by a half hour, at midnight, and not at all.
const ZONES: [&str; 5] =
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata"];

prop_compose! {
    fn any_calendar()(
        zone in prop::sample::select(ZONES.to_vec()),
        from in 0..600_i32,
        length in 30..420_i32,
        pause in 1..200_i32,
        last in 5..=7_i32,
    ) -> Calendar {
        let second = from + length + pause;
        let mut calendar = hours(zone, 1..=last, &[(from, from + length), (second, second + 200)]);
        calendar.holidays = vec![Holiday { date: "2026-03-31".into(), name: "Off".into(), ..Holiday::default() }];
        Calendar::new(&calendar)
    }
}

prop_compose! {
    /// Some time in 2026, to the microsecond: both changes of clocks are in it.
    fn any_time()(micros in 1_767_225_600_000_000..1_798_761_600_000_000_i64) -> Timestamp {
        Timestamp::from_microsecond(micros).expect("a time")
    }
}

proptest! {
    #[test]
    fn what_was_added_is_measured(calendar in any_calendar(), from in any_time(), micros in 0..2_000_000_000_000_i64) {
        let time = SignedDuration::from_micros(micros);
        let due = calendar.working_add(from, time).expect("somebody works");
        prop_assert_eq!(calendar.working_time(from, due), time);
    }

    #[test]
    fn what_was_measured_is_over_no_later(calendar in any_calendar(), from in any_time(), to in any_time()) {
        let (from, to) = (from.min(to), from.max(to));
        let reached = calendar.working_add(from, calendar.working_time(from, to)).expect("somebody works");
        prop_assert!(reached <= to && calendar.working_time(reached, to).is_zero());
    }

    #[test]
    fn parts_measure_as_much_as_the_whole(calendar in any_calendar(), mut times in prop::collection::vec(any_time(), 3)) {
        times.sort();
        for pace in [Pace::Time, Pace::Days] {
            let parts = calendar.measure(pace, times[0], times[1]) + calendar.measure(pace, times[1], times[2]);
            prop_assert_eq!(parts, calendar.measure(pace, times[0], times[2]));
        }
    }

    #[test]
    fn days_that_were_added_are_measured(calendar in any_calendar(), from in any_time(), days in 1..60_i64) {
        let due = calendar.project(Pace::Days, from, days * DAY).expect("somebody works");
        let over = calendar.measure(Pace::Days, from, due) - days * DAY;
        prop_assert!((0..1_000).contains(&over), "{} µs", over);
    }
}

/// Hours in a zone, some of them through midnight.
fn any_hours() -> impl Strategy<Value = wire::Calendar> {
    let zone = prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]);
    let spans =
        vec![vec![(540, 1_020)], vec![(0, 360), (1_320, 1_440)], vec![(120, 180), (480, 720), (780, 1_020)]];
    (zone, prop::sample::select(spans), 1_i32..=5)
        .prop_map(|(zone, spans, first)| hours(zone, first..=first + 2, &spans))
}

proptest! {
    #[test]
    fn work_begins_where_there_is_some_and_was_none_and_nowhere_before(
        sent in any_hours(), minute in 0_i64..(400 * 1_440),
    ) {
        let calendar = Calendar::new(&sent);
        let now = at("2026-01-01T00:00").checked_add(SignedDuration::from_mins(minute)).expect("a time");
        let begin = calendar.next_begin(now).expect("there is work every week");
        let step = SignedDuration::from_micros(1);
        prop_assert!(begin > now && calendar.is_work(begin) && !calendar.is_work(begin - step));
        // Up to there nothing begins: whatever is worked goes on from now.
        let going_on = calendar.working_time(now, begin);
        let over = if calendar.is_work(now) { now + going_on } else { now };
        prop_assert_eq!(calendar.working_time(over, begin), SignedDuration::ZERO);
        prop_assert_eq!(calendar.working_time(now, over), going_on);
    }
}

#[test]
fn work_that_never_ends_never_begins() {
    let always = wire::Calendar { always: true, time_zone: "UTC".into(), ..wire::Calendar::default() };
    let calendar = Calendar::new(&always);
    assert!(
        calendar.is_work(at("2026-03-02T03:00")) && calendar.next_begin(at("2026-03-02T03:00")).is_none()
    );
    let around = Calendar::new(&hours("Europe/Berlin", 1..=7, &[(0, 1_440)]));
    assert!(around.is_work(at("2026-03-29T00:30")) && around.next_begin(at("2026-03-02T03:00")).is_none());
}
