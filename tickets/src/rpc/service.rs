//! `TicketService`, method by method.

use mesh_core::caller::open;
use proto::tickets::v1::{
    AddCommentRequest, AddReactionRequest, BulkUpdateRequest, BulkUpdateResponse, Comment,
    CountTicketsRequest, CountTicketsResponse, CreateTicketRequest, DeleteCommentRequest,
    DeleteTicketRequest, DeleteTicketResponse, DiscardDraftRequest, DiscardDraftResponse, Draft,
    EditCommentRequest, ExportTicketsRequest, ExportTicketsResponse, GetDraftRequest, GetTicketRequest,
    ImportTicketsRequest, ImportTicketsResponse, LinkTicketsRequest, ListLinksRequest, ListLinksResponse,
    ListTicketsRequest, ListTicketsResponse, ListTimelineRequest, ListTimelineResponse, Merge,
    MergeTicketsRequest, MoveCommentRequest, RateByLinkRequest, RateByLinkResponse, RateTicketRequest,
    RemoveReactionRequest, SaveDraftRequest, SearchTicketsRequest, SearchTicketsResponse, SetWatchersRequest,
    Ticket, TicketLink, UndoBulkRequest, UndoBulkResponse, UndoMergeRequest, UnlinkTicketsRequest,
    UnlinkTicketsResponse, UpdateTicketRequest, ticket_service_server::TicketService,
};
use tonic::{Request, Response, Status, Streaming, codegen::BoxStream};

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
    search_tickets: SearchTicketsRequest => search -> SearchTicketsResponse;
    update_ticket: UpdateTicketRequest => update -> Ticket;
    delete_ticket: DeleteTicketRequest => delete -> DeleteTicketResponse;
    add_comment: AddCommentRequest => add_comment_to -> Comment;
    edit_comment: EditCommentRequest => edit -> Comment;
    delete_comment: DeleteCommentRequest => take_back -> Comment;
    list_timeline: ListTimelineRequest => timeline -> ListTimelineResponse;
    set_watchers: SetWatchersRequest => watch -> Ticket;
    add_reaction: AddReactionRequest => react -> Comment;
    remove_reaction: RemoveReactionRequest => unreact -> Comment;
    link_tickets: LinkTicketsRequest => link -> TicketLink;
    unlink_tickets: UnlinkTicketsRequest => unlink -> UnlinkTicketsResponse;
    list_links: ListLinksRequest => list_links -> ListLinksResponse;
    merge_tickets: MergeTicketsRequest => merge -> Merge;
    undo_merge: UndoMergeRequest => undo_merge -> Merge;
    move_comment: MoveCommentRequest => move_comment -> Comment;
    rate_ticket: RateTicketRequest => rate -> Ticket;
    rate_by_link: RateByLinkRequest => rate_by_link -> RateByLinkResponse;
    save_draft: SaveDraftRequest => keep_draft -> Draft;
    get_draft: GetDraftRequest => draft -> Draft;
    discard_draft: DiscardDraftRequest => drop_draft -> DiscardDraftResponse;
    import_tickets: Streaming<ImportTicketsRequest> => import -> ImportTicketsResponse;

    + bulk_update: BulkUpdateRequest => change_many -> BulkUpdateResponse;
    + undo_bulk: UndoBulkRequest => undo_many -> UndoBulkResponse;
    + export_tickets: ExportTicketsRequest => export -> ExportTicketsResponse;
}
