//! Making a calendar and changing one: hours of each weekday, holidays a line each, and those of a feed.

use proto::workflow::v1::{Calendar, Holiday, WorkingSpan};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::levels::Page;
use super::parts::{elsewhere, lines};
use crate::api;
use crate::parts::{
    AreaField, CheckField, Choice, ComboField, Form, Modal, Shape, TextField, form_foot, refusal,
};
use crate::text::t;
use crate::time;

/// What the form changes.
const CHANGED: [&str; 5] = ["name", "time_zone", "always", "spans", "holidays"];
/// Fields that say themselves what is wrong with them.
const PLACED: [&str; 4] = ["name", "time_zone", "holidays", "import_ical"];
/// The ids of the names of the weekdays, from Monday on.
const DAYS: [&str; 7] = [
    "levels-monday",
    "levels-tuesday",
    "levels-wednesday",
    "levels-thursday",
    "levels-friday",
    "levels-saturday",
    "levels-sunday",
];

/// A calendar as it is typed.
#[derive(Clone)]
struct Sketch {
    name: Signal<String>,
    zone: Signal<String>,
    always: Signal<bool>,
    days: Vec<Signal<String>>,
    holidays: Signal<String>,
    feed: Signal<String>,
}

impl Sketch {
    fn of(calendar: &Calendar) -> Self {
        let holidays: Vec<_> = calendar.holidays.iter().map(holiday_line).collect();
        Self {
            name: create_signal(calendar.name.clone()),
            zone: create_signal(calendar.time_zone.clone()),
            always: create_signal(calendar.always),
            days: (1..=7).map(|day| create_signal(day_line(&calendar.spans, day))).collect(),
            holidays: create_signal(holidays.join("\n")),
            feed: create_signal(String::new()),
        }
    }

    /// The calendar as it is typed, or the id of the words for what can't be read.
    fn calendar(&self, known: &Calendar) -> Result<Calendar, &'static str> {
        let mut spans = Vec::new();
        for (weekday, text) in (1..).zip(&self.days) {
            spans.extend(read_day(weekday, &text.get_clone()).ok_or("levels-hours-wrong")?);
        }
        let holidays = lines(&self.holidays.get_clone());
        let holidays: Option<Vec<_>> = holidays.iter().map(|line| read_holiday(line)).collect();
        Ok(Calendar {
            name: self.name.get_clone().trim().to_owned(),
            time_zone: self.zone.get_clone(),
            always: self.always.get(),
            spans,
            holidays: holidays.ok_or("levels-holidays-wrong")?,
            ..known.clone()
        })
    }
}

/// The form in a dialog; a calendar without an id is made.
#[component(inline_props)]
pub(super) fn CalendarForm(page: Page, calendar: Calendar) -> View {
    let (form, sketch) = (Form::new(), Sketch::of(&calendar));
    let request_id = api::request_id();
    let new = calendar.id.is_empty();
    let title = if new { t!("levels-calendar-new") } else { calendar.name.clone() };
    let fields = fields(&sketch, form, new);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match sketch.calendar(&calendar) {
            Ok(typed) => {
                let call = save(typed, sketch.feed.get_clone(), request_id.clone());
                form.send(page.app, call, move |_| page.done(true));
            }
            Err(words @ "levels-holidays-wrong") => form.refuse("holidays", t!(words)),
            Err(words) => form.refuse("spans", t!(words)),
        }
    };
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| page.done(false)) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") { (refusal(form)) (elsewhere(form, &PLACED)) (fields) }
                (form_foot(form, &t!("save"), move |()| page.done(false)))
            }
        }
    }
}

fn fields(sketch: &Sketch, form: Form, new: bool) -> View {
    let Sketch { name, zone, always, days, holidays, feed } = sketch.clone();
    let known = time::zones().into_iter().chain(["UTC".to_owned()]);
    let choice = |zone: String| Choice { label: zone.replace('_', " "), value: zone, ..Choice::default() };
    let zones = *create_signal(known.map(choice).collect::<Vec<_>>());
    let hours = move || {
        if always.get() {
            return View::new();
        }
        let rows = DAYS.into_iter().zip(days.clone()).map(|(words, text)| hours_row(words, text));
        let rows = View::from(rows.collect::<Vec<_>>());
        view! { div(class="stack") { h3 { (t!("levels-hours")) } p(class="small muted") { (t!("levels-hours-hint")) } dl(class="props") { (rows) } } }
    };
    let feed = if new {
        View::new()
    } else {
        view! { AreaField(name="import_ical", label=t!("levels-feed"), value=feed, form=form, hint=t!("levels-feed-hint"), optional=true, rows="3") }
    };
    view! {
        TextField(name="name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="100", autocomplete="off")
        ComboField(name="time_zone", label=t!("levels-zone"), value=zone, choices=zones, form=form)
        CheckField(label=t!("levels-always"), value=always, hint=t!("levels-always-hint"))
        (hours())
        AreaField(name="holidays", label=t!("levels-holidays"), value=holidays, form=form, hint=t!("levels-holidays-hint"), optional=true, rows="5")
        (feed)
    }
}

fn hours_row(words: &'static str, text: Signal<String>) -> View {
    let (name, label) = (t!(words), t!(words));
    view! { div(class="prop") { dt { (name) } dd { input(class="input", aria-label=label, autocomplete="off", bind:value=text) } } }
}

async fn save(calendar: Calendar, feed: String, request_id: String) -> api::Answer<Calendar> {
    if calendar.id.is_empty() {
        return api::levels::create_calendar(calendar, request_id).await;
    }
    api::levels::update_calendar(calendar, &CHANGED, feed).await
}

/// `08:00–12:00, 13:00–17:00`.
fn day_line(spans: &[WorkingSpan], weekday: i32) -> String {
    let own = spans.iter().filter(|span| span.weekday == weekday);
    own.map(|span| span_text(span.from_minute, span.to_minute)).collect::<Vec<_>>().join(", ")
}

fn span_text(from: i32, to: i32) -> String {
    let clock = |minute: i32| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}–{}", clock(from), clock(to))
}

fn read_day(weekday: i32, text: &str) -> Option<Vec<WorkingSpan>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let span = |part: &str| {
        read_span(part).map(|(from_minute, to_minute)| WorkingSpan { weekday, from_minute, to_minute })
    };
    parts.map(span).collect()
}

/// Minutes of `08:00-12:00`.
fn read_span(text: &str) -> Option<(i32, i32)> {
    let (from, to) = text.split_once(['-', '–'])?;
    Some((minute(from)?, minute(to)?))
}

fn minute(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..=24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

/// `2026-12-24 Christmas Eve`, `2026-12-31 12:00–24:00 New Year's Eve`.
fn holiday_line(holiday: &Holiday) -> String {
    let Holiday { date, name, from_minute, to_minute } = holiday;
    match (*from_minute, *to_minute) {
        (0, 0) => format!("{date} {name}"),
        (from, to) => format!("{date} {} {name}", span_text(from, to)),
    }
}

fn read_holiday(line: &str) -> Option<Holiday> {
    let (date, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim();
    let (first, name) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (span, name) = match read_span(first) {
        Some(span) => (span, name.trim()),
        None => ((0, 0), rest),
    };
    let (from_minute, to_minute) = span;
    Some(Holiday { date: date.to_owned(), name: name.to_owned(), from_minute, to_minute })
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::WorkingSpan;

    use super::{day_line, holiday_line, read_day, read_holiday};

    #[test]
    fn hours_are_read_as_they_are_written() {
        let span = |from_minute, to_minute| WorkingSpan { weekday: 2, from_minute, to_minute };
        let spans = vec![span(480, 720), span(780, 1_440)];
        assert_eq!(day_line(&spans, 2), "08:00–12:00, 13:00–24:00");
        assert_eq!(read_day(2, "08:00-12:00, 13:00 – 24:00"), Some(spans));
        assert_eq!(
            (read_day(2, ""), read_day(2, "8-12"), read_day(2, "25:00-26:00")),
            (Some(vec![]), None, None)
        );
    }

    #[test]
    fn a_holiday_is_a_line() {
        for line in ["2026-12-24 Christmas Eve", "2026-12-31 12:00–24:00 New Year's Eve"] {
            assert_eq!(read_holiday(line).map(|holiday| holiday_line(&holiday)).as_deref(), Some(line));
        }
        assert_eq!(read_holiday("2026-12-24"), None);
    }
}
