//! What the methods of `ReportService` answer, and for whom: only departments where the caller may read reports.

mod agents;
mod breakdown;
mod insights;
mod overview;
mod series;
mod subject;

pub(super) use breakdown::Breaking;
pub(super) use series::Charted;
pub(super) use subject::Subject;

use mesh_core::error::Result;
use proto::workflow::v1::Figure;

use crate::{
    counting::Counting,
    report::{Measure, filter::Filters, span::Span},
};

/// The rules of an answer that has these measures.
async fn filters<'m>(
    counting: &mut Counting<'_>,
    measures: impl IntoIterator<Item = &'m Measure>,
    span: Span,
) -> Result<Filters> {
    let mut lots: Vec<_> = measures.into_iter().filter_map(|measure| measure.lot).collect();
    lots.dedup();
    let mut filters = Filters::within(counting.reach);
    for lot in lots {
        filters = filters.knowing(lot, &counting.numbers_of(lot, span).await?);
    }
    Ok(filters)
}

/// A figure of a measure under its own name.
fn figure(measure: &Measure, value: f64, previous: f64, filter: String) -> Figure {
    Figure {
        key: measure.key.to_owned(),
        label: measure.label.to_owned(),
        value,
        unit: measure.unit().into(),
        previous,
        filter,
    }
}

/// What people call something that has only a key: `ON_HOLD` is "On hold".
fn worded(key: &str) -> String {
    let words = key.replace('_', " ").to_lowercase();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
