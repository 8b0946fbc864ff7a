//! Migrations of running tickets to another version, in jobs of bounded size from one end of the version's runs to the other.
//!
//! Invariant: a run takes the passage once: afterwards it is pinned elsewhere. What a job could not do it leaves to the next one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
};
use prost::Message;
use proto::{identity::v1::Actor, workflow::v1::MigrateRunsRequest};
use serde::{Deserialize, Serialize};

use crate::{
    change::Change,
    conflict,
    definition::Definition,
    occasion::{Doing, Occasion},
    passage::Passage,
    run::Run,
    store::{self, pinned},
    workflow::Workflow,
};

/// The kind of these jobs; their key is the workflow.
pub(crate) const KIND: &str = "migrate_runs";

/// Runs one job moves.
const BATCH: i64 = 200;

/// What history says of it.
const REASON: &str = "moved to another version of its workflow";

/// What a job goes on with.
#[derive(Debug, Serialize, Deserialize)]
struct Stretch {
    workflow_id: String,
    from: i32,
    to: i32,
    stages: BTreeMap<String, String>,
    /// Who asked, as history keeps it.
    actor: Vec<u8>,
    request_id: String,
    /// The run it has come to.
    after: String,
}

/// Has the runs moved.
pub(crate) async fn begin(tx: &mut Tx, caller: &Caller, ask: &MigrateRunsRequest) -> Result<()> {
    let stretch = Stretch {
        workflow_id: ask.workflow_id.clone(),
        from: ask.from_version,
        to: ask.to_version,
        stages: ask.stages.clone(),
        actor: caller.actor().encode_to_vec(),
        request_id: caller.request_id().to_owned(),
        after: String::new(),
    };
    stretch.enqueue(tx).await
}

/// Moves them.
#[derive(Clone, Debug)]
pub(crate) struct Migrations(pub(crate) Workflow);

#[async_trait]
impl Handler for Migrations {
    async fn run(&self, job: &Job) -> Result<()> {
        let stretch: Stretch = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let mut conn = self.0.read().await?;
        let from = self.0.version(&mut conn, &stretch.workflow_id, stretch.from).await?;
        let to = self.0.version(&mut conn, &stretch.workflow_id, stretch.to).await?;
        let pins = (stretch.workflow_id.as_str(), stretch.from);
        let runs = pinned::after(&mut conn, pins, &stretch.after, BATCH).await?;
        drop(conn);
        let passage = Passage::new(&from, &to, &stretch.stages)?;
        let occasion = stretch.occasion()?;
        for run in &runs {
            conflict::retried(|| self.take(&to, &passage, &occasion, &run.id)).await?;
        }
        let Some(last) = runs.into_iter().last() else { return Ok(()) };
        let mut tx = self.0.db.begin().await?;
        Stretch { after: last.id, ..stretch }.enqueue(&mut tx).await?;
        tx.commit().await
    }
}

impl Migrations {
    /// One run, as it is now.
    async fn take(
        &self,
        to: &Definition,
        passage: &Passage<'_>,
        occasion: &Occasion,
        run_id: &str,
    ) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let run: Option<Run> = store::runs::by_id(tx.conn(), run_id).await?;
        let Some(run) = run else { return Ok(()) };
        let Some((landed, migrated)) = passage.take(&run, tx.now()) else { return Ok(()) };
        let mut change = Change::of(to, occasion, run);
        change.migrate(Doing::Actors, landed, migrated, REASON);
        self.0.find_agent(&mut tx, &mut change).await?;
        change.save(&mut tx).await?;
        tx.commit().await
    }
}

impl Stretch {
    fn occasion(&self) -> Result<Occasion> {
        let actor = Actor::decode(self.actor.as_slice()).map_err(Error::internal)?;
        Ok(Occasion::asked(actor, &self.request_id))
    }

    async fn enqueue(&self, tx: &mut Tx) -> Result<()> {
        let payload = serde_json::to_vec(self).map_err(Error::internal)?;
        let (key, due) = (self.workflow_id.clone(), tx.now());
        jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await.map(drop)
    }
}
