//! The calls. Each reads: decode and check → load → ask the policy → pure change → one transaction → encode.

mod bulk;
mod comments;
mod create;
mod delete;
mod drafts;
mod macros;
mod people;
mod project;
mod query;
mod read;
mod service;
mod timeline;
mod update;
mod views;

use std::sync::Arc;

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
    page::PageKey,
};
use proto::{
    errors::v1::ErrorReason,
    tickets::v1::{
        attachment_service_server::AttachmentService, catalog_service_server::CatalogService,
        knowledge_service_server::KnowledgeService,
    },
};

use crate::{
    access::Viewer,
    directory::Directory,
    filing::Filings,
    number::Style,
    store::{Store, tickets::Which},
    ticket::Ticket,
    wire::ticket_for,
};

pub(crate) use views::Views;

/// How often a change is tried again when somebody else changed the ticket in between.
const ATTEMPTS: usize = 8;

/// `TicketService`.
#[derive(Clone, Debug)]
pub(crate) struct Tickets {
    pub(crate) store: Store,
    pub(crate) style: Arc<Style>,
    pub(crate) filings: Filings,
    pub(crate) directory: Directory,
    pub(crate) pages: PageKey,
}

/// `ProjectionService`.
#[derive(Clone, Debug)]
pub(crate) struct Projections {
    pub(crate) store: Store,
    pub(crate) style: Arc<Style>,
}

/// `CatalogService`; nothing of it is built yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Catalog;

/// `AttachmentService`; nothing of it is built yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attachments;

/// `KnowledgeService`; nothing of it is built yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knowledge;

impl CatalogService for Catalog {}
impl AttachmentService for Attachments {}
impl KnowledgeService for Knowledge {}

impl Tickets {
    /// The ticket with this id as far as the caller may see it.
    async fn seen(&self, caller: &Caller, id: &str, full: bool) -> Result<Ticket> {
        let viewer = Viewer::of(caller)?;
        let found = self.store.ticket(Which::Id(id), &viewer, full).await?;
        found.ok_or_else(|| Error::not_found("ticket", id))
    }

    /// Fine when the caller read the ticket as it is. Programs may leave the etag out; then the last write wins.
    fn expect_current(&self, caller: &Caller, etag: &str, ticket: &Ticket) -> Result<()> {
        expect_etag(caller, etag, &ticket.etag(), || ticket_for(caller, ticket, &self.style))
    }
}

/// Fine when `given` is the `current` etag, or empty and no person sits at a screen.
fn expect_etag<R: prost::Message + prost::Name>(
    caller: &Caller,
    given: &str,
    current: &str,
    resource: impl FnOnce() -> R,
) -> Result<()> {
    if given == current || (given.is_empty() && !caller.is_interactive()) {
        return Ok(());
    }
    if given.is_empty() {
        let problem = "is missing; send the one that came with what you read";
        return Err(Error::invalid_because(&ErrorReason::EtagRequired, "etag", problem));
    }
    Err(Error::stale(&resource()))
}

/// Somebody else was faster each time.
fn outrun() -> Error {
    Error::conflict("others keep changing this ticket; send the same request again")
}

/// Cuts off the row that was read beyond the page; `true` when there was one.
fn cut<R>(rows: &mut Vec<R>, size: i64) -> bool {
    let shown = usize::try_from(size).unwrap_or(usize::MAX);
    let has_more = rows.len() > shown;
    rows.truncate(shown);
    has_more
}
