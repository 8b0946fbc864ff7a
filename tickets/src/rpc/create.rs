//! `CreateTicket`.

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
    idempotency::RequestKey,
    outbox::Cause,
    policy::{self, Action, Scope},
};
use proto::tickets::v1::{self as wire, CreateTicketRequest, Priority, Source};

use super::{Tickets, update::expect_category};
use crate::{attachment::check_ids, filing::Filing, markdown, ticket::check_new};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/CreateTicket";

impl Tickets {
    /// Files a ticket.
    pub(super) async fn create(&self, caller: &Caller, ask: CreateTicketRequest) -> Result<wire::Ticket> {
        let key = RequestKey::new(caller, METHOD, &ask.request_id, &ask)?;
        let sent = with_defaults(caller, ask.ticket.unwrap_or_default());
        let mut wrong = Violations::default();
        check_new(&sent, &mut wrong);
        check_ids("attachment_ids", &ask.attachment_ids, &mut wrong);
        wrong.into_result()?;
        self.expect_filable(caller, &sent).await?;
        let filing = Filing {
            caller: caller.clone(),
            key,
            cause: Cause::of(caller),
            source: source(caller, &sent),
            description_html: markdown::render(&sent.description),
            sent,
            attachment_ids: ask.attachment_ids,
        };
        self.filings.file(filing).await
    }

    /// Fine when the caller may file this, the department takes it, and the people named exist.
    async fn expect_filable(&self, caller: &Caller, sent: &wire::Ticket) -> Result<()> {
        let own = caller.user_id().is_ok_and(|id| id == sent.requester_id) && sent.on_behalf_of_id.is_empty();
        if !own {
            policy::check(caller, Action::TicketCreateFor, &Scope::department(&sent.department_id))?;
        }
        self.directory.expect_open(caller, &sent.department_id).await?;
        expect_category(&sent.category_id)?;
        self.expect_known(caller, sent).await
    }

    /// Fine when everybody the ticket names, besides the caller, exists.
    pub(super) async fn expect_known(&self, caller: &Caller, sent: &wire::Ticket) -> Result<()> {
        let me = caller.user_id().unwrap_or_default();
        let ccs = sent.cc_ids.iter().enumerate().map(|(index, id)| (format!("ticket.cc_ids[{index}]"), id));
        let single =
            [("ticket.requester_id", &sent.requester_id), ("ticket.on_behalf_of_id", &sent.on_behalf_of_id)];
        let named = single.into_iter().map(|(field, id)| (field.to_owned(), id)).chain(ccs);
        let others = named
            .filter(|(_, id)| !id.is_empty() && *id != me)
            .map(|(field, id)| (field, id.clone()))
            .collect();
        self.directory.expect_people(caller, others).await
    }
}

/// What the caller left out.
fn with_defaults(caller: &Caller, mut sent: wire::Ticket) -> wire::Ticket {
    if sent.requester_id.is_empty() {
        caller.user_id().unwrap_or_default().clone_into(&mut sent.requester_id);
    }
    if sent.priority == i32::from(Priority::Unspecified) {
        sent.priority = Priority::Normal.into();
    }
    sent
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
