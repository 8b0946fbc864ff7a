//! Setting up an authenticator app: proof, then the picture to scan and a code as proof, then recovery codes.

use proto::identity::v1::StartTotpResponse;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::Page;
use super::ask::{Ask, Proof};
use super::codes::Codes;
use crate::parts::{CopyField, Form, Modal, T, TextField, form_foot, refusal};
use crate::text::t;
use crate::{api, browser};

/// How far it has come.
#[derive(Clone)]
enum Step {
    Password,
    Scan(StartTotpResponse),
    Codes(Vec<String>),
}

#[component(inline_props)]
pub(super) fn SetUpApp(page: Page) -> View {
    let step = create_signal(Step::Password);
    let close = move |()| match step.get_clone_untracked() {
        Step::Codes(_) => page.done(),
        _ => page.close(),
    };
    view! {
        Modal(title=t!("app-set-up-title"), on_close=close) {
            (match step.get_clone() {
                Step::Password => view! { Begin(page=page, step=step) },
                Step::Scan(started) => view! { Scan(page=page, started=started, step=step) },
                Step::Codes(codes) => view! { Codes(codes=codes, done=move |()| page.done()) },
            })
        }
    }
}

#[component(inline_props)]
fn Begin(page: Page, step: Signal<Step>) -> View {
    let form = Form::new();
    let proof = Proof::new(page);
    let submit = move |()| {
        let call = api::account::start_totp(proof.sent());
        form.send(page.app, call, move |started| step.set(Step::Scan(started)));
    };
    view! {
        Ask(form=form, text=t!("app-begin"), proof=proof, deed=t!("continue"), submit=submit, cancel=move |()| page.close())
    }
}

#[component(inline_props)]
fn Scan(page: Page, started: StartTotpResponse, step: Signal<Step>) -> View {
    let form = Form::new();
    let code = create_signal(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed: String = code.get_clone().split_whitespace().collect();
        form.send(page.app, api::account::confirm_totp(typed), move |codes| {
            page.app.toasts.say(t!("app-on"));
            if codes.is_empty() { page.done() } else { step.set(Step::Codes(codes)) }
        });
    };
    on_mount(|| {
        browser::focus("dialog [autofocus]");
    });
    let StartTotpResponse { secret, qr_svg, .. } = started;
    view! {
        form(novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                ol(class="steps") {
                    li {
                        p { T(id="app-scan") }
                        div(class="qr", role="img", aria-label=t!("app-qr"), dangerously_set_inner_html=qr_svg)
                        details { summary { T(id="app-by-hand") } CopyField(label=t!("app-secret"), value=secret) }
                    }
                    li {
                        TextField(name="code", label=t!("app-type"), value=code, form=form, autocomplete="one-time-code", inputmode="numeric",
                            maxlength="7", data-code="", "autofocus"="")
                    }
                }
            }
            (form_foot(form, &t!("app-confirm"), move |()| page.close()))
        }
    }
}
