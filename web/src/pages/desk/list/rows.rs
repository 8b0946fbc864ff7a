//! The rows of a list: the columns of its view, each cell following its ticket by itself.

use std::rc::Rc;

use proto::tickets::v1::{Priority, Status, Ticket};
use sycamore::prelude::*;

use super::At;
use crate::desk::Row;
use crate::desk::columns::Column;
use crate::parts::{ChooseAll, ChooseRow, Person, PriorityMark, StatusPill, TimeAgo};
use crate::routes::Place;
use crate::store::list::TicketList;
use crate::text::{self, t};

/// The head, for those who see columns; who hears them is told by the row.
pub(super) fn head(at: At) -> View {
    let names = move || {
        let cells = at.columns.get_clone().into_iter().map(|column| {
            let name = t!(column.words());
            view! { span(class="cell", data-column=column.key()) { (name) } }
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

fn cell(at: At, column: Column, ticket: Signal<Rc<Ticket>>, snippet: Option<String>) -> View {
    if column == Column::Subject {
        return subject(at, ticket, snippet);
    }
    let inside = match column {
        Column::Number | Column::Subject => number(ticket),
        Column::Requester => who(ticket, true, |ticket| ticket.requester_id.clone()),
        Column::Assignee => who(ticket, false, |ticket| ticket.assignee_id.clone()),
        Column::Status => state(ticket),
        Column::Priority => priority(ticket),
        Column::Department => department(at, ticket),
        Column::Tags => words(ticket, |ticket| ticket.tags.join(", ")),
        Column::Source => words(ticket, |ticket| {
            let key = ticket.source().as_str_name().to_ascii_lowercase().replace('_', "-");
            text::maybe(&key).unwrap_or_default()
        }),
        Column::Created => time(ticket, |ticket| ticket.create_time),
        Column::Changed => time(ticket, |ticket| ticket.update_time),
    };
    view! { span(class="cell", data-column=column.key()) { (inside) } }
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

fn number(ticket: Signal<Rc<Ticket>>) -> View {
    let number = ticket.with_untracked(|ticket| ticket.number.clone());
    view! { (number) }
}

fn words(ticket: Signal<Rc<Ticket>>, of: impl Fn(&Ticket) -> String + 'static) -> View {
    let words = create_selector(move || ticket.with(|ticket| of(ticket)));
    view! { span(class="one-line") { (words.get_clone()) } }
}

fn department(at: At, ticket: Signal<Rc<Ticket>>) -> View {
    let id = create_selector(move || ticket.with(|ticket| ticket.department_id.clone()));
    view! { span(class="one-line") { (at.app.departments.name(&id.get_clone())) } }
}

fn who(ticket: Signal<Rc<Ticket>>, bare: bool, of: impl Fn(&Ticket) -> String + 'static) -> View {
    let id = create_selector(move || ticket.with(|ticket| of(ticket)));
    let person = move |id: String| view! { Person(id=id, bare=bare) };
    view! { (person(id.get_clone())) }
}

fn state(ticket: Signal<Rc<Ticket>>) -> View {
    let label = |ticket: &Ticket| ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default();
    let state = create_selector(move || ticket.with(|ticket| (ticket.status(), label(ticket))));
    let pill = |(status, label): (Status, String)| view! { StatusPill(status=status, label=label) };
    view! { (pill(state.get_clone())) }
}

fn priority(ticket: Signal<Rc<Ticket>>) -> View {
    let priority = create_selector(move || ticket.with(|ticket| ticket.priority()));
    let mark = |priority: Priority| view! { PriorityMark(priority=priority) };
    view! { (mark(priority.get())) }
}

fn time(
    ticket: Signal<Rc<Ticket>>,
    of: impl Fn(&Ticket) -> Option<prost_types::Timestamp> + 'static,
) -> View {
    let time = create_selector(move || ticket.with(|ticket| of(ticket)));
    let ago = |time: Option<prost_types::Timestamp>| view! { TimeAgo(time=time) };
    view! { (ago(time.get())) }
}
