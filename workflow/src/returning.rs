//! Agents who were out of office and are back: what waits for them is given out then.
//!
//! Invariant: at the end of an absence that was announced, and not taken back since, the queues that ask the agent are looked
//! through.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};

use crate::{drain, workflow::Workflow};

/// The kind of these jobs; their key is the agent.
pub(crate) const KIND: &str = "agent_returns";

/// Has the queues looked through when the agent is back.
pub(crate) async fn set(tx: &mut Tx, user_id: &str, away_until: Option<Timestamp>) -> Result<()> {
    jobs::cancel(tx, KIND, user_id).await?;
    let Some(due) = away_until.filter(|until| *until > tx.now()) else { return Ok(()) };
    let job = Job { kind: KIND, key: user_id.to_owned(), due, payload: Vec::new() };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Welcomes them back.
#[derive(Clone, Debug)]
pub(crate) struct Returns(pub(crate) Workflow);

#[async_trait]
impl Handler for Returns {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        drain::queues_of(&mut tx, &job.key).await?;
        tx.commit().await
    }
}
