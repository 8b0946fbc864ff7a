//! Trying what is drawn on recent tickets: which of them it would have handled otherwise, and how.

use std::rc::Rc;

use proto::workflow::v1::{SimulateDraftResponse, SimulatedTicket};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::board::Board;
use crate::api;
use crate::parts::{
    Act, Bones, Button, Empty, Failed, Form, Kind, Maybe, Modal, Notice, SelectField, Shape, T, Tone,
};
use crate::routes::Place;
use crate::store::Load;
use crate::text::{self, t};

/// How many tickets can be tried.
const COUNTS: [i32; 4] = [50, 100, 500, 1_000];

/// The dialog.
#[component(inline_props)]
pub(super) fn Trial(board: Board, #[prop(setter(into))] done: Act) -> View {
    let count = create_signal(COUNTS[1].to_string());
    let answer = create_signal(None::<Load<Rc<SimulateDraftResponse>>>);
    let run = move || {
        answer.set(Some(Load::Waiting));
        let tickets = count.get_clone_untracked().parse().unwrap_or(COUNTS[1]);
        spawn_local(async move {
            let found = match board.save().await {
                Ok(workflow) => api::flows::simulate(workflow.id, tickets).await,
                Err(trouble) => Err(trouble),
            };
            if answer.is_alive() {
                answer.set(Some(Load::from(found).map(Rc::new)));
            }
        });
    };
    let (form, close) = (Form::new(), done);
    let options = COUNTS.map(|count| (count.to_string(), t!("flow-try-count", count = count))).to_vec();
    view! {
        Modal(title=t!("flow-try"), shape=Shape::Wide, on_close=move |()| close.now()) {
            div(class="body form") {
                p(class="muted") { T(id="flow-try-text") }
                div(class="give-line") {
                    SelectField(name="tickets", label=t!("flow-try-tickets"), value=count, options=options, form=form)
                    Button(kind=Kind::Primary, icon="bolt", label=t!("flow-try-now"), on:click=move |_| run())
                }
                (shown(answer.get_clone(), run))
            }
        }
    }
}

fn shown(answer: Maybe<Load<Rc<SimulateDraftResponse>>>, again: impl Fn() + 'static) -> View {
    match answer {
        None => View::new(),
        Some(Load::Waiting) => view! { Bones(rows=3) },
        Some(Load::Failed(trouble)) => failed(trouble, again),
        Some(Load::Ready(answer)) => found(&answer),
    }
}

/// A drawing that could not be published cannot be tried either; the list below the drawing says why.
fn failed(trouble: api::Trouble, again: impl Fn() + 'static) -> View {
    if trouble.reason == "DRAFT_INVALID" {
        return view! { Notice(tone=Tone::Late, text=t!("flow-try-invalid")) };
    }
    view! { Failed(trouble=trouble, retry=move |()| again()) }
}

fn found(answer: &SimulateDraftResponse) -> View {
    let (tried, differ) = (answer.replayed, answer.differences.len());
    if differ == 0 {
        let text = t!("flow-try-same", count = tried);
        return view! { div(role="status") { Empty(icon="done", title=t!("flow-try-nothing"), text=text) } };
    }
    let lines = View::from(answer.differences.iter().map(line).collect::<Vec<_>>());
    view! {
        p(role="status") { (t!("flow-try-found", differ = differ, count = tried)) }
        ul(class="trial") { (lines) }
    }
}

fn line(ticket: &SimulatedTicket) -> View {
    let SimulatedTicket { ticket_id, ticket_number, differences } = ticket.clone();
    let href = Place::Ticket { id: ticket_id }.path();
    let said = differences.iter().map(|said| {
        let said = text::sentence(said);
        view! { li { (said) } }
    });
    let said = View::from(said.collect::<Vec<_>>());
    view! { li(class="tried") { a(href=href, target="_blank") { (ticket_number) } ul(class="small") { (said) } } }
}
