//! `SearchTickets`.

use std::{collections::HashMap, iter};

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    page,
};
use proto::tickets::v1::{self as wire, SearchTicketsRequest, SearchTicketsResponse, TicketMatch};
use serde::{Deserialize, Serialize};

use super::{Tickets, cut, query::wanted};
use crate::{
    access::{Viewer, reads_notes},
    search::{Asked, Field, Found, Language, Term, Wanted, snippet},
    store::{
        self,
        filter::Author,
        search::{Find, Place, Search},
    },
    ticket::Ticket,
    wire::ticket_for,
};

/// Finds on a page when nobody says how many.
const PAGE: i32 = 50;
/// Characters of a question.
const TEXT: std::ops::RangeInclusive<usize> = 1..=500;
/// Letters a comment must have of a word before it is looked through.
const BEGINNING: usize = 5;

/// Where the next page begins.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    place: Place,
    /// Whether words were put right on the first page.
    respelled: bool,
}

/// A page of finds.
struct Finds {
    rows: Vec<Find>,
    total: i64,
    /// The question they answer.
    asked: Asked,
    respelled: bool,
}

impl Tickets {
    /// Tickets with these words, best first.
    pub(super) async fn search(
        &self,
        caller: &Caller,
        ask: SearchTicketsRequest,
    ) -> Result<SearchTicketsResponse> {
        let (asked, tickets) = self.check_search(caller, &ask).await?;
        let fields = self.fields(caller, &asked).await?;
        let (size, token) = (page::size(ask.page_size, PAGE), ask.page_token.clone());
        let signed = SearchTicketsRequest { page_size: 0, page_token: String::new(), ..ask };
        let cursor: Option<Cursor> = self.pages.open(caller, &signed, &token)?;

        let limit = size + 1; // One more than shown tells whether another page follows.
        let mut finds = self.find(&Viewer::of(caller)?, asked, (&fields, &tickets), cursor, limit).await?;
        let has_more = cut(&mut finds.rows, size);
        let next_page_token = match finds.rows.last().filter(|_| has_more) {
            Some(last) => {
                let cursor = Cursor { place: last.place(), respelled: finds.respelled };
                self.pages.seal(caller, &signed, &cursor)?
            }
            None => String::new(),
        };
        let total = finds.total;
        Ok(SearchTicketsResponse { matches: self.matches(caller, finds).await?, next_page_token, total })
    }

    /// A page of finds. Words nothing is found with are put right, where others are known.
    async fn find(
        &self,
        viewer: &Viewer,
        mut asked: Asked,
        (fields, wanted): (&[Field], &store::Wanted),
        cursor: Option<Cursor>,
        limit: i64,
    ) -> Result<Finds> {
        let mut respelled = cursor.as_ref().is_some_and(|cursor| cursor.respelled);
        let after = cursor.map(|cursor| cursor.place);
        if !respelled {
            let search = Search { asked: &asked, fields, wanted, after, limit };
            let (rows, total) = self.store.search(viewer, &search).await?;
            if total > 0 || after.is_some() {
                return Ok(Finds { rows, total, asked, respelled });
            }
        }
        if let Some(words) = self.store.respelled(&asked.words).await? {
            (asked.words, respelled) = (words, true);
            let search = Search { asked: &asked, fields, wanted, after, limit };
            let (rows, total) = self.store.search(viewer, &search).await?;
            return Ok(Finds { rows, total, asked, respelled });
        }
        Ok(Finds { rows: vec![], total: 0, asked, respelled })
    }

    /// The question and the tickets it is asked of, or everything that is wrong with it.
    async fn check_search(
        &self,
        caller: &Caller,
        ask: &SearchTicketsRequest,
    ) -> Result<(Asked, store::Wanted)> {
        let mut wrong = Violations::default();
        wrong.text("text", &ask.text, TEXT);
        let query = ask.query.clone().unwrap_or_default();
        let catalogue = self.catalogue_for([query.filter.as_str()]).await?;
        let author = Author { caller, catalogue: &catalogue };
        let tickets = wanted(&self.store, author, &query, "query", &mut wrong);
        wrong.when(ask.page_size < 0, "page_size", "is negative; give 1 to 200");
        wrong.into_result()?;
        let asked = Asked::read(&ask.text, |piece| self.style.read(piece))
            .map_err(|problem| Error::invalid("text", problem))?;
        Ok((asked, tickets))
    }

    /// The conditions of a question, with everybody they name.
    async fn fields(&self, caller: &Caller, asked: &Asked) -> Result<Vec<Field>> {
        let mut fields = vec![];
        for term in &asked.terms {
            fields.push(match term {
                Term::Status(statuses) => {
                    Field::Status(statuses.iter().map(|status| i64::from(*status as i32)).collect())
                }
                Term::Priority(priorities) => {
                    Field::Priority(priorities.iter().map(|priority| i64::from(*priority as i32)).collect())
                }
                Term::Assignee(names) => Field::Assignee(self.people(caller, names, true).await?),
                Term::From(names) => Field::Requester(self.people(caller, names, false).await?),
                Term::Department(names) => {
                    Field::Department(self.directory.departments_named(caller, "text", names).await?)
                }
                Term::Tag(_) => continue, // Tags stand in the index.
            });
        }
        Ok(fields)
    }

    /// The ids of people as they were written. `nobody` says whether `none` is somebody.
    async fn people(&self, caller: &Caller, names: &[String], nobody: bool) -> Result<Vec<String>> {
        let mut ids = vec![];
        for name in names {
            match name.as_str() {
                "me" => ids.push(caller.user_id()?.to_owned()),
                "none" if nobody => ids.push(String::new()),
                id if proto::id::is("usr", id) => ids.push(id.to_owned()),
                address if address.contains('@') => {
                    ids.extend(self.directory.people_at(caller, "text", address).await?);
                }
                name => ids.extend(self.directory.people_named(caller, "text", name).await?),
            }
        }
        Ok(ids)
    }

    /// The finds as messages carry them, each with where the words stand.
    async fn matches(&self, caller: &Caller, mut finds: Finds) -> Result<Vec<TicketMatch>> {
        if finds.rows.iter().any(|find| !find.ticket.fields.is_empty()) {
            let catalogue = self.catalogues.now().await?;
            finds.rows.iter_mut().for_each(|find| find.ticket.fields.learn(&catalogue));
        }
        let wanted = &finds.asked.words;
        let tickets = finds.rows.iter().map(|find| &find.ticket);
        let described: Vec<_> =
            tickets.map(|ticket| (ticket, found_in(&ticket.description, ticket, wanted))).collect();
        let said = self.said_about(caller, &described, wanted).await?;
        let found = |(ticket, description): (&Ticket, Found<'_>)| {
            let comments = said.get(&ticket.id).into_iter().flatten();
            let comments = comments.map(|text| found_in(text, ticket, wanted));
            let snippet_html = snippet(iter::once(description).chain(comments));
            let basic =
                wire::Ticket { description: String::new(), ..ticket_for(caller, ticket, &self.style) };
            TicketMatch { ticket: Some(basic), snippet_html }
        };
        Ok(described.into_iter().map(found).collect())
    }

    /// Comments the caller may read that may hold the words, of tickets whose descriptions lack some.
    async fn said_about(
        &self,
        caller: &Caller,
        described: &[(&Ticket, Found<'_>)],
        wanted: &[Wanted],
    ) -> Result<HashMap<String, Vec<String>>> {
        let lacks = |(ticket, description): &&(&Ticket, Found<'_>)| {
            let said = ticket.comment_count > 0 || (ticket.note_count > 0 && reads_notes(caller, ticket));
            let met = description.met() | found_in(&ticket.subject, ticket, wanted).met();
            said && met.count_ones() as usize != wanted.len()
        };
        let lacking: Vec<&Ticket> = described.iter().filter(lacks).map(|(ticket, _)| *ticket).collect();
        let mut said: HashMap<String, Vec<String>> = HashMap::new();
        if lacking.is_empty() {
            return Ok(said);
        }
        let ids: Vec<_> = lacking.iter().map(|ticket| ticket.id.as_str()).collect();
        let readable: Vec<_> = lacking
            .iter()
            .filter(|ticket| reads_notes(caller, ticket))
            .map(|ticket| ticket.id.as_str())
            .collect();
        let beginnings: Vec<_> = wanted.iter().flat_map(|wanted| wanted.patterns(BEGINNING)).collect();
        for (ticket_id, text) in self.store.said(&ids, &readable, &beginnings).await? {
            said.entry(ticket_id).or_default().push(text);
        }
        Ok(said)
    }
}

/// Where in a text of a ticket the words stand.
fn found_in<'t>(text: &'t str, ticket: &Ticket, wanted: &[Wanted]) -> Found<'t> {
    Found::of(text, Language::of(&ticket.language), wanted)
}
