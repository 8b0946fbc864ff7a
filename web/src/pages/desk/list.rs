//! The list of a view: dense, walked with `j` and `k`, never jumping under the eye.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::{Ticket, TicketQuery};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::name;
use crate::app::App;
use crate::browser;
use crate::desk::{self, Row, View as DeskView};
use crate::keys;
use crate::pages::{frame::LiveMark, title};
use crate::parts::{
    Badge, Bones, Button, Empty, Failed, Icon, Kind, Person, PriorityMark, SearchBox, StatusPill, T, TimeAgo,
};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::store::list::{Question, TicketList};
use crate::text::t;

/// How long to wait for the next letter before asking, in milliseconds.
const PATIENCE: u32 = 180;

/// What the list needs to know of where it is.
#[derive(Clone, Copy)]
struct At {
    app: App,
    view: ReadSignal<DeskView>,
    /// The open ticket by id or number.
    ticket: ReadSignal<Option<String>>,
    /// The row the keyboard is on, by id.
    cursor: Signal<Option<String>>,
}

/// The zone of the list.
#[component(inline_props)]
pub(super) fn ListZone(app: App, view: ReadSignal<DeskView>, ticket: ReadSignal<Option<String>>) -> View {
    let words = create_signal(String::new());
    let asked = settled(words);
    create_effect(on(view, move || words.set(String::new())));
    let question =
        create_memo(move || Rc::new(question(view.get(), app.session.me().id.clone(), asked.get_clone())));
    let list = TicketList::follow(app, question);
    let at = At { app, view, ticket, cursor: create_signal(None) };
    create_effect(move || {
        if ticket.with(Option::is_none) {
            title(&name(view.get()));
        }
    });
    walk(at, list);
    view! {
        section(class="list-zone", aria-labelledby="list-name") {
            header(class="zone-head") {
                h1(id="list-name") { (name(view.get())) }
                (total(list))
                div(class="find") { SearchBox(label=t!("find-tickets"), value=words) }
                LiveMark()
                Button(kind=Kind::Quiet, icon="refresh", aria-label=t!("refresh"), on:click=move |_| list.reload())
            }
            (changed(list))
            (match list.state().get_clone() {
                Load::Waiting => view! { Bones(rows=12) },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| list.reload()) },
                Load::Ready(()) => view! { Rows(at=at, list=list) },
            })
        }
    }
}

/// The words once nobody has typed for a moment.
fn settled(words: Signal<String>) -> ReadSignal<String> {
    let settled = create_signal(String::new());
    create_effect(move || {
        let typed = words.get_clone();
        spawn_local_scoped(async move {
            TimeoutFuture::new(PATIENCE).await;
            if settled.with_untracked(|before| *before != typed) {
                settled.set(typed);
            }
        });
    });
    *settled
}

fn question(view: DeskView, me: String, words: String) -> Question {
    let query = TicketQuery { text: words.trim().to_owned(), ..view.query(&me) };
    let belongs = move |ticket: &Ticket| view.holds(ticket, &me) && desk::mentions(ticket, &words);
    Question { query, belongs: Rc::new(belongs) }
}

fn total(list: TicketList) -> View {
    view! {
        (match list.state().get_clone() {
            Load::Ready(()) => { let count = list.total().get(); view! { Badge(count=count, tone="plain") } }
            _ => View::new(),
        })
    }
}

/// Says how many rows left the view; a press takes them away.
fn changed(list: TicketList) -> View {
    let gone = create_selector(move || list.gone());
    view! {
        (match gone.get() {
            0 => View::new(),
            count => {
                let text = t!("rows-changed", count = i64::try_from(count).unwrap_or_default());
                view! { button(class="changed", r#type="button", on:click=move |_| list.reload()) { Icon(name="refresh") (text) } }
            }
        })
    }
}

#[component(inline_props)]
fn Rows(at: At, list: TicketList) -> View {
    let is_empty = create_selector(move || list.rows().with(Vec::is_empty));
    let narrowed = move || list.question().with(|question| !question.query.text.is_empty());
    view! {
        (if is_empty.get() && narrowed() {
            view! { Empty(icon="search", title=t!("nothing-found"), text=t!("tickets-none-text")) }
        } else if is_empty.get() {
            let view = at.view.get();
            let (title, text) = (t!(&format!("none-{}", view.key())), t!(&format!("none-{}-text", view.key())));
            view! { Empty(icon="done", title=title, text=text) }
        } else {
            view! {
                div(class="tickets") {
                    (head())
                    Keyed(list=list.rows(), key=|row| (row.id.clone(), row.gone), view=move |row| row_of(at, &row))
                    (foot(list))
                }
            }
        })
    }
}

fn foot(list: TicketList) -> View {
    view! {
        (if list.has_more() {
            view! { div(class="list-foot") { Button(label=t!("more"), on:click=move |_| list.more()) } }
        } else {
            View::new()
        })
    }
}

fn head() -> View {
    view! {
        div(class="tickets-head", aria-hidden="true") {
            span { T(id="column-number") }
            span { T(id="field-subject") }
            span { T(id="requester") }
            span { T(id="column-status") }
            span(class="level") { T(id="field-priority") }
            span(class="holder") { T(id="assignee") }
            span(class="when") { T(id="column-changed") }
        }
    }
}

/// One ticket. Each cell follows the ticket by itself; the row is drawn once.
fn row_of(at: At, row: &Row) -> View {
    let Some(ticket) = at.app.tickets.find(&row.id) else {
        return View::new();
    };
    let number = ticket.with_untracked(|ticket| ticket.number.clone());
    let href =
        Place::DeskTicket { view: at.view.get_untracked().key().to_owned(), ticket: number.clone() }.path();
    let (id, own_id) = (row.id.clone(), row.id.clone());
    let shown = number.clone();
    let is_open = move || {
        at.ticket.with(|open| open.as_deref().is_some_and(|open| open == number || open == id)).then_some("")
    };
    let is_at = {
        let id = own_id.clone();
        move || at.cursor.with(|cursor| cursor.as_deref() == Some(&id)).then_some("")
    };
    let (fresh, gone) = (row.fresh.then_some(""), row.gone.then_some(""));
    view! {
        a(class="ticket-row", href=href, data-selected=is_open, data-cursor=is_at, data-fresh=fresh, data-gone=gone,
            on:click=move |_| at.cursor.set(Some(own_id.clone()))) {
            span(class="no") { (shown) }
            span(class="subject one-line") { (ticket.with(|ticket| ticket.subject.clone())) }
            (cells(ticket))
        }
    }
}

fn cells(ticket: Signal<Rc<Ticket>>) -> View {
    let requester = create_selector(move || ticket.with(|ticket| ticket.requester_id.clone()));
    let assignee = create_selector(move || ticket.with(|ticket| ticket.assignee_id.clone()));
    let state = create_selector(move || ticket.with(|ticket| (ticket.status(), stage(ticket))));
    let priority = create_selector(move || ticket.with(|ticket| ticket.priority()));
    let changed = create_selector(move || ticket.with(|ticket| ticket.update_time));
    view! {
        span(class="who one-line") { (name_of(requester.get_clone())) }
        span(class="state") { (pill(state.get_clone())) }
        span(class="level") { (mark(priority.get())) }
        span(class="holder one-line") { (person(assignee.get_clone())) }
        (ago(changed.get()))
    }
}

fn stage(ticket: &Ticket) -> String {
    ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default()
}

fn pill((status, label): (proto::tickets::v1::Status, String)) -> View {
    view! { StatusPill(status=status, label=label) }
}

fn mark(priority: proto::tickets::v1::Priority) -> View {
    view! { PriorityMark(priority=priority) }
}

fn name_of(id: String) -> View {
    view! { Person(id=id, bare=true) }
}

fn person(id: String) -> View {
    view! { Person(id=id) }
}

fn ago(time: Option<prost_types::Timestamp>) -> View {
    view! { TimeAgo(time=time, class="when") }
}

/// `j` and `k` walk, Enter opens.
fn walk(at: At, list: TicketList) {
    keys::take(move |key| {
        let by = match key {
            "j" => 1,
            "k" => -1,
            "Enter" => return open(at),
            "/" => return browser::focus(".find input"),
            _ => return false,
        };
        let from = at.cursor.get_clone_untracked();
        let to = list.rows().with_untracked(|rows| desk::step(rows, from.as_deref(), by));
        if to.is_some() {
            at.cursor.set(to);
            browser::reveal(".ticket-row[data-cursor]");
            if at.ticket.with_untracked(Option::is_some) {
                open(at);
            }
        }
        true
    });
}

fn open(at: At) -> bool {
    let Some(ticket) = at.cursor.get_clone_untracked().and_then(|id| at.app.tickets.find(&id)) else {
        return false;
    };
    let number = ticket.with_untracked(|ticket| ticket.number.clone());
    routes::go(&Place::DeskTicket { view: at.view.get_untracked().key().to_owned(), ticket: number });
    true
}
