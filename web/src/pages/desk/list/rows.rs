//! The rows of a list: the columns of its view, each cell following its ticket by itself.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use sycamore::prelude::*;

use super::At;
use crate::app::App;
use crate::desk::Row;
use crate::desk::columns::{self, Cell};
use crate::pages::desk::form_fields::told;
use crate::parts::{
    ChooseAll, ChooseRow, Person, PriorityMark, StarsGiven, StatusPill, T, TicketRef, TimeAgo,
};
use crate::routes::Place;
use crate::store::list::TicketList;
use crate::store::names::Names;
use crate::text::{self, t};

/// The head, for those who see columns; who hears them is told by the row.
pub(super) fn head(at: At) -> View {
    let names = move || {
        let cells = at.columns.get_clone().into_iter().map(|column| {
            let name = match (columns::words(&column), columns::field(&column)) {
                (Some(words), _) => t!(words),
                (None, Some(key)) => at.names.field(key).map_or_else(|| key.to_owned(), |field| field.label),
                (None, None) => String::new(),
            };
            view! { span(class="cell", data-column=column) { (name) } }
        });
        View::from(cells.collect::<Vec<_>>())
    };
    view! {
        div(class="tickets-head") {
            ChooseAll(selection=at.selection)
            div(class="cells", aria-hidden="true") { (names()) }
        }
    }
}

/// One ticket. The row is drawn once; its cells follow.
pub(super) fn row_of(at: At, list: TicketList, row: &Row) -> View {
    let Some(ticket) = at.app.tickets.find(&row.id) else {
        return View::new();
    };
    let number = ticket.with_untracked(|ticket| ticket.number.clone());
    let (id, name, snippet) = (row.id.clone(), number.clone(), list.snippet(&row.id));
    let is_open = {
        let id = id.clone();
        move || {
            at.ticket
                .with(|open| open.as_deref().is_some_and(|open| open == number || open == id))
                .then_some("")
        }
    };
    let is_at = {
        let id = id.clone();
        move || at.cursor.with(|cursor| cursor.as_deref() == Some(&id)).then_some("")
    };
    let is_chosen = {
        let id = id.clone();
        move || at.selection.holds(&id).then_some("")
    };
    let (fresh, gone) = (row.fresh.then_some(""), row.gone.then_some(""));
    let cells = move || {
        let all = at.columns.get_clone();
        View::from(
            all.into_iter().map(|column| cell(at, column, ticket, snippet.clone())).collect::<Vec<_>>(),
        )
    };
    view! {
        div(class="ticket-row", data-selected=is_open, data-cursor=is_at, data-chosen=is_chosen, data-fresh=fresh, data-gone=gone) {
            ChooseRow(selection=at.selection, id=id, name=name)
            div(class="cells") { (cells()) }
        }
    }
}

fn cell(at: At, key: String, ticket: Signal<Rc<Ticket>>, snippet: Option<String>) -> View {
    if key == columns::SUBJECT {
        return subject(at, ticket, snippet);
    }
    let of = key.clone();
    let value = create_selector(move || ticket.with(|ticket| columns::cell(&of, ticket)));
    // Who has it is told from everybody else by the picture.
    let bare = key != "assignee_id";
    view! {
        span(class="cell", data-column=key) {
            (match value.get_clone() {
                Some(value) => shown(at.app, at.names, value, bare),
                None => View::new(),
            })
        }
    }
}

/// The head of a group, and how many of the rows that are here belong to it.
pub(super) fn group(at: At, cell: &Cell, count: usize) -> View {
    let cell = cell.clone();
    let what = move || match &cell {
        Cell::Words(words) | Cell::Category(words) | Cell::Queue(words) if words.is_empty() => {
            view! { T(id="nothing") }
        }
        cell => shown(at.app, at.names, cell.clone(), false),
    };
    view! { h2(class="group") { (what()) span(class="total") { (count.to_string()) } } }
}

/// What stands in a cell, as people read it. Follows the names.
fn shown(app: App, names: Names, cell: Cell, bare: bool) -> View {
    let line = |words: String| view! { span(class="one-line") { (words) } };
    match cell {
        Cell::Words(words) => line(words),
        Cell::Named(name) => {
            line(text::maybe(&name.to_ascii_lowercase().replace('_', "-")).unwrap_or_default())
        }
        Cell::People(ids) => {
            let bare = bare || ids.len() > 1;
            View::from(ids.into_iter().map(|id| view! { Person(id=id, bare=bare) }).collect::<Vec<_>>())
        }
        Cell::Department(id) => line(app.departments.name(&id)),
        Cell::Category(id) => line(names.category(&id)),
        Cell::Queue(id) => line(names.queue(&id)),
        Cell::Status(status, label) => view! { StatusPill(status=status, label=label) },
        Cell::Priority(priority) => view! { PriorityMark(priority=priority) },
        Cell::Time(None) | Cell::Stars(0) | Cell::Field(_, None) => View::new(),
        Cell::Time(time) => view! { TimeAgo(time=time) },
        Cell::Stars(score) => view! { StarsGiven(score=score) },
        Cell::Ticket(id) if id.is_empty() => View::new(),
        Cell::Ticket(id) => view! { TicketRef(id=id) },
        Cell::Field(key, Some(value)) => {
            let value = told(&names.field(&key).unwrap_or_default(), &value);
            view! { span(class="one-line") { (value) } }
        }
    }
}

/// The way to the ticket, and where the words stand that were looked for.
fn subject(at: At, ticket: Signal<Rc<Ticket>>, snippet: Option<String>) -> View {
    let (id, number) = ticket.with_untracked(|ticket| (ticket.id.clone(), ticket.number.clone()));
    let href = move || {
        let view = at.view.with(|view| view.key().to_owned());
        Place::DeskTicket { view, ticket: number.clone() }.path()
    };
    let subject = create_selector(move || ticket.with(|ticket| ticket.subject.clone()));
    let snippet = snippet.filter(|snippet| !snippet.is_empty());
    let snippet = View::from(
        snippet.map(|html| view! { span(class="snippet one-line", dangerously_set_inner_html=html) {} }),
    );
    view! {
        span(class="cell", data-column="subject") {
            a(class="open-ticket one-line", href=href(), on:click=move |_| at.cursor.set(Some(id.clone()))) { (subject.get_clone()) }
            (snippet)
        }
    }
}
