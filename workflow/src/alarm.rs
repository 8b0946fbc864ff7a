//! Alarms: timed transitions that happen by themselves unless the run leaves its stage before.
//!
//! Invariant: the alarms of a run are those of the stage it is in; one that rings late, twice, or after the run left does nothing.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
};
use serde::{Deserialize, Serialize};

use crate::{
    change::Change,
    conflict,
    definition::Definition,
    engine::{self, Rung},
    occasion::{Doing, Occasion},
    run::Run,
    store,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the run.
pub(crate) const KIND: &str = "alarm";

/// What is to ring.
#[derive(Debug, Serialize, Deserialize)]
struct Bell {
    /// The timed transition; none when the run has stayed as long as it may.
    transition: Option<String>,
    /// When the run entered the stage, in microseconds: another visit has other alarms.
    staged_at: i64,
}

/// Takes back the alarms of the stage a run has left.
pub(crate) async fn take_back(tx: &mut Tx, run: &Run) -> Result<()> {
    jobs::cancel(tx, KIND, &run.id).await.map(drop)
}

/// Sets the alarms of the stage a run has entered.
pub(crate) async fn set(tx: &mut Tx, definition: &Definition, run: &Run) -> Result<()> {
    let mut alarms = if run.is_open() { engine::alarms(definition, run) } else { Vec::new() };
    // Jobs of one key wait for each other, so the earliest goes first.
    alarms.sort_by_key(|alarm| alarm.at);
    for alarm in alarms {
        let bell = Bell { transition: alarm.transition, staged_at: run.staged_at.as_microsecond() };
        let payload = serde_json::to_vec(&bell).map_err(Error::internal)?;
        jobs::enqueue(tx, Job { kind: KIND, key: run.id.clone(), due: alarm.at, payload }).await?;
    }
    Ok(())
}

/// Rings.
#[derive(Clone, Debug)]
pub(crate) struct Ringer(pub(crate) Workflow);

#[async_trait]
impl Handler for Ringer {
    async fn run(&self, job: &Job) -> Result<()> {
        let bell: Bell = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        conflict::retried(|| self.ring(&job.key, &bell)).await
    }
}

impl Ringer {
    async fn ring(&self, run_id: &str, bell: &Bell) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let Some(run) = store::runs::by_id(tx.conn(), run_id).await? else {
            return Ok(());
        };
        let stays = run.is_open() && run.staged_at.as_microsecond() == bell.staged_at;
        let definition = self.0.definition(tx.conn(), &run).await?;
        let rung = engine::ring(&definition, &run, bell.transition.as_deref(), tx.now()).filter(|_| stays);
        let Some(rung) = rung else { return Ok(()) };
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        match rung {
            Rung::Step(step) => change.step(Doing::Own, *step),
            Rung::Deeds(deeds) => change.outstay(deeds),
        }
        self.0.find_agent(&mut tx, &mut change).await?;
        change.save(&mut tx).await?;
        tx.commit().await
    }
}
