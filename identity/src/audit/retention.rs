//! Letting go of the audit log, day by day: a day whose lines are all older than administrators want them kept goes whole.
//!
//! The invariant: a day goes in the transaction that writes its line (`audit.retired`), so the check tells a retired day from one
//! that somebody took away. The line stands in the chain of the day it was written on, and days are kept for 30 days at least,
//! so the newest of these lines is always there.

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use mesh_core::{
    db::{Db, Tx},
    error::{Error, Result},
    jobs::{self, Job},
};
use serde_json::{Value, json};

use crate::{
    access::Authority,
    settings,
    store::audit::{self as store, Day},
};

/// The kind of these jobs.
pub(crate) const KIND: &str = "audit_retention";
/// There is one log, and one job waits for its oldest day.
const KEY: &str = "audit_log";
/// What the line about a retired day says.
pub(super) const RETIRED: &str = "audit.retired";
/// Its field in which the day's number stands.
pub(super) const NUMBER: &str = "number";

/// Retires the oldest day, one a job, so that a long log holds up nobody. Done twice it retires nothing that is not due.
#[derive(Debug)]
pub(crate) struct Retirement(pub(crate) Db);

#[async_trait]
impl jobs::Handler for Retirement {
    async fn run(&self, _: &Job) -> Result<()> {
        let mut tx = self.0.begin().await?;
        if let Some((day, due)) = next(&mut tx).await?
            && due <= tx.now()
        {
            retire(&mut tx, &day).await?;
        }
        plan(&mut tx).await?;
        tx.commit().await
    }
}

/// Has the oldest day retired when its time comes, in place of whatever was planned before.
pub(crate) async fn plan(tx: &mut Tx) -> Result<()> {
    jobs::cancel(tx, KIND, KEY).await?;
    if let Some((_, due)) = next(tx).await? {
        jobs::enqueue(tx, Job { kind: KIND, key: KEY.into(), due, payload: vec![] }).await?;
    }
    Ok(())
}

/// The oldest day and when it goes; `None` where days stay for ever.
async fn next(tx: &mut Tx) -> Result<Option<(Day, Timestamp)>> {
    let Some(kept) = settings::access(tx.conn()).await?.audit_retention else { return Ok(None) };
    let Some(day) = store::oldest(tx.conn()).await? else { return Ok(None) };
    let due = end_of(&day)?.saturating_add(kept).map_err(Error::internal)?;
    Ok(Some((day, due)))
}

/// When the day (UTC) is over, and with it its youngest line.
fn end_of(day: &Day) -> Result<Timestamp> {
    let date: Date = day.date.parse().map_err(Error::internal)?;
    let next =
        date.tomorrow().and_then(|next| next.to_zoned_datetime(TimeZone::UTC)).map_err(Error::internal)?;
    Ok(next.timestamp())
}

/// Drops a day. What its line says is what an export or a note of the day is compared with later.
async fn retire(tx: &mut Tx, day: &Day) -> Result<()> {
    let before = json!({NUMBER: day.number, "lines": day.position, "end": day.head});
    let line = Authority::system("audit").line.about(RETIRED, &day.date);
    line.change(&before, &Value::Null).write(tx).await?;
    store::drop_day(tx, &day.date).await
}
