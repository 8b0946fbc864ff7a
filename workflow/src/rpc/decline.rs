//! What one is offered, and not taking it.

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
};
use proto::workflow::v1::{self as wire, AssignmentOrigin, ErrorReason, ListOffersResponse};

use super::{
    access::{check_etag, check_open, visible},
    call::Call,
};
use crate::{
    change::{Change, Handing},
    conflict,
    occasion::{Doing, Occasion},
    offer,
    run::Run,
    store,
    workflow::Workflow,
};

impl Workflow {
    /// What waits for the caller's answer.
    pub(super) async fn list_offers(&self, caller: &Caller) -> Result<ListOffersResponse> {
        let mut conn = self.read().await?;
        let runs = store::runs::offered_to(&mut conn, caller.user_id()?).await?;
        let mut offers = Vec::with_capacity(runs.len());
        for run in runs {
            let definition = self.definition(&mut conn, &run).await?;
            let ticket_subject = run.facts.subject.clone();
            offers.push(wire::Offer { run: Some(run.to_proto(&definition)), ticket_subject });
        }
        Ok(ListOffersResponse { offers })
    }

    /// Declines an offer.
    pub(super) async fn decline(&self, call: &Call<'_>, reason: &str) -> Result<wire::Run> {
        conflict::retried(|| self.try_decline(call, reason)).await
    }

    async fn try_decline(&self, call: &Call<'_>, reason: &str) -> Result<wire::Run> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let run = visible(tx.conn(), call.caller, call.ticket_id).await?;
        check_open(&run)?;
        check_offered(&run, call.caller.user_id()?)?;
        let definition = self.definition(tx.conn(), &run).await?;
        if !call.etag.is_empty() {
            check_etag(call.caller, call.etag, &definition, &run)?;
        }
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&definition, &occasion, run);
        let handing = Handing {
            doing: Doing::Actors,
            origin: AssignmentOrigin::Declined,
            to: None,
            reason: reason.into(),
            summary: format!("declined by {}", call.caller.actor().display_name),
        };
        offer::pass_on(&mut tx, &mut change, handing).await?;
        call.settle(tx, &definition, change).await
    }
}

/// Fine while the run is offered to this person.
fn check_offered(run: &Run, user_id: &str) -> Result<()> {
    if run.is_offered_to(user_id) {
        return Ok(());
    }
    let message = "the ticket is not offered to you, or not any more";
    Err(Error::failed_precondition(&ErrorReason::NotOffered, message))
}
