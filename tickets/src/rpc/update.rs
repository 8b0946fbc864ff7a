//! `UpdateTicket`.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::{self, Action, Scope},
};
use proto::tickets::v1::{self as wire, ErrorReason, FieldChange, Status, UpdateTicketRequest};

use super::{ATTEMPTS, Tickets, outrun};
use crate::{
    access,
    entry::{Entry, What},
    events, markdown,
    store::{haystack, history, tickets},
    ticket::{Edit, Ticket, check_edit},
    wire::ticket_for,
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/UpdateTicket";

/// A change that was checked, before it is made.
struct Change {
    key: RequestKey,
    edit: Edit,
    sent: wire::Ticket,
    cause: String,
}

/// A ticket before and after a change, and what that changed.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) before: Ticket,
    pub(super) after: Ticket,
    pub(super) changes: Vec<FieldChange>,
    /// The entry of the history that tells of it, once it is written; empty until then.
    pub(super) entry_id: String,
}

impl Tickets {
    /// Changes fields of a ticket.
    pub(super) async fn update(&self, caller: &Caller, ask: UpdateTicketRequest) -> Result<wire::Ticket> {
        let change = check(caller, ask)?;
        for _ in 0..ATTEMPTS {
            if let Some(ticket) = self.try_update(caller, &change).await? {
                return Ok(ticket);
            }
        }
        Err(outrun())
    }

    /// `None` when somebody else changed the ticket while we looked at it.
    async fn try_update(&self, caller: &Caller, change: &Change) -> Result<Option<wire::Ticket>> {
        let mut made = self.make(caller, &change.edit, &change.sent).await?;
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = change.key.replay(&mut tx).await? {
            return Ok(Some(done));
        }
        self.expect_current(caller, &change.sent.etag, &made.before)?;
        if !self.keep_change(&mut tx, caller, &mut made, &change.cause).await? {
            return Ok(None);
        }
        let answer = ticket_for(caller, &made.after, &self.style);
        change.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }

    /// The ticket `sent` names with the change made, if the caller may make it. Nothing is written.
    pub(super) async fn make(&self, caller: &Caller, edit: &Edit, sent: &wire::Ticket) -> Result<Made> {
        let before = self.seen(caller, &sent.id, true).await?;
        let (mut after, changes) = edit.make(&before, sent);
        if !edit.is_empty() {
            self.expect_allowed(caller, edit, &before, &after).await?;
        }
        if before.description != after.description {
            after.description_html = markdown::render(&after.description);
        }
        Ok(Made { before, after, changes, entry_id: String::new() })
    }

    /// Writes a change, if it is one, with its history and news; `false` when somebody else was faster.
    pub(super) async fn keep_change(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        made: &mut Made,
        why: &str,
    ) -> Result<bool> {
        if made.changes.is_empty() {
            return Ok(true);
        }
        let Made { before, after, changes, entry_id } = made;
        (after.update_time, after.version) = (tx.micros(), before.version + 1);
        let haystack = haystack(&self.style.write(after.number), &after.subject);
        if !tickets::save_fields(tx, before, after, haystack).await? {
            return Ok(false);
        }
        *entry_id = self.note_change(tx, caller, after, changes.clone(), why).await?;
        Ok(true)
    }

    /// Writes the change into history and outbox; answers with the history entry's id.
    pub(super) async fn note_change(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        ticket: &Ticket,
        changes: Vec<FieldChange>,
        why: &str,
    ) -> Result<String> {
        let cause = Cause::of(caller);
        let names = changes.iter().map(|change| change.field.clone()).collect();
        let entry = Entry {
            id: tx.ids().id("his"),
            time: tx.micros(),
            actor: cause.actor().clone().into(),
            cause: why.to_owned(),
            what: What::changes(changes),
        };
        history::add(tx, &[(ticket.id.as_str(), &entry)]).await?;
        outbox::push(tx, &cause, events::changed(ticket, &self.style, names)).await?;
        Ok(entry.id)
    }

    /// Fine when the caller may make the change, and its department, category and people are there.
    async fn expect_allowed(
        &self,
        caller: &Caller,
        edit: &Edit,
        before: &Ticket,
        after: &Ticket,
    ) -> Result<()> {
        let own = caller.user_id().is_ok_and(|id| before.is_owned_by(id));
        if !(own && before.status == Status::New && edit.is_a_requesters()) {
            access::check(caller, Action::TicketUpdate, before)?;
        }
        if before.department_id != after.department_id {
            policy::check(caller, Action::TicketUpdate, &Scope::department(&after.department_id))?;
            self.directory.expect_open(caller, &after.department_id).await?;
        }
        if before.category_id != after.category_id {
            expect_category(&after.category_id)?;
        }
        self.expect_known(caller, &newly_named(before, after)).await
    }
}

/// Fine without a category: no department has a catalogue yet.
pub(super) fn expect_category(category_id: &str) -> Result<()> {
    if category_id.is_empty() {
        return Ok(());
    }
    let message = "there is no such category in the department; choose one from its catalogue";
    Err(Error::failed_precondition(&ErrorReason::CategoryUnavailable, message))
}

fn check(caller: &Caller, ask: UpdateTicketRequest) -> Result<Change> {
    let key = RequestKey::new(caller, METHOD, &ask.request_id, &ask)?;
    let (sent, paths) = (ask.ticket.unwrap_or_default(), ask.update_mask.unwrap_or_default().paths);
    let mut wrong = Violations::default();
    wrong.id("ticket.id", &sent.id, "tkt");
    let edit = check_edit(&sent, &paths, &mut wrong);
    wrong.text("cause", &ask.cause, 0..=500);
    wrong.into_result()?;
    Ok(Change { key, edit, sent, cause: ask.cause })
}

/// The people the change names who were not named before.
fn newly_named(before: &Ticket, after: &Ticket) -> wire::Ticket {
    let new = |was: &str, is: &str| if was == is { String::new() } else { is.to_owned() };
    wire::Ticket {
        requester_id: new(&before.requester_id, &after.requester_id),
        on_behalf_of_id: new(&before.on_behalf_of_id, &after.on_behalf_of_id),
        cc_ids: after
            .cc_ids
            .iter()
            .map(|id| if before.cc_ids.has(id) { String::new() } else { id.to_owned() })
            .collect(),
        ..wire::Ticket::default()
    }
}
