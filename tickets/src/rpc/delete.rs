//! `DeleteTicket`.

use mesh_core::{
    audit::Deed,
    caller::Caller,
    error::{Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::Action,
};
use proto::tickets::v1::{self as wire, DeleteTicketRequest, DeleteTicketResponse};

use super::{ATTEMPTS, Tickets, outrun};
use crate::{
    access,
    column::Doer,
    events, files,
    store::{attachments, removal},
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/DeleteTicket";

impl Tickets {
    /// Deletes a ticket with all that belongs to it.
    pub(super) async fn delete(
        &self,
        caller: &Caller,
        ask: DeleteTicketRequest,
    ) -> Result<DeleteTicketResponse> {
        let key = RequestKey::new(caller, METHOD, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "tkt");
        wrong.text("reason", &ask.reason, 1..=500);
        wrong.into_result()?;
        for _ in 0..ATTEMPTS {
            if let Some(done) = self.try_delete(caller, &key, &ask).await? {
                return Ok(done);
            }
        }
        Err(outrun())
    }

    /// `None` when somebody else changed the ticket while we looked at it.
    async fn try_delete(
        &self,
        caller: &Caller,
        key: &RequestKey,
        ask: &DeleteTicketRequest,
    ) -> Result<Option<DeleteTicketResponse>> {
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(Some(done));
        }
        let ticket = self.seen_in(&mut tx, caller, &ask.id).await?;
        access::check(caller, Action::TicketDelete, &ticket)?;
        self.expect_current(caller, &ask.etag, &ticket)?;
        let cause = Cause::of(caller);
        let by = Doer::from(cause.actor().clone());
        let gone = attachments::delete_of_ticket(&mut tx, &ticket.id).await?;
        files::collect_later(&mut tx, gone).await?;
        if !removal::delete(&mut tx, &ticket, &by, ask.reason.clone()).await? {
            return Ok(None);
        }
        let ticket = crate::ticket::Ticket { version: ticket.version + 1, ..ticket };
        outbox::push(&mut tx, &cause, events::deleted(&ticket, &self.style)).await?;
        self.deletion(&ticket)?.because(&ask.reason).note(&mut tx, caller).await?;
        let answer = DeleteTicketResponse {};
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }

    /// What the audit log is told: which ticket it was and whose, and none of its words, which are gone for good.
    fn deletion(&self, ticket: &crate::ticket::Ticket) -> Result<Deed> {
        Deed::new("ticket.deleted", &ticket.id).gone(&wire::Ticket {
            number: self.style.write(ticket.number),
            requester_id: ticket.requester_id.clone(),
            department_id: ticket.department_id.clone(),
            ..wire::Ticket::default()
        })
    }
}
