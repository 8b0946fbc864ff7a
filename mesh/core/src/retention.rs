//! Forgetting what nobody will ask for again, a little at a time, so that tables stay small.

use std::time::Duration;

use tokio::time::sleep;

use crate::{clock::SharedClock, db::Db, error::Result, idempotency, inbox, service::Worker};

/// How often old rows are looked for.
const EVERY: Duration = Duration::from_hours(1);
/// How long a consumer remembers an event: longer than any broker or dead letter brings it back unasked.
const INBOX_KEPT: Duration = Duration::from_hours(24 * 14);

/// The worker that forgets, for any service's database.
pub fn worker(db: Db, clock: SharedClock) -> Worker {
    Worker::new("retention", move |stop| {
        let (db, clock) = (db.clone(), clock.clone());
        async move {
            loop {
                forget(&db, &clock).await?;
                if stop.run_until_cancelled(sleep(EVERY)).await.is_none() {
                    return Ok(());
                }
            }
        }
    })
}

/// Forgets answers to calls and notes of events that are too old to be asked for.
pub async fn forget(db: &Db, clock: &SharedClock) -> Result<()> {
    let now = clock.now();
    let inbox_kept = now.saturating_sub(INBOX_KEPT).unwrap_or(jiff::Timestamp::MIN);
    for (statement, before) in
        [(idempotency::FORGET, idempotency::oldest_kept(now)), (inbox::FORGET, inbox_kept)]
    {
        let mut tx = db.begin().await?;
        sqlx::query(statement).bind(before.as_microsecond()).execute(tx.conn()).await?;
        tx.commit().await?;
    }
    Ok(())
}
