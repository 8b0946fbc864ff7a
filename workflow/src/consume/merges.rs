//! News of merges: the run of a ticket that became a stub is over, and goes on where it was when that is undone; what it had waited is
//! then no longer the target's.

use mesh_core::{db::Tx, error::Result};
use proto::events::v1::{Envelope, MergeUndone, TicketMerged};

use super::{hearing, tickets::present};
use crate::{change::Change, occasion::Occasion, run::Run, store, workflow::Workflow};

/// Nobody works on a stub. A run that was over before stays as it is.
pub(super) async fn merged(
    workflow: &Workflow,
    tx: &mut Tx,
    envelope: &Envelope,
    merged: &TicketMerged,
) -> Result<()> {
    let stub = present(merged.ticket.as_ref())?;
    let run = store::runs::by_ticket(tx.conn(), &stub.id).await?;
    if let Some(run) = &run {
        hearing::absorbed(workflow, tx, merged, run).await?;
    }
    let Some(run) = run.filter(Run::is_open) else { return Ok(()) };
    let definition = workflow.definition(tx.conn(), &run).await?;
    let occasion = Occasion::event(envelope);
    let mut change = Change::of(&definition, &occasion, run);
    change.park(tx);
    change.save(tx).await.map(drop)
}

/// What the merge had ended goes on: in its stage, with its agent if he may still work there, or waiting as long as it had.
pub(super) async fn undone(
    workflow: &Workflow,
    tx: &mut Tx,
    envelope: &Envelope,
    undone: &MergeUndone,
) -> Result<()> {
    let ticket = present(undone.ticket.as_ref())?;
    let run = store::runs::by_ticket(tx.conn(), &ticket.id).await?;
    if let Some(run) = &run {
        hearing::parted(workflow, tx, undone, run).await?;
    }
    let Some(run) = run.filter(|run| run.parked.is_some()) else { return Ok(()) };
    let definition = workflow.definition(tx.conn(), &run).await?;
    let occasion = Occasion::event(envelope);
    let mut change = Change::of(&definition, &occasion, run);
    change.resume(tx, &undone.merge_id);
    workflow.release_from_strangers(tx, &mut change).await?;
    workflow.find_agent(tx, &mut change).await?;
    change.save(tx).await.map(drop)
}
