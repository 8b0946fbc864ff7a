//! Waiting for a condition instead of for a time.

use std::time::Duration;

use futures::future::try_join_all;
use sqlx::Row;
use tokio::time::{Instant, sleep};

use super::broker::Traffic;
use crate::{
    clock::SharedClock,
    db::{Db, Schema},
    error::Result,
    id::Ids,
};

/// How long a condition may take before the test fails, on a machine that plays a browser's journey and a mesh of five processes beside it.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(3);

crate::statements! {
    /// What is on its way: what it is, whether it can still move by itself at $1, what was said last.
    LEFT = "select cast('event about ' as text) || subject, case when leased_by is null and free_at > $1 then 1 else 0 end, last_error \
            from outbox \
        union all select 'job ' || kind || ' of ' || key, case when leased_by is null and run_at > $1 then 1 else 0 end, last_error \
            from jobs where died_at is null and due <= $1 \
        union all select 'dead letter about ' || subject, 1, reason from dead_letters \
        union all select 'dead job ' || kind || ' of ' || key, 1, last_error from jobs where died_at is not null";
}

/// Something on its way.
pub(super) struct Left {
    what: String,
    stuck: bool,
    error: Option<String>,
}

/// Waits until nothing is on its way in any of the databases, nor over a broker.
///
/// One look sees each place at another moment, and news may hop behind its back: from a database to the broker, from there to another
/// database. What hops gets an id before it is written down, and what it follows from stays where it is until then. So when two looks
/// in a row found nothing and no id was made since before the first, there is nothing: what the second could have missed was not written
/// down yet, and then the first saw what it follows from.
pub(super) async fn settle(databases: &[Db], traffic: Option<&Traffic>, clock: &SharedClock, ids: &Ids) {
    let left = rest(databases, traffic, clock, ids).await;
    assert!(left.is_empty(), "the world does not settle:\n{}", list(&left));
}

/// Waits until nothing moves by itself any more. Answers what is stuck then, or still moves when patience is over.
pub(super) async fn rest(
    databases: &[Db],
    traffic: Option<&Traffic>,
    clock: &SharedClock,
    ids: &Ids,
) -> Vec<Left> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let made = ids.made();
        let mut left = look_around(databases, traffic, clock).await;
        if left.iter().all(|left| left.stuck) {
            left = look_around(databases, traffic, clock).await;
            if left.iter().all(|left| left.stuck) && ids.made() == made {
                return left;
            }
        }
        if Instant::now() >= give_up {
            return left;
        }
        sleep(GLANCE).await;
    }
}

/// Databases first: an event is on its way over the broker before it leaves its outbox.
async fn look_around(databases: &[Db], traffic: Option<&Traffic>, clock: &SharedClock) -> Vec<Left> {
    let looks = try_join_all(databases.iter().map(|db| look(db, clock))).await.expect("the databases answer");
    let travelling = traffic.map(Traffic::left).unwrap_or_default();
    let travelling = travelling.into_iter().map(|what| Left { what, stuck: false, error: None });
    looks.into_iter().flatten().chain(travelling).collect()
}

async fn look(db: &Db, clock: &SharedClock) -> Result<Vec<Left>> {
    if let Schema::Behind(_) = db.schema(&[]).await? {
        // Nobody has migrated it yet: without tables it is quiet.
        return Ok(Vec::new());
    }
    let rows = sqlx::query(LEFT).bind(clock.now().as_microsecond()).fetch_all(db.reader()).await?;
    rows.iter()
        .map(|row| {
            Ok(Left { what: row.try_get(0)?, stuck: row.try_get::<i64, _>(1)? == 1, error: row.try_get(2)? })
        })
        .collect()
}

fn list(left: &[Left]) -> String {
    let line = |left: &Left| format!("  {} ({})", left.what, left.error.as_deref().unwrap_or("never failed"));
    left.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Asks until the answer is `Some`, and returns it. Panics when `what` does not come true in time.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, ask).await
}

/// The same with a patience of its own: longer than a lease, for what a killed process held.
pub async fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let give_up = Instant::now() + patience;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < give_up, "this did not come true within {patience:?}: {what}");
        sleep(GLANCE).await;
    }
}
