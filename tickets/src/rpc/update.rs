//! `UpdateTicket`.

use mesh_core::{
    caller::Caller,
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
        let before = self.seen(caller, &change.sent.id, true).await?;
        let (mut after, changes) = change.edit.make(&before, &change.sent);
        self.expect_allowed(caller, &change.edit, &before, &after).await?;
        if before.description != after.description {
            after.description_html = markdown::render(&after.description);
        }
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = change.key.replay(&mut tx).await? {
            return Ok(Some(done));
        }
        self.expect_current(caller, &change.sent.etag, &before)?;
        if !changes.is_empty() {
            (after.update_time, after.version) = (tx.micros(), before.version + 1);
            let haystack = haystack(&self.style.write(after.number), &after.subject);
            if !tickets::save_fields(&mut tx, &before, &after, haystack).await? {
                return Ok(None);
            }
            self.note_change(&mut tx, caller, &after, changes, &change.cause).await?;
        }
        let answer = ticket_for(caller, &after, &self.style);
        change.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }

    /// Writes the change into history and outbox.
    pub(super) async fn note_change(
        &self,
        tx: &mut mesh_core::db::Tx,
        caller: &Caller,
        ticket: &Ticket,
        changes: Vec<FieldChange>,
        why: &str,
    ) -> Result<()> {
        let cause = Cause::of(caller);
        let names = changes.iter().map(|change| change.field.clone()).collect();
        let entry = Entry {
            id: tx.ids().id("his"),
            time: tx.micros(),
            actor: cause.actor().clone().into(),
            cause: why.to_owned(),
            internal: false,
            what: What::changes(changes),
        };
        history::add(tx, &[(ticket.id.as_str(), &entry)]).await?;
        outbox::push(tx, &cause, events::changed(ticket, &self.style, names)).await?;
        Ok(())
    }

    /// Fine when the caller may make the change, and its department, category and people are there.
    async fn expect_allowed(
        &self,
        caller: &Caller,
        edit: &Edit,
        before: &Ticket,
        after: &Ticket,
    ) -> Result<()> {
        before.expect_whole()?;
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
