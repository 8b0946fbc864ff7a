//! Shorthands for merges, links, reactions and drafts.

use proto::{
    identity::v1::Permission,
    tickets::v1::{
        Comment, Draft, DraftKind, GetDraftRequest, LinkKind, LinkTicketsRequest, LinkedTicket,
        ListLinksRequest, Merge, MergeTicketsRequest, MoveCommentRequest, SaveDraftRequest, Ticket,
        TicketLink, UndoMergeRequest,
    },
};
use tonic::Status as Refusal;

use super::{AGENT, Client, Desk, fresh};

type Answer<T> = Result<T, Refusal>;

impl Desk {
    /// An agent of a department who may merge there.
    pub(crate) fn lead(&self, department_id: &str) -> Client {
        let held: Vec<_> =
            AGENT.into_iter().chain([Permission::TicketMerge, Permission::TicketDelete]).collect();
        self.somebody(&[(department_id, &held)])
    }
}

impl Client {
    pub(crate) async fn merge(&self, sources: &[&Ticket], target: &Ticket, word: &str) -> Answer<Merge> {
        let source_ids = sources.iter().map(|source| source.id.clone()).collect();
        let merge = Merge { target_id: target.id.clone(), source_ids, ..Merge::default() };
        let ask = MergeTicketsRequest { merge: Some(merge), request_id: fresh(), comment: word.into() };
        Ok(self.raw().merge_tickets(ask).await?.into_inner())
    }

    pub(crate) async fn undo(&self, merge: &Merge) -> Answer<Merge> {
        let ask = UndoMergeRequest { id: merge.id.clone(), request_id: fresh() };
        Ok(self.raw().undo_merge(ask).await?.into_inner())
    }

    pub(crate) async fn relocate(&self, comment: &Comment, to: &Ticket) -> Answer<Comment> {
        let (id, target_ticket_id) = (comment.id.clone(), to.id.clone());
        let ask = MoveCommentRequest { id, target_ticket_id, request_id: fresh() };
        Ok(self.raw().move_comment(ask).await?.into_inner())
    }

    pub(crate) async fn link(&self, from: &Ticket, kind: LinkKind, to: &Ticket) -> Answer<TicketLink> {
        let (from_id, to_id) = (from.id.clone(), to.id.clone());
        let link = TicketLink { from_id, to_id, kind: kind.into(), ..TicketLink::default() };
        let ask = LinkTicketsRequest { link: Some(link), request_id: fresh() };
        Ok(self.raw().link_tickets(ask).await?.into_inner())
    }

    pub(crate) async fn links(&self, ticket: &Ticket) -> Answer<Vec<LinkedTicket>> {
        let ask = ListLinksRequest { ticket_id: ticket.id.clone() };
        Ok(self.raw().list_links(ask).await?.into_inner().links)
    }

    pub(crate) async fn write(&self, ticket: &Ticket, kind: DraftKind, text: &str) -> Answer<Draft> {
        let draft =
            Draft { ticket_id: ticket.id.clone(), kind: kind.into(), text: text.into(), save_time: None };
        Ok(self.raw().save_draft(SaveDraftRequest { draft: Some(draft) }).await?.into_inner())
    }

    /// What he is writing there, if anything, and since when.
    pub(crate) async fn writing(&self, ticket: &Ticket, kind: DraftKind) -> Option<Draft> {
        let ask = GetDraftRequest { ticket_id: ticket.id.clone(), kind: kind.into() };
        self.raw().get_draft(ask).await.ok().map(tonic::Response::into_inner)
    }
}
