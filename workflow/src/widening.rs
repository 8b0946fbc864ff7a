//! Looking again at runs that wait, when more agents could take them: a further group joins, or a skill is no longer needed.
//!
//! Invariant: a run that waits in a queue whose circle widens has one look ahead of it, at the time of the next widening; a look
//! that comes late, twice, or after the run left does nothing.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};

use crate::{
    change::Change, conflict, deadline, occasion::Occasion, pool::Pool, routing::Terms, run::Run, store,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the run, what they carry is since when it waits: another wait has other looks.
pub(crate) const KIND: &str = "widen";

/// Sets the next look at a run, if it waits where one is of use.
pub(crate) async fn set(tx: &mut Tx, run: &Run, terms: &Terms) -> Result<()> {
    let Some(since) = run.queued_at.filter(|_| run.offer.is_none()) else { return Ok(()) };
    let Some(after) = terms.widen_after(tx.now().duration_since(since)) else { return Ok(()) };
    jobs::cancel(tx, KIND, &run.id).await?;
    let due = since.saturating_add(after).unwrap_or(Timestamp::MAX);
    let payload = deadline::carry(since);
    jobs::enqueue(tx, Job { kind: KIND, key: run.id.clone(), due, payload }).await.map(drop)
}

/// Looks again.
#[derive(Clone, Debug)]
pub(crate) struct Widening(pub(crate) Workflow);

#[async_trait]
impl Handler for Widening {
    async fn run(&self, job: &Job) -> Result<()> {
        let since = deadline::carried(job)?;
        conflict::retried(|| self.look(&job.key, since)).await
    }
}

impl Widening {
    async fn look(&self, run_id: &str, since: Timestamp) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let run = store::runs::by_id(tx.conn(), run_id).await?;
        let waits = |run: &Run| run.queued_at == Some(since) && run.offer.is_none();
        let Some(run) = run.filter(waits) else { return Ok(()) };
        let mut pool = Pool::enter(&mut tx, &run.queue_id).await?;
        let gave_back = store::assignments::gave_back(tx.conn(), &run.id).await?;
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        if pool.try_serve(&mut tx, &mut change, &gave_back).await? {
            change.save(&mut tx).await?;
        } else {
            pool.look_again(&mut tx, change.run()).await?;
        }
        pool.leave(&mut tx).await?;
        tx.commit().await
    }
}
