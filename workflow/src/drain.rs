//! Emptying queues when somebody can take more, and runs out of the hands of those who may no longer work on them.
//!
//! Invariant: after an agent came online, has room again, or may work in a department, nothing that agent could take stays in its
//! queue. Whoever comes while a run is being written that finds nobody sees nothing waiting yet; so such a run is looked at once more
//! when it is written.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
};
use proto::workflow::v1::AssignmentOrigin;

use crate::{
    batch::Batch,
    change::{Change, Handing},
    conflict,
    occasion::{Doing, Occasion},
    pool::Pool,
    run::Run,
    store,
    workflow::Workflow,
};

/// The kind of jobs that empty a queue; their key is the queue.
pub(crate) const QUEUE: &str = "drain_queue";
/// The kind of jobs that look once more at runs that found nobody; their key is the queue, what they carry are the ids of the runs.
pub(crate) const AGAIN: &str = "look_again";
/// The kind of jobs that take runs from somebody who lost access; their key is the person.
pub(crate) const AGENT: &str = "drain_agent";

/// Runs given out in one transaction. Others wait for the queue meanwhile, so it is short.
const MOST: usize = 64;

/// Has the queues emptied that wait for this agent.
pub(crate) async fn queues_of(tx: &mut Tx, user_id: &str) -> Result<()> {
    for queue_id in store::queues::waiting_for(tx.conn(), user_id).await? {
        queue(tx, &queue_id).await?;
    }
    Ok(())
}

/// Has a queue emptied.
pub(crate) async fn queue(tx: &mut Tx, queue_id: &str) -> Result<()> {
    let job = Job { kind: QUEUE, key: queue_id.to_owned(), due: tx.now(), payload: Vec::new() };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Has runs looked at once more that found nobody in a queue.
pub(crate) async fn again(tx: &mut Tx, queue_id: &str, run_ids: &[String]) -> Result<()> {
    let payload = run_ids.join(" ").into_bytes();
    let job = Job { kind: AGAIN, key: queue_id.to_owned(), due: tx.now(), payload };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Has the runs taken from an agent that lie where he may no longer work.
pub(crate) async fn agent(tx: &mut Tx, user_id: &str) -> Result<()> {
    let job = Job { kind: AGENT, key: user_id.to_owned(), due: tx.now(), payload: Vec::new() };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Empties queues.
#[derive(Clone, Debug)]
pub(crate) struct QueueDrain(pub(crate) Workflow);

#[async_trait]
impl Handler for QueueDrain {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut left = 0;
        while let Some(stayed) = conflict::retried(|| self.give_out(&job.key, left)).await? {
            left += stayed;
        }
        Ok(())
    }
}

impl QueueDrain {
    /// Gives out one batch, after the `skip` runs nobody could take. Answers how many more of those there are; `None` at the end.
    async fn give_out(&self, queue_id: &str, skip: i64) -> Result<Option<i64>> {
        let mut tx = self.0.db.begin().await?;
        let now = tx.now();
        let mut pool = Pool::enter(&mut tx, queue_id).await?;
        if !pool.has_somebody(now) {
            return Ok(None);
        }
        let limit = i64::try_from(MOST).unwrap_or(i64::MAX);
        let runs = store::runs::waiting(tx.conn(), queue_id, limit, skip).await?;
        let at_end = runs.len() < MOST;
        let stayed = self.0.give_all(&mut tx, &mut pool, runs).await?;
        let goes_on = !at_end && pool.has_somebody(now);
        pool.leave(&mut tx).await?;
        tx.commit().await?;
        Ok(goes_on.then_some(stayed))
    }
}

/// Looks once more at runs that found nobody.
#[derive(Clone, Debug)]
pub(crate) struct SecondLook(pub(crate) Workflow);

#[async_trait]
impl Handler for SecondLook {
    async fn run(&self, job: &Job) -> Result<()> {
        let ids = str::from_utf8(&job.payload).map_err(Error::internal)?;
        let ids: Vec<_> = ids.split(' ').collect();
        conflict::retried(|| self.look(&job.key, &ids)).await
    }
}

impl SecondLook {
    async fn look(&self, queue_id: &str, run_ids: &[&str]) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let mut pool = Pool::enter(&mut tx, queue_id).await?;
        if !pool.has_somebody(tx.now()) {
            return Ok(());
        }
        let runs = store::runs::waiting_among(tx.conn(), queue_id, run_ids).await?;
        self.0.give_all(&mut tx, &mut pool, runs).await?;
        pool.leave(&mut tx).await?;
        tx.commit().await
    }
}

impl Workflow {
    /// Gives runs that wait to whoever takes them. Answers how many were looked at and stay.
    async fn give_all(&self, tx: &mut Tx, pool: &mut Pool, runs: Vec<Run>) -> Result<i64> {
        let ids: Vec<_> = runs.iter().map(|run| run.id.clone()).collect();
        let mut gave_back = store::assignments::all_gave_back(tx.conn(), &ids).await?;
        let (mut batch, mut stayed) = (Batch::default(), 0);
        for run in runs {
            // Whoever came may have as much as he takes long before the end of a long queue.
            if !pool.has_somebody(tx.now()) {
                break;
            }
            let quitters = gave_back.remove(&run.id).unwrap_or_default();
            stayed += i64::from(!self.give(tx, pool, &mut batch, run, &quitters).await?);
        }
        batch.close(tx).await?;
        Ok(stayed)
    }

    async fn give(
        &self,
        tx: &mut Tx,
        pool: &mut Pool,
        batch: &mut Batch,
        run: Run,
        gave_back: &[String],
    ) -> Result<bool> {
        let definition = self.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        let given = pool.try_serve(tx, &mut change, gave_back).await?;
        if given {
            change.save_with(tx, batch).await?;
        }
        Ok(given)
    }
}

/// Takes runs from people who lost access.
#[derive(Clone, Debug)]
pub(crate) struct AgentDrain(pub(crate) Workflow);

#[async_trait]
impl Handler for AgentDrain {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut conn = self.0.read().await?;
        let runs = store::runs::of_assignee(&mut conn, &job.key).await?;
        drop(conn);
        for run in runs {
            conflict::retried(|| self.take(&job.key, &run.id)).await?;
        }
        Ok(())
    }
}

impl AgentDrain {
    async fn take(&self, user_id: &str, run_id: &str) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let Some(run) = store::runs::by_id(tx.conn(), run_id).await? else {
            return Ok(());
        };
        let keeps = store::agents::works_on(tx.conn(), user_id, &run).await?;
        if keeps || !run.is_open() || !run.is_with(user_id) {
            return Ok(());
        }
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        change.hand(&tx, lost_access());
        self.0.find_agent(&mut tx, &mut change).await?;
        change.save(&mut tx).await?;
        tx.commit().await
    }
}

/// Nobody has it any more, because whoever had it may no longer work there.
pub(crate) fn lost_access() -> Handing {
    Handing {
        doing: Doing::Own,
        origin: AssignmentOrigin::AccessLost,
        to: None,
        reason: String::new(),
        summary: "may no longer work in this department".into(),
    }
}
