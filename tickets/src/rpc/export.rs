//! `ExportTickets`.
//!
//! The invariant: what is exported is what a list with the same query shows, page by page behind the last ticket, so that however
//! many there are, one page of them is in memory.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use mesh_core::{
    audit::Deed,
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action, Reach},
};
use proto::tickets::v1::{
    self as wire, ExportTicketsRequest, ExportTicketsResponse, ImportLink, TicketQuery,
};
use tonic::{Status, codegen::BoxStream};

use super::{Tickets, query::wanted};
use crate::{
    access::{self, Viewer},
    comment::Comment,
    import::{Key, OWN},
    link::Link,
    store::{Cursor, Order, Page, Wanted, filter::Author},
    ticket::Ticket,
    wire::{comment as encode, ticket_for},
};

/// Tickets read at a time.
const PAGE: i64 = 100;

/// An export under way.
struct Export {
    desk: Tickets,
    caller: Caller,
    viewer: Viewer,
    wanted: Wanted,
    with_comments: bool,
    after: Option<Cursor>,
}

impl Tickets {
    /// Streams the tickets the caller may see and export.
    pub(super) async fn export(
        &self,
        caller: Caller,
        ask: ExportTicketsRequest,
    ) -> Result<BoxStream<ExportTicketsResponse>> {
        policy::check_somewhere(&caller, Action::TicketExport)?;
        let deed = Deed::new("ticket.exported", "").made(&ask)?;
        let query = within_reach(&caller, ask.query.unwrap_or_default())?;
        let mut wrong = Violations::default();
        let catalogue = self.catalogue_for([query.filter.as_str()]).await?;
        let author = Author { caller: &caller, catalogue: &catalogue };
        let wanted = wanted(&self.store, author, &query, "query", &mut wrong);
        wrong.into_result()?;
        let viewer = Viewer::of(&caller)?;
        let with_comments = ask.with_comments;
        let mut tx = self.store.db().begin().await?;
        deed.note(&mut tx, &caller).await?;
        tx.commit().await?;
        let export = Export { desk: self.clone(), caller, viewer, wanted, with_comments, after: None };
        let pages = stream::try_unfold(export, Export::go_on);
        Ok(pages.map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed())
    }
}

/// The query, narrowed to the departments whose tickets the caller may export.
fn within_reach(caller: &Caller, mut query: TicketQuery) -> Result<TicketQuery> {
    let Reach::Departments(reach) = policy::reach(caller, Action::TicketExport) else {
        return Ok(query);
    };
    if query.department_ids.is_empty() {
        query.department_ids = reach;
        return Ok(query);
    }
    query.department_ids.retain(|id| reach.contains(id));
    if query.department_ids.is_empty() {
        let message = "this needs the permission ticket.export in one of the departments; ask for others";
        return Err(Error::permission_denied(message));
    }
    Ok(query)
}

impl Export {
    /// The next page.
    async fn go_on(mut self) -> Result<Option<(Vec<ExportTicketsResponse>, Self)>, Status> {
        let order = Order::BY_NUMBER;
        let page = Page { wanted: &self.wanted, order, after: self.after.take(), limit: PAGE, full: true };
        let mut tickets = self.desk.store.list(&self.viewer, &page).await?;
        let Some(last) = tickets.last() else { return Ok(None) };
        let after = Some(order.cursor(last));
        self.desk.learn(&mut tickets).await?;
        let ids: Vec<_> = tickets.iter().map(|ticket| ticket.id.as_str()).collect();
        let mut names = self.desk.store.names(&ids).await?;
        let mut said = self.said(&ids).await?;
        let mut links = self.links(&tickets).await?;
        let rows = tickets.iter().map(|ticket| {
            let comments = said.remove(&ticket.id).unwrap_or_default();
            let links = links.remove(&ticket.id).unwrap_or_default();
            ExportTicketsResponse { links, ..self.row(ticket, names.remove(&ticket.id), &comments) }
        });
        Ok(Some((rows.collect(), Self { after, ..self })))
    }

    async fn said(&self, ids: &[&str]) -> Result<HashMap<String, Vec<Comment>>> {
        let mut said: HashMap<_, Vec<_>> = HashMap::new();
        if self.with_comments {
            for comment in self.desk.store.comments_of(ids).await? {
                said.entry(comment.ticket_id.clone()).or_default().push(comment);
            }
        }
        Ok(said)
    }

    /// The links of these tickets with those before them the caller may see.
    async fn links(&self, tickets: &[Ticket]) -> Result<HashMap<String, Vec<ImportLink>>> {
        let numbers: HashMap<_, _> =
            tickets.iter().map(|ticket| (ticket.id.as_str(), ticket.number)).collect();
        let links = self.desk.store.links_of(&numbers.keys().copied().collect::<Vec<_>>()).await?;
        let ends: HashSet<_> = links.iter().flat_map(|link| [link.from_id.as_str(), &link.to_id]).collect();
        let seen = self.desk.store.visible(&self.viewer, Vec::from_iter(ends)).await?;
        let names =
            self.desk.store.names(&seen.iter().map(|other| other.id.as_str()).collect::<Vec<_>>()).await?;
        let mut exported: HashMap<_, Vec<_>> = HashMap::new();
        for link in &links {
            for own in [&link.from_id, &link.to_id] {
                let Some(number) = numbers.get(own.as_str()) else { continue };
                let is_other = |one: &&Ticket| one.id == link.other_end(own) && one.number < *number;
                if let Some(other) = seen.iter().find(is_other) {
                    let links = exported.entry(own.clone()).or_default();
                    links.push(exported_link(link, own, other, names.get(&other.id)));
                }
            }
        }
        Ok(exported)
    }

    fn row(&self, ticket: &Ticket, name: Option<Key>, comments: &[Comment]) -> ExportTicketsResponse {
        let reads_notes = access::reads_notes(&self.caller, ticket);
        let comments = comments.iter().filter(|comment| reads_notes || !comment.is_internal());
        let without_html = |comment| wire::Comment { html: String::new(), ..encode(comment) };
        let Key { system, external_id } =
            name.unwrap_or_else(|| Key { system: OWN.to_owned(), external_id: ticket.id.clone() });
        ExportTicketsResponse {
            ticket: Some(wire::Ticket {
                description_html: String::new(),
                abilities: None,
                ..ticket_for(&self.caller, ticket, &self.desk.style)
            }),
            comments: comments.map(without_html).collect(),
            external_id,
            system,
            links: vec![],
        }
    }
}

/// A link as the ticket `own` has it.
fn exported_link(link: &Link, own: &str, other: &Ticket, name: Option<&Key>) -> ImportLink {
    let (system, external_id) = match name {
        Some(Key { system, external_id }) => (system.clone(), external_id.clone()),
        None => (OWN.to_owned(), other.id.clone()),
    };
    ImportLink { kind: link.kind.into(), outward: link.from_id == own, external_id, system }
}
