//! Which workflow takes a new ticket: the first in the order of the workflows whose rule holds.
//!
//! Pure. Invariant: every ticket finds one, because *Simple* is last, takes everything and cannot be paused. A rule that cannot be
//! asked takes nothing.

use jiff::Timestamp;

use crate::{run::Run, vocabulary};

/// A workflow that takes new tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taker {
    pub(crate) workflow_id: String,
    /// The version new runs start on.
    pub(crate) version: i32,
    /// CEL over the ticket; empty takes everything.
    pub(crate) rule: String,
}

/// The first of the takers, in their order, that takes the ticket. `run` is the ticket where Simple would begin it.
pub(crate) fn choose<'t>(takers: &'t [Taker], run: &Run, now: Timestamp) -> Option<&'t Taker> {
    let values = vocabulary::values(run);
    takers.iter().find(|taker| {
        taker.rule.is_empty()
            || vocabulary::holds(&taker.rule, vocabulary::ticket(), &values, now).unwrap_or_else(|problem| {
                tracing::warn!(workflow = taker.workflow_id, %problem, "a workflow's rule cannot be asked");
                false
            })
    })
}
