//! Macros of `ViewService`: keeping them, and filling one in for a ticket.

use std::collections::BTreeSet;

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
};
use proto::tickets::v1::{
    self as wire, ApplyMacroRequest, ApplyMacroResponse, CommentKind, CreateMacroRequest, DeleteMacroRequest,
    DeleteMacroResponse, ListMacrosRequest, ListMacrosResponse, UpdateMacroRequest,
};

use super::{
    Tickets,
    comments::action,
    expect_etag, outrun,
    update::Made,
    views::{expect_room, note_shared},
};
use crate::{
    access,
    canned::Macro,
    markdown,
    sharing::Reader,
    store::macros,
    template::{self, Facts},
    ticket::{Edit, Ticket},
    wire::ticket_for,
};

const CREATE: &str = "/ticketmesh.tickets.v1.ViewService/CreateMacro";
const FIELD: &str = "macro.sharing.department_id";

impl Tickets {
    /// The macros the caller may use.
    pub(super) async fn list_macros(
        &self,
        caller: &Caller,
        _: ListMacrosRequest,
    ) -> Result<ListMacrosResponse> {
        let macros = self.store.macros(&Reader::of(caller)?, None).await?;
        Ok(ListMacrosResponse { macros: macros.iter().map(Macro::to_proto).collect() })
    }

    /// Adds a macro.
    pub(super) async fn create_macro(&self, caller: &Caller, ask: CreateMacroRequest) -> Result<wire::Macro> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        let mut new = Macro::new(caller.user_id()?, &ask.r#macro.unwrap_or_default(), &mut wrong);
        wrong.into_result()?;
        new.sharing.expect_may_share(caller)?;
        self.directory.expect_place(caller, FIELD, &new.sharing).await?;

        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        new.id = tx.ids().id("mac");
        let (own, _) = macros::count(&mut tx, &new.owner_id, &new.sharing).await?;
        expect_room(own, "you have 200 macros; delete one first")?;
        expect_room_there(&mut tx, &new).await?;
        macros::insert(&mut tx, &new).await?;
        let answer = new.to_proto();
        let deed = Deed::new("macro.created", &new.id).made(&answer)?;
        note_shared(&mut tx, caller, deed, &[&new.sharing]).await?;
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Changes a macro.
    pub(super) async fn update_macro(&self, caller: &Caller, ask: UpdateMacroRequest) -> Result<wire::Macro> {
        let (sent, paths) = (ask.r#macro.unwrap_or_default(), ask.update_mask.unwrap_or_default().paths);
        let mut wrong = Violations::default();
        wrong.id("macro.id", &sent.id, "mac");
        wrong.when(paths.is_empty(), "update_mask", "is empty; name the fields to change");
        wrong.into_result()?;
        let before = self.seen_macro(caller, &sent.id).await?;
        let mut wrong = Violations::default();
        let after = Macro { version: before.version + 1, ..before.with(&paths, &sent, &mut wrong) };
        wrong.into_result()?;
        before.sharing.expect_may_change(caller, &before.owner_id)?;
        if before.sharing != after.sharing {
            after.sharing.expect_may_share(caller)?;
            self.directory.expect_place(caller, FIELD, &after.sharing).await?;
        }
        expect_etag(caller, &sent.etag, &before.etag(), || before.to_proto())?;
        let mut tx = self.store.db().begin().await?;
        if before.sharing != after.sharing {
            expect_room_there(&mut tx, &after).await?;
        }
        if !macros::save(&mut tx, &after).await? {
            return Err(outrun());
        }
        let deed = Deed::new("macro.updated", &after.id).edited(&before.to_proto(), &after.to_proto())?;
        note_shared(&mut tx, caller, deed, &[&before.sharing, &after.sharing]).await?;
        tx.commit().await?;
        Ok(after.to_proto())
    }

    /// Deletes a macro.
    pub(super) async fn delete_macro(
        &self,
        caller: &Caller,
        ask: DeleteMacroRequest,
    ) -> Result<DeleteMacroResponse> {
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "mac");
        wrong.into_result()?;
        let gone = self.seen_macro(caller, &ask.id).await?;
        gone.sharing.expect_may_delete(caller, &gone.owner_id)?;
        let mut tx = self.store.db().begin().await?;
        if !macros::delete(&mut tx, &gone).await? {
            return Err(outrun());
        }
        let deed = Deed::new("macro.deleted", &gone.id).gone(&gone.to_proto())?;
        note_shared(&mut tx, caller, deed, &[&gone.sharing]).await?;
        tx.commit().await?;
        Ok(DeleteMacroResponse {})
    }

    /// What a macro would do to a ticket.
    pub(super) async fn apply_macro(
        &self,
        caller: &Caller,
        ask: ApplyMacroRequest,
    ) -> Result<ApplyMacroResponse> {
        let mut wrong = Violations::default();
        wrong.id("macro_id", &ask.macro_id, "mac");
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.into_result()?;
        let canned = self.seen_macro(caller, &ask.macro_id).await?;
        let edit = Edit::over(&canned.paths.to_vec());
        let sent = wire::Ticket { id: ask.ticket_id, ..canned.ticket };
        let made = self.make(caller, &edit, &sent).await?;
        let paths = made.paths(access::reader(caller, &made.before));
        let Made { before, after, .. } = made;
        let comment = match canned.comment_kind {
            CommentKind::Unspecified => None,
            kind => {
                access::check(caller, action(kind), &before)?;
                let text = self.fill_in(caller, &before, &canned.comment_text).await?;
                let html = markdown::render(&text);
                let ticket_id = before.id;
                Some(wire::Comment { ticket_id, kind: kind.into(), text, html, ..wire::Comment::default() })
            }
        };
        Ok(ApplyMacroResponse {
            ticket: Some(ticket_for(caller, &after, &self.style)),
            paths,
            comment,
            transition_key: canned.transition_key,
        })
    }

    /// The macro, if the caller may use it.
    pub(super) async fn seen_macro(&self, caller: &Caller, id: &str) -> Result<Macro> {
        let found = self.store.macros(&Reader::of(caller)?, Some(id)).await?.pop();
        found.ok_or_else(|| Error::not_found("macro", id))
    }

    /// A text with its variables as they are for this ticket.
    pub(super) async fn fill_in(&self, caller: &Caller, ticket: &Ticket, text: &str) -> Result<String> {
        template::fill_in(text, &self.facts(caller, ticket, text).await?)
    }

    /// What the variables of the text stand for. Identity is asked for what the text names only.
    async fn facts(&self, caller: &Caller, ticket: &Ticket, text: &str) -> Result<Facts> {
        let me = caller.user_id().unwrap_or_default();
        let people = [
            ("requester", ticket.requester_id.as_str()),
            ("assignee", ticket.assignee_id.as_str()),
            ("me", me),
        ];
        let meant = people.iter().filter(|(thing, id)| !id.is_empty() && template::names(text, thing));
        let user_ids: BTreeSet<_> = meant.map(|(_, id)| (*id).to_owned()).collect();
        let names = self.directory.names(caller, user_ids.into_iter().collect()).await?;
        let person = |id: &str| {
            let name = names.get(id).cloned().unwrap_or_default();
            let first_name = name.split_whitespace().next().unwrap_or_default().to_owned();
            [("name", name), ("first_name", first_name)].into()
        };
        let mut facts: Facts = people.into_iter().map(|(thing, id)| (thing, person(id))).collect();
        let department = if template::names(text, "department") {
            self.directory.department_name(caller, &ticket.department_id).await?
        } else {
            String::new()
        };
        facts.insert("department", [("name", department)].into());
        let about = [
            ("number", self.style.write(ticket.number)),
            ("subject", ticket.subject.clone()),
            ("status", word(ticket.status.as_str_name(), "STATUS_")),
            ("priority", word(ticket.priority.as_str_name(), "PRIORITY_")),
        ];
        facts.insert("ticket", about.into());
        Ok(facts)
    }
}

/// Fine when there is room for one more where the macro is shared.
async fn expect_room_there(tx: &mut Tx, canned: &Macro) -> Result<()> {
    if canned.sharing.is_personal() {
        return Ok(());
    }
    let (_, there) = macros::count(tx, &canned.owner_id, &canned.sharing).await?;
    expect_room(there, "200 macros are shared there; delete one first")
}

/// A value of an enum as people write it: `on hold`.
fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).replace('_', " ").to_lowercase()
}
