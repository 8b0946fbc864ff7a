//! Charts, on made-up numbers.

use sycamore::prelude::*;

use crate::parts::{BarChart, Datum, LineChart, Stat};

fn data(values: &[(&str, f64)]) -> Vec<Datum> {
    let datum = |(label, value): &(&str, f64)| Datum {
        label: (*label).to_owned(),
        value: *value,
        shown: value.to_string(),
        href: "/kit".to_owned(),
    };
    values.iter().map(datum).collect()
}

pub(in crate::pages::kit) fn charts() -> View {
    let week =
        [("Mon", 4.0), ("Tue", 9.0), ("Wed", 7.0), ("Thu", 12.0), ("Fri", 6.0), ("Sat", 0.0), ("Sun", 1.0)];
    let parts = [("Urgent", 3.0), ("High", 12.0), ("Normal", 41.0), ("Low", 0.0)];
    let tile = |label, value: &str, difference: &'static str, up: Option<bool>| {
        let datum = Datum { shown: value.to_owned(), ..data(&[(label, 0.0)]).remove(0) };
        view! { Stat(datum=datum, difference=difference, up=up) }
    };
    let tiles = View::from(vec![
        tile("Created", "39", "31 before", Some(true)),
        tile("First reply, median", "42 min", "55 min before", Some(false)),
        tile("Escalated", "0 %", "0 % before", None),
    ]);
    view! {
        div(class="shelf tall") {
            div(class="stats") { (tiles) }
            LineChart(label="Created a day", highest="12", data=data(&week))
            BarChart(label="By priority", data=data(&parts))
        }
    }
}
