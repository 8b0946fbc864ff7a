//! Finding one ticket by its number or its words, to merge with it, link it or move something there.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::{Ticket, TicketQuery};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::parts::{Form, Icon, StatusPill, T, TextField};
use crate::text::t;

/// How long to wait for the next letter before asking, in milliseconds.
const PATIENCE: u32 = 180;
/// The most that are offered.
const MOST: i32 = 8;

/// The field and what was found; never the ticket one is on.
#[component(inline_props)]
pub(in crate::pages) fn Finder(
    #[prop(setter(into))] label: String,
    form: Form,
    chosen: Signal<Option<Rc<Ticket>>>,
    #[prop(setter(into))] but: String,
) -> View {
    let words = create_signal(String::new());
    let found = create_signal(None::<Rc<Vec<Rc<Ticket>>>>);
    create_effect(move || {
        let typed = words.get_clone().trim().to_owned();
        let but = but.clone();
        spawn_local_scoped(async move {
            TimeoutFuture::new(PATIENCE).await;
            if typed.is_empty() {
                return found.set(None);
            }
            match api::tickets::search(typed, TicketQuery::default(), String::new(), MOST).await {
                Ok(answer) => {
                    let tickets = answer.matches.into_iter().filter_map(|found| found.ticket);
                    found
                        .set(Some(Rc::new(tickets.filter(|ticket| ticket.id != but).map(Rc::new).collect())));
                }
                Err(trouble) => form.show(Some(trouble)),
            }
        });
    });
    view! {
        TextField(name="target", label=label, value=words, form=form, hint=t!("finder-hint"), autocomplete="off", "autofocus"="")
        (match found.get_clone() {
            None => View::new(),
            Some(found) if found.is_empty() => view! { p(class="small muted", role="status") { T(id="nothing-found") } },
            Some(found) => {
                let lines = View::from(found.iter().map(|ticket| line(ticket, chosen)).collect::<Vec<_>>());
                view! { div(class="found", role="group", aria-label=t!("finder-found")) { (lines) } }
            }
        })
    }
}

fn line(ticket: &Rc<Ticket>, chosen: Signal<Option<Rc<Ticket>>>) -> View {
    let (own, number, subject) = (Rc::clone(ticket), ticket.number.clone(), ticket.subject.clone());
    let label = ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default();
    let status = ticket.status();
    let id = ticket.id.clone();
    let pressed =
        move || chosen.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.id == id)).to_string();
    view! {
        button(class="item", r#type="button", aria-pressed=pressed, on:click=move |_| chosen.set(Some(Rc::clone(&own)))) {
            span(class="faint") { (number) }
            span(class="one-line grow") { (subject) }
            StatusPill(status=status, label=label)
            Icon(name="check", class="icon tick")
        }
    }
}
