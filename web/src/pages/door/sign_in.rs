//! Signing in with e-mail and password, and a second factor where there is one; or some other way.

use proto::gateway::v1::SignInResponse;
use proto::gateway::v1::sign_in_response::Outcome;
use proto::identity::v1::{SecondFactorNeeded, SignInPolicy, SignUpMode};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::Card;
use super::enter::{attempt, enter};
use super::others::Others;
use super::second_factor::SecondFactor;
use crate::app::App;
use crate::parts::{Button, CheckField, Form, Kind, Notice, PasswordField, T, TextField, Tone, refusal};
use crate::session::State;
use crate::text::{self, t};
use crate::{api, browser};

/// The form, or the second factor once the password was right.
#[component]
pub(crate) fn SignIn() -> View {
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
    let (keep, solving) = (create_signal(true), create_signal(false));
    let policy = create_signal(None::<SignInPolicy>);
    spawn_local_scoped(async move { policy.set(api::session::policy(String::new()).await.ok()) });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let asked = attempt(&email.get_clone(), password.get_clone(), keep.get());
        form.send(app, enter(asked, Some(solving)), move |answer| go_on(app, second, answer));
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
                    div(class="line wrap") {
                        CheckField(label=t!("keep-signed-in"), value=keep)
                        a(class="end small", href="/forgot-password") { T(id="forgot-password") }
                    }
                    Button(kind=Kind::Primary, label=t!("sign-in"), r#type="submit", busy=form.busy(), data-wide="")
                    (puzzle(solving))
                }
            }
            Others(policy=policy, keep=keep)
            (no_account(policy))
        }
    }
}

fn go_on(app: App, second: Signal<Option<SecondFactorNeeded>>, answer: SignInResponse) {
    match answer.outcome {
        Some(Outcome::Session(session)) => app.session.take(Ok(session)),
        Some(Outcome::SecondFactor(needed)) => second.set(Some(needed)),
        Some(Outcome::Challenge(_)) | None => {}
    }
}

/// Says what the wait is for while a challenge is being solved.
fn puzzle(solving: Signal<bool>) -> View {
    view! {
        (if solving.get() { view! { Notice(tone=Tone::Wait, text=t!("challenge")) } } else { View::new() })
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
    let problem = browser::query("problem").map(|problem| {
        let words = text::maybe(&format!("problem-{}", problem.replace('_', "-")));
        let words = words.unwrap_or_else(|| t!("problem-sso-failed"));
        view! { Notice(tone=Tone::Late, text=words) }
    });
    let problem = View::from(problem);
    view! {
        (ended)
        (problem)
        (if policy.with(|policy| policy.as_ref().is_some_and(|policy| policy.setup_needed)) {
            view! { Notice(tone=Tone::New, text=t!("setup-needed")) }
        } else {
            View::new()
        })
    }
}

/// The way to an account of one's own, where people may make them.
fn no_account(policy: Signal<Option<SignInPolicy>>) -> View {
    let open = move || {
        let mode = policy.with(|policy| policy.as_ref().map(SignInPolicy::sign_up_mode));
        matches!(mode, Some(SignUpMode::Open | SignUpMode::Approval))
    };
    view! {
        (if open() {
            view! { p(class="foot") { T(id="no-account") " " a(href="/sign-up") { T(id="sign-up") } } }
        } else {
            View::new()
        })
    }
}
