//! A new password by the link of a letter.

use proto::identity::v1::PasswordRules;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::{Card, outcome};
use crate::api;
use crate::app::App;
use crate::parts::{Button, Draw, Form, Kind, NewPassword, T, refusal};
use crate::text::t;

/// Where the link stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Choose,
    Done,
    /// The link was used or is too old.
    Spent,
}

/// The form, then what came of it.
#[component(inline_props)]
pub(super) fn ResetPassword(token: String) -> View {
    let step = create_signal(Step::Choose);
    let text = move || if step.get() == Step::Choose { t!("reset-text") } else { String::new() };
    view! {
        Card(title=t!("reset-title"), text=text) {
            (match step.get() {
                Step::Choose => { let token = token.clone(); view! { Choose(token=token, step=step) } },
                Step::Done => outcome("done", t!("reset-done"), t!("reset-done-text"), None),
                Step::Spent => outcome("key", t!("link-spent"), t!("reset-spent-text"), Some(again())),
            })
        }
    }
}

fn again() -> Draw {
    Draw::from(|| view! { a(class="btn", href="/forgot-password") { T(id="forgot-again") } })
}

#[component(inline_props)]
fn Choose(token: String, step: Signal<Step>) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let password = create_signal(String::new());
    let rules = create_signal(PasswordRules::default());
    spawn_local_scoped(async move {
        let policy = api::session::policy(String::new()).await.unwrap_or_default();
        rules.set(policy.password_rules.unwrap_or_default());
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (token, chosen) = (token.clone(), password.get_clone());
        let call = async move {
            match api::session::reset_password(token, chosen).await {
                Err(trouble) if trouble.reason == "RESET_LINK_SPENT" => Ok(Step::Spent),
                answer => answer.map(|()| Step::Done),
            }
        };
        form.send(app, call, move |now| step.set(now));
    };
    view! {
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                NewPassword(name="new_password", label=t!("new-password"), value=password, form=form, rules=rules)
                Button(kind=Kind::Primary, label=t!("reset-set"), r#type="submit", busy=form.busy(), data-wide="")
            }
        }
    }
}
