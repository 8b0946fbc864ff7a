//! Merging a ticket into another one: which, what will happen, a word to the requester; undone as easily.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use crate::api;
use crate::app::App;
use crate::desk::Shown;
use crate::pages::ticket_parts::{Finder, unmerge};
use crate::parts::{
    Act, AreaField, Button, Form, Icon, Kind, Modal, Notice, Person, Shape, StatusPill, T, Tone, form_foot,
    refusal,
};
use crate::routes::{self, Place};
use crate::store::open_ticket::OpenTicket;
use crate::text::t;

/// What is being merged.
#[derive(Clone, Copy)]
struct Merging {
    app: App,
    view: ReadSignal<Shown>,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    other: Signal<Option<Rc<Ticket>>>,
    /// Which of the two goes on: by default the other one.
    keeps_other: Signal<bool>,
    comment: Signal<String>,
    form: Form,
}

impl Merging {
    fn go(self, request_id: String, done: Act) {
        let Some(other) = self.other.get_clone() else {
            return self.form.refuse("target", t!("finder-missing"));
        };
        let own = self.ticket.get_clone_untracked();
        let (target, source) = if self.keeps_other.get() { (other, own) } else { (own, other) };
        let words = self.comment.get_clone().trim().to_owned();
        let call = api::tickets::merge(target.id.clone(), source.id.clone(), words, request_id);
        self.form.send(self.app, call, move |merge| {
            done.now();
            self.merged(merge.id, &source, &target);
        });
    }

    /// Goes on to the ticket that is left, and offers to take them apart again.
    fn merged(self, id: String, source: &Ticket, target: &Ticket) {
        let said = t!("merged-into", from = source.number.clone(), to = target.number.clone());
        self.app.toasts.offer_undo(said, move |()| {
            let id = id.clone();
            spawn_local(async move { unmerge(self.app, self.open, id).await });
        });
        self.open.refresh_all();
        let view = self.view.with_untracked(|view| view.key().to_owned());
        routes::go(&Place::DeskTicket { view, ticket: target.number.clone() });
    }
}

/// The dialog.
#[component(inline_props)]
pub(super) fn MergeDialog(
    app: App,
    view: ReadSignal<Shown>,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    #[prop(setter(into))] on_close: Act,
) -> View {
    let (form, other, keeps_other) = (Form::new(), create_signal(None), create_signal(true));
    let comment = create_signal(String::new());
    let merging = Merging { app, view, open, ticket, other, keeps_other, comment, form };
    let request_id = api::request_id();
    let done = on_close.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        merging.go(request_id.clone(), done.clone());
    };
    let but = ticket.with_untracked(|ticket| ticket.id.clone());
    let away = on_close.clone();
    let foot = form_foot(form, &t!("merge-go"), move |()| away.now());
    view! {
        Modal(title=t!("merge"), shape=Shape::Wide, on_close=move |()| on_close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    (refusal(form))
                    Finder(label=t!("merge-with"), form=form, chosen=other, but=but)
                    (match other.get_clone() {
                        Some(other) => preview(&ticket.get_clone(), &other, keeps_other),
                        None => View::new(),
                    })
                    AreaField(name="comment", label=t!("merge-comment"), value=comment, form=form, hint=t!("merge-comment-hint"), optional=true, rows="3")
                }
                (foot)
            }
        }
    }
}

/// Both tickets and what becomes of each.
fn preview(own: &Ticket, other: &Ticket, keeps_other: Signal<bool>) -> View {
    let (stub, kept) = if keeps_other.get() { (own, other) } else { (other, own) };
    let (from, to) = (card(stub, "merge-stub"), card(kept, "merge-kept"));
    let words = t!("merge-moves", count = stub.comment_count, number = kept.number.clone());
    view! {
        div(class="merging") {
            (from)
            Button(kind=Kind::Quiet, icon="arrow-right", aria-label=t!("merge-turn"), title=t!("merge-turn"), on:click=move |_| keeps_other.set(!keeps_other.get()))
            (to)
        }
        Notice(tone=Tone::New, text=words)
    }
}

fn card(ticket: &Ticket, words: &'static str) -> View {
    let (number, subject, requester) =
        (ticket.number.clone(), ticket.subject.clone(), ticket.requester_id.clone());
    let label = ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default();
    let status = ticket.status();
    let icon = if words == "merge-stub" { "merge" } else { "check" };
    view! {
        div(class="card") {
            span(class="small muted line") { Icon(name=icon) T(id=words) }
            b(class="one-line") { (subject) }
            span(class="line small") { span(class="faint") { (number) } StatusPill(status=status, label=label) Person(id=requester, bare=true) }
        }
    }
}
