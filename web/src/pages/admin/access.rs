//! How people get accounts and what counts as proof, beside the limits.

use prost_types::Duration;
use proto::identity::v1::{AccessSettings, ListUsersRequest, SignUpMode, UserKind, UserStatus};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use super::parts::{department_options, head, lines, panel};
use crate::api;
use crate::app::App;
use crate::parts::{AreaField, Button, CheckField, Form, Kind, SelectField, TextField, loaded, refusal};
use crate::store::Load;
use crate::text::t;

/// The settings of the form.
const PATHS: [&str; 6] = [
    "sign_up_mode",
    "sign_up_domains",
    "sign_up_department_id",
    "email_codes_allowed",
    "break_glass_user_id",
    "audit_retention",
];
const DAY: i64 = 86_400;
/// People one may choose the break-glass administrator from.
const MOST: i32 = 200;
/// The role of administrators, by its key.
const ADMIN: &str = "admin";

/// The page.
#[component]
pub(super) fn Access() -> View {
    let app = use_context::<App>();
    let settings = create_signal(Load::Waiting);
    let load = move || {
        spawn_local(async move {
            let found = api::security::access().await.into();
            if settings.is_alive() {
                settings.set(found);
            }
        });
    };
    load();
    let head = head("access", "access-text", View::new());
    let form = loaded(
        settings,
        move |()| load(),
        move |known| view! { Settings(app=app, known=known, settings=settings) },
    );
    view! { div(class="page") { (head) (form) } }
}

/// The settings as they are typed.
#[derive(Clone, Copy)]
struct Typed {
    mode: Signal<String>,
    domains: Signal<String>,
    department: Signal<String>,
    email_codes: Signal<bool>,
    break_glass: Signal<String>,
    /// In days; empty keeps the log for ever.
    retention: Signal<String>,
}

impl Typed {
    fn new(known: &AccessSettings) -> Self {
        let days = known.audit_retention.as_ref().map(|time| (time.seconds / DAY).to_string());
        Self {
            mode: create_signal(known.sign_up_mode().as_str_name().to_owned()),
            domains: create_signal(known.sign_up_domains.join("\n")),
            department: create_signal(known.sign_up_department_id.clone()),
            email_codes: create_signal(known.email_codes_allowed),
            break_glass: create_signal(known.break_glass_user_id.clone()),
            retention: create_signal(days.unwrap_or_default()),
        }
    }

    /// The settings as they are to be; none if the retention is no number.
    fn settings(self, etag: String) -> Option<AccessSettings> {
        let days = self.retention.get_clone();
        let audit_retention = match days.trim() {
            "" => None,
            days => Some(Duration { seconds: days.parse::<i64>().ok()?.checked_mul(DAY)?, nanos: 0 }),
        };
        Some(AccessSettings {
            etag,
            sign_up_mode: self.mode.with(|mode| SignUpMode::from_str_name(mode)).unwrap_or_default().into(),
            sign_up_domains: self.domains.with(|domains| lines(domains)),
            sign_up_department_id: self.department.get_clone(),
            email_codes_allowed: self.email_codes.get(),
            break_glass_user_id: self.break_glass.get_clone(),
            audit_retention,
        })
    }
}

#[component(inline_props)]
fn Settings(app: App, known: AccessSettings, settings: Signal<Load<AccessSettings>>) -> View {
    let form = Form::new();
    let typed = Typed::new(&known);
    let etag = known.etag;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(wanted) = typed.settings(etag.clone()) else {
            return form.refuse("audit_retention", t!("number-missing"));
        };
        form.send(app, async move { api::security::update_access(wanted, &PATHS).await }, move |saved| {
            app.toasts.say(t!("saved"));
            settings.set(Load::Ready(saved));
        });
    };
    let (sign_up, proof, log) = (sign_up(app, typed, form), proof(typed, form), log(typed, form));
    view! {
        form(class="stack", novalidate=true, on:submit=submit) {
            (refusal(form))
            (sign_up)
            (proof)
            (log)
            div(class="save-line") { Button(kind=Kind::Primary, label=t!("save"), r#type="submit", busy=form.busy()) }
        }
    }
}

/// Modes of signing up, with the ids of their words.
const MODES: [(SignUpMode, &str); 3] = [
    (SignUpMode::Closed, "mode-closed"),
    (SignUpMode::Approval, "mode-approval"),
    (SignUpMode::Open, "mode-open"),
];

fn sign_up(app: App, typed: Typed, form: Form) -> View {
    let choices = MODES.map(|(mode, words)| {
        let key = mode.as_str_name();
        let chosen = move || typed.mode.with(|mode| mode == key);
        let (label, about) = (t!(words), t!(&format!("{words}-text")));
        view! {
            label(class="check") {
                input(r#type="radio", name="sign_up_mode", prop:checked=chosen(), on:change=move |_| typed.mode.set(key.to_owned()))
                span { (label) span(class="hint") { (about) } }
            }
        }
    });
    let choices = View::from(choices.into_iter().collect::<Vec<_>>());
    let departments = create_memo(move || department_options(app, "department-none"));
    let closed = SignUpMode::Closed.as_str_name();
    let body = view! {
        div(class="body form") {
            fieldset(class="stack tight", role="radiogroup", aria-label=t!("access-sign-up")) { (choices) }
            div(class="form", hidden=typed.mode.with(|mode| mode == closed)) {
                AreaField(name="sign_up_domains", label=t!("sign-up-domains"), value=typed.domains, form=form, optional=true, hint=t!("sign-up-domains-hint"))
                SelectField(name="sign_up_department_id", label=t!("sign-up-department"), value=typed.department, options=departments, form=form)
            }
        }
    };
    panel("access-sign-up", View::new(), body)
}

fn proof(typed: Typed, form: Form) -> View {
    let administrators = administrators();
    let body = view! {
        div(class="body form") {
            CheckField(label=t!("email-codes"), value=typed.email_codes, hint=t!("email-codes-hint"))
            SelectField(name="break_glass_user_id", label=t!("break-glass"), value=typed.break_glass, options=administrators, form=form, hint=t!("break-glass-hint"))
        }
    };
    panel("proof", View::new(), body)
}

fn log(typed: Typed, form: Form) -> View {
    let body = view! {
        div(class="body form") {
            TextField(name="audit_retention", label=t!("audit-retention"), value=typed.retention, form=form, optional=true,
                hint=t!("audit-retention-hint"), inputmode="numeric")
        }
    };
    panel("audit", View::new(), body)
}

/// The administrators to choose from, nobody first.
fn administrators() -> ReadSignal<Vec<(String, String)>> {
    let choices = create_signal(vec![(String::new(), t!("nobody"))]);
    spawn_local_scoped(async move {
        let found = find_administrators().await.unwrap_or_default();
        choices.update(|choices| choices.extend(found));
    });
    *choices
}

async fn find_administrators() -> api::Answer<Vec<(String, String)>> {
    let roles = api::directory::roles().await?;
    let role_id = roles.into_iter().find(|role| role.key == ADMIN).map(|role| role.id).unwrap_or_default();
    let asked = ListUsersRequest {
        role_id,
        status: UserStatus::Active.into(),
        kind: UserKind::Person.into(),
        page_size: MOST,
        ..ListUsersRequest::default()
    };
    let people = api::directory::people(asked).await?.users;
    Ok(people.into_iter().map(|user| (user.id, user.display_name)).collect())
}
