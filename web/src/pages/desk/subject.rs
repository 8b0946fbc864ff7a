//! The subject of a ticket, changed in place: by its pen or by `e`.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;

use super::edits::Edits;
use crate::browser;
use crate::keys;
use crate::parts::{Button, Kind};
use crate::text::t;

/// The longest subject.
const LONGEST: &str = "255";

/// The subject, or the field it is changed in.
#[component(inline_props)]
pub(super) fn Subject(edits: Edits, ticket: Signal<Rc<Ticket>>) -> View {
    let text = create_signal(String::new());
    let editing = create_signal(false);
    let may = edits.may();
    let begin = move || {
        text.set(ticket.with_untracked(|ticket| ticket.subject.clone()));
        editing.set(true);
        sycamore::web::queue_microtask(|| {
            browser::focus("#subject");
        });
    };
    keys::take(move |key| {
        let begins = key == "e" && may.get_untracked();
        if begins {
            begin();
        }
        begins
    });
    view! {
        (if editing.get() {
            field(edits, text, editing)
        } else {
            view! {
                h1(class="grow") { (ticket.with(|ticket| ticket.subject.clone())) }
                (if may.get() {
                    view! { Button(kind=Kind::Quiet, icon="edit", aria-label=t!("subject-change"), on:click=move |_| begin()) }
                } else {
                    View::new()
                })
            }
        })
    }
}

/// Enter and leaving it keep what was typed, Escape does not.
fn field(edits: Edits, text: Signal<String>, editing: Signal<bool>) -> View {
    let keep = move || {
        if !editing.replace(false) {
            return;
        }
        let written = text.get_clone_untracked().trim().to_owned();
        if !written.is_empty() {
            edits.change("subject", |ticket| ticket.subject.clone_from(&written));
        }
    };
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => keep(),
        "Escape" => editing.set(false),
        _ => {}
    };
    view! {
        h1(class="grow vh") { (text.get_clone()) }
        input(class="input subject-field grow", id="subject", aria-label=t!("field-subject"), maxlength=LONGEST, autocomplete="off", bind:value=text,
            on:keydown=key, on:blur=move |_| keep())
    }
}
