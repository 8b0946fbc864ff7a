//! The main figures beside those of the span before.

use mesh_core::error::Result;
use proto::workflow::v1::Figure;

use super::{Subject, figure, filters};
use crate::{
    counting::Counting,
    report::{Measure, OVERVIEW},
    workflow::Workflow,
};

impl Workflow {
    /// The figures of a span.
    pub(in crate::rpc) async fn overview(&self, subject: &Subject) -> Result<Vec<Figure>> {
        let mut conn = self.read().await?;
        let mut counting = Counting { conn: &mut conn, reach: &subject.reach };
        let now = counting.numbers(subject.span).await?;
        let before = counting.numbers(subject.span.before()).await?;
        let measures: Vec<_> = OVERVIEW.iter().filter_map(|key| Measure::of(key)).collect();
        let filters = filters(&mut counting, measures.iter().copied(), subject.span).await?;
        let of = |measure: &Measure| {
            let filter = filters.of(measure, subject.span, "");
            figure(measure, now.of(measure), before.of(measure), filter)
        };
        Ok(measures.into_iter().map(of).collect())
    }
}
