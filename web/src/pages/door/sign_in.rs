//! Signing in with e-mail and password, and a second factor where there is one.

use proto::gateway::v1::sign_in_response::Outcome;
use proto::identity::v1::{SecondFactorNeeded, SignInPolicy};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::Card;
use super::second_factor::SecondFactor;
use crate::api;
use crate::app::App;
use crate::parts::{Button, CheckField, Form, Kind, Notice, PasswordField, TextField, Tone, refusal};
use crate::session::State;
use crate::text::t;

/// The form, or the second factor once the password was right.
#[component]
pub(super) fn SignIn() -> View {
    let second = create_signal(None::<SecondFactorNeeded>);
    view! {
        (match second.get_clone() {
            None => view! { PasswordForm(second=second) },
            Some(needed) => view! { SecondFactor(needed=needed, back=move |()| second.set(None)) },
        })
    }
}

#[component(inline_props)]
fn PasswordForm(second: Signal<Option<SecondFactorNeeded>>) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let (email, password) = (create_signal(String::new()), create_signal(String::new()));
    let keep = create_signal(true);
    let policy = create_signal(None::<SignInPolicy>);
    spawn_local_scoped(async move { policy.set(api::session::policy(String::new()).await.ok()) });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let call = api::session::sign_in(email.get_clone(), password.get_clone(), keep.get());
        form.send(app, call, move |answer| match answer.outcome {
            Some(Outcome::Session(session)) => app.session.take(Ok(session)),
            Some(Outcome::SecondFactor(needed)) => second.set(Some(needed)),
            Some(Outcome::Challenge(_)) => form.refuse("email", t!("challenge")),
            None => {}
        });
    };
    view! {
        Card(title=t!("sign-in-title"), text=t!("sign-in-text")) {
            (notices(app, policy))
            form(class="panel form", novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="email", label=t!("email"), value=email, form=form, r#type="email", autocomplete="username",
                        "autofocus"="", required=true, inputmode="email", maxlength="254")
                    PasswordField(name="password", label=t!("password"), value=password, form=form)
                    CheckField(label=t!("keep-signed-in"), value=keep)
                    Button(kind=Kind::Primary, label=t!("sign-in"), r#type="submit", busy=form.busy(), data-wide="")
                }
            }
        }
    }
}

/// Why somebody is at the door, where that needs saying.
fn notices(app: App, policy: Signal<Option<SignInPolicy>>) -> View {
    let ended = app.session.state().get_clone_untracked() == State::SignedOut { ended: true };
    let ended = if ended {
        view! { Notice(tone=Tone::Wait, text=t!("session-ended")) }
    } else {
        View::new()
    };
    view! {
        (ended)
        (if policy.with(|policy| policy.as_ref().is_some_and(|policy| policy.setup_needed)) {
            view! { Notice(tone=Tone::New, text=t!("setup-needed")) }
        } else {
            View::new()
        })
    }
}
