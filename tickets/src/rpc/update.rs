//! `UpdateTicket`, and the one way fields of tickets change: also many at once, by macros, and back.

use std::sync::Arc;

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
    catalogue::{Answers, Audience, Catalogue, Reader},
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

/// A ticket before and after a change, and what that changed.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) before: Ticket,
    pub(super) after: Ticket,
    /// What everybody sees of it who sees the ticket.
    everybodys: Vec<FieldChange>,
    /// What only the staff sees of it, or some of them.
    staffs: Vec<(Audience, FieldChange)>,
    /// The entries of the history that tell of it, once they are written.
    pub(super) entry_ids: Vec<String>,
}

impl Made {
    fn of(before: Ticket, after: Ticket, catalogue: &Catalogue) -> Self {
        let (mut staffs, mut everybodys) = (vec![], vec![]);
        for change in changes(&before, &after) {
            match catalogue.audience_of(&change.field) {
                Audience::Everybody => everybodys.push(change),
                audience => staffs.push((audience, change)),
            }
        }
        Self { before, after, everybodys, staffs, entry_ids: vec![] }
    }

    /// The fields that are different afterwards, as far as the reader sees them.
    pub(super) fn paths(&self, reader: Reader<'_>) -> Vec<String> {
        let staffs = self.staffs.iter().filter(|(audience, _)| reader.sees(audience));
        self.everybodys
            .iter()
            .chain(staffs.map(|(_, change)| change))
            .map(|change| change.field.clone())
            .collect()
    }
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
        let (before, catalogue) = self.known(caller, &change.sent.id).await?;
        let mut made = match self.decide(caller, &change.edit, &change.sent, before, &catalogue).await {
            Ok(made) => made,
            Err(refusal) => return self.or_replayed(&change.key, refusal).await.map(Some),
        };
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

    /// The ticket as the caller sees it, and the catalogue that says of its fields who does.
    pub(super) async fn known(&self, caller: &Caller, id: &str) -> Result<(Ticket, Arc<Catalogue>)> {
        let mut ticket = self.seen(caller, id, true).await?;
        let catalogue = self.catalogues.now().await?;
        ticket.fields.learn(&catalogue);
        Ok((ticket, catalogue))
    }

    /// The ticket `sent` names with the change made, if the caller may make it. Nothing is written.
    pub(super) async fn make(&self, caller: &Caller, edit: &Edit, sent: &wire::Ticket) -> Result<Made> {
        let (before, catalogue) = self.known(caller, &sent.id).await?;
        self.decide(caller, edit, sent, before, &catalogue).await
    }

    /// The ticket `kept` names with what a change was about as it was before that, if the caller may change it so. What a form asks
    /// for by now is not asked: it is as it was. Nothing is written.
    pub(super) async fn unmake(&self, caller: &Caller, edit: &Edit, kept: &wire::Ticket) -> Result<Made> {
        let (before, catalogue) = self.known(caller, &kept.id).await?;
        let mut after = edit.restore(&before, kept, &catalogue);
        describe(&before, &mut after);
        after.fields.learn(&catalogue);
        self.expect_allowed(caller, edit, (&before, &after), &catalogue).await?;
        Ok(Made::of(before, after, &catalogue))
    }

    /// The change of a ticket, when it may be made.
    pub(super) async fn decide(
        &self,
        caller: &Caller,
        edit: &Edit,
        sent: &wire::Ticket,
        before: Ticket,
        catalogue: &Catalogue,
    ) -> Result<Made> {
        let after = self.changed(caller, edit, sent, &before, catalogue)?;
        self.expect_allowed(caller, edit, (&before, &after), catalogue).await?;
        Ok(Made::of(before, after, catalogue))
    }

    /// The ticket after the change, with its form held; everything that is wrong with that otherwise.
    fn changed(
        &self,
        caller: &Caller,
        edit: &Edit,
        sent: &wire::Ticket,
        before: &Ticket,
        catalogue: &Catalogue,
    ) -> Result<Ticket> {
        let mut after = edit.make(before, sent);
        describe(before, &mut after);
        if before.told() != after.told() {
            after.follow(catalogue);
        }
        if edit.touches_form() {
            let (old, new) = (catalogue.form(&before.category_id), catalogue.form(&after.category_id));
            let (reader, now) = (access::reader(caller, before), self.store.db().clock().now());
            let answers = Answers { sent: &sent.fields, named: edit.values(), reader, now };
            let mut wrong = Violations::default();
            answers.change(&new, (&old, before), &mut after, &mut wrong)?;
            wrong.into_result()?;
            after.fields.learn(catalogue);
        }
        Ok(after)
    }

    /// Writes a change, if it is one, with its history and news; `false` when somebody else was faster.
    pub(super) async fn keep_change(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        made: &mut Made,
        why: &str,
    ) -> Result<bool> {
        if made.everybodys.is_empty() && made.staffs.is_empty() {
            return Ok(true);
        }
        made.after.version = made.before.version + 1;
        if !made.everybodys.is_empty() {
            made.after.update_time = tx.micros();
        }
        let haystack = haystack(&self.style.write(made.after.number), &made.after.subject);
        if !tickets::save_fields(tx, &made.before, &made.after, haystack).await? {
            return Ok(false);
        }
        made.entry_ids = self.note_changes(tx, caller, made, why).await?;
        Ok(true)
    }

    /// Writes what everybody sees of a change, and what only the staff sees, into history and outbox; answers with the ids of the
    /// history's entries.
    async fn note_changes(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        made: &Made,
        why: &str,
    ) -> Result<Vec<String>> {
        let Made { after, everybodys, staffs, .. } = made;
        let mut ids = vec![];
        if !everybodys.is_empty() {
            ids.push(self.note_change(tx, caller, after, everybodys.clone(), why).await?);
        }
        if !staffs.is_empty() {
            let cause = Cause::of(caller);
            let staffs: Vec<_> = staffs.iter().map(|(_, change)| change.clone()).collect();
            let entry = Entry { internal: true, ..entry(tx, &cause, staffs.clone(), why) };
            history::add(tx, &[(after.id.as_str(), &entry)]).await?;
            if everybodys.is_empty() {
                let news = events::changed_inside(after, &self.style, names(&staffs));
                outbox::push(tx, &cause, news).await?;
            }
            ids.push(entry.id);
        }
        Ok(ids)
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
        let (cause, names) = (Cause::of(caller), names(&changes));
        let entry = entry(tx, &cause, changes, why);
        history::add(tx, &[(ticket.id.as_str(), &entry)]).await?;
        outbox::push(tx, &cause, events::changed(ticket, &self.style, names)).await?;
        Ok(entry.id)
    }

    /// Fine when the caller may make the change, and its department, category and people are there. What is about nothing takes no
    /// permission, but a whole ticket.
    async fn expect_allowed(
        &self,
        caller: &Caller,
        edit: &Edit,
        (before, after): (&Ticket, &Ticket),
        catalogue: &Catalogue,
    ) -> Result<()> {
        before.expect_whole()?;
        if edit.is_empty() {
            return Ok(());
        }
        let own = caller.user_id().is_ok_and(|id| before.is_owned_by(id));
        if !(own && before.status == Status::New && edit.is_a_requesters()) {
            access::check(caller, Action::TicketUpdate, before)?;
        }
        if before.department_id != after.department_id {
            policy::check(caller, Action::TicketUpdate, &Scope::department(&after.department_id))?;
            self.directory.expect_open(caller, &after.department_id).await?;
        }
        expect_category(catalogue, before, after)?;
        self.expect_chosen(caller, before, after, catalogue).await
    }
}

/// Renders the description, if that is another one.
fn describe(before: &Ticket, after: &mut Ticket) {
    if before.description != after.description {
        after.description_html = markdown::render(&after.description);
    }
}

/// Fine when the ticket stays in its category, or goes to one in use of its department.
fn expect_category(catalogue: &Catalogue, before: &Ticket, after: &Ticket) -> Result<()> {
    if before.category_id == after.category_id {
        return Ok(());
    }
    catalogue.expect_open(&after.category_id, &after.department_id)
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
