//! `ListKin`, `CreateRatingLink`: what other services of the mesh ask of tickets.

use jiff::SignedDuration;
use mesh_core::{
    clock,
    error::{Error, Result, Violations},
};
use proto::tickets::v1::{
    CreateRatingLinkRequest, CreateRatingLinkResponse, Kin, ListKinRequest, ListKinResponse,
};

use super::{Projections, rate::Link as RatingLink};
use crate::{link::Edge, store::tickets};

/// How long a link to rate by is good.
const RATABLE_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Projections {
    /// The tickets a ticket's resolution depends on.
    pub(super) async fn kin(&self, ask: &ListKinRequest) -> Result<ListKinResponse> {
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.into_result()?;
        let below = self.store.descendants(&ask.ticket_id).await?;
        let all: Vec<_> = below.iter().chain([&ask.ticket_id]).map(String::as_str).collect();
        let edges = self.store.blocks(&all).await?;
        let kin = |id: &String| Kin { ticket_id: id.clone(), blocker_ids: blockers(&edges, id) };
        let descendants = below.iter().map(kin).collect();
        Ok(ListKinResponse { descendants, blocker_ids: blockers(&edges, &ask.ticket_id) })
    }

    /// The secret of a link by which the requester rates a ticket.
    pub(super) async fn rating_link(
        &self,
        ask: &CreateRatingLinkRequest,
    ) -> Result<CreateRatingLinkResponse> {
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.into_result()?;
        let mut tx = self.store.db().begin().await?;
        let ticket = tickets::any_ticket(&mut tx, &ask.ticket_id).await?;
        let ticket = ticket.ok_or_else(|| Error::not_found("ticket", &ask.ticket_id))?;
        ticket.expect_ratable()?;
        let end = tx.now().saturating_add(RATABLE_FOR).map_err(Error::internal)?;
        let token = self.links.seal(&RatingLink { ticket_id: ticket.id }, end)?;
        Ok(CreateRatingLinkResponse { token, expire_time: Some(clock::to_proto(end)) })
    }
}

fn blockers(edges: &[Edge], id: &str) -> Vec<String> {
    edges.iter().filter(|edge| edge.to_id == id).map(|edge| edge.from_id.clone()).collect()
}
