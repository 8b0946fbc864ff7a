//! Setting a ticket aside for a while.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    clock,
    error::{Error, Result, Violations},
};
use proto::workflow::v1::{self as wire, ErrorReason, SnoozeTicketRequest, snooze_ticket_request::Until};

use super::{
    access::{check_etag, check_open, standing, visible},
    call::Call,
};
use crate::{change::Change, conflict, occasion::Occasion, run::is_done, snooze::Snooze, workflow::Workflow};

/// Nothing is set aside for longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

impl Workflow {
    /// Sets a ticket aside.
    pub(super) async fn set_aside(&self, call: &Call<'_>, ask: &SnoozeTicketRequest) -> Result<wire::Run> {
        conflict::retried(|| self.try_set_aside(call, ask)).await
    }

    async fn try_set_aside(&self, call: &Call<'_>, ask: &SnoozeTicketRequest) -> Result<wire::Run> {
        let mut tx = self.db.begin().await?;
        if let Some(done) = call.key.replay(&mut tx).await? {
            return Ok(done);
        }
        let until = until(ask, tx.now())?;
        let run = visible(tx.conn(), call.caller, call.ticket_id).await?;
        if !standing(call.caller, &run).agent {
            let message = "only its assignee and those who may move tickets set one aside";
            return Err(Error::permission_denied(message));
        }
        let definition = self.definition(tx.conn(), &run).await?;
        check_etag(call.caller, call.etag, &definition, &run)?;
        check_open(&run)?;
        if is_done(run.category) {
            let message = "the ticket is done; there is nothing to set aside";
            return Err(Error::failed_precondition(&ErrorReason::RunEnded, message));
        }
        let occasion = Occasion::call(call.caller);
        let mut change = Change::of(&definition, &occasion, run);
        change.set_aside(&tx, Snooze { until, on_reply: ask.wake_on_reply });
        call.settle(tx, &definition, change).await
    }
}

/// When it wakes.
fn until(ask: &SnoozeTicketRequest, now: Timestamp) -> Result<Timestamp> {
    let (field, until) = match &ask.until {
        Some(Until::Time(time)) => ("time", clock::from_proto(time)),
        Some(Until::Delay(delay)) => {
            ("delay", now.checked_add(SignedDuration::from_secs(delay.seconds)).ok())
        }
        None => ("until", None),
    };
    let last = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
    let mut wrong = Violations::default();
    let fits = until.filter(|until| *until > now && *until <= last);
    wrong.when(
        fits.is_none(),
        field,
        "is missing, over, or more than a year ahead; give a time or a delay until then",
    );
    wrong.into_result()?;
    fits.ok_or_else(|| Error::internal("a time that was checked is gone"))
}
