//! `RateTicket` and `RateByLink`.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
};
use proto::{
    identity::v1::{Actor, ActorKind},
    tickets::v1::{self as wire, FieldChange, RateByLinkRequest, RateByLinkResponse, RateTicketRequest},
};
use serde::{Deserialize, Serialize};

use super::{Tickets, outrun};
use crate::{
    entry::{Entry, What},
    events,
    store::{history, tickets},
    ticket::{Ticket, check_rating},
    wire::{satisfaction, ticket_for},
};

const RATE: &str = "/ticketmesh.tickets.v1.TicketService/RateTicket";
const RATE_BY_LINK: &str = "/ticketmesh.tickets.v1.TicketService/RateByLink";

/// What a link to rate by is for.
pub(crate) const PURPOSE: &str = "rating";

/// What it carries.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) ticket_id: String,
}

impl Tickets {
    /// Keeps the requester's verdict.
    pub(super) async fn rate(&self, caller: &Caller, ask: RateTicketRequest) -> Result<wire::Ticket> {
        let key = RequestKey::new(caller, RATE, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        check_rating(ask.score, &ask.comment, &mut wrong);
        wrong.into_result()?;
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let ticket = self.seen_in(&mut tx, caller, &ask.ticket_id).await?;
        if !ticket.is_owned_by(caller.user_id()?) {
            return Err(Error::permission_denied("only whoever asked may rate a ticket"));
        }
        let rated = self.keep_rating(&mut tx, &Cause::of(caller), &ticket, ask.score, ask.comment).await?;
        let answer = ticket_for(caller, &rated, &self.style);
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The same for whoever holds a link.
    pub(super) async fn rate_by_link(
        &self,
        caller: &Caller,
        ask: RateByLinkRequest,
    ) -> Result<RateByLinkResponse> {
        let key = RequestKey::new(caller, RATE_BY_LINK, &ask.request_id, &ask)?;
        let mut tx = self.store.db().begin().await?;
        let link: Option<Link> = self.links.open(&ask.token, tx.now());
        let mut wrong = Violations::default();
        wrong.when(link.is_none(), "token", "is damaged or too old; sign in and rate the ticket there");
        check_rating(ask.score, &ask.comment, &mut wrong);
        wrong.into_result()?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let ticket_id = link.map(|link| link.ticket_id).unwrap_or_default();
        let found = tickets::any_ticket(&mut tx, &ticket_id).await?;
        let ticket = found.ok_or_else(|| Error::not_found("ticket", &ticket_id))?;
        let requester = requester(&mut tx, &ticket).await?;
        let cause = Cause::of_itself(requester, caller.request_id());
        let rated = self.keep_rating(&mut tx, &cause, &ticket, ask.score, ask.comment).await?;
        let answer = RateByLinkResponse {
            ticket_number: self.style.write(rated.number),
            satisfaction: satisfaction(&rated),
        };
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Writes the verdict, its entry in the history and its news. What was said does not stand in the history: it stands on the
    /// ticket.
    async fn keep_rating(
        &self,
        tx: &mut Tx,
        cause: &Cause,
        ticket: &Ticket,
        score: i32,
        comment: String,
    ) -> Result<Ticket> {
        let rated = ticket.rated(score, comment, tx.micros())?;
        if !tickets::save_rating(tx, ticket, &rated).await? {
            return Err(outrun());
        }
        let field = "satisfaction".to_owned();
        let change =
            FieldChange { field: field.clone(), old_value: String::new(), new_value: score.to_string() };
        let entry = Entry {
            id: tx.ids().id("his"),
            time: tx.micros(),
            actor: cause.actor().clone().into(),
            cause: String::new(),
            internal: false,
            what: What::changes(vec![change]),
        };
        history::add(tx, &[(rated.id.as_str(), &entry)]).await?;
        outbox::push(tx, cause, events::rated(&rated, &self.style)).await?;
        outbox::push(tx, cause, events::changed(&rated, &self.style, vec![field])).await?;
        Ok(rated)
    }
}

/// The requester as history names him: as he was called when he filed the ticket, if he did.
async fn requester(tx: &mut Tx, ticket: &Ticket) -> Result<Actor> {
    let filed_by = history::filed_by(tx, &ticket.id).await?;
    let known = filed_by.to_proto().filter(|actor| actor.user_id == ticket.requester_id);
    Ok(known.unwrap_or_else(|| Actor {
        kind: ActorKind::Person.into(),
        user_id: ticket.requester_id.clone(),
        ..Actor::default()
    }))
}
