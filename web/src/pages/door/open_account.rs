//! Opening an account by a link: the first administrator's of an empty installation, an invited colleague's, or one somebody asked
//! for himself, which may have to wait for approval.

use proto::gateway::v1::Session;
use proto::identity::v1::{AcceptInvitationRequest, SignInPolicy, UserStatus};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::enter::{attempt, enter};
use super::{Card, outcome};
use crate::app::App;
use crate::parts::{Bones, Button, Failed, Form, Kind, NewPassword, TextField, refusal};
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
    let spent = create_memo(move || {
        policy.with(|policy| matches!(policy, Load::Ready(policy) if policy.invitation.is_none()))
    });
    let text = move || if spent.get() { String::new() } else { text.clone() };
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
        return outcome("key", t!("link-spent"), t!("link-spent-text"), None);
    }
    let waits = create_signal(false);
    view! {
        (if waits.get() {
            outcome("clock", t!("waits-for-approval"), t!("waits-for-approval-text"), None)
        } else {
            let (token, policy) = (token.clone(), policy.clone());
            view! { AccountForm(token=token, first=first, policy=policy, waits=waits) }
        })
    }
}

#[component(inline_props)]
fn AccountForm(token: String, first: bool, policy: SignInPolicy, waits: Signal<bool>) -> View {
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
        open(app, form, asked, email.get_clone(), waits);
    };
    let rules = create_signal(policy.password_rules.unwrap_or_default());
    view! {
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                TextField(name="display_name", label=t!("your-name"), value=name, form=form, autocomplete="name", required=true, maxlength="120")
                TextField(name="email", label=t!("email"), value=email, form=form, r#type="email", autocomplete="username",
                    required=true, readonly=!first, maxlength="254")
                NewPassword(name="password", label=t!("choose-password"), value=password, form=form, rules=rules)
                Button(kind=Kind::Primary, label=t!("open-account"), r#type="submit", busy=form.busy(), data-wide="")
            }
        }
    }
}

/// Opens the account, then signs in with it: nobody should type twice what was typed a moment ago.
fn open(app: App, form: Form, asked: AcceptInvitationRequest, email: String, waits: Signal<bool>) {
    form.send(app, opened(asked, email), move |session| match session {
        Some(session) => {
            app.session.take(Ok(session));
            routes::lead_on(&Place::Home);
        }
        None => waits.set(true),
    });
}

/// The session of an account that was opened; none while it waits for approval.
async fn opened(asked: AcceptInvitationRequest, email: String) -> api::Answer<Option<Session>> {
    let password = asked.password.clone();
    let user = api::session::accept_invitation(asked).await?;
    if user.status() == UserStatus::Pending {
        return Ok(None);
    }
    enter(attempt(&email, password, true), None).await?;
    api::session::current().await.map(Some)
}
