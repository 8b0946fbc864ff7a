//! What stands out, and a health score.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use mesh_core::error::Result;
use proto::{tickets::v1::Status, workflow::v1::Insight};

use super::{Subject, filters};
use crate::{
    counting::Counting,
    measure::{Column, hour_of},
    report::{
        Measure,
        filter::MOST_NUMBERS,
        insight::{AGED, COMPARED, Look, STALE, insights},
        span::Span,
    },
    store::{
        self,
        measured::{self, Split},
    },
    workflow::Workflow,
};

impl Workflow {
    /// The health of a span's departments, and what stands out there, most urgent first.
    pub(in crate::rpc) async fn insights(&self, subject: &Subject) -> Result<(i32, Vec<Insight>)> {
        let now = self.db.clock().now();
        let mut conn = self.read().await?;
        let mut counting = Counting { conn: &mut conn, reach: &subject.reach };
        let rates = ["transfer_rate", "escalation_rate"].into_iter().filter_map(Measure::of);
        let filters = filters(&mut counting, rates, subject.span).await?;
        let aged = hour_of(ago(now, AGED));
        let most = i64::try_from(MOST_NUMBERS).unwrap_or(i64::MAX);
        let look = Look {
            filters: &filters,
            span: subject.span,
            sums: counting.sums(subject.span).await?,
            agents: loads(&mut counting).await?,
            waiting: waiting(&mut counting).await?,
            stale: measured::standing(counting.conn, counting.reach, ago(now, STALE), most).await?,
            aged: (
                measured::backlog_between(counting.conn, counting.reach, (Timestamp::MIN, aged)).await?,
                aged,
            ),
            days: latest_days(&mut counting, subject, now).await?,
        };
        Ok(insights(&look))
    }
}

fn ago(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
}

/// How much agents have to do.
async fn loads(counting: &mut Counting<'_>) -> Result<Vec<(String, String, i64)>> {
    let mut open = measured::backlog(counting.conn, counting.reach, Split::Agent, None).await?;
    open.remove(""); // Nobody is no agent.
    let ids: Vec<_> = open.keys().cloned().collect();
    let names = store::agents::names(counting.conn, &ids).await?;
    Ok(named(open, &names))
}

/// What nobody has begun, by department.
async fn waiting(counting: &mut Counting<'_>) -> Result<Vec<(String, String, i64)>> {
    let waiting =
        measured::backlog(counting.conn, counting.reach, Split::Department, Some(Status::New)).await?;
    let ids: Vec<_> = waiting.keys().cloned().collect();
    let names = store::queues::department_names(counting.conn, &ids).await?;
    Ok(named(waiting, &names))
}

fn named(counts: BTreeMap<String, i64>, names: &HashMap<String, String>) -> Vec<(String, String, i64)> {
    let name = |id: &String| names.get(id).cloned().unwrap_or_else(|| id.clone());
    counts.into_iter().map(|(id, count)| (id.clone(), name(&id), count)).collect()
}

/// What was filed on the latest whole day and those before it, and when that day was.
async fn latest_days(
    counting: &mut Counting<'_>,
    subject: &Subject,
    now: Timestamp,
) -> Result<(Vec<i64>, Span)> {
    let today = now.to_zoned_datetime(subject.zone.clone()).start_of_day();
    let today = hour_of(today.map_or(now, |midnight| midnight.timestamp()));
    let day = |ago_days| Span { from: ago(today, ago_days), to: ago(today, ago_days - 1) };
    let mut filed = vec![];
    for days in (1..=COMPARED + 1).rev() {
        filed.push(counting.sums(day(days)).await?.get(Column::Created));
    }
    Ok((filed, day(1)))
}
