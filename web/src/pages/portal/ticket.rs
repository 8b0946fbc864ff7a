//! One request: how far it is, what was said, and what its requester may do.

use std::rc::Rc;

use proto::tickets::v1::{Status, Ticket};
use sycamore::prelude::*;

use super::rate::Rating;
use crate::app::App;
use crate::pages::ticket_parts::{Answers, Awaited, Conversation, Moves, Pen, track};
use crate::pages::title;
use crate::parts::{Bones, Failed, Icon, Mode, Notice, Person, StatusPill, T};
use crate::store::Load;
use crate::store::open_ticket::OpenTicket;
use crate::text::t;

/// The page of a request by id or number.
#[component(inline_props)]
pub(super) fn Request(id: String) -> View {
    let app = use_context::<App>();
    let open = OpenTicket::follow(app, id.clone());
    view! {
        div(class="page") {
            a(class="line small", href="/requests") { Icon(name="arrow-left") T(id="nav-requests") }
            (match open.ticket().get_clone() {
                Load::Waiting => view! { Bones(text=true) },
                Load::Failed(trouble) => { let id = id.clone(); view! { Failed(trouble=trouble, retry=move |()| open.reload(id.clone())) } },
                Load::Ready(ticket) => view! { Inside(app=app, open=open, ticket=ticket) },
            })
        }
    }
}

#[component(inline_props)]
fn Inside(app: App, open: OpenTicket, ticket: Signal<Rc<Ticket>>) -> View {
    create_effect(move || ticket.with(|ticket| title(&format!("{} {}", ticket.number, ticket.subject))));
    let mode = create_signal(Mode::Reply);
    ask_what_may_be_done(open, ticket);
    let may_reply = create_selector(move || {
        ticket.with(|ticket| ticket.abilities.is_none_or(|abilities| abilities.reply))
    });
    view! {
        header(class="stack tight") {
            h1 { (ticket.with(|ticket| ticket.subject.clone())) }
            (facts(app, &ticket.get_clone()))
        }
        section(class="panel progress-card", aria-label=t!("progress")) {
            (track(open))
            Moves(app=app, open=open)
            Awaited(app=app, open=open)
        }
        Rating(app=app, ticket=ticket)
        Answers(app=app, ticket=ticket)
        Conversation(open=open, ticket=ticket)
        (if may_reply.get() {
            view! { (opens_again(ticket)) Pen(app=app, open=open, ticket=ticket, mode=mode, modes=vec![Mode::Reply]) }
        } else {
            View::new()
        })
    }
}

/// What may be done with a ticket comes with a call alone; once it stands elsewhere, it is asked again.
fn ask_what_may_be_done(open: OpenTicket, ticket: Signal<Rc<Ticket>>) {
    let status = create_selector(move || ticket.with(|ticket| ticket.status()));
    let first = create_signal(true);
    create_effect(on(status, move || {
        if !first.replace_silent(false)
            && let Some(id) = open.id()
        {
            open.reload(id);
        }
    }));
}

/// What an answer does to a request that is done.
fn opens_again(ticket: Signal<Rc<Ticket>>) -> View {
    let status = create_selector(move || ticket.with(|ticket| ticket.status()));
    view! {
        (match status.get() {
            Status::Resolved => view! { Notice(text=t!("answer-reopens")) },
            Status::Closed => view! { Notice(text=t!("answer-reopens-closed")) },
            _ => View::new(),
        })
    }
}

fn facts(app: App, ticket: &Ticket) -> View {
    let (number, department, assignee) =
        (ticket.number.clone(), ticket.department_id.clone(), ticket.assignee_id.clone());
    let label = ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default();
    let status = ticket.status();
    let agent = if assignee.is_empty() {
        view! { span { T(id="waits-for-agent") } }
    } else {
        view! { Person(id=assignee) }
    };
    view! {
        div(class="facts") {
            StatusPill(status=status, label=label)
            span { (number) }
            span { (app.departments.name(&department)) }
            (agent)
        }
    }
}
