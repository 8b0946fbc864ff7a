//! Effects of automations on their way to tickets, one a job, each under a request id of its own.

use async_trait::async_trait;
use mesh_core::{
    clock,
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
};
use proto::workflow::v1::{AutomationOutcome, AutomationRun};
use serde::{Deserialize, Serialize};
use tonic::Code;

use super::charge;
use crate::{
    automation::Automation,
    conflict,
    effect::{self, Deed, Order},
    run::Run,
    store::automations,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the run, so that what is done to a ticket is done in order.
pub(crate) const KIND: &str = "automation_effect";

/// What the timeline says of it. Requesters read that; what automations are called is for those who set them up.
const CAUSE: &str = "as an automation says";

/// An effect on its way.
#[derive(Debug, Serialize, Deserialize)]
struct Errand {
    automation_id: String,
    order: Order,
}

/// Has the effects done that came of looking at a run.
pub(super) async fn order(
    tx: &mut Tx,
    automation: &Automation,
    run: &Run,
    id: &str,
    deeds: Vec<Deed>,
) -> Result<()> {
    for (index, deed) in deeds.into_iter().enumerate() {
        let Some(deed) = effect::tell_or(tx, run, deed).await? else { continue };
        let order = Order::new(&run.facts.ticket_id, format!("{id}:{index}"), deed).because(CAUSE.to_owned());
        let errand = Errand { automation_id: automation.said.id.clone(), order };
        let payload = serde_json::to_vec(&errand).map_err(Error::internal)?;
        jobs::enqueue(tx, Job { kind: KIND, key: run.id.clone(), due: tx.now(), payload }).await?;
    }
    Ok(())
}

/// Does what was ordered.
#[derive(Clone, Debug)]
pub(crate) struct Errands(pub(crate) Workflow);

#[async_trait]
impl Handler for Errands {
    async fn run(&self, job: &Job) -> Result<()> {
        let errand: Errand = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        match errand.order.carry_out(&self.0).await {
            Ok(()) => Ok(()),
            // The ticket was deleted meanwhile.
            Err(Error::Peer(status)) if status.code() == Code::NotFound => Ok(()),
            Err(error) if error.is_transient() => Err(error),
            Err(error) => conflict::retried(|| self.note_failure(&errand, &error)).await,
        }
    }
}

impl Errands {
    /// What tickets refuse is refused again however often it is asked: it counts against the automation.
    async fn note_failure(&self, errand: &Errand, error: &Error) -> Result<()> {
        tracing::warn!(
            automation = errand.automation_id,
            error = error.with_causes(),
            "an effect is refused"
        );
        let mut tx = self.0.db.begin().await?;
        let said = format!("asked for what was refused: {error}");
        let run = AutomationRun {
            automation_id: errand.automation_id.clone(),
            ticket_id: errand.order.ticket_id().to_owned(),
            time: Some(clock::to_proto(tx.now())),
            outcome: AutomationOutcome::Failed.into(),
            trace: vec!["an effect could not be done".to_owned()],
            error: said.clone(),
            ..AutomationRun::default()
        };
        let id = tx.ids().id("atr");
        if automations::add_run(tx.conn(), &id, &run, errand.order.request_id(), false).await? {
            charge(&mut tx, &errand.automation_id, &said).await?;
        }
        tx.commit().await
    }
}
