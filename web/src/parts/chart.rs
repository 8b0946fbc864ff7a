//! Charts: a line over time and bars beside words, drawn as SVG. Every mark is a link to what it counts.
//!
//! A chart is a drawing; what it says stands in words beside it: under a line in a table that opens, in bars in the bars themselves. So
//! the marks of a line are no stops of the keyboard, the table's links are. Nothing has a size in a `style`: drawings stretch with their box.

use sycamore::prelude::*;

use super::{Icon, Maybe, T, table};

/// A point of a line, or a bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Datum {
    /// What it is of, in words.
    pub(crate) label: String,
    pub(crate) value: f64,
    /// The value in words.
    pub(crate) shown: String,
    /// Where the list behind it is.
    pub(crate) href: String,
}

/// The width a point has in a drawing, and the height of one.
const STEP: f64 = 10.0;
const HEIGHT: f64 = 100.0;
/// What is left free above the highest point.
const HEADROOM: f64 = 6.0;

/// The largest value; 1 where nothing is larger than 0.
fn top(data: &[Datum]) -> f64 {
    let most = data.iter().map(|datum| datum.value).fold(0.0, f64::max);
    if most > 0.0 { most } else { 1.0 }
}

/// How far down a value lies in a drawing.
fn depth(value: f64, top: f64) -> f64 {
    HEIGHT - value / top * (HEIGHT - HEADROOM)
}

/// The line through all points, and the same closed to an area.
fn paths(data: &[Datum]) -> (String, String) {
    let top = top(data);
    let across = (0..).map(|index: i32| (f64::from(index) + 0.5) * STEP);
    let points: Vec<String> =
        across.zip(data).map(|(x, datum)| format!("{x:.1} {:.1}", depth(datum.value, top))).collect();
    let line = format!("M{}", points.join("L"));
    let (first, last) =
        (points.first().cloned().unwrap_or_default(), points.last().cloned().unwrap_or_default());
    let foot = |point: &str| format!("{} {HEIGHT}", point.split(' ').next().unwrap_or_default());
    let area = format!("{line}L{}L{}Z", foot(&last), foot(&first));
    (line, area)
}

/// A line over time. `highest` is its largest value in words.
#[component(inline_props)]
pub(crate) fn LineChart(
    #[prop(setter(into))] label: String,
    #[prop(setter(into))] highest: String,
    data: Vec<Datum>,
) -> View {
    let (line, area) = paths(&data);
    let count = i32::try_from(data.len()).unwrap_or(i32::MAX);
    let view_box = format!("0 0 {} {HEIGHT}", f64::from(count) * STEP);
    let top = top(&data);
    let marks = View::from(data.iter().map(|datum| mark(datum, top)).collect::<Vec<_>>());
    let ends =
        [data.first(), data.last()].map(|datum| datum.map(|datum| datum.label.clone()).unwrap_or_default());
    let [from, to] = ends;
    let rows = rows(&label, &data);
    view! {
        figure(class="chart", aria-label=label) {
            div(class="plot") {
                span(class="tiny faint highest", aria-hidden="true") { (highest) }
                svg(class="drawing", viewBox=view_box, preserveAspectRatio="none", aria-hidden="true") {
                    path(class="area", d=area) {}
                    path(class="line", d=line) {}
                }
                div(class="marks") { (marks) }
            }
            div(class="axis tiny faint", aria-hidden="true") { span { (from) } span { (to) } }
            details(class="as-table") {
                summary { T(id="chart-table") }
                (rows)
            }
        }
    }
}

/// The place of one point: as wide as all others, with a dot that shows when it is pointed at.
fn mark(datum: &Datum, top: f64) -> View {
    let tip = format!("{}: {}", datum.label, datum.shown);
    let (name, href) = (tip.clone(), datum.href.clone());
    // A stroke without a length is a dot, however the drawing is stretched.
    let dot = format!("M{} {:.1}h0", STEP / 2.0, depth(datum.value, top));
    let view_box = format!("0 0 {STEP} {HEIGHT}");
    view! {
        a(class="mark", href=href, tabindex="-1", aria-label=name, data-tip=tip) {
            svg(viewBox=view_box, preserveAspectRatio="none", aria-hidden="true") { path(class="dot", d=dot) {} }
        }
    }
}

fn rows(name: &str, data: &[Datum]) -> View {
    let row = |datum: &Datum| {
        let (label, shown, href) = (datum.label.clone(), datum.shown.clone(), datum.href.clone());
        view! { tr { td { (label) } td(class="number") { a(href=href) { (shown) } } } }
    };
    table("points", name, &[("chart-time", ""), ("chart-value", "number")], data.iter().map(row).collect())
}

/// Bars beside words, the first the longest of all if they come in order.
#[component(inline_props)]
pub(crate) fn BarChart(#[prop(setter(into))] label: String, data: Vec<Datum>) -> View {
    let top = top(&data);
    let bars = View::from(data.into_iter().map(|datum| bar(datum, top)).collect::<Vec<_>>());
    view! { ol(class="bars", aria-label=label) { (bars) } }
}

fn bar(datum: Datum, top: f64) -> View {
    let Datum { label, value, shown, href } = datum;
    let width = format!("{:.2}", (value / top * 100.0).clamp(0.0, 100.0));
    view! {
        li {
            a(class="bar", href=href) {
                span(class="one-line") { (label) }
                svg(class="drawing", viewBox="0 0 100 1", preserveAspectRatio="none", aria-hidden="true") {
                    rect(class="ground", width="100", height="1") {}
                    rect(class="length", width=width, height="1") {}
                }
                span(class="number") { (shown) }
            }
        }
    }
}

/// One number beside what it was before, with the difference in words and by an arrow; the whole of it opens the list behind it.
#[component(inline_props)]
pub(crate) fn Stat(datum: Datum, #[prop(setter(into))] difference: String, up: Maybe<bool>) -> View {
    let Datum { label, shown, href, .. } = datum;
    let arrow = match up {
        Some(true) => view! { Icon(name="chevron-up") },
        Some(false) => view! { Icon(name="chevron-down") },
        None => View::new(),
    };
    view! {
        a(class="stat", href=href) {
            span(class="small muted") { (label) }
            strong { (shown) }
            span(class="line tight tiny faint") { (arrow) (difference) }
        }
    }
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{BarChart, Datum, LineChart, Stat, paths};
    use crate::app::drawn;

    fn data(values: &[f64]) -> Vec<Datum> {
        let datum = |value: &f64| Datum {
            label: format!("day {value}"),
            value: *value,
            shown: format!("{value} tickets"),
            href: format!("/desk/{value}"),
        };
        values.iter().map(datum).collect()
    }

    #[test]
    fn a_line_goes_from_the_foot_to_the_top() {
        let (line, area) = paths(&data(&[0.0, 2.0, 4.0]));
        assert_eq!(line, "M5.0 100.0L15.0 53.0L25.0 6.0");
        assert_eq!(area, format!("{line}L25.0 100L5.0 100Z"));
        assert_eq!(paths(&data(&[0.0])).0, "M5.0 100.0", "nothing lies at the foot");
    }

    #[test]
    fn every_point_is_a_link_and_stands_in_a_table_that_is_read_out() {
        let html = drawn(|| view! { LineChart(label="Created", highest="4", data=data(&[0.0, 2.0, 4.0])) });
        assert_eq!(html.matches("class=\"mark\"").count(), 3, "{html}");
        assert_eq!(html.matches("href=\"/desk/2\"").count(), 2, "a mark and a row: {html}");
        assert!(html.contains("<details") && html.contains("day 4"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }

    #[test]
    fn bars_say_what_they_are_and_open_it() {
        let html = drawn(|| view! { BarChart(label="By priority", data=data(&[4.0, 1.0])) });
        assert!(html.contains("width=\"25.00\"") && html.contains("1 tickets"), "{html}");
        assert_eq!(html.matches("class=\"bar\"").count(), 2, "{html}");
    }

    #[test]
    fn a_figure_says_how_it_changed_in_words() {
        let html = drawn(|| {
            let datum = data(&[4.0]).remove(0);
            view! { Stat(datum=datum, difference="3 before", up=Some(true)) }
        });
        assert!(html.contains("3 before") && html.contains("#icon-chevron-up"), "{html}");
    }
}
