//! `LinkTickets`, `UnlinkTickets`, `ListLinks`.
//!
//! Links are told to the staff of both ends only: that there is one is a secret to whoever may not see the other end.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::Action,
};
use proto::tickets::v1::{
    self as wire, ErrorReason, FieldChange, LinkTicketsRequest, LinkedTicket, ListLinksRequest,
    ListLinksResponse, UnlinkTicketsRequest, UnlinkTicketsResponse,
};

use super::{Tickets, merge::names};
use crate::{
    access::{self, Viewer},
    entry::{Entry, What},
    events,
    link::{self, Link},
    number::Style,
    store::{history, links, tickets},
    ticket::Ticket,
    wire::ticket_for,
};

const LINK: &str = "/ticketmesh.tickets.v1.TicketService/LinkTickets";
/// Links are made one at a time, so that no two close a circle together.
pub(super) const SECTION: &str = "tickets.links";

impl Tickets {
    /// Links two tickets.
    pub(super) async fn link(&self, caller: &Caller, ask: LinkTicketsRequest) -> Result<wire::TicketLink> {
        let key = RequestKey::new(caller, LINK, &ask.request_id, &ask)?;
        let sent = ask.link.unwrap_or_default();
        let mut wrong = Violations::default();
        link::check(&sent, &mut wrong);
        wrong.into_result()?;
        let mut tx = self.store.db().begin_alone(SECTION).await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        for id in [&sent.from_id, &sent.to_id] {
            let ticket = self.seen_in(&mut tx, caller, id).await?;
            access::check(caller, Action::TicketUpdate, &ticket)?;
        }
        if sent.from_id == sent.to_id {
            let message = "a ticket can't be linked with itself; name another one";
            return Err(Error::failed_precondition(&ErrorReason::LinkCircle, message));
        }
        let kind = sent.kind();
        let (id, create_time) = (tx.ids().id("lnk"), tx.micros());
        let link = Link { id, from_id: sent.from_id, to_id: sent.to_id, kind, create_time };
        let ends = self.expect_linkable(&mut tx, &link).await?;
        links::insert(&mut tx, &link).await?;
        tell(&mut tx, &Cause::of(caller), &self.style, (String::new(), link.shown()), &ends).await?;
        let answer = link.to_proto();
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The two ends, nobody else's until the transaction ends, if they can be linked so.
    pub(super) async fn expect_linkable(&self, tx: &mut Tx, link: &Link) -> Result<[Ticket; 2]> {
        let touched = tickets::touch(tx, [&link.from_id, &link.to_id], false).await?;
        let ends = touched.ok_or_else(|| Error::not_found("ticket", &link.to_id))?;
        for end in &ends {
            end.expect_whole()?;
        }
        let of_from = links::of_ticket(tx.conn(), &link.from_id).await?;
        let of_to = links::of_ticket(tx.conn(), &link.to_id).await?;
        link::expect_room(link, &of_from, &of_to)?;
        let goes_round =
            link::is_directed(link.kind) && links::leads(tx, link.kind, &link.to_id, &link.from_id).await?;
        if goes_round { Err(link::circle()) } else { Ok(ends) }
    }

    /// Removes a link.
    pub(super) async fn unlink(
        &self,
        caller: &Caller,
        ask: UnlinkTicketsRequest,
    ) -> Result<UnlinkTicketsResponse> {
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "lnk");
        wrong.into_result()?;
        let missing = || Error::not_found("link", &ask.id);
        let mut tx = self.store.db().begin().await?;
        let link = links::link(&mut tx, &ask.id).await?.ok_or_else(missing)?;
        for id in [&link.from_id, &link.to_id] {
            let ticket = self.seen_in(&mut tx, caller, id).await.map_err(|refusal| match refusal {
                Error::NotFound { .. } => missing(),
                other => other,
            })?;
            access::check(caller, Action::TicketUpdate, &ticket)?;
        }
        let touched = tickets::touch(&mut tx, [&link.from_id, &link.to_id], false).await?;
        let ends = touched.ok_or_else(missing)?;
        if !links::delete(&mut tx, &link.id).await? {
            return Err(missing());
        }
        tell(&mut tx, &Cause::of(caller), &self.style, (link.shown(), String::new()), &ends).await?;
        tx.commit().await?;
        Ok(UnlinkTicketsResponse {})
    }

    /// The links of a ticket, as far as the caller may see what they lead to.
    pub(super) async fn list_links(
        &self,
        caller: &Caller,
        ask: ListLinksRequest,
    ) -> Result<ListLinksResponse> {
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.into_result()?;
        let ticket = self.seen(caller, &ask.ticket_id, false).await?;
        let links = self.store.links(&ticket.id).await?;
        let others = links.iter().map(|link| link.other_end(&ticket.id)).collect();
        let others = self.store.visible(&Viewer::of(caller)?, others).await?;
        let seen = |link: &Link| {
            let other = others.iter().find(|other| other.id == link.other_end(&ticket.id))?;
            let shown = ticket_for(caller, other, &self.style);
            Some(LinkedTicket { link: Some(link.to_proto()), ticket: Some(shown) })
        };
        Ok(ListLinksResponse { links: links.iter().filter_map(seen).collect() })
    }
}

/// Writes the change of a link into both histories and the outbox, for the staff.
pub(super) async fn tell(
    tx: &mut Tx,
    cause: &Cause,
    style: &Style,
    (old_value, new_value): (String, String),
    ends: &[Ticket; 2],
) -> Result<()> {
    let change = FieldChange { field: "links".to_owned(), old_value, new_value };
    for end in ends {
        let entry = Entry {
            id: tx.ids().id("his"),
            time: tx.micros(),
            actor: cause.actor().clone().into(),
            cause: String::new(),
            internal: true,
            what: What::changes(vec![change.clone()]),
        };
        history::add(tx, &[(end.id.as_str(), &entry)]).await?;
        outbox::push(tx, cause, events::changed_inside(end, style, names(&["links"]))).await?;
    }
    Ok(())
}
