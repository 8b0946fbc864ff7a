//! Moving runs to another version or another workflow, by hand.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use mesh_core::{
    audit::Deed,
    caller::Caller,
    error::{Error, Result},
    idempotency::RequestKey,
    policy::Action,
};
use proto::workflow::v1::{
    self as wire, ErrorReason, MigrateRunsRequest, MigrateRunsResponse, MoveToWorkflowRequest, RunMigrated,
};
use sqlx::AnyConnection;

use super::{
    access::{self, check_etag, check_open, visible},
    call::Call,
    draw::{known, may, published},
};
use crate::{
    change::Change,
    conflict,
    definition::Definition,
    migration,
    occasion::{Doing, Occasion},
    passage::{self, Passage},
    run::Run,
    store::pinned,
    workflow::Workflow,
};

const MIGRATE: &str = "/ticketmesh.workflow.v1.WorkflowService/MigrateRuns";

impl Workflow {
    /// Has the open runs of a version moved, or says how many there are.
    pub(super) async fn migrate_runs(
        &self,
        caller: &Caller,
        ask: MigrateRunsRequest,
    ) -> Result<MigrateRunsResponse> {
        may(caller, Action::WorkflowPublish)?;
        if ask.dry_run {
            let mut conn = self.read().await?;
            return self.counted(&mut conn, &ask).await;
        }
        let key = RequestKey::new(caller, MIGRATE, &ask.request_id, &ask)?;
        let mut tx = self.db.begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let mut answer = self.counted(tx.conn(), &ask).await?;
        answer.time = Some(mesh_core::clock::to_proto(tx.now()));
        migration::begin(&mut tx, caller, &ask).await?;
        let deed = Deed::new("workflow.migrated", &ask.workflow_id).made(&ask)?;
        deed.saying("runs", answer.runs).note(&mut tx, caller).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// How many runs a migration moves, if its map is fine.
    async fn counted(
        &self,
        conn: &mut AnyConnection,
        ask: &MigrateRunsRequest,
    ) -> Result<MigrateRunsResponse> {
        known(conn, &ask.workflow_id).await?;
        published(conn, &ask.workflow_id, ask.from_version).await?;
        published(conn, &ask.workflow_id, ask.to_version).await?;
        if ask.from_version == ask.to_version {
            return Err(Error::invalid("to_version", "is the version the runs are on; name another one"));
        }
        let from = self.version(conn, &ask.workflow_id, ask.from_version).await?;
        let to = self.version(conn, &ask.workflow_id, ask.to_version).await?;
        Passage::new(&from, &to, &ask.stages)?;
        let by_stage = pinned::by_stage(conn, (&ask.workflow_id, ask.from_version)).await?;
        let by_stage: BTreeMap<String, i64> = by_stage.into_iter().collect();
        Ok(MigrateRunsResponse { runs: by_stage.values().sum(), by_stage, time: None })
    }

    /// Moves one ticket to another workflow.
    pub(super) async fn move_to_workflow(
        &self,
        call: &Call<'_>,
        ask: &MoveToWorkflowRequest,
    ) -> Result<wire::Run> {
        conflict::retried(|| self.try_move(call, ask)).await
    }

    async fn try_move(&self, call: &Call<'_>, ask: &MoveToWorkflowRequest) -> Result<wire::Run> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let run = visible(tx.conn(), call.caller, call.ticket_id).await?;
        access::may(call.caller, Action::RunMove, &run)?;
        let from = self.definition(tx.conn(), &run).await?;
        check_etag(call.caller, call.etag, &from, &run)?;
        check_open(&run)?;
        let to = self.target(tx.conn(), &run, &ask.workflow_id).await?;
        let (landed, migrated) = landing(&run, &from, &to, &ask.stage_key, tx.now())?;
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&to, &occasion, run);
        change.migrate(Doing::Actors, landed, migrated, &ask.reason);
        self.find_agent(&mut tx, &mut change).await?;
        let answer = change.save(&mut tx).await?.to_proto(&to);
        call.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The version a run of another workflow moves to.
    async fn target(
        &self,
        conn: &mut AnyConnection,
        run: &Run,
        workflow_id: &str,
    ) -> Result<Arc<Definition>> {
        let workflow = known(conn, workflow_id).await?;
        if workflow.id == run.workflow_id {
            let message = "the ticket runs this workflow already; press a transition instead";
            return Err(Error::failed_precondition(&ErrorReason::NothingToChange, message));
        }
        if workflow.live_version == 0 {
            let message = "nothing of the workflow is published; publish it first";
            return Err(Error::failed_precondition(&ErrorReason::WrongWorkflowState, message));
        }
        self.version(conn, &workflow.id, workflow.live_version).await
    }
}

/// The run in a stage of the other workflow, or why it cannot stand there.
fn landing(
    run: &Run,
    from: &Definition,
    to: &Definition,
    stage_key: &str,
    now: Timestamp,
) -> Result<(Run, RunMigrated)> {
    let Some(target) = to.stage(stage_key) else {
        let known: Vec<_> = to.stages().iter().map(|stage| stage.key.as_str()).collect();
        let message = format!("the workflow has no such stage; name one of {}", known.join(", "));
        return Err(Error::failed_precondition(&ErrorReason::StageMapIncomplete, message));
    };
    let here = from.stage(&run.stage).unwrap_or_else(|| from.start());
    match passage::against(here, target) {
        Some(problem) => Err(Error::invalid("stage_key", problem)),
        None => Ok(passage::land(run, from, to, target, now)),
    }
}
