//! Reports: what came and went, what stands out, one measure over time and one split, and what each agent did. Every number opens the
//! list behind it.

mod agents;
mod charts;
mod narrow;
mod words;

use std::rc::Rc;

use proto::workflow::v1::{Figure, GetInsightsResponse, Insight, InsightSeverity, ReportScope};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api::{self, Answer};
use crate::app::App;
use crate::browser;
use crate::pages::title;
use crate::parts::{Empty, Icon, Panel, Stat, T, loaded};
use crate::routes::Place;
use crate::store::Load;
use crate::text::{self, t};
use crate::time;
use agents::Agents;
use charts::{OverTime, Split};
use narrow::narrowing;
use words::{datum, list_of, shown};

/// Spans one may choose from, in days.
const SPANS: [&str; 5] = ["1", "7", "30", "90", "365"];
/// The span of a report nobody chose one for.
const USUAL: &str = "30";
/// The choice of a span of one's own.
const OWN: &str = "own";
/// Between the two days of such a span in an address.
const UNTIL: &str = "..";
/// The word in place of a department.
const ALL: &str = "all";

/// What the report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    /// One of [`SPANS`], or the first and the last day: `2026-01-01..2026-01-31`.
    days: String,
    department: String,
}

impl Subject {
    fn of(place: &Place) -> Self {
        match place {
            Place::ReportsOf { days, department }
                if SPANS.contains(&days.as_str()) || ends(days).is_some() =>
            {
                Self { days: days.clone(), department: department.clone() }
            }
            _ => Self { days: USUAL.to_owned(), department: ALL.to_owned() },
        }
    }

    fn place(&self) -> Place {
        Place::ReportsOf { days: self.days.clone(), department: self.department.clone() }
    }

    /// The question's scope: so many days until now, or whole days, by the person's clock.
    fn scope(&self) -> ReportScope {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
        let now = (browser::now() / 1000.0) as i64;
        let days: i64 = self.days.parse().unwrap_or_default();
        let ago = |days: i64| Some(prost_types::Timestamp { seconds: now - days * 86_400, nanos: 0 });
        let (from_time, to_time) = match ends(&self.days) {
            Some((first, last)) => (time::day(first, 0.0), time::day(last, 1.0)),
            None => (ago(days), ago(0)),
        };
        let departments = Some(self.department.clone()).filter(|id| id != ALL);
        ReportScope {
            from_time,
            to_time,
            department_ids: departments.into_iter().collect(),
            time_zone: browser::time_zone().unwrap_or_default(),
        }
    }
}

/// The first and the last day of a span of one's own.
fn ends(days: &str) -> Option<(&str, &str)> {
    let is_day =
        |text: &str| text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    days.split_once(UNTIL).filter(|(first, last)| is_day(first) && is_day(last) && first <= last)
}

/// What the pieces of the page share.
#[derive(Clone, Copy)]
struct Report {
    app: App,
    subject: ReadSignal<Subject>,
    /// One instant for the whole page, so that its pieces agree and its pages go on.
    scope: ReadSignal<ReportScope>,
}

/// What was asked for, and a way to ask again.
struct Asked<T: 'static> {
    found: Signal<Load<Rc<T>>>,
    again: Signal<()>,
}

impl Report {
    /// Asks, and asks again whenever what the question is made of changes.
    fn ask<T: 'static, F: Future<Output = Answer<T>> + 'static>(
        self,
        ask: impl Fn(ReportScope) -> F + 'static,
    ) -> Asked<T> {
        let (found, again) = (create_signal(Load::Waiting), create_signal(()));
        create_effect(move || {
            again.track();
            let answer = ask(self.scope.get_clone());
            found.set(Load::Waiting);
            // An answer to what is asked no more is not waited for: the effect's scope ends.
            spawn_local_scoped(async move { found.set(Load::from(answer.await).map(Rc::new)) });
        });
        Asked { found, again }
    }
}

impl<T> Asked<T> {
    /// Draws it once it is here.
    fn drawn(self, draw: impl Fn(&T) -> View + 'static) -> View {
        let again = self.again;
        loaded(self.found, move |()| again.set(()), move |found: Rc<T>| draw(&found))
    }
}

/// The page.
#[component(inline_props)]
pub(super) fn Reports(app: App, place: ReadSignal<Place>) -> View {
    title(&t!("reports"));
    let subject = create_selector(move || place.with(Subject::of));
    let scope = create_memo(move || subject.with(Subject::scope));
    let report = Report { app, subject, scope };
    view! {
        section(class="list-zone settings", aria-labelledby="list-name") {
            header(class="zone-head") {
                h1(id="list-name") { T(id="reports") }
                span(class="grow") {}
                (narrowing(report))
            }
            div(class="scroll") {
                div(class="page wide reports") {
                    (figures(report))
                    (standouts(report))
                    OverTime(report=report)
                    Split(report=report)
                    Agents(report=report)
                }
            }
        }
    }
}

/// The main figures beside those of the span before.
fn figures(report: Report) -> View {
    report.ask(api::reports::overview).drawn(|figures: &Vec<Figure>| {
        let tiles = View::from(figures.iter().map(tile).collect::<Vec<_>>());
        view! { div(class="stats", role="group", aria-label=t!("report-figures")) { (tiles) } }
    })
}

fn tile(figure: &Figure) -> View {
    let before = t!("figure-before", value = shown(figure.previous, figure.unit()));
    let up = (shown(figure.value, figure.unit()) != shown(figure.previous, figure.unit()))
        .then_some(figure.value > figure.previous);
    let datum = datum(figure, words::measure(&figure.key));
    view! { Stat(datum=datum, difference=before, up=up) }
}

/// The health, and what stands out.
fn standouts(report: Report) -> View {
    report.ask(api::reports::insights).drawn(|said: &GetInsightsResponse| {
        let health = t!("report-health", score = i64::from(said.health));
        let lines = View::from(said.insights.iter().map(standout).collect::<Vec<_>>());
        let lines = if said.insights.is_empty() {
            view! { Empty(icon="done", title=t!("insights-none"), text=t!("insights-none-text")) }
        } else {
            view! { ul(class="insights") { (lines) } }
        };
        view! { Panel(title=t!("insights"), text=health) { (lines) } }
    })
}

fn standout(insight: &Insight) -> View {
    let (tone, icon) = match insight.severity() {
        InsightSeverity::Critical => ("late", "alert"),
        InsightSeverity::Warning => ("wait", "alert"),
        InsightSeverity::Info | InsightSeverity::Unspecified => ("plain", "info"),
    };
    let (sentence, href) = (text::sentence(&insight.message), list_of(&insight.filter));
    view! { li(data-tone=tone) { a(href=href) { Icon(name=icon) span { (sentence) } } } }
}

#[cfg(test)]
mod tests {
    use super::Subject;
    use crate::routes::Place;

    #[test]
    fn what_a_report_is_about_stands_in_its_address() {
        let subject = Subject { days: "7".to_owned(), department: "dep_1".to_owned() };
        assert_eq!(Subject::of(&Place::of(&subject.place().path())), subject);
        let own = Subject { days: "2026-01-01..2026-01-31".to_owned(), ..subject };
        assert_eq!(Subject::of(&Place::of(&own.place().path())), own);
        let usual = Subject { days: "30".to_owned(), department: "all".to_owned() };
        assert_eq!(Subject::of(&Place::Reports), usual);
        for nonsense in ["nonsense", "2026-02-01..2026-01-01", "2026-01-01.."] {
            assert_eq!(Subject::of(&Place::of(&format!("/team/reports/{nonsense}/all"))), usual);
        }
    }
}
