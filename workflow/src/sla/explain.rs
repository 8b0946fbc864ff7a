//! Why a clock is due when it is: its time line with the calendars and holidays used, and the policies that were tried.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use mesh_core::clock::to_proto;
use proto::workflow::v1::{ClockExplanation, ClockPeriod, ClockState, PolicyTrial};

pub(crate) use super::course::now_of;
use super::{
    book::Book,
    calendar::Pace,
    clock::{Clock, Phase},
    course::Stretch,
    metric,
    moment::Moment,
    policy::duration,
    projection::Ticket,
};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// The time line of a clock up to `now`, or to its end.
pub(crate) fn explain(
    clock: &Clock,
    book: &Book,
    story: &[Moment],
    trials: Vec<PolicyTrial>,
    now: Timestamp,
) -> ClockExplanation {
    let latest = [clock.clone()];
    let ticket = Ticket { id: &clock.ticket_id, latest: &latest, ids: &String::new };
    let shown = now_of(clock, book, clock.closed_at.unwrap_or(now));
    let mut stretches = joined(ticket.stretches(book, clock, story, now));
    let zone =
        book.calendar(&clock.terms.calendar_id).map_or(TimeZone::UTC, |calendar| calendar.zone.clone());
    let mut periods: Vec<_> = stretches.iter().map(|stretch| period(book, stretch)).collect();
    periods.extend(ahead(clock, book, stretches.pop(), now));
    ClockExplanation { clock: Some(shown.to_proto()), periods, trials, summary: summary(&shown, &zone) }
}

/// Stretches that follow each other alike are one.
fn joined(stretches: Vec<Stretch>) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        match joined.last_mut() {
            Some(last)
                if (last.running, &last.calendar_id, last.to)
                    == (stretch.running, &stretch.calendar_id, stretch.from) =>
            {
                last.to = stretch.to;
                last.counted += stretch.counted;
            }
            _ => joined.push(stretch),
        }
    }
    joined
}

fn period(book: &Book, stretch: &Stretch) -> ClockPeriod {
    let calendar = book.calendar(&stretch.calendar_id);
    ClockPeriod {
        from_time: Some(to_proto(stretch.from)),
        to_time: Some(to_proto(stretch.to)),
        running: stretch.running,
        cause: stretch.cause.clone(),
        counted: Some(duration(stretch.counted)),
        holidays: calendar.map(|calendar| calendar.holidays(stretch.from, stretch.to)).unwrap_or_default(),
    }
}

/// What is still to come up to the deadline: holidays in it have moved it, too.
fn ahead(clock: &Clock, book: &Book, last: Option<Stretch>, now: Timestamp) -> Option<ClockPeriod> {
    let due = clock.due.filter(|due| clock.phase == Phase::Running && *due > now)?;
    let calendar = book.calendar(&clock.terms.calendar_id)?;
    let cause = last.map(|last| last.cause).unwrap_or_default();
    Some(ClockPeriod {
        from_time: Some(to_proto(now)),
        to_time: Some(to_proto(due)),
        running: true,
        cause: if cause.is_empty() {
            "if nothing changes".into()
        } else {
            format!("{cause}; if nothing changes")
        },
        counted: Some(duration(calendar.measure(clock.terms.pace, now, due))),
        holidays: calendar.holidays(now, due),
    })
}

/// The answer in one sentence.
fn summary(clock: &Clock, zone: &TimeZone) -> String {
    let name = metric::name(clock.metric);
    let (used, target) =
        (length(clock.spent, clock.terms.pace), length(clock.terms.target, clock.terms.pace));
    let at = |instant: Option<Timestamp>| {
        let shown = instant
            .map(|instant| instant.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string());
        shown.unwrap_or_else(|| "an unknown time".to_owned())
    };
    let missed = at(clock.missed_at.or(clock.due));
    match clock.state() {
        ClockState::Running => format!("The {name} is due {}: {used} of {target} are used.", at(clock.due)),
        ClockState::Paused => format!("The {name} stands still: {used} of {target} are used."),
        ClockState::Met => format!("The {name} came {}, after {used} of {target}.", at(clock.closed_at)),
        ClockState::MissedOpen => {
            format!("The {name} was due {missed} and is missed: {used} of {target} are used.")
        }
        ClockState::MissedClosed => {
            format!("The {name} was due {missed} and came {}, after {used} of {target}.", at(clock.closed_at))
        }
        ClockState::Cancelled | ClockState::Unspecified => {
            format!("Nothing is promised for the {name} any more; {used} of {target} were used.")
        }
    }
}

/// An amount for people: `1 h 30 min`, `2 business days`.
fn length(micros: i64, pace: Pace) -> String {
    let seconds = micros / SECOND;
    let parts = match pace {
        Pace::Days => return days(micros),
        Pace::Time => [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")],
    };
    let said: Vec<_> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if said.is_empty() { "0 min".to_owned() } else { said.join(" ") }
}

/// Business days with a tenth.
fn days(micros: i64) -> String {
    let tenths = SignedDuration::from_micros(micros).as_hours() * 10 / 24;
    match (tenths / 10, tenths % 10) {
        (1, 0) => "1 business day".to_owned(),
        (whole, 0) => format!("{whole} business days"),
        (whole, tenth) => format!("{whole}.{tenth} business days"),
    }
}
