//! Promises that are open, as metrics: clocks that run, and those past their deadline.
//!
//! Every replica counts; whoever reads takes the greatest.

use std::time::Duration;

use mesh_core::{db::Db, error::Result, service::Worker, telemetry};
use tokio::time::sleep;

use crate::store::census;

/// How often they are counted.
const EVERY: Duration = Duration::from_mins(1);

/// The worker that counts.
pub(crate) fn worker(db: Db) -> Worker {
    Worker::new("workflow.census", move |stop| {
        let db = db.clone();
        async move {
            loop {
                take(&db).await?;
                if stop.run_until_cancelled(sleep(EVERY)).await.is_none() {
                    return Ok(());
                }
            }
        }
    })
}

async fn take(db: &Db) -> Result<()> {
    let mut connection = db.reader().acquire().await?;
    let (open, breached) = census::open(&mut connection).await?;
    telemetry::record("clocks.running", "Deadlines that are open", &[], open);
    telemetry::record("clocks.breached", "Deadlines that were missed and are still open", &[], breached);
    Ok(())
}
