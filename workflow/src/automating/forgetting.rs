//! What automations did long ago, and events nobody will try one on any more, are forgotten.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};

use super::ago;
use crate::{
    automation::EVENTS,
    store::automations,
    workflow::{INSTALLING, Workflow},
};

/// The kind of the job; it has one key, and orders itself again.
pub(crate) const KIND: &str = "forget_automation_runs";
const KEY: &str = "all";

/// How long it is known what automations did.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Events of each name that stay.
const EXAMPLES: i64 = 1_000;
/// How often something is forgotten.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Has it done from this instant on.
pub(crate) async fn begin(tx: &mut Tx, due: Timestamp) -> Result<()> {
    jobs::cancel(tx, KIND, KEY).await?;
    jobs::enqueue(tx, Job { kind: KIND, key: KEY.to_owned(), due, payload: Vec::new() }).await.map(drop)
}

/// Forgets.
#[derive(Clone, Debug)]
pub(crate) struct Forgetful(pub(crate) Workflow);

#[async_trait]
impl Handler for Forgetful {
    async fn run(&self, _: &Job) -> Result<()> {
        // A replica that starts orders it too: what one of them takes back the other has written.
        let mut tx = self.0.db.begin_alone(INSTALLING).await?;
        let now = tx.now();
        automations::forget_runs(tx.conn(), ago(now, KEPT)).await?;
        for name in EVENTS {
            automations::forget_heard(tx.conn(), name, EXAMPLES).await?;
        }
        begin(&mut tx, now.saturating_add(EVERY).unwrap_or(Timestamp::MAX)).await?;
        tx.commit().await
    }
}
