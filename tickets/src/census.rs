//! What the desk has to do, as metrics: tickets by status, and those without an agent.
//!
//! Every replica counts; whoever reads takes the greatest.

use std::time::Duration;

use mesh_core::{db::Db, error::Result, service::Worker, telemetry};
use tokio::time::sleep;

use crate::store::census;

/// How often they are counted.
const EVERY: Duration = Duration::from_mins(1);
/// Statuses that are counted, as the column has them, with the word for each.
const STATUSES: [(i64, &str); 5] = [(1, "new"), (2, "open"), (3, "pending"), (4, "on_hold"), (5, "resolved")];

/// The worker that counts.
pub(crate) fn worker(db: Db) -> Worker {
    Worker::new("tickets.census", move |stop| {
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
    let counted = census::by_status(&mut connection).await?;
    for (status, word) in STATUSES {
        let count = counted.iter().find(|(found, _)| *found == status).map_or(0, |(_, count)| *count);
        let labels = [("status", word)];
        telemetry::record("tickets.count", "Tickets that are not closed, by status", &labels, count);
    }
    let unassigned = census::unassigned(&mut connection).await?;
    telemetry::record("tickets.unassigned", "New and open tickets without an agent", &[], unassigned);
    Ok(())
}
