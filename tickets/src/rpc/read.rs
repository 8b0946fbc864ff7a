//! `GetTicket`, `ListTickets`, `CountTickets`.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    page,
};
use proto::tickets::v1::{
    self as wire, CountTicketsRequest, CountTicketsResponse, GetTicketRequest, ListTicketsRequest,
    ListTicketsResponse, TicketView,
};

use super::{Tickets, cut, query::wanted};
use crate::{
    access::Viewer,
    store::{Order, Page, Wanted, filter::Author, tickets::Which},
    ticket::Ticket,
    wire::{is_full, ticket_for},
};

/// Tickets on a page when nobody says how many.
const PAGE: i32 = 50;
/// What is wrong with an order nobody knows.
pub(super) const NO_ORDER: &str =
    "is no order; use update_time, create_time, priority, resolve_due_time or number, with or without desc";
/// Queries counted at once.
const MOST_QUERIES: usize = 50;

impl Tickets {
    /// One ticket, by id or number.
    pub(super) async fn get(&self, caller: &Caller, ask: GetTicketRequest) -> Result<wire::Ticket> {
        let which = if proto::id::is("tkt", &ask.id) {
            Which::Id(&ask.id)
        } else if let Some(number) = self.style.read(&ask.id) {
            Which::Number(number)
        } else {
            let problem =
                format!("is neither an id nor a number; it looks like tkt_… or {}", self.style.write(1042));
            return Err(Error::invalid("id", problem));
        };
        let full = is_full(ask.view(), TicketView::Full);
        let found = self.store.ticket(which, &Viewer::of(caller)?, full).await?;
        let mut ticket = found.ok_or_else(|| Error::not_found("ticket", &ask.id))?;
        self.learn(std::slice::from_mut(&mut ticket)).await?;
        Ok(ticket_for(caller, &ticket, &self.style))
    }

    /// Learns what requesters may see of the tickets' fields, if they have any.
    pub(super) async fn learn(&self, tickets: &mut [Ticket]) -> Result<()> {
        if tickets.iter().any(|ticket| !ticket.fields.is_empty()) {
            let catalogue = self.catalogues.now().await?;
            for ticket in tickets {
                ticket.fields.learn(&catalogue);
            }
        }
        Ok(())
    }

    /// A page of tickets, and how many there are.
    pub(super) async fn list(&self, caller: &Caller, ask: ListTicketsRequest) -> Result<ListTicketsResponse> {
        let rules = [ask.filter.as_str(), ask.query.as_ref().map_or("", |query| &query.filter)];
        let catalogue = self.catalogue_for(rules).await?;
        let (order, wanted) = self.check_list(Author { caller, catalogue: &catalogue }, &ask)?;
        let (size, token) = (page::size(ask.page_size, PAGE), ask.page_token.clone());
        let signed = without_page(ask);
        let after = self.pages.open(caller, &signed, &token)?;
        let full = is_full(signed.view(), TicketView::Basic);
        let viewer = Viewer::of(caller)?;

        let limit = size + 1; // One more than shown tells whether another page follows.
        let page = Page { wanted: &wanted, order, after, limit, full };
        let mut tickets = self.store.list(&viewer, &page).await?;
        let has_more = cut(&mut tickets, size);
        self.learn(&mut tickets).await?;
        let is_whole = page.after.is_none() && !has_more;
        let total = match i64::try_from(tickets.len()) {
            Ok(listed) if is_whole => listed,
            _ => self.store.count(&viewer, &wanted).await?,
        };
        let next_page_token = match tickets.last().filter(|_| has_more) {
            Some(last) => self.pages.seal(caller, &signed, &order.cursor(last))?,
            None => String::new(),
        };
        let tickets = tickets.iter().map(|ticket| ticket_for(caller, ticket, &self.style)).collect();
        Ok(ListTicketsResponse { tickets, next_page_token, total })
    }

    /// How many tickets match each query.
    pub(super) async fn count(
        &self,
        caller: &Caller,
        ask: CountTicketsRequest,
    ) -> Result<CountTicketsResponse> {
        let catalogue = self.catalogue_for(ask.queries.iter().map(|query| query.filter.as_str())).await?;
        let author = Author { caller, catalogue: &catalogue };
        let mut wrong = Violations::default();
        wrong.when(ask.queries.len() > MOST_QUERIES, "queries", "are too many; give at most 50");
        let queries = ask.queries.iter().take(MOST_QUERIES).enumerate();
        let all: Vec<_> = queries
            .map(|(index, query)| {
                wanted(&self.store, author, query, &format!("queries[{index}]"), &mut wrong)
            })
            .collect();
        wrong.into_result()?;
        let counts = self.store.counts(&Viewer::of(caller)?, &all).await?;
        Ok(CountTicketsResponse { counts })
    }

    /// What is asked for in which order, or everything that is wrong.
    fn check_list(&self, author: Author<'_>, ask: &ListTicketsRequest) -> Result<(Order, Wanted)> {
        let mut wrong = Violations::default();
        let query = ask.query.clone().unwrap_or_default();
        let mut wanted = wanted(&self.store, author, &query, "query", &mut wrong);
        wanted.rules.extend(self.store.filter(author, "filter", &ask.filter, &mut wrong));
        wrong.when(ask.page_size < 0, "page_size", "is negative; give 1 to 200");
        let order = Order::parse(&ask.order_by);
        wrong.when(order.is_none(), "order_by", NO_ORDER);
        wrong.into_result()?;
        Ok((order.unwrap_or(Order::LATEST_FIRST), wanted))
    }
}

/// The request as page tokens are bound to it.
fn without_page(ask: ListTicketsRequest) -> ListTicketsRequest {
    ListTicketsRequest { page_size: 0, page_token: String::new(), ..ask }
}
