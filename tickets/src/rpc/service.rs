//! `TicketService`, method by method. What is not here answers `UNIMPLEMENTED`.

use mesh_core::caller::open;
use proto::tickets::v1::{
    AddCommentRequest, BulkUpdateRequest, BulkUpdateResponse, Comment, CountTicketsRequest,
    CountTicketsResponse, CreateTicketRequest, DeleteCommentRequest, DeleteTicketRequest,
    DeleteTicketResponse, DiscardDraftRequest, DiscardDraftResponse, Draft, EditCommentRequest,
    GetDraftRequest, GetTicketRequest, ListTicketsRequest, ListTicketsResponse, ListTimelineRequest,
    ListTimelineResponse, SaveDraftRequest, SetWatchersRequest, Ticket, UndoBulkRequest, UndoBulkResponse,
    UpdateTicketRequest, ticket_service_server::TicketService,
};
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::Tickets;

/// Each method opens its request and hands it to the function of the same purpose. Those with a `+` answer with a stream.
macro_rules! methods {
    (
        $($method:ident: $ask:ty => $function:ident -> $answer:ty;)*
        $(+ $streaming:ident: $asked:ty => $streams:ident -> $answered:ty;)*
    ) => {
        #[tonic::async_trait]
        impl TicketService for Tickets {
            $(async fn $method(&self, request: Request<$ask>) -> Result<Response<$answer>, Status> {
                let (caller, ask) = open(request)?;
                Ok(Response::new(self.$function(&caller, ask).await?))
            })*
            $(async fn $streaming(
                &self,
                request: Request<$asked>,
            ) -> Result<Response<BoxStream<$answered>>, Status> {
                let (caller, ask) = open(request)?;
                Ok(Response::new(self.$streams(caller, ask).await?))
            })*
        }
    };
}

methods! {
    create_ticket: CreateTicketRequest => create -> Ticket;
    get_ticket: GetTicketRequest => get -> Ticket;
    list_tickets: ListTicketsRequest => list -> ListTicketsResponse;
    count_tickets: CountTicketsRequest => count -> CountTicketsResponse;
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

    + bulk_update: BulkUpdateRequest => change_many -> BulkUpdateResponse;
    + undo_bulk: UndoBulkRequest => undo_many -> UndoBulkResponse;
}
