//! Opening an account by a link: the first administrator's of an empty installation, or an invited colleague's.

use proto::identity::v1::{AcceptInvitationRequest, PasswordRules, SignInPolicy};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::Card;
use crate::app::App;
use crate::parts::{Bones, Button, Empty, Failed, Form, Kind, PasswordField, T, TextField, refusal};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::text::t;
use crate::{api, browser, text};

/// The form behind the link, or what became of the link.
#[component(inline_props)]
pub(super) fn OpenAccount(token: String, first: bool) -> View {
    let policy = create_signal(Load::<SignInPolicy>::Waiting);
    let asked = token.clone();
    let load = move || {
        let asked = asked.clone();
        spawn_local_scoped(async move { policy.set(api::session::policy(asked).await.into()) });
    };
    load();
    let (title, text) = if first {
        (t!("setup-title"), t!("setup-text"))
    } else {
        (t!("invitation-title"), t!("invitation-text"))
    };
    view! {
        Card(title=title, text=text) {
            (match policy.get_clone() {
                Load::Waiting => view! { Bones(text=true) },
                Load::Failed(trouble) => { let load = load.clone(); view! { Failed(trouble=trouble, retry=move |()| load()) } },
                Load::Ready(policy) => inside(token.clone(), first, policy),
            })
        }
    }
}

fn inside(token: String, first: bool, policy: SignInPolicy) -> View {
    if policy.invitation.is_none() {
        return view! {
            div(class="panel") {
                Empty(icon="key", title=t!("link-spent"), text=t!("link-spent-text")) {
                    a(class="btn", href="/sign-in") { T(id="sign-in") }
                }
            }
        };
    }
    view! { AccountForm(token=token, first=first, policy=policy) }
}

#[component(inline_props)]
fn AccountForm(token: String, first: bool, policy: SignInPolicy) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let invitation = policy.invitation.unwrap_or_default();
    let (name, email) = (create_signal(invitation.display_name), create_signal(invitation.email));
    let password = create_signal(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let asked = AcceptInvitationRequest {
            token: token.clone(),
            password: password.get_clone(),
            display_name: name.get_clone(),
            email: if first { email.get_clone() } else { String::new() },
            locale: text::tag().to_owned(),
            time_zone: browser::time_zone().unwrap_or_default(),
        };
        open(app, form, asked, email.get_clone());
    };
    let hint = password_hint(policy.password_rules.as_ref());
    view! {
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                TextField(name="display_name", label=t!("your-name"), value=name, form=form, autocomplete="name", required=true, maxlength="120")
                TextField(name="email", label=t!("email"), value=email, form=form, r#type="email", autocomplete="username",
                    required=true, readonly=!first, maxlength="254")
                PasswordField(name="password", label=t!("choose-password"), value=password, form=form, autocomplete="new-password", hint=hint)
                Button(kind=Kind::Primary, label=t!("open-account"), r#type="submit", busy=form.busy(), data-wide="")
            }
        }
    }
}

/// Opens the account, then signs in with it: nobody should type twice what was typed a moment ago.
fn open(app: App, form: Form, asked: AcceptInvitationRequest, email: String) {
    let password = asked.password.clone();
    let call = async move {
        api::session::accept_invitation(asked).await?;
        api::session::sign_in(email, password, true).await?;
        api::session::current().await
    };
    form.send(app, call, move |session| {
        app.session.take(Ok(session));
        routes::lead_on(&Place::Home);
    });
}

fn password_hint(rules: Option<&PasswordRules>) -> String {
    t!("password-hint", count = i64::from(rules.map_or(8, |rules| rules.min_length)))
}
