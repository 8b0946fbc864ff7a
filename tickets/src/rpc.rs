//! The calls. Each reads: decode and check → load → ask the policy → pure change → one transaction → encode.

mod attachments;
mod bulk;
mod catalogue;
mod comments;
mod create;
mod delete;
mod drafts;
mod export;
mod follow_up;
mod import;
mod kin;
mod knowledge;
mod links;
mod macros;
mod merge;
mod people;
mod project;
mod query;
pub(crate) mod rate;
mod reactions;
mod read;
mod relocate;
mod search;
mod service;
mod timeline;
mod unmerge;
mod update;
mod uploads;
mod views;

use std::sync::Arc;

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
    idempotency::RequestKey,
    page::PageKey,
    token::LinkKey,
};
use prost::Message;
use proto::errors::v1::ErrorReason;

use crate::{
    access::Viewer,
    directory::Directory,
    files::Files,
    filing::Filings,
    number::Style,
    store::{Store, catalogue::Catalogues, tickets::Which},
    ticket::Ticket,
    wire::ticket_for,
};

pub(crate) use knowledge::Knowledge;
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
    pub(crate) catalogues: Catalogues,
    pub(crate) pages: PageKey,
    /// Signs links to rate by.
    pub(crate) links: LinkKey,
}

/// `ProjectionService`.
#[derive(Clone, Debug)]
pub(crate) struct Projections {
    pub(crate) store: Store,
    pub(crate) style: Arc<Style>,
    pub(crate) filings: Filings,
    /// Signs links to rate by.
    pub(crate) links: LinkKey,
}

/// `CatalogService`.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    pub(crate) store: Store,
    pub(crate) catalogues: Catalogues,
    pub(crate) directory: Directory,
}

/// `AttachmentService`.
#[derive(Clone, Debug)]
pub(crate) struct Attachments {
    pub(crate) desk: Tickets,
    pub(crate) files: Files,
}

/// `UploadService`.
#[derive(Clone, Debug)]
pub(crate) struct Uploads(pub(crate) Files);

impl Catalog {
    /// The service on the same store.
    pub(crate) fn beside(tickets: &Tickets) -> Self {
        Self {
            store: tickets.store.clone(),
            catalogues: tickets.catalogues.clone(),
            directory: tickets.directory.clone(),
        }
    }
}

impl Tickets {
    /// The ticket with this id as far as the caller may see it.
    async fn seen(&self, caller: &Caller, id: &str, full: bool) -> Result<Ticket> {
        let viewer = Viewer::of(caller)?;
        let found = self.store.ticket(Which::Id(id), &viewer, full).await?;
        found.ok_or_else(|| Error::not_found("ticket", id))
    }

    /// The answer the call got before, however things stand by now; the refusal when it is made for the first time.
    async fn or_replayed<A: Message + Default>(&self, key: &RequestKey, refusal: Error) -> Result<A> {
        let mut tx = self.store.db().begin().await?;
        match key.replay(&mut tx).await {
            Ok(Some(done)) => Ok(done),
            _ => Err(refusal),
        }
    }

    /// Fine when the caller read the ticket as it is. Programs may leave the etag out; then the last write wins.
    fn expect_current(&self, caller: &Caller, etag: &str, ticket: &Ticket) -> Result<()> {
        expect_etag(caller, etag, &ticket.etag(), || ticket_for(caller, ticket, &self.style))
    }
}

/// Fine when `given` is the `current` etag, or empty and no person sits at a screen.
fn expect_etag<R: Message + prost::Name>(
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
