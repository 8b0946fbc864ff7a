//! One measure over time.

use mesh_core::{
    clock,
    error::{Result, Violations},
};
use proto::workflow::v1::{Bucket, Point, Series};

use super::{Subject, filters};
use crate::{
    counting::Counting,
    report::{
        Kind, MEASURES, Measure,
        span::{MOST_PERCENTILES, MOST_POINTS, Span},
    },
    workflow::Workflow,
};

/// A series that was asked for.
#[derive(Debug)]
pub(in crate::rpc) struct Charted {
    measure: &'static Measure,
    spans: Vec<Span>,
}

impl Charted {
    /// Reads what was asked, and names what is wrong with it.
    pub(in crate::rpc) fn decode(subject: &Subject, key: &str, bucket: i32, wrong: &mut Violations) -> Self {
        let measure = Measure::of(key).filter(|measure| measure.key != "stage_time");
        wrong.when(measure.is_none(), "measure", "is unknown; use one of those the method names");
        let known = Bucket::try_from(bucket);
        wrong.when(known.is_err(), "bucket", "is unknown; use HOUR, DAY, WEEK or MONTH");
        let measure = measure.unwrap_or(&MEASURES[0]);
        let bucket = match known.unwrap_or_default() {
            Bucket::Unspecified => subject.span.suits(),
            bucket => bucket,
        };
        let most = if matches!(measure.kind, Kind::Percentile(..)) { MOST_PERCENTILES } else { MOST_POINTS };
        let spans = if wrong.is_empty() { subject.span.buckets(bucket, &subject.zone) } else { vec![] };
        if spans.len() > most {
            wrong.add(
                "bucket",
                format!("makes more than {most} points; choose a wider one or a shorter span"),
            );
        }
        Self { measure, spans }
    }
}

impl Workflow {
    /// The series.
    pub(in crate::rpc) async fn chart(&self, subject: &Subject, charted: &Charted) -> Result<Series> {
        let Charted { measure, spans } = charted;
        let mut conn = self.read().await?;
        let mut counting = Counting { conn: &mut conn, reach: &subject.reach };
        let values = match measure.kind {
            Kind::Backlog => counting.backlogs(spans).await?,
            Kind::Percentile(_, _, percent) => {
                let mut values = Vec::with_capacity(spans.len());
                for span in spans {
                    values.push(counting.lengths(measure.cohort(), *span).await?.percentile(percent));
                }
                values
            }
            _ => counting.series(measure, spans).await?,
        };
        let filters = filters(&mut counting, [*measure], subject.span).await?;
        let point = |(span, value): (&Span, f64)| Point {
            time: Some(clock::to_proto(span.from)),
            value,
            filter: filters.of(measure, *span, ""),
        };
        Ok(Series {
            key: measure.key.to_owned(),
            label: measure.label.to_owned(),
            unit: measure.unit().into(),
            points: spans.iter().zip(values).map(point).collect(),
        })
    }
}
