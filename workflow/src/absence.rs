//! Agents who go offline with tickets in hand: what becomes of those is for each queue to say.
//!
//! Invariant: a queue that does not leave its tickets with people who are gone looks at them when its grace period is over, and takes
//! only what needs an agent who has not been back since.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
};
use proto::workflow::v1::{AbsencePolicy, AssignmentOrigin, Presence};
use serde::{Deserialize, Serialize};

use crate::{
    agent::Agent,
    change::{Change, Handing},
    conflict, load,
    occasion::{Doing, Occasion},
    pool::Pool,
    run::Run,
    store,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the agent and the queue.
pub(crate) const KIND: &str = "absent_agent";

/// Who was gone, and since when, in microseconds: another absence has another look.
#[derive(Debug, Serialize, Deserialize)]
struct Absent {
    user_id: String,
    queue_id: String,
    since: i64,
}

/// Has the tickets of an agent looked at when the grace of their queues is over, if the agent is offline.
pub(crate) async fn begin(tx: &mut Tx, user_id: &str) -> Result<()> {
    let Some(since) = gone_since(tx, user_id).await? else { return Ok(()) };
    for (queue_id, grace) in store::queues::left_by(tx.conn(), user_id).await? {
        let due = tx.now().saturating_add(grace).unwrap_or(Timestamp::MAX);
        let key = format!("{user_id} {queue_id}");
        let absent = Absent { user_id: user_id.to_owned(), queue_id, since: since.as_microsecond() };
        let payload = serde_json::to_vec(&absent).map_err(Error::internal)?;
        jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await?;
    }
    Ok(())
}

/// Since when somebody is offline; `None` when not.
async fn gone_since(tx: &mut Tx, user_id: &str) -> Result<Option<Timestamp>> {
    let agent = store::agents::by_id(tx.conn(), user_id).await?;
    let gone = agent.filter(|agent: &Agent| agent.presence == Presence::Offline);
    Ok(gone.map(|agent| agent.presence_at))
}

/// Looks at what absent agents have.
#[derive(Clone, Debug)]
pub(crate) struct Absences(pub(crate) Workflow);

#[async_trait]
impl Handler for Absences {
    async fn run(&self, job: &Job) -> Result<()> {
        let absent: Absent = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let mut conn = self.0.read().await?;
        let runs = store::runs::of_assignee(&mut conn, &absent.user_id).await?;
        drop(conn);
        for run in runs.iter().filter(|run| run.queue_id == absent.queue_id) {
            conflict::retried(|| self.look(&absent, &run.id)).await?;
        }
        Ok(())
    }
}

impl Absences {
    async fn look(&self, absent: &Absent, run_id: &str) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let run = store::runs::by_id(tx.conn(), run_id).await?;
        let theirs =
            |run: &Run| load::holder(run) == Some(absent.user_id.as_str()) && run.queue_id == absent.queue_id;
        let Some(run) = run.filter(theirs) else { return Ok(()) };
        let gone = gone_since(&mut tx, &absent.user_id).await?;
        if gone.is_none_or(|since| since.as_microsecond() != absent.since) {
            return Ok(());
        }
        let queue = store::queues::by_id(tx.conn(), &absent.queue_id).await?;
        let policy = queue.map_or(AbsencePolicy::Keep, |queue| queue.absence().0);
        if self.take(&mut tx, run, policy).await? { tx.commit().await } else { Ok(()) }
    }

    /// Takes a run from whoever is gone, as the queue says; false when it stays.
    async fn take(&self, tx: &mut Tx, run: Run, policy: AbsencePolicy) -> Result<bool> {
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        match policy {
            AbsencePolicy::Unassign => {
                change.hand(tx, went_offline());
                self.0.find_agent(tx, &mut change).await?;
            }
            AbsencePolicy::Reroute => {
                let mut pool = Pool::enter(tx, &change.run().queue_id).await?;
                if !pool.relieve(tx, &mut change).await? {
                    return Ok(false);
                }
                pool.leave(tx).await?;
            }
            AbsencePolicy::Keep | AbsencePolicy::Unspecified => return Ok(false),
        }
        change.save(tx).await?;
        Ok(true)
    }
}

/// Nobody has it any more, because whoever had it is gone.
fn went_offline() -> Handing {
    Handing {
        doing: Doing::Own,
        origin: AssignmentOrigin::Absent,
        to: None,
        reason: String::new(),
        summary: "the assignee went offline".into(),
    }
}
