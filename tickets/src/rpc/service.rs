//! `TicketService`, method by method. What is not here answers `UNIMPLEMENTED`.

use mesh_core::caller::open;
use proto::tickets::v1::{
    AddCommentRequest, Comment, CountTicketsRequest, CountTicketsResponse, CreateTicketRequest,
    DeleteCommentRequest, DeleteTicketRequest, DeleteTicketResponse, DiscardDraftRequest,
    DiscardDraftResponse, Draft, EditCommentRequest, GetDraftRequest, GetTicketRequest, ListTicketsRequest,
    ListTicketsResponse, ListTimelineRequest, ListTimelineResponse, SaveDraftRequest, SearchTicketsRequest,
    SearchTicketsResponse, SetWatchersRequest, Ticket, UpdateTicketRequest,
    ticket_service_server::TicketService,
};
use tonic::{Request, Response, Status};

use super::Tickets;

/// Each method opens its request and hands it to the function of the same purpose.
macro_rules! methods {
    ($($method:ident: $ask:ty => $function:ident -> $answer:ty;)*) => {
        #[tonic::async_trait]
        impl TicketService for Tickets {
            $(async fn $method(&self, request: Request<$ask>) -> Result<Response<$answer>, Status> {
                let (caller, ask) = open(request)?;
                Ok(Response::new(self.$function(&caller, ask).await?))
            })*
        }
    };
}

methods! {
    create_ticket: CreateTicketRequest => create -> Ticket;
    get_ticket: GetTicketRequest => get -> Ticket;
    list_tickets: ListTicketsRequest => list -> ListTicketsResponse;
    count_tickets: CountTicketsRequest => count -> CountTicketsResponse;
    search_tickets: SearchTicketsRequest => search -> SearchTicketsResponse;
    update_ticket: UpdateTicketRequest => update -> Ticket;
    delete_ticket: DeleteTicketRequest => delete -> DeleteTicketResponse;
    add_comment: AddCommentRequest => add_comment_to -> Comment;
    edit_comment: EditCommentRequest => edit -> Comment;
    delete_comment: DeleteCommentRequest => take_back -> Comment;
    list_timeline: ListTimelineRequest => timeline -> ListTimelineResponse;
    set_watchers: SetWatchersRequest => watch -> Ticket;
    save_draft: SaveDraftRequest => keep_draft -> Draft;
    get_draft: GetDraftRequest => draft -> Draft;
    discard_draft: DiscardDraftRequest => drop_draft -> DiscardDraftResponse;
}
