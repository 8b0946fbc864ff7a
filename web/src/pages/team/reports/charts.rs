//! One measure over time, and one split by a dimension; which, the person chooses.

use std::collections::HashMap;
use std::rc::Rc;

use proto::workflow::v1::{Figure, Point, ReportScope, Series};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::Report;
use super::words::{datum, list_of, measure, part, shown};
use crate::api;
use crate::parts::{BarChart, Datum, Draw, Empty, LineChart, Panel, SelectBox};
use crate::text::t;
use crate::time;

/// What can be drawn over time.
const OVER_TIME: [&str; 9] = [
    "created",
    "resolved",
    "backlog",
    "answered",
    "first_reply_p90",
    "resolution_p50",
    "reopen_rate",
    "transfer_rate",
    "satisfaction",
];
/// What can be split.
const SPLIT: [&str; 9] = [
    "backlog",
    "created",
    "resolved",
    "first_reply_average",
    "resolution_average",
    "reopen_rate",
    "transfer_rate",
    "satisfaction",
    "stage_time",
];
/// What the backlog, times in stages and everything else can be split by.
const BY: [&[&str]; 3] = [
    &["age", "status", "priority", "department", "agent", "category", "stage"],
    &["stage"],
    &["priority", "department", "agent", "category"],
];
/// Spans up to so many seconds have a point an hour.
const HOURLY: i64 = 2 * 86_400;

fn measures(keys: &[&str]) -> Vec<(String, String)> {
    keys.iter().map(|key| ((*key).to_owned(), measure(key))).collect()
}

/// What a measure can be split by.
fn dimensions(measure: &str) -> &'static [&'static str] {
    match measure {
        "backlog" => BY[0],
        "stage_time" => BY[1],
        _ => BY[2],
    }
}

/// A line, and the choice of what it is of.
#[component(inline_props)]
pub(super) fn OverTime(report: Report) -> View {
    let chosen = create_signal(OVER_TIME[0].to_owned());
    let series = report.ask(move |scope| api::reports::series(scope, chosen.get_clone()));
    let choice =
        move || view! { SelectBox(label=t!("report-measure"), value=chosen, options=measures(&OVER_TIME)) };
    let drawn = series.drawn(move |series: &Series| line(report, series));
    view! { Panel(title=t!("report-over-time"), end=Draw::from(choice)) { div(class="body") { (drawn) } } }
}

fn seconds(scope: &ReportScope) -> i64 {
    let at = |time: Option<prost_types::Timestamp>| time.map_or(0, |time| time.seconds);
    at(scope.to_time) - at(scope.from_time)
}

fn line(report: Report, series: &Series) -> View {
    let highest = series.points.iter().map(|point| point.value).fold(0.0, f64::max);
    let is_hourly = report.scope.with_untracked(seconds) <= HOURLY;
    let point = |point: &Point| {
        let start = point.time.unwrap_or_default();
        let label = if is_hourly { time::clock(time::millis(&start)) } else { time::date(&start) };
        Datum {
            label,
            value: point.value,
            shown: shown(point.value, series.unit()),
            href: list_of(&point.filter),
        }
    };
    let data: Vec<_> = series.points.iter().map(point).collect();
    let (label, highest) = (measure(&series.key), shown(highest, series.unit()));
    view! { LineChart(label=label, highest=highest, data=data) }
}

/// Bars, and the choice of what they are of.
#[component(inline_props)]
pub(super) fn Split(report: Report) -> View {
    let measured = create_signal(SPLIT[0].to_owned());
    let by = create_signal(BY[0][0].to_owned());
    // What the new measure cannot be split by gives way to what it can.
    let dimension = create_selector(move || {
        let can = measured.with(|measure| dimensions(measure));
        by.with(|by| can.iter().find(|known| *known == by).copied().unwrap_or(can[0]))
    });
    let options = move || {
        let can = measured.with(|measure| dimensions(measure));
        can.iter().map(|key| ((*key).to_owned(), t!(&format!("by-{key}")))).collect::<Vec<_>>()
    };
    let names = categories();
    let parts = report
        .ask(move |scope| api::reports::breakdown(scope, measured.get_clone(), dimension.get().to_owned()));
    let choice = move || {
        view! {
            SelectBox(label=t!("report-measure"), value=measured, options=measures(&SPLIT))
            SelectBox(label=t!("report-dimension"), value=by, options=options)
        }
    };
    let drawn = parts.drawn(move |parts: &Vec<Figure>| bars(dimension.get_untracked(), parts, names));
    view! { Panel(title=t!("report-split"), end=Draw::from(choice)) { div(class="body") { (drawn) } } }
}

/// Names of categories by id, which reports do not know.
fn categories() -> Signal<Rc<HashMap<String, String>>> {
    let names = create_signal(Rc::default());
    spawn_local_scoped(async move {
        let known = api::catalog::categories(String::new(), true).await.unwrap_or_default();
        names.set(Rc::new(known.into_iter().map(|category| (category.id, category.name)).collect()));
    });
    names
}

fn bars(dimension: &'static str, parts: &[Figure], names: Signal<Rc<HashMap<String, String>>>) -> View {
    if parts.is_empty() {
        return view! { Empty(icon="chart", title=t!("nothing-found"), text=t!("report-none-text")) };
    }
    let parts = parts.to_vec();
    let label = t!(&format!("by-{dimension}"));
    view! {
        ({
            let bar = |figure: &Figure| {
                let name = names.with(|names| names.get(&figure.key).cloned());
                datum(figure, name.unwrap_or_else(|| part(dimension, figure)))
            };
            let data: Vec<_> = parts.iter().map(bar).collect();
            let label = label.clone();
            view! { BarChart(label=label, data=data) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{OVER_TIME, SPLIT, dimensions, measure};
    use crate::text::maybe;

    #[test]
    fn everything_one_can_choose_has_words() {
        for key in OVER_TIME.iter().chain(&SPLIT) {
            assert!(!measure(key).starts_with("measure-"), "{key}");
        }
        for key in SPLIT.iter().flat_map(|measure| dimensions(measure)) {
            assert!(maybe(&format!("by-{key}")).is_some(), "{key}");
        }
    }
}
