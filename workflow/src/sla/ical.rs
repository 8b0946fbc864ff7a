//! Holidays out of an iCalendar text (RFC 5545), as public feeds of holidays write it.
//!
//! Invariant: an event is taken over as it was meant or named as a problem; what is no whole day and what was cancelled is passed over,
//! because it is no holiday.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};
use proto::workflow::v1::Holiday;

/// Bytes a text has at most.
pub(crate) const MOST_BYTES: usize = 1_048_576;
/// Years a yearly event is taken over for, from this year on.
const YEARS: i16 = 10;
/// Days one event lasts at most.
const LONGEST: i32 = 366;
/// Characters of a holiday's name.
const NAME: usize = 100;

/// The properties of an event: name in capitals, parameters, value.
type Event = BTreeMap<String, (String, String)>;

/// The holidays of a text, in order. A problem goes on from the field's name.
pub(crate) fn holidays(text: &str, today: Date) -> Result<Vec<Holiday>, String> {
    let mut found = BTreeMap::new();
    for event in events(text)? {
        for (date, name) in days(&event, today)? {
            let holiday = Holiday { date: date.to_string(), name: name.clone(), ..Holiday::default() };
            found.insert((date, name), holiday);
        }
    }
    Ok(found.into_values().collect())
}

/// Puts lines together that were folded, and gathers what stands in each event.
fn events(text: &str) -> Result<Vec<Event>, String> {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with("BEGIN:VCALENDAR") {
        return Err("is no iCalendar text; it begins with BEGIN:VCALENDAR".into());
    }
    let (mut events, mut open) = (Vec::new(), None::<Event>);
    let mut nested = 0;
    for line in unfolded(text) {
        let Some((head, value)) = line.split_once(':') else { continue };
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        match (name.to_ascii_uppercase().as_str(), value) {
            ("BEGIN", "VEVENT") => open = Some(Event::new()),
            ("END", "VEVENT") => events.extend(open.take()),
            // Alarms within an event have properties of their own.
            ("BEGIN", _) if open.is_some() => nested += 1,
            ("END", _) if open.is_some() => nested -= 1,
            (name, _) if nested == 0 => {
                if let Some(event) = &mut open {
                    event.insert(name.to_owned(), (parameters.to_ascii_uppercase(), value.to_owned()));
                }
            }
            _ => {}
        }
    }
    Ok(events)
}

fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The days of an event with its name; none when it is no whole day.
fn days(event: &Event, today: Date) -> Result<Vec<(Date, String)>, String> {
    let value = |name: &str| event.get(name).map_or("", |(_, value)| value.as_str());
    let name = name(value("SUMMARY"));
    let whole_day = event.get("DTSTART").is_some_and(|(parameters, start)| {
        (parameters.contains("VALUE=DATE") && !parameters.contains("DATE-TIME")) || start.len() == 8
    });
    if !whole_day || value("STATUS").eq_ignore_ascii_case("CANCELLED") {
        return Ok(Vec::new());
    }
    let start = date(value("DTSTART"), &name)?;
    let end = match value("DTEND") {
        "" => following(start)?,
        end => date(end, &name)?,
    };
    let length = start.until(end).map_or(0, |span| span.get_days()).max(1);
    if length > LONGEST {
        return Err(format!("has an event of more than a year ({name}); split it"));
    }
    let mut days = Vec::new();
    for first in beginnings(value("RRULE"), start, today, &name)? {
        let run = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        days.extend(run.take(usize::try_from(length).unwrap_or(1)).map(|day| (day, name.clone())));
    }
    Ok(days)
}

/// The first days of an event: its own, or those of this year and the next ones when it comes every year.
fn beginnings(rule: &str, start: Date, today: Date, name: &str) -> Result<Vec<Date>, String> {
    if rule.is_empty() {
        return Ok(vec![start]);
    }
    let parts: BTreeMap<_, _> = rule.split(';').filter_map(|part| part.split_once('=')).collect();
    let plain = parts.get("FREQ") == Some(&"YEARLY")
        && parts.iter().all(|(key, value)| match *key {
            "FREQ" | "UNTIL" | "WKST" => true,
            "INTERVAL" => *value == "1",
            "BYMONTH" => *value == start.month().to_string(),
            "BYMONTHDAY" => *value == start.day().to_string(),
            _ => false,
        });
    if !plain {
        return Err(format!(
            "has an event that repeats by a rule not understood ({name}: {rule}); list its days one by one"
        ));
    }
    let until = parts.get("UNTIL").map(|until| date(until, name)).transpose()?.unwrap_or(Date::MAX);
    let first = today.year().max(start.year());
    let years = (first..=first.saturating_add(YEARS)).map(|year| start.with().year(year).build());
    Ok(years.flatten().filter(|day| *day <= until).collect())
}

/// A date as the text has it; a time behind it is left out.
fn date(value: &str, name: &str) -> Result<Date, String> {
    let digits = value.get(..8).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    let read = digits.and_then(|digits| {
        let (year, month, day) =
            (digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?);
        Date::new(year, month, day).ok()
    });
    read.ok_or_else(|| {
        format!("has an event without a date that can be read ({name}: {value:?}); correct it")
    })
}

fn following(date: Date) -> Result<Date, String> {
    date.checked_add(Span::new().days(1)).map_err(|_| "has an event at the end of time; remove it".into())
}

/// A name for people, without escapes.
fn name(summary: &str) -> String {
    let plain = summary.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";");
    let plain: String = plain.replace("\\\\", "\\").chars().filter(|letter| !letter.is_control()).collect();
    let cut: String = plain.trim().chars().take(NAME).collect();
    if cut.is_empty() { "Holiday".into() } else { cut }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use proptest::prelude::*;

    use super::holidays;

    const TODAY: Date = date(2026, 5, 1);

    /// Lines such texts have, and lines they do not have.
    #[rustfmt::skip]
    const LINES: [&str; 22] = [
        "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "DTSTART;VALUE=DATE:20260501", "DTSTART:20260501T100000Z",
        "DTEND;VALUE=DATE:20260503", "DTEND;VALUE=DATE:99991231", "DTSTART;VALUE=DATE:-2620101", "DURATION:P9999999W",
        "DURATION:-P1D", "RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;INTERVAL=0;COUNT=99999999999", "RRULE:FREQ=YEARLY;UNTIL=ä",
        "EXDATE:20260501", "SUMMARY:May day\\n\\,", "SUMMARY", "STATUS:CANCELLED", " folded", "ä:ü", ":", ";;;:",
    ];

    proptest! {
        #[test]
        fn whatever_is_read_is_a_list_of_days_or_a_problem(
            lines in prop::collection::vec(prop::sample::select(&LINES[..]), 0..30),
            noise in any::<String>(),
        ) {
            for text in [calendar(&(lines.join("\r\n") + "\r\n")), calendar(&noise), noise] {
                match holidays(&text, TODAY) {
                    Ok(found) => prop_assert!(found.iter().all(|day| day.date.parse::<Date>().is_ok())),
                    Err(problem) => prop_assert!(!problem.is_empty()),
                }
            }
        }
    }

    fn calendar(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    }

    fn listed(events: &str) -> Vec<(String, String)> {
        let found = holidays(&calendar(events), TODAY).expect("holidays");
        found.into_iter().map(|holiday| (holiday.date, holiday.name)).collect()
    }

    #[test]
    fn whole_days_are_holidays_and_meetings_are_not() {
        let text = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christmas\\, two \r\n days\r\n\
            BEGIN:VALARM\r\nSUMMARY:Wake up\r\nEND:VALARM\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20261224T100000Z\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261231\r\nSTATUS:CANCELLED\r\nSUMMARY:Party\r\nEND:VEVENT\r\n";
        let two = |date: &str| (date.to_owned(), "Christmas, two days".to_owned());
        assert_eq!(listed(text), [two("2026-12-25"), two("2026-12-26")]);
    }

    #[test]
    fn what_comes_every_year_comes_for_ten_more_years() {
        let text = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:19900101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:New Year\r\nEND:VEVENT\r\n";
        let found = listed(text);
        assert_eq!(
            (found.len(), found[0].0.as_str(), found[10].0.as_str()),
            (11, "2026-01-01", "2036-01-01")
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let moving = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260525\r\nRRULE:FREQ=YEARLY;BYDAY=-1MO;BYMONTH=5\r\nSUMMARY:Memorial\r\nEND:VEVENT\r\n";
        assert!(holidays(&calendar(moving), TODAY).expect_err("a moving day").contains("Memorial"));
        let broken = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:2026\r\nSUMMARY:Half\r\nEND:VEVENT\r\n";
        assert!(holidays(&calendar(broken), TODAY).expect_err("half a date").contains("Half"));
        assert!(holidays("<html>", TODAY).is_err());
    }
}
