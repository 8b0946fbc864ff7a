//! Recovery codes: shown once, to be copied, kept as a file or printed.

use sycamore::prelude::*;

use super::Page;
use super::ask::{Ask, Proof};
use crate::parts::{Act, Button, CopyButton, Form, Icon, Kind, Modal, Notice, T, Tone};
use crate::text::t;
use crate::{api, browser};

/// The codes and what can be done with them.
#[component(inline_props)]
pub(in crate::pages) fn Codes(codes: Vec<String>, #[prop(setter(into))] done: Act) -> View {
    let text = codes.join("\n");
    let file = format!("data:text/plain;charset=utf-8,{}%0A", codes.join("%0A"));
    let items = codes.into_iter().map(|code| view! { li { (code) } });
    let items = View::from(items.collect::<Vec<_>>());
    view! {
        div(class="body stack to-print") {
            Notice(tone=Tone::Wait, text=t!("codes-once"))
            ol(class="codes mono", aria-label=t!("recovery-codes")) { (items) }
            div(class="line wrap no-print") {
                CopyButton(value=text)
                a(class="btn", href=file, download="ticketmesh-recovery-codes.txt") { Icon(name="download") T(id="download") }
                Button(icon="print", label=t!("print"), on:click=|_| browser::print())
            }
        }
        footer { Button(kind=Kind::Primary, label=t!("codes-kept"), on:click=move |_| done.now()) }
    }
}

/// New ones in place of the old ones.
#[component(inline_props)]
pub(super) fn NewCodes(page: Page) -> View {
    let form = Form::new();
    let proof = Proof::new(page);
    let codes = create_signal(None::<Vec<String>>);
    let submit = move |()| {
        let call = api::account::new_recovery_codes(proof.sent());
        form.send(page.app, call, move |made| codes.set(Some(made)));
    };
    let close = move |()| if codes.with_untracked(Option::is_some) { page.done() } else { page.close() };
    view! {
        Modal(title=t!("codes-new"), on_close=close) {
            (if let Some(codes) = codes.get_clone() {
                view! { Codes(codes=codes, done=move |()| page.done()) }
            } else {
                view! { Ask(form=form, text=t!("codes-new-text"), proof=proof, deed=t!("codes-new"), submit=submit, cancel=move |()| page.close()) }
            })
        }
    }
}
