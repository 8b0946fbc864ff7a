//! Tickets that are offered: they wait for the answer of one agent, and go to the next when it is no or does not come.
//!
//! Invariant: an offer that stands has one alarm ahead of it; one that rings late, twice, or after the offer was answered does
//! nothing. Whoever did not take a ticket is not offered it again.

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};
use proto::workflow::v1::AssignmentOrigin;

use crate::{
    change::{Change, Handing},
    conflict, deadline,
    occasion::{Doing, Occasion},
    pool::Pool,
    run::Run,
    store,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the run, what they carry is until when: another offer has another alarm.
pub(crate) const KIND: &str = "offer";

/// Whom a run is offered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) to: String,
    pub(crate) until: Timestamp,
}

/// Writes down whom a run is offered to, and sets the alarm or takes it back.
pub(crate) async fn set(tx: &mut Tx, run: &Run) -> Result<()> {
    store::runs::offer(tx.conn(), run).await?;
    jobs::cancel(tx, KIND, &run.id).await?;
    let Some(offer) = &run.offer else { return Ok(()) };
    let payload = deadline::carry(offer.until);
    jobs::enqueue(tx, Job { kind: KIND, key: run.id.clone(), due: offer.until, payload }).await.map(drop)
}

/// Ends an offer and looks for the next agent.
pub(crate) async fn pass_on(tx: &mut Tx, change: &mut Change<'_>, handing: Handing) -> Result<()> {
    change.end_offer(tx, handing);
    let mut pool = Pool::enter(tx, &change.run().queue_id).await?;
    pool.serve(tx, change).await?;
    pool.leave(tx).await
}

/// Ends offers whose time is over.
#[derive(Clone, Debug)]
pub(crate) struct Offers(pub(crate) Workflow);

#[async_trait]
impl Handler for Offers {
    async fn run(&self, job: &Job) -> Result<()> {
        let until = deadline::carried(job)?;
        conflict::retried(|| self.ring(&job.key, until)).await
    }
}

impl Offers {
    async fn ring(&self, run_id: &str, until: Timestamp) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let run = store::runs::by_id(tx.conn(), run_id).await?;
        let stands = |run: &Run| run.offer.as_ref().is_some_and(|offer| offer.until == until);
        let Some(run) = run.filter(stands) else { return Ok(()) };
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        pass_on(&mut tx, &mut change, expired()).await?;
        change.save(&mut tx).await?;
        tx.commit().await
    }
}

/// Whom it was offered to did not answer.
fn expired() -> Handing {
    Handing {
        doing: Doing::Own,
        origin: AssignmentOrigin::Expired,
        to: None,
        reason: String::new(),
        summary: "did not answer the offer in time".into(),
    }
}
