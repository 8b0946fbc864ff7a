//! Tickets that were set aside: they stay in their stage with their agent and need nobody until their time is over, the requester
//! answers, or somebody goes on with them.
//!
//! Invariant: a run that is set aside has one alarm ahead of it; one that rings late, twice, or after the run went on does nothing.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    clock,
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};
use proto::workflow::v1::RunSnoozed;

use crate::{
    change::Change,
    conflict, deadline,
    occasion::{Doing, Occasion},
    run::Run,
    store,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the run, what they carry is until when: another snooze has another alarm.
pub(crate) const KIND: &str = "wake";

/// How long a run is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snooze {
    pub(crate) until: Timestamp,
    /// An answer of the requester wakes it before.
    pub(crate) on_reply: bool,
}

impl Snooze {
    pub(crate) fn to_proto(self) -> RunSnoozed {
        RunSnoozed { until: Some(clock::to_proto(self.until)), wake_on_reply: self.on_reply }
    }
}

/// Writes down whether a run is set aside, and sets its alarm or takes it back.
pub(crate) async fn set(tx: &mut Tx, run: &Run) -> Result<()> {
    store::runs::snooze(tx.conn(), run).await?;
    jobs::cancel(tx, KIND, &run.id).await?;
    let Some(Snooze { until, .. }) = run.snooze else { return Ok(()) };
    let payload = deadline::carry(until);
    jobs::enqueue(tx, Job { kind: KIND, key: run.id.clone(), due: until, payload }).await.map(drop)
}

/// Wakes runs whose time is over.
#[derive(Clone, Debug)]
pub(crate) struct Alarms(pub(crate) Workflow);

#[async_trait]
impl Handler for Alarms {
    async fn run(&self, job: &Job) -> Result<()> {
        let until = deadline::carried(job)?;
        conflict::retried(|| self.ring(&job.key, until)).await
    }
}

impl Alarms {
    async fn ring(&self, run_id: &str, until: Timestamp) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let run = store::runs::by_id(tx.conn(), run_id).await?;
        let sleeps = |run: &Run| run.snooze.is_some_and(|snooze| snooze.until == until);
        let Some(run) = run.filter(sleeps) else { return Ok(()) };
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        change.wake(&tx, Doing::Own);
        self.0.release_from_strangers(&mut tx, &mut change).await?;
        self.0.find_agent(&mut tx, &mut change).await?;
        change.save(&mut tx).await?;
        tx.commit().await
    }
}
