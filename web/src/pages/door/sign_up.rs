//! Asking for an account of one's own, where the installation lets people.

use proto::identity::v1::{SignInPolicy, SignUpMode, SignUpRequest};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::{Card, outcome};
use crate::app::App;
use crate::parts::{Bones, Button, Failed, Form, Kind, T, TextField, refusal};
use crate::store::Load;
use crate::text::t;
use crate::{api, text};

/// The form, the letter that is on its way, or that accounts come by invitation only.
#[component]
pub(super) fn SignUp() -> View {
    let policy = create_signal(Load::<SignInPolicy>::Waiting);
    let load = move || {
        spawn_local_scoped(async move { policy.set(api::session::policy(String::new()).await.into()) });
    };
    load();
    let sent = create_signal(None::<String>);
    let asks = create_memo(move || {
        sent.with(Option::is_none)
            && policy
                .with(|policy| !matches!(policy, Load::Ready(policy) if is_closed(policy.sign_up_mode())))
    });
    let text = move || if asks.get() { t!("sign-up-text") } else { String::new() };
    view! {
        Card(title=t!("sign-up-title"), text=text) {
            (match (policy.get_clone(), sent.get_clone()) {
                (_, Some(address)) => outcome("mail", t!("letter-sent"), t!("sign-up-sent", address = address), None),
                (Load::Waiting, _) => view! { Bones(text=true) },
                (Load::Failed(trouble), _) => view! { Failed(trouble=trouble, retry=move |()| load()) },
                (Load::Ready(policy), _) => inside(policy.sign_up_mode(), sent),
            })
        }
    }
}

const fn is_closed(mode: SignUpMode) -> bool {
    matches!(mode, SignUpMode::Closed | SignUpMode::Unspecified)
}

fn inside(mode: SignUpMode, sent: Signal<Option<String>>) -> View {
    match mode {
        SignUpMode::Open => view! { SignUpForm(hint=String::new(), sent=sent) },
        SignUpMode::Approval => view! { SignUpForm(hint=t!("sign-up-approval"), sent=sent) },
        SignUpMode::Closed | SignUpMode::Unspecified => {
            outcome("lock", t!("sign-up-closed"), t!("sign-up-closed-text"), None)
        }
    }
}

#[component(inline_props)]
fn SignUpForm(hint: String, sent: Signal<Option<String>>) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let (name, email) = (create_signal(String::new()), create_signal(String::new()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let asked = SignUpRequest {
            email: email.get_clone().trim().to_owned(),
            display_name: name.get_clone().trim().to_owned(),
            locale: text::tag().to_owned(),
        };
        let address = asked.email.clone();
        form.send(app, api::session::sign_up(asked), move |()| sent.set(Some(address)));
    };
    view! {
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                TextField(name="display_name", label=t!("your-name"), value=name, form=form, autocomplete="name", "autofocus"="", required=true, maxlength="120")
                TextField(name="email", label=t!("email"), value=email, form=form, r#type="email", autocomplete="email", required=true,
                    inputmode="email", maxlength="254", hint=hint)
                Button(kind=Kind::Primary, label=t!("sign-up-send"), r#type="submit", busy=form.busy(), data-wide="")
            }
        }
        p(class="foot") { T(id="have-account") " " a(href="/sign-in") { T(id="sign-in") } }
    }
}
