//! A new password in place of the old one.

use proto::identity::v1::PasswordRules;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Button, Form, Kind, NewPassword, Panel, PasswordField, T, TextField, refusal};
use crate::text::t;

/// The old one as proof, and the new one.
#[component]
pub(super) fn ChangePassword() -> View {
    title(&t!("password"));
    view! {
        div(class="page") {
            header(class="page-head") { div { h1 { T(id="password") } p(class="muted") { T(id="password-text") } } }
            Panel(title=t!("password-change")) { PasswordForm() }
        }
    }
}

#[component]
fn PasswordForm() -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let (current, new) = (create_signal(String::new()), create_signal(String::new()));
    let email = create_signal(app.session.me_now().email.clone());
    let rules = create_signal(PasswordRules::default());
    spawn_local_scoped(async move {
        let policy = api::session::policy(String::new()).await.unwrap_or_default();
        rules.set(policy.password_rules.unwrap_or_default());
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let call = api::account::change_password(current.get_clone(), new.get_clone());
        form.send(app, call, move |()| {
            current.set(String::new());
            new.set(String::new());
            app.toasts.say(t!("password-changed"));
        });
    };
    view! {
        form(class="body form narrow", novalidate=true, on:submit=submit) {
            (refusal(form))
            // Password managers look for whose password it is.
            div(class="vh", aria-hidden="true") {
                TextField(name="username", label=t!("email"), value=email, form=form, autocomplete="username", readonly=true, "tabindex"="-1")
            }
            PasswordField(name="current_password", label=t!("current-password"), value=current, form=form)
            NewPassword(name="new_password", label=t!("new-password"), value=new, form=form, rules=rules)
            footer { Button(kind=Kind::Primary, label=t!("password-change"), r#type="submit", busy=form.busy()) }
        }
    }
}
