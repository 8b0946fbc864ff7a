//! What runs take of the time of those who have them, and what follows when that changes.
//!
//! Invariant: when somebody whose work has a limit is rid of something, the queues that ask him are looked through, by jobs written
//! in the same transaction.

use mesh_core::{db::Tx, error::Result};
use proto::tickets::v1::Status;

use crate::{
    absence, drain,
    offer::{self, Offer},
    run::Run,
    snooze::{self, Snooze},
    store,
};

/// What a run took before it changed.
#[derive(Debug)]
pub(crate) struct Held {
    by: Option<String>,
    assignee: Option<String>,
    /// As it is written; `None` when the run is not.
    weight: Option<(i64, i32, bool)>,
    snooze: Option<Snooze>,
    offer: Option<Offer>,
}

impl Held {
    /// As the run is now.
    pub(crate) fn of(run: &Run) -> Self {
        Self {
            by: holder(run).map(str::to_owned),
            assignee: run.assignee.clone(),
            weight: Some(weight(run)),
            snooze: run.snooze,
            offer: run.offer.clone(),
        }
    }

    /// As nobody's: the run is not written yet.
    pub(crate) const fn nothing() -> Self {
        Self { by: None, assignee: None, weight: None, snooze: None, offer: None }
    }

    /// Whatever follows from the run being as it is now.
    pub(crate) async fn settle(&self, tx: &mut Tx, run: &Run) -> Result<()> {
        if self.weight.is_some_and(|known| known != weight(run)) {
            store::runs::weigh(tx.conn(), run, run.units).await?;
        }
        if self.snooze != run.snooze {
            snooze::set(tx, run).await?;
        }
        if self.offer != run.offer {
            offer::set(tx, run).await?;
        }
        let holder = holder(run);
        if let Some(by) = self.by.as_deref().filter(|by| holder != Some(*by))
            && store::queues::has_limit(tx.conn(), by).await?
        {
            drain::queues_of(tx, by).await?;
        }
        match holder {
            // It came back to whoever had it all the while, here or not.
            Some(holder) if self.by.is_none() && self.assignee.as_deref() == Some(holder) => {
                absence::begin(tx, holder).await
            }
            _ => Ok(()),
        }
    }
}

/// How much a run takes of somebody's capacity, for which source, and whether its queue was chosen for good.
fn weight(run: &Run) -> (i64, i32, bool) {
    (run.units, run.facts.details.source, run.pinned)
}

/// Whom a run needs now: its agent, unless it is over, done, set aside, or waits for somebody else; or whom it is offered to.
pub(crate) fn holder(run: &Run) -> Option<&str> {
    let needs = run.is_open() && run.snooze.is_none() && matches!(run.category, Status::New | Status::Open);
    let offered = run.offer.as_ref().map(|offer| offer.to.as_str());
    run.assignee.as_deref().filter(|_| needs).or(offered)
}
