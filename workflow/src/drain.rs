//! Emptying queues when somebody comes online, and runs out of the hands of those who may no longer work on them.
//!
//! Invariant: after an agent came online or may work in a department, nothing that agent could take stays in its queue.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};
use proto::workflow::v1::AssignmentOrigin;

use crate::{
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
/// The kind of jobs that take runs from somebody who lost access; their key is the person.
pub(crate) const AGENT: &str = "drain_agent";

/// Runs given out in one transaction. Others wait for the queue meanwhile, so it is short.
const BATCH: usize = 32;

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
        let mut pool = Pool::enter(&mut tx, queue_id).await?;
        if !pool.has_somebody() {
            return Ok(None);
        }
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let runs = store::runs::waiting(tx.conn(), queue_id, limit, skip).await?;
        let at_end = runs.len() < BATCH;
        let mut stayed = 0;
        for run in runs {
            stayed += i64::from(!self.give(&mut tx, &mut pool, run).await?);
        }
        tx.commit().await?;
        Ok((!at_end).then_some(stayed))
    }

    async fn give(&self, tx: &mut Tx, pool: &mut Pool, run: Run) -> Result<bool> {
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        let given = pool.try_serve(tx, &mut change).await?;
        if given {
            change.save(tx).await?;
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
        let keeps = store::agents::works_in(tx.conn(), user_id, &run.facts.department_id).await?;
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
