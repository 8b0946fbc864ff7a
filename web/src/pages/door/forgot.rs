//! A forgotten password: whoever asks gets the same answer, and the owner of an account a letter.

use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::{Card, outcome};
use crate::api;
use crate::app::App;
use crate::parts::{Button, Form, Kind, T, TextField, refusal};
use crate::text::t;

/// The form, then what happens now.
#[component]
pub(super) fn ForgotPassword() -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let email = create_signal(String::new());
    let sent = create_signal(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let address = email.get_clone().trim().to_owned();
        if address.is_empty() {
            return form.refuse("email", t!("email-missing"));
        }
        form.send(app, api::session::request_reset(address), move |()| sent.set(true));
    };
    let text = move || if sent.get() { String::new() } else { t!("forgot-text") };
    view! {
        Card(title=t!("forgot-title"), text=text) {
            (if sent.get() {
                outcome("mail", t!("letter-sent"), t!("forgot-sent", address = email.get_clone_untracked()), None)
            } else {
                view! {
                    form(class="panel form", novalidate=true, on:submit=submit) {
                        div(class="body form") {
                            (refusal(form))
                            TextField(name="email", label=t!("email"), value=email, form=form, r#type="email", autocomplete="username",
                                "autofocus"="", required=true, inputmode="email", maxlength="254")
                            Button(kind=Kind::Primary, label=t!("forgot-send"), r#type="submit", busy=form.busy(), data-wide="")
                        }
                    }
                    p(class="foot") { a(href="/sign-in") { T(id="back-to-sign-in") } }
                }
            })
        }
    }
}
