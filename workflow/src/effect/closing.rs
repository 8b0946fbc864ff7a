//! Closing the children of a ticket, as its workflow says.
//!
//! Each child takes a transition of its own workflow, under its own rules; one that has none that leads to where nothing is left to
//! do stays open. The comment comes first and once, so that nobody finds a ticket closed without a word.

use mesh_core::error::Result;
use proto::tickets::v1::{
    CommentKind, Kin, ListKinRequest, projection_service_client::ProjectionServiceClient,
};

use super::Order;
use crate::{
    change::Change,
    conflict, engine,
    occasion::{Doing, Occasion},
    run::Run,
    store,
    workflow::Workflow,
};

/// What the timeline of a child says.
const WITH_PARENT: &str = "along with its parent";

impl Order {
    /// Closes every child, and theirs, that is open.
    pub(super) async fn close_children(&self, workflow: &Workflow, text: &str) -> Result<()> {
        let ask = ListKinRequest { ticket_id: self.ticket_id.clone() };
        let kin = ProjectionServiceClient::new(workflow.tickets.for_worker()).list_kin(ask).await?;
        for Kin { ticket_id, .. } in kin.into_inner().descendants {
            let mut conn = workflow.read().await?;
            let run = store::runs::by_ticket(&mut conn, &ticket_id).await?;
            let Some(run) = run.filter(Run::is_undone) else { continue };
            let definition = workflow.definition(&mut conn, &run).await?;
            drop(conn);
            if engine::finish(&definition, &run, workflow.db.clock().now()).is_none() {
                tracing::warn!(ticket = ticket_id, "a child cannot be closed along with its parent");
                continue;
            }
            let request_id = format!("{}:{}", self.request_id, run.facts.number);
            super::carrying::say(workflow, &ticket_id, CommentKind::Public, text, request_id).await?;
            conflict::retried(|| close(workflow, &ticket_id)).await?;
        }
        Ok(())
    }
}

async fn close(workflow: &Workflow, ticket_id: &str) -> Result<()> {
    let mut tx = workflow.db.begin().await?;
    let run = store::runs::by_ticket(tx.conn(), ticket_id).await?;
    let Some(run) = run.filter(Run::is_undone) else { return Ok(()) };
    let definition = workflow.definition(tx.conn(), &run).await?;
    let Some(step) = engine::finish(&definition, &run, tx.now()) else { return Ok(()) };
    let occasion = Occasion::due(ticket_id);
    let mut change = Change::of(&definition, &occasion, run);
    change.step_because(Doing::Own, step, WITH_PARENT);
    workflow.find_agent(&mut tx, &mut change).await?;
    change.save(&mut tx).await?;
    tx.commit().await
}
