//! `SetWatchers`.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    policy::Action,
};
use proto::tickets::v1::{self as wire, ErrorReason, FieldChange, SetWatchersRequest};

use super::{ATTEMPTS, Tickets, outrun};
use crate::{
    access,
    column::Words,
    store::{haystack, tickets},
    ticket::{Ticket, check_people},
    wire::ticket_for,
};

/// People who may watch one ticket.
const MOST_WATCHERS: usize = 200;

impl Tickets {
    /// Adds and removes watchers. Doing it twice is doing it once.
    pub(super) async fn watch(&self, caller: &Caller, ask: SetWatchersRequest) -> Result<wire::Ticket> {
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        check_people("add_ids", &ask.add_ids, MOST_WATCHERS, &mut wrong);
        check_people("remove_ids", &ask.remove_ids, MOST_WATCHERS, &mut wrong);
        wrong.into_result()?;
        for _ in 0..ATTEMPTS {
            if let Some(ticket) = self.try_watch(caller, &ask).await? {
                return Ok(ticket);
            }
        }
        Err(outrun())
    }

    /// `None` when somebody else changed the ticket while we looked at it.
    async fn try_watch(&self, caller: &Caller, ask: &SetWatchersRequest) -> Result<Option<wire::Ticket>> {
        let before = self.seen(caller, &ask.ticket_id, false).await?;
        before.expect_whole()?;
        let mut after = with_watchers(&before, ask)?;
        self.expect_may_watch(caller, &before, &after).await?;
        if before.watcher_ids == after.watcher_ids {
            return Ok(Some(ticket_for(caller, &before, &self.style)));
        }
        let mut tx = self.store.db().begin().await?;
        (after.update_time, after.version) = (tx.micros(), before.version + 1);
        let haystack = haystack(&self.style.write(after.number), &after.subject);
        if !tickets::save_fields(&mut tx, &before, &after, haystack).await? {
            return Ok(None);
        }
        let change = FieldChange {
            field: "watcher_ids".to_owned(),
            old_value: before.watcher_ids.to_vec().join(", "),
            new_value: after.watcher_ids.to_vec().join(", "),
        };
        self.note_change(&mut tx, caller, &after, vec![change], "").await?;
        tx.commit().await?;
        Ok(Some(ticket_for(caller, &after, &self.style)))
    }

    /// Everybody who sees a ticket may add and remove himself; others take a permission, and must exist.
    async fn expect_may_watch(&self, caller: &Caller, before: &Ticket, after: &Ticket) -> Result<()> {
        let me = caller.user_id().unwrap_or_default();
        let is_others = |id: &&str| *id != me;
        let added: Vec<_> =
            after.watcher_ids.iter().filter(|id| !before.watcher_ids.has(id)).filter(is_others).collect();
        let removed =
            before.watcher_ids.iter().filter(|id| !after.watcher_ids.has(id)).filter(is_others).count();
        if added.is_empty() && removed == 0 {
            return Ok(());
        }
        access::check(caller, Action::TicketUpdate, before)?;
        let named = added.into_iter().map(|id| ("add_ids".to_owned(), id.to_owned())).collect();
        self.directory.expect_people(caller, named).await
    }
}

fn with_watchers(before: &Ticket, ask: &SetWatchersRequest) -> Result<Ticket> {
    let kept = before.watcher_ids.to_vec().into_iter().filter(|id| !ask.remove_ids.contains(id));
    let watchers: Vec<String> = kept.chain(ask.add_ids.iter().cloned()).collect();
    let watcher_ids = Words::of(&watchers);
    if watcher_ids.len() > MOST_WATCHERS {
        return Err(Error::failed_precondition(
            &ErrorReason::TooMany,
            "at most 200 people may watch a ticket; remove some first",
        ));
    }
    Ok(Ticket { watcher_ids, ..before.clone() })
}
