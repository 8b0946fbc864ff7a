//! `UpdateTicket`.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::{self, Action, Scope},
};
use proto::tickets::v1::{self as wire, FieldChange, Status, UpdateTicketRequest};

use super::{ATTEMPTS, Tickets, outrun};
use crate::{
    access,
    catalogue::{Answers, Catalogue},
    entry::{Entry, What},
    events, markdown,
    store::{haystack, history, tickets},
    ticket::{Edit, Ticket, changes, check_edit},
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
        let mut before = self.seen(caller, &change.sent.id, true).await?;
        let catalogue = self.catalogues.now().await?;
        before.fields.learn(&catalogue);
        let mut after = match self.decide(caller, change, &before, &catalogue).await {
            Ok(after) => after,
            Err(refusal) => return self.or_replayed(&change.key, refusal).await.map(Some),
        };
        let changes = changes(&before, &after);
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = change.key.replay(&mut tx).await? {
            return Ok(Some(done));
        }
        self.expect_current(caller, &change.sent.etag, &before)?;
        if !changes.is_empty() {
            let (staffs, everybodys) = split(changes, &catalogue);
            after.version = before.version + 1;
            if !everybodys.is_empty() {
                after.update_time = tx.micros();
            }
            let haystack = haystack(&self.style.write(after.number), &after.subject);
            if !tickets::save_fields(&mut tx, &before, &after, haystack).await? {
                return Ok(None);
            }
            self.note_changes(&mut tx, caller, &after, (everybodys, staffs), &change.cause).await?;
        }
        let answer = ticket_for(caller, &after, &self.style);
        change.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }

    /// The ticket after the change, when that may be made.
    async fn decide(
        &self,
        caller: &Caller,
        change: &Change,
        before: &Ticket,
        catalogue: &Catalogue,
    ) -> Result<Ticket> {
        let after = self.make(caller, change, before, catalogue)?;
        self.expect_allowed(caller, &change.edit, before, &after).await?;
        expect_category(catalogue, before, &after)?;
        self.expect_chosen(caller, before, &after, catalogue).await?;
        Ok(after)
    }

    /// The ticket after the change, with its form held; everything that is wrong with that otherwise.
    fn make(
        &self,
        caller: &Caller,
        change: &Change,
        before: &Ticket,
        catalogue: &Catalogue,
    ) -> Result<Ticket> {
        let mut after = change.edit.make(before, &change.sent);
        if after.description != before.description {
            after.description_html = markdown::render(&after.description);
        }
        if before.told() != after.told() {
            after.follow(catalogue);
        }
        if change.edit.touches_form() {
            let (old, new) = (catalogue.form(&before.category_id), catalogue.form(&after.category_id));
            let (reader, now) = (access::reader(caller, before), self.store.db().clock().now());
            let answers = Answers { sent: &change.sent.fields, named: change.edit.values(), reader, now };
            let mut wrong = Violations::default();
            answers.change(&new, (&old, before), &mut after, &mut wrong)?;
            wrong.into_result()?;
            after.fields.learn(catalogue);
        }
        Ok(after)
    }

    /// Writes what everybody sees of a change, and what only the staff sees, into history and outbox.
    async fn note_changes(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        ticket: &Ticket,
        (everybodys, staffs): (Vec<FieldChange>, Vec<FieldChange>),
        why: &str,
    ) -> Result<()> {
        let told = !everybodys.is_empty();
        if told {
            self.note_change(tx, caller, ticket, everybodys, why).await?;
        }
        if staffs.is_empty() {
            return Ok(());
        }
        let (cause, names) = (Cause::of(caller), names(&staffs));
        let entry = Entry { internal: true, ..entry(tx, &cause, staffs, why) };
        history::add(tx, &[(ticket.id.as_str(), &entry)]).await?;
        if !told {
            outbox::push(tx, &cause, events::changed_for_staff(ticket, &self.style, names)).await?;
        }
        Ok(())
    }

    /// Writes the change into history and outbox.
    pub(super) async fn note_change(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        ticket: &Ticket,
        changes: Vec<FieldChange>,
        why: &str,
    ) -> Result<()> {
        let (cause, names) = (Cause::of(caller), names(&changes));
        let entry = entry(tx, &cause, changes, why);
        history::add(tx, &[(ticket.id.as_str(), &entry)]).await?;
        outbox::push(tx, &cause, events::changed(ticket, &self.style, names)).await?;
        Ok(())
    }

    /// Fine when the caller may make the change, and its department is there.
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
        Ok(())
    }
}

/// Fine when the ticket stays in its category, or goes to one in use of its department.
fn expect_category(catalogue: &Catalogue, before: &Ticket, after: &Ticket) -> Result<()> {
    if before.category_id == after.category_id {
        return Ok(());
    }
    catalogue.expect_open(&after.category_id, &after.department_id)
}

/// What only the staff sees of a change, and what everybody sees.
fn split(changes: Vec<FieldChange>, catalogue: &Catalogue) -> (Vec<FieldChange>, Vec<FieldChange>) {
    changes.into_iter().partition(|change| catalogue.is_for_staff(&change.field))
}

fn names(changes: &[FieldChange]) -> Vec<String> {
    changes.iter().map(|change| change.field.clone()).collect()
}

fn entry(tx: &Tx, cause: &Cause, changes: Vec<FieldChange>, why: &str) -> Entry {
    Entry {
        id: tx.ids().id("his"),
        time: tx.micros(),
        actor: cause.actor().clone().into(),
        cause: why.to_owned(),
        internal: false,
        what: What::changes(changes),
    }
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
