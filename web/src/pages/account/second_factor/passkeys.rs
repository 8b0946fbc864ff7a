//! Passkeys: the list, a new one, and one less.

use proto::identity::v1::{ConfirmPasskeyRequest, ConfirmPasskeyResponse, Passkey};
use sycamore::prelude::*;

use super::ask::{Ask, Proof};
use super::codes::Codes;
use super::{Dialog, Page};
use crate::parts::{Button, Draw, Form, Icon, Kind, Modal, Panel, T, TextField, TimeAgo};
use crate::text::t;
use crate::{api, browser, passkey};

/// All of them, and the way to one more where the browser knows passkeys.
pub(super) fn panel(page: Page, passkeys: &[Passkey]) -> View {
    let add = if passkey::possible() {
        page.opens(Dialog::AddPasskey, Kind::Plain, "passkey-add")
    } else {
        Draw::from(|| view! { span(class="small faint") { T(id="passkey-impossible") } })
    };
    let rows = View::from(passkeys.iter().map(|passkey| row(page, passkey)).collect::<Vec<_>>());
    let rows = if passkeys.is_empty() {
        View::new()
    } else {
        view! { ul(class="rows") { (rows) } }
    };
    view! {
        Panel(title=t!("passkeys"), text=t!("passkeys-text"), end=add) { (rows) }
    }
}

fn row(page: Page, passkey: &Passkey) -> View {
    let Passkey { display_name, create_time, last_use_time, .. } = passkey.clone();
    let words = t!("passkey-remove-of", name = display_name.clone());
    let used = if last_use_time.is_some() {
        view! { T(id="last-used") " " TimeAgo(time=last_use_time) }
    } else {
        view! { T(id="never-used") }
    };
    let passkey = passkey.clone();
    let remove = move |_| page.dialog.set(Some(Dialog::RemovePasskey(passkey.clone())));
    view! {
        li {
            Icon(name="passkey", class="icon large")
            div(class="grow") {
                div(class="change") { (display_name) }
                div(class="facts") { span { T(id="made") " " TimeAgo(time=create_time) } span { (used) } }
            }
            Button(label=t!("remove"), data-size="small", aria-label=words, on:click=remove)
        }
    }
}

/// Name and proof, then the authenticator's own question, then recovery codes if it is the first second factor.
#[component(inline_props)]
pub(super) fn AddPasskey(page: Page) -> View {
    let form = Form::new();
    let (name, proof) = (create_signal(browser::device_label()), Proof::new(page));
    let codes = create_signal(None::<Vec<String>>);
    let submit = move |()| {
        let call = make(name.get_clone().trim().to_owned(), proof.sent());
        form.send(page.app, call, move |made| {
            page.app.toasts.say(t!("passkey-added"));
            match made.recovery_codes {
                Some(made) if !made.codes.is_empty() => codes.set(Some(made.codes)),
                _ => page.done(),
            }
        });
    };
    let close = move |()| if codes.with_untracked(Option::is_some) { page.done() } else { page.close() };
    view! {
        Modal(title=t!("passkey-add"), on_close=close) {
            (if let Some(codes) = codes.get_clone() {
                view! { Codes(codes=codes, done=move |()| page.done()) }
            } else {
                view! {
                    Ask(form=form, text=t!("passkey-add-text"), proof=proof, deed=t!("continue"), submit=submit, cancel=move |()| page.close()) {
                        TextField(name="display_name", label=t!("name"), value=name, form=form, maxlength="80", autocomplete="off", hint=t!("passkey-name-hint"))
                    }
                }
            })
        }
    }
}

async fn make(display_name: String, proof: (String, String)) -> api::Answer<ConfirmPasskeyResponse> {
    let started = api::account::start_passkey(proof).await?;
    let credential_json = passkey::create(&started.options_json).await?;
    let attempt = started.attempt;
    api::account::confirm_passkey(ConfirmPasskeyRequest { attempt, credential_json, display_name }).await
}

/// The proof, then it is gone.
#[component(inline_props)]
pub(super) fn RemovePasskey(page: Page, passkey: Passkey) -> View {
    let form = Form::new();
    let proof = Proof::new(page);
    let Passkey { id, display_name, .. } = passkey;
    let submit = move |()| {
        let call = api::account::remove_passkey(id.clone(), proof.sent());
        form.send(page.app, call, move |()| {
            page.app.toasts.say(t!("passkey-removed"));
            page.done();
        });
    };
    let text = t!("passkey-remove-text", name = display_name);
    view! {
        Modal(title=t!("passkey-remove"), on_close=move |()| page.close()) {
            Ask(form=form, text=text, proof=proof, deed=t!("remove"), submit=submit, cancel=move |()| page.close())
        }
    }
}
