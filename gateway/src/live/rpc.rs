//! `ticketmesh.gateway.v1.LiveService`.

use std::time::Duration;

use mesh_core::{caller, peer::Peer, service::Process};
use proto::{
    gateway::v1::{
        SetActivityRequest, SetActivityResponse, WatchRequest, WatchResponse,
        live_service_server::LiveService,
    },
    tickets::v1::{GetTicketRequest, TicketView, ticket_service_client::TicketServiceClient},
};
use tonic::{Request, Response, Status, async_trait, codegen::BoxStream};

use super::{Hub, Seats, activity, filter::Filter, stream::Watch};

/// The service behind the contract.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) process: Process,
    pub(crate) hub: Hub,
    pub(crate) seats: Seats,
    pub(crate) tickets: Peer,
    pub(crate) heartbeat: Duration,
}

#[async_trait]
impl LiveService for Live {
    async fn watch(
        &self,
        request: Request<WatchRequest>,
    ) -> Result<Response<BoxStream<WatchResponse>>, Status> {
        let (caller, mut wish) = caller::open(request)?;
        let filter = Filter::take(&mut wish)?;
        let seat = self.seats.take(caller.user_id()?)?;
        let (hub, stopping) = (self.hub.clone(), self.process.stopping.clone());
        let watch = Watch { hub, caller, filter, _seat: seat, heartbeat: self.heartbeat, stopping };
        Ok(Response::new(Box::pin(watch.open(&wish)?)))
    }

    async fn set_activity(
        &self,
        request: Request<SetActivityRequest>,
    ) -> Result<Response<SetActivityResponse>, Status> {
        let (caller, said) = caller::open(request)?;
        activity::check(&said)?;
        let ask = GetTicketRequest { id: said.ticket_id.clone(), view: TicketView::Basic.into() };
        let ticket =
            TicketServiceClient::new(self.tickets.for_caller(&caller)).get_ticket(ask).await?.into_inner();
        let news = activity::envelope(&self.process, &caller, said, &ticket)?;
        self.process.bus.publish(&news).await?;
        Ok(Response::new(SetActivityResponse { others: self.hub.others_at(&ticket.id, caller.user_id()?) }))
    }
}
