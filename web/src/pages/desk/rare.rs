//! What is done with a ticket now and then: handing it on, merging it, writing its description anew, deleting it.

use std::rc::Rc;

use proto::tickets::v1::{Ticket, TicketAbilities};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::edits::Edits;
use super::hand::Hand;
use crate::api;
use crate::desk::Shown;
use crate::parts::{
    AreaField, Form, Icon, Kind, MenuItem, Modal, Popover, Question, Reason, Shape, form_foot, refusal,
};
use crate::routes::{self, Place};
use crate::text::t;

/// The menu, and which of its dialogs is open.
#[derive(Clone, Copy)]
pub(super) struct Rare {
    edits: Edits,
    hand: Hand,
    view: ReadSignal<Shown>,
    pub(super) merging: Signal<bool>,
    describing: Signal<bool>,
}

impl Rare {
    pub(super) fn new(edits: Edits, hand: Hand, view: ReadSignal<Shown>) -> Self {
        Self { edits, hand, view, merging: create_signal(false), describing: create_signal(false) }
    }

    /// The button with the menu, for whoever may do any of it.
    pub(super) fn menu(self) -> View {
        let ticket = self.edits.ticket;
        let may = create_selector(move || ticket.with(|ticket| may(ticket)));
        let may_any = create_selector(move || {
            let may = may.get();
            self.hand.may() || may.merge || may.update || may.delete
        });
        let inside = move || self.items(may.get_untracked());
        view! {
            (if may_any.get() {
                view! { Popover(inside=inside, button="btn tool", name=t!("ticket-more")) { Icon(name="dots") } }
            } else {
                View::new()
            })
        }
    }

    fn items(self, may: TicketAbilities) -> View {
        let item = |shown: bool, draw: &dyn Fn() -> View| if shown { draw() } else { View::new() };
        let describe = item(may.update, &|| {
            view! { MenuItem(icon="edit", label=t!("describe"), on:click=move |_| self.describing.set(true)) }
        });
        let merge = item(may.merge, &|| {
            view! { MenuItem(icon="merge", label=t!("merge"), on:click=move |_| self.merging.set(true)) }
        });
        let delete = item(may.delete, &|| {
            view! { MenuItem(icon="x", label=t!("ticket-delete"), kind="danger", on:click=move |_| self.ask_delete()) }
        });
        view! { (self.hand.items()) (describe) (merge) (delete) }
    }

    /// The dialog of the description, while it is open.
    pub(super) fn dialogs(self) -> View {
        view! { (if self.describing.get() { view! { Describe(rare=self) } } else { View::new() }) }
    }

    fn ask_delete(self) {
        let app = self.edits.app;
        let ticket = self.edits.ticket.get_clone_untracked();
        let back = self.view.with_untracked(|view| view.key().to_owned());
        let question = Question {
            title: t!("ticket-delete"),
            text: t!("ticket-delete-text"),
            deed: t!("ticket-delete"),
            kind: Kind::Danger,
            reason: Reason::Required,
            typed: ticket.number.clone(),
        };
        let request_id = api::request_id();
        app.questions.ask(question, move |reason| {
            // As it is by then: what was said meanwhile is no reason to keep it.
            let (ticket, request_id) = (Rc::clone(&ticket), request_id.clone());
            let (now, back) = (app.tickets.find(&ticket.id), back.clone());
            async move {
                let ticket = now.map_or(ticket, |now| now.get_clone_untracked());
                api::tickets::delete(&ticket, reason, request_id).await?;
                app.toasts.say(t!("ticket-deleted", number = ticket.number.clone()));
                routes::go(&Place::DeskView { view: back });
                Ok(())
            }
        });
    }
}

/// What the person may do; a stub is neither merged nor changed.
fn may(ticket: &Ticket) -> TicketAbilities {
    let may = ticket.abilities.unwrap_or_default();
    let is_stub = !ticket.merged_into_id.is_empty();
    TicketAbilities { merge: may.merge && !is_stub, update: may.update && !is_stub, ..may }
}

/// The description, written anew. It stays typed when it is refused.
#[component(inline_props)]
fn Describe(rare: Rare) -> View {
    let (form, edits) = (Form::new(), rare.edits);
    let text = create_signal(edits.ticket.with_untracked(|ticket| ticket.description.clone()));
    let away = move || rare.describing.set(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let before = edits.ticket.get_clone_untracked();
        let ticket = Ticket { description: text.get_clone(), ..Ticket::clone(&before) };
        let call = api::tickets::update(ticket, &["description"]);
        form.send(edits.app, call, move |now| {
            edits.app.tickets.put(now);
            edits.app.toasts.say(t!("saved"));
            away();
        });
    };
    let foot = form_foot(form, &t!("save"), move |()| away());
    view! {
        Modal(title=t!("describe"), shape=Shape::Wide, on_close=move |()| away()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    (refusal(form))
                    AreaField(name="description", label=t!("field-description"), value=text, form=form, rows="12", "autofocus"="")
                }
                (foot)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Ticket, TicketAbilities};

    use super::may;

    #[test]
    fn a_stub_is_neither_merged_nor_changed_but_can_be_deleted() {
        let all = TicketAbilities { merge: true, update: true, delete: true, ..TicketAbilities::default() };
        let ticket = Ticket { abilities: Some(all), ..Ticket::default() };
        assert_eq!(may(&ticket), all);
        let stub = may(&Ticket { merged_into_id: "tkt_2".into(), ..ticket });
        assert!(stub.delete && !stub.merge && !stub.update);
    }
}
