//! Publishing workflows, taking them out of use and back, and their order.
//!
//! Invariant: versions count from 1 without gaps and never change; what new tickets start on is the live version of a `LIVE` workflow.

use std::collections::BTreeSet;

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::Action,
};
use proto::workflow::v1::{
    ErrorReason, PublishWorkflowRequest, ReorderWorkflowsRequest, ReorderWorkflowsResponse, Version,
    Workflow as Wire, WorkflowStatus,
};
use sqlx::AnyConnection;

use super::draw::{announced, changeable, drawn, may, save, undrawn};
use crate::{
    check, events,
    store::{definitions, drafts},
    workflow::Workflow,
};

/// Workflows people make, well above what one can keep apart.
const MOST: i64 = 10_000;
const PUBLISH: &str = "/ticketmesh.workflow.v1.WorkflowService/PublishWorkflow";

impl Workflow {
    /// Makes the draft the live version.
    pub(super) async fn publish(&self, caller: &Caller, ask: PublishWorkflowRequest) -> Result<Wire> {
        may(caller, Action::WorkflowPublish)?;
        let key = RequestKey::new(caller, PUBLISH, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.long_text("note", &ask.note, 0..=4000);
        wrong.when(ask.note.chars().count() > 1000, "note", "is too long; give at most 1000 characters");
        wrong.into_result()?;
        let mut tx = self.begin_drawing().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let before = changeable(&mut tx, caller, &ask.workflow_id, &ask.etag).await?;
        let deed = Deed::new("workflow.published", &before.id).because(&ask.note);
        let after = make_version(&mut tx, caller, before.clone(), ask.note).await?;
        let answer = announced(&mut tx, caller, &after.id).await?;
        deed.edited(&undrawn(&before), &undrawn(&answer))?.note(&mut tx, caller).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes new tickets from now on, or takes none, or is hidden.
    pub(super) async fn set_status(
        &self,
        caller: &Caller,
        (id, etag): (&str, &str),
        status: WorkflowStatus,
    ) -> Result<Wire> {
        may(caller, Action::WorkflowPublish)?;
        let mut tx = self.begin_drawing().await?;
        let before = changeable(&mut tx, caller, id, etag).await?;
        expect_before(&before, status)?;
        let told = undrawn(&before);
        save(&mut tx, &Wire { status: status.into(), ..before }).await?;
        let answer = announced(&mut tx, caller, id).await?;
        Deed::new(deed_of(status), id).edited(&told, &undrawn(&answer))?.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

impl Workflow {
    /// Puts the workflows that people made in an order.
    pub(super) async fn reorder(
        &self,
        caller: &Caller,
        ask: &ReorderWorkflowsRequest,
    ) -> Result<ReorderWorkflowsResponse> {
        may(caller, Action::WorkflowPublish)?;
        let mut tx = self.begin_drawing().await?;
        let known: BTreeSet<_> = made(tx.conn()).await?.into_iter().map(|workflow| workflow.id).collect();
        let named: BTreeSet<_> = ask.workflow_ids.iter().cloned().collect();
        let mut wrong = Violations::default();
        let problem = "are not every workflow that people made, each once; list them and send all that are not archived";
        wrong.when(known != named || named.len() != ask.workflow_ids.len(), "workflow_ids", problem);
        wrong.into_result()?;
        for (id, position) in ask.workflow_ids.iter().zip(1..) {
            drafts::place(tx.conn(), id, position).await?;
        }
        let workflows = made(tx.conn()).await?;
        for workflow in &workflows {
            outbox::push(&mut tx, &Cause::of(caller), events::workflow_changed(workflow)).await?;
        }
        Deed::new("workflow.reordered", "").made(ask)?.note(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(ReorderWorkflowsResponse { workflows })
    }
}

/// What taking a workflow there is called in the audit log.
fn deed_of(status: WorkflowStatus) -> &'static str {
    match status {
        WorkflowStatus::Paused => "workflow.paused",
        WorkflowStatus::Archived => "workflow.archived",
        WorkflowStatus::Live | WorkflowStatus::Draft | WorkflowStatus::Unspecified => "workflow.resumed",
    }
}

/// Those that people made and that are not archived, in their order.
async fn made(conn: &mut AnyConnection) -> Result<Vec<Wire>> {
    let mut all = definitions::workflows(conn, (i32::MIN, String::new()), false, MOST).await?;
    all.retain(|workflow| !workflow.built_in);
    Ok(all)
}

/// Writes the next version and makes it the live one. A workflow that is paused stays paused.
async fn make_version(tx: &mut Tx, caller: &Caller, before: Wire, note: String) -> Result<Wire> {
    let drawing = drafts::draft(tx.conn(), &before.id).await?.is_some();
    if !drawing && before.live_version > 0 && before.applies_to == before.live_applies_to {
        let message = "nothing was drawn since it was published; draw something first";
        return Err(Error::failed_precondition(&ErrorReason::WrongWorkflowState, message));
    }
    let graph = drawn(tx.conn(), &before).await?;
    check::expect_publishable(&check::findings(&graph, &before.applies_to))?;
    let version = Version {
        workflow_id: before.id.clone(),
        number: before.live_version + 1,
        graph: Some(graph),
        author_id: caller.user_id().unwrap_or_default().to_owned(),
        note,
        ..Version::default()
    };
    let now = tx.now();
    definitions::install_version(tx.conn(), &version, now).await?;
    let status =
        if before.status() == WorkflowStatus::Draft { WorkflowStatus::Live } else { before.status() };
    let after = Wire {
        status: status.into(),
        live_version: version.number,
        live_applies_to: before.applies_to.clone(),
        ..before
    };
    save(tx, &after).await?;
    drafts::clear(tx.conn(), &after.id).await?;
    Ok(after)
}

/// Fine when a workflow can go there from where it stands.
fn expect_before(workflow: &Wire, status: WorkflowStatus) -> Result<()> {
    let message = match (workflow.status(), status) {
        (WorkflowStatus::Live, WorkflowStatus::Paused)
        | (WorkflowStatus::Paused, WorkflowStatus::Live)
        | (_, WorkflowStatus::Archived) => return Ok(()),
        (WorkflowStatus::Draft, _) => "the workflow was never published; publish it first",
        (WorkflowStatus::Paused, _) => "the workflow is paused already",
        _ => "the workflow takes new tickets already",
    };
    Err(Error::failed_precondition(&ErrorReason::WrongWorkflowState, message))
}
