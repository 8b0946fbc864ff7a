//! Not taking a ticket one is offered.

use mesh_core::error::{Error, Result};
use proto::workflow::v1::{self as wire, AssignmentOrigin, ErrorReason};

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
    workflow::Workflow,
};

impl Workflow {
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
