//! Automations that are due: each looks at every open ticket.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    error::Result,
    jobs::{Handler, Job},
};

use super::{look, set_alarm};
use crate::{
    automation::Automation,
    conflict,
    store::{automations, runs},
    workflow::Workflow,
};

/// The kind of these jobs; their key is the automation.
pub(crate) const KIND: &str = "automation_due";

/// Runs looked at in one transaction.
const BATCH: i64 = 200;

/// Does what is due by schedules.
#[derive(Clone, Debug)]
pub(crate) struct Schedules(pub(crate) Workflow);

#[async_trait]
impl Handler for Schedules {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut last = Some(String::new());
        while let Some(after) = last {
            last = conflict::retried(|| self.look_at_some(&job.key, job.due, &after)).await?;
        }
        let mut tx = self.0.db.begin().await?;
        if let Some(automation) = automations::by_id(tx.conn(), &job.key).await? {
            set_alarm(&mut tx, &automation).await?;
        }
        tx.commit().await
    }
}

impl Schedules {
    /// Looks at the next open tickets; the last one's run, if there may be more.
    async fn look_at_some(&self, id: &str, due: Timestamp, after: &str) -> Result<Option<String>> {
        let mut tx = self.0.db.begin().await?;
        let automation = automations::by_id(tx.conn(), id).await?;
        let Some(automation) = automation.filter(Automation::is_on_schedule) else { return Ok(None) };
        let open = runs::open_runs_after(tx.conn(), after, BATCH).await?;
        for run in &open {
            if !look(&mut tx, &automation, run, None, &due.to_string()).await? {
                tx.commit().await?;
                return Ok(None);
            }
        }
        tx.commit().await?;
        Ok(open.into_iter().next_back().map(|run| run.id))
    }
}
