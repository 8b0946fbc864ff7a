//! Reading the numbers of a report: from the tallies, and from single tickets where a span ends within a day.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mesh_core::{error::Result, policy::Reach};
use sqlx::AnyConnection;

use crate::{
    measure::{Column, Dimension, Measured, Sums, length::Lengths, mean},
    report::{Measure, Numbers, filter::MOST_NUMBERS, span::Span},
    store::{
        measured::{self, Cohort, Lot, Split},
        tallies,
    },
};

/// Reads within the departments a report is about.
pub(crate) struct Counting<'c> {
    pub(crate) conn: &'c mut AnyConnection,
    pub(crate) reach: &'c Reach,
}

impl Counting<'_> {
    /// All there is to say of a span.
    pub(crate) async fn numbers(&mut self, span: Span) -> Result<Numbers> {
        Ok(Numbers {
            sums: self.sums(span).await?,
            answers: self.lengths(Cohort::Answered, span).await?,
            resolutions: self.lengths(Cohort::Resolved, span).await?,
            backlog: self.backlog_at(span.to).await?,
        })
    }

    /// What the hours of a span add up to.
    pub(crate) async fn sums(&mut self, span: Span) -> Result<Sums> {
        tallies::whole(self.conn, self.reach, span.ends()).await
    }

    /// What was to do at an instant: what is to do now, less what came since, and what was finished since.
    pub(crate) async fn backlog_at(&mut self, at: Timestamp) -> Result<i64> {
        let now = measured::backlog(self.conn, self.reach, Split::Status, None).await?;
        let since = tallies::whole(self.conn, self.reach, (at, Timestamp::MAX)).await?;
        Ok(now.values().sum::<i64>() - since.get(Column::Created) + since.get(Column::Finished))
    }

    /// How long first answers or resolutions in a span took.
    pub(crate) async fn lengths(&mut self, cohort: Cohort, span: Span) -> Result<Lengths> {
        let (count, seconds) = match cohort {
            Cohort::Answered => (Column::Answered, Column::AnsweredSeconds),
            Cohort::Created | Cohort::Resolved => (Column::Resolved, Column::ResolvedSeconds),
        };
        let mut lengths = Lengths::default();
        for (step, sums) in self.parts(Dimension::Length, cohort, span).await? {
            lengths.add(&step, sums.get(count), sums.get(seconds));
        }
        Ok(lengths)
    }

    /// What a span adds up to by part. Only the columns of the cohort are whole.
    pub(crate) async fn parts(
        &mut self,
        dimension: Dimension,
        cohort: Cohort,
        span: Span,
    ) -> Result<BTreeMap<String, Sums>> {
        let cover = span.cover();
        let days = tallies::parts(self.conn, self.reach, dimension, cover.days).await?;
        let mut parts: BTreeMap<_, _> = days.into_iter().collect();
        for end in cover.ends.into_iter().filter(|end| end.from < end.to) {
            let tickets = measured::between(self.conn, self.reach, cohort, (end.from, end.to)).await?;
            for share in tickets.iter().flat_map(Measured::shares) {
                if share.dimension == dimension && (end.from..end.to).contains(&share.at) {
                    parts.entry(share.part).or_default().add(&share.sums, end.times);
                }
            }
        }
        Ok(parts)
    }

    /// What a measure is in each of these spans, which follow each other.
    pub(crate) async fn series(&mut self, measure: &Measure, spans: &[Span]) -> Result<Vec<f64>> {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(vec![]) };
        let ends = (first.from, last.to);
        let hours = tallies::hours(self.conn, self.reach, measure.columns(), ends).await?;
        let mut hours = hours.iter().peekable();
        let mut values = Vec::with_capacity(spans.len());
        for span in spans {
            let (mut first, mut second) = (0, 0);
            while let Some((_, more, and_more)) = hours.next_if(|(at, ..)| *at < span.to) {
                (first, second) = (first + more, second + and_more);
            }
            values.push(measure.value(first, second));
        }
        Ok(values)
    }

    /// The backlog at the end of each of these spans, which follow each other.
    pub(crate) async fn backlogs(&mut self, spans: &[Span]) -> Result<Vec<f64>> {
        let Some(first) = spans.first() else { return Ok(vec![]) };
        let mut left = self.backlog_at(first.from).await?;
        let last = spans.last().map_or(first.to, |span| span.to);
        let columns = (Column::Created, Column::Finished);
        let hours = tallies::hours(self.conn, self.reach, columns, (first.from, last)).await?;
        let mut hours = hours.iter().peekable();
        let mut backlogs = Vec::with_capacity(spans.len());
        for span in spans {
            while let Some((_, created, finished)) = hours.next_if(|(at, ..)| *at < span.to) {
                left += created - finished;
            }
            backlogs.push(mean(left, 1));
        }
        Ok(backlogs)
    }

    /// Numbers of the tickets resolved in a span to which something happened, as far as a rule can name them.
    pub(crate) async fn numbers_of(&mut self, lot: Lot, span: Span) -> Result<Vec<i64>> {
        let most = i64::try_from(MOST_NUMBERS).unwrap_or(i64::MAX);
        measured::numbers(self.conn, self.reach, lot, span.ends(), most).await
    }
}
