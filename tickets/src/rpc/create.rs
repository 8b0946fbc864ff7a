//! `CreateTicket`.

use std::sync::Arc;

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
    idempotency::RequestKey,
    outbox::Cause,
    policy::{self, Action, Scope},
};
use proto::tickets::v1::{self as wire, CreateTicketRequest, Source};

use super::Tickets;
use crate::{
    access,
    attachment::check_ids,
    catalogue::{Answers, Catalogue, Named},
    column::Words,
    filing::Filing,
    markdown,
    ticket::{Ticket, check_new},
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/CreateTicket";

impl Tickets {
    /// Files a ticket.
    pub(super) async fn create(&self, caller: &Caller, ask: CreateTicketRequest) -> Result<wire::Ticket> {
        let key = RequestKey::new(caller, METHOD, &ask.request_id, &ask)?;
        let sent = with_defaults(caller, ask.ticket.unwrap_or_default());
        let attachment_ids = ask.attachment_ids;
        match self.filable(caller, &sent, &attachment_ids).await {
            Ok(draft) => {
                let cause = Cause::of(caller);
                self.filings.file(Filing { caller: caller.clone(), key, cause, draft, attachment_ids }).await
            }
            Err(refusal) => self.or_replayed(&key, refusal).await,
        }
    }

    /// The ticket to be filed, when it may be.
    async fn filable(
        &self,
        caller: &Caller,
        sent: &wire::Ticket,
        attachment_ids: &[String],
    ) -> Result<Ticket> {
        let catalogue = if needs_catalogue(sent) { self.catalogues.now().await? } else { Arc::default() };
        let mut wrong = Violations::default();
        check_ids("attachment_ids", attachment_ids, &mut wrong);
        let draft = self.draft_of(caller, sent, &catalogue, wrong)?;
        self.expect_filable(caller, &draft).await?;
        self.expect_chosen(caller, &Ticket::blank(0), &draft, &catalogue).await?;
        Ok(draft)
    }

    /// The ticket to be filed, with its form filled; everything that is wrong with it otherwise, besides what is known to be.
    fn draft_of(
        &self,
        caller: &Caller,
        sent: &wire::Ticket,
        catalogue: &Catalogue,
        mut wrong: Violations,
    ) -> Result<Ticket> {
        let now = self.store.db().clock().now();
        let mut draft = draft(caller, sent);
        draft.follow(catalogue);
        check_new(sent, &mut wrong);
        let place = catalogue.expect_open(&sent.category_id, &sent.department_id);
        if place.is_ok() {
            let reader = access::reader_of_forms(caller, &sent.department_id);
            let answers = Answers { sent: &sent.fields, named: &Named::All, reader, now };
            answers.file(&catalogue.form(&sent.category_id), &mut draft, &mut wrong)?;
        }
        wrong.into_result().and(place)?;
        draft.description_html = markdown::render(&draft.description);
        draft.fields.learn(catalogue);
        Ok(draft)
    }

    /// Fine when the caller may file this, the department takes it, and the people named exist.
    async fn expect_filable(&self, caller: &Caller, draft: &Ticket) -> Result<()> {
        let own =
            caller.user_id().is_ok_and(|id| id == draft.requester_id) && draft.on_behalf_of_id.is_empty();
        if !own {
            policy::check(caller, Action::TicketCreateFor, &Scope::department(&draft.department_id))?;
        }
        self.directory.expect_open(caller, &draft.department_id).await
    }

    /// Fine when everybody the ticket names and did not name before, besides the caller, exists: its people, and those chosen in
    /// its fields.
    pub(super) async fn expect_chosen(
        &self,
        caller: &Caller,
        before: &Ticket,
        after: &Ticket,
        catalogue: &Catalogue,
    ) -> Result<()> {
        let me = caller.user_id().unwrap_or_default();
        let mut named = vec![];
        if before.requester_id != after.requester_id {
            named.push(("ticket.requester_id".to_owned(), after.requester_id.clone()));
        }
        if before.on_behalf_of_id != after.on_behalf_of_id {
            named.push(("ticket.on_behalf_of_id".to_owned(), after.on_behalf_of_id.clone()));
        }
        for (index, id) in after.cc_ids.iter().enumerate().filter(|(_, id)| !before.cc_ids.has(id)) {
            named.push((format!("ticket.cc_ids[{index}]"), id.to_owned()));
        }
        let people = catalogue.people_of(&after.fields);
        let new = people.filter(|(key, _)| before.fields.get(key) != after.fields.get(key));
        named.extend(new.map(|(key, id)| (format!("ticket.fields.{key}"), id.to_owned())));
        named.retain(|(_, id)| !id.is_empty() && id != me);
        self.directory.expect_people(caller, named).await
    }
}

/// Whether anything that was sent has to do with the catalogue; filing without it is not held up by it.
fn needs_catalogue(sent: &wire::Ticket) -> bool {
    !sent.category_id.is_empty() || !sent.fields.is_empty() || sent.impact != 0 || sent.urgency != 0
}

/// What the caller left out.
fn with_defaults(caller: &Caller, mut sent: wire::Ticket) -> wire::Ticket {
    if sent.requester_id.is_empty() {
        caller.user_id().unwrap_or_default().clone_into(&mut sent.requester_id);
    }
    sent
}

/// The ticket that was sent, but for its form.
fn draft(caller: &Caller, sent: &wire::Ticket) -> Ticket {
    let mut draft = Ticket {
        subject: sent.subject.clone(),
        description: sent.description.clone(),
        requester_id: sent.requester_id.clone(),
        on_behalf_of_id: sent.on_behalf_of_id.clone(),
        cc_ids: Words::of(&sent.cc_ids),
        department_id: sent.department_id.clone(),
        category_id: sent.category_id.clone(),
        impact: sent.impact(),
        urgency: sent.urgency(),
        tags: Words::of(&sent.tags),
        language: sent.language.clone(),
        source: source(caller, sent),
        ..Ticket::blank(0)
    };
    draft.set_priority(sent.priority());
    draft
}

/// How it came in.
fn source(caller: &Caller, sent: &wire::Ticket) -> Source {
    if !caller.is_interactive() {
        Source::Api
    } else if caller.user_id().is_ok_and(|id| id == sent.requester_id) {
        Source::Portal
    } else {
        Source::Agent
    }
}
