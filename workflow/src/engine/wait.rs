//! The wait a run enters a stage with.

use jiff::Timestamp;
use proto::{
    tickets::v1::WaitReason,
    workflow::v1::{Refusal, Stage},
};

use super::{Press, refusal};
use crate::run::Wait;

/// The wait a press enters the stage with.
pub(super) fn chosen(to: &Stage, press: &Press<'_>, now: Timestamp) -> Result<Option<Wait>, Refusal> {
    let implied = implied(to);
    let reason = match (press.wait_reason, &implied) {
        (WaitReason::Unspecified, Ok(wait)) => wait.map_or(WaitReason::Unspecified, |wait| wait.reason),
        (given, _) => given,
    };
    let offered = to.wait_reasons().any(|offer| offer == reason)
        || (to.wait_reasons.is_empty() && reason == WaitReason::Unspecified);
    if !offered {
        return Err(refusal::wait_reason(to));
    }
    match (reason, press.wait_until) {
        (WaitReason::Unspecified, None) => Ok(None),
        (WaitReason::UntilDate, Some(until)) if until > now => Ok(Some(Wait { reason, until: Some(until) })),
        (WaitReason::UntilDate, _) => Err(refusal::wait_until_missing()),
        (_, Some(_)) => Err(refusal::wait_until_not_taken()),
        (reason, None) => Ok(Some(Wait { reason, until: None })),
    }
}

/// The wait a stage implies: none, or its only reason; an error where somebody has to choose.
pub(crate) fn implied(to: &Stage) -> Result<Option<Wait>, ()> {
    match to.wait_reasons().collect::<Vec<_>>()[..] {
        [] => Ok(None),
        [reason] if reason != WaitReason::UntilDate => Ok(Some(Wait { reason, until: None })),
        _ => Err(()),
    }
}
