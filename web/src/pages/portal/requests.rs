//! My requests: the open ones, the done ones.

use std::rc::Rc;

use proto::tickets::v1::{Status, Ticket, TicketQuery};
use sycamore::prelude::*;

use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Empty, Failed, Icon, StatusPill, T, TimeAgo};
use crate::routes::Place;
use crate::store::Load;
use crate::store::list::{Question, TicketList};
use crate::text::t;

const OPEN: [Status; 4] = [Status::New, Status::Open, Status::Pending, Status::OnHold];
const DONE: [Status; 4] = [Status::Resolved, Status::Closed, Status::Rejected, Status::Withdrawn];

/// What the person asked for, or takes part in.
#[component]
pub(super) fn Requests() -> View {
    title(&t!("nav-requests"));
    let app = use_context::<App>();
    let done = create_signal(false);
    let question = create_memo(move || Rc::new(question(app.session.me().id.clone(), done.get())));
    let list = TicketList::follow(app, question);
    view! {
        div(class="page") {
            header(class="page-head") {
                div { h1 { T(id="nav-requests") } }
                a(class="btn", data-kind="primary", href="/requests/new") { Icon(name="plus") T(id="new-request") }
            }
            (tabs(done))
            (match list.state().get_clone() {
                Load::Waiting => view! { div(class="panel") { Bones(rows=5) } },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| list.reload()) },
                Load::Ready(()) => view! { Rows(app=app, list=list, done=done.get()) },
            })
        }
    }
}

fn tabs(done: Signal<bool>) -> View {
    let tab = move |value: bool, words: String| {
        let selected = move || (done.get() == value).to_string();
        view! {
            button(class="tab", r#type="button", role="tab", aria-selected=selected, on:click=move |_| done.set(value)) { (words) }
        }
    };
    let (open, closed) = (tab(false, t!("requests-open")), tab(true, t!("requests-done")));
    view! { div(class="tabs", role="tablist") { (open) (closed) } }
}

fn question(me: String, done: bool) -> Question {
    let statuses = if done { DONE } else { OPEN };
    let query = TicketQuery {
        statuses: statuses.map(Into::into).to_vec(),
        participant_id: me.clone(),
        ..TicketQuery::default()
    };
    let belongs = move |ticket: &Ticket| takes_part(ticket, &me) && statuses.contains(&ticket.status());
    Question { query, belongs: Rc::new(belongs) }
}

/// The rule of `TicketQuery.participant_id`.
fn takes_part(ticket: &Ticket, me: &str) -> bool {
    ticket.requester_id == me
        || ticket.on_behalf_of_id == me
        || ticket.cc_ids.iter().chain(&ticket.watcher_ids).any(|id| id == me)
}

#[component(inline_props)]
fn Rows(app: App, list: TicketList, done: bool) -> View {
    let is_empty = create_selector(move || list.rows().with(Vec::is_empty));
    view! {
        (if is_empty.get() {
            nothing(done)
        } else {
            view! {
                div(class="panel") {
                    Keyed(list=list.rows(), key=|row| row.id.clone(), view=move |row| row_of(app, &row.id))
                }
                (if list.has_more() {
                    view! { div(class="list-foot") { Button(label=t!("more"), on:click=move |_| list.more()) } }
                } else {
                    View::new()
                })
            }
        })
    }
}

fn nothing(done: bool) -> View {
    if done {
        return view! { div(class="panel") { Empty(icon="done", title=t!("requests-none-done"), text=t!("requests-none-done-text")) } };
    }
    view! {
        div(class="panel") {
            Empty(icon="ticket", title=t!("requests-none"), text=t!("requests-none-text")) {
                a(class="btn", data-kind="primary", href="/requests/new") { Icon(name="plus") T(id="new-request") }
            }
        }
    }
}

fn row_of(app: App, id: &str) -> View {
    let Some(ticket) = app.tickets.find(id) else {
        return View::new();
    };
    let known = ticket.get_clone_untracked();
    let href = Place::Request { id: known.number.clone() }.path();
    view! {
        a(class="request", href=href) {
            span(class="subject one-line") { (ticket.with(|ticket| ticket.subject.clone())) }
            (status(&ticket.get_clone()))
            (detail(app, &ticket.get_clone()))
            (changed(&ticket.get_clone()))
        }
    }
}

fn status(ticket: &Ticket) -> View {
    let label = ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default();
    let status = ticket.status();
    view! { StatusPill(status=status, label=label) }
}

fn detail(app: App, ticket: &Ticket) -> View {
    let (number, department) = (ticket.number.clone(), ticket.department_id.clone());
    let count = i64::from(ticket.comment_count);
    let answers = if count == 0 { String::new() } else { t!("answers", count = count) };
    view! {
        span(class="detail") {
            span { (number) }
            span { (app.departments.name(&department)) }
            span { (answers) }
        }
    }
}

fn changed(ticket: &Ticket) -> View {
    let time = ticket.update_time;
    view! { TimeAgo(time=time, class="when") }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Status, Ticket};

    use super::question;

    #[test]
    fn a_request_one_is_in_copy_of_is_ones_own_and_no_longer_open_once_resolved() {
        let ticket =
            Ticket { cc_ids: vec!["me".to_owned()], status: Status::Open.into(), ..Ticket::default() };
        let resolved = Ticket { status: Status::Resolved.into(), ..ticket.clone() };
        let (open, done) = (question("me".to_owned(), false), question("me".to_owned(), true));
        assert!((open.belongs)(&ticket) && !(open.belongs)(&resolved) && (done.belongs)(&resolved));
        assert!(!(question("other".to_owned(), false).belongs)(&ticket));
    }
}
