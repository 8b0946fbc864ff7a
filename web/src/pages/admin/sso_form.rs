//! One provider of single sign-on: who it is, who comes by it, what they get, and a trial of all that before anybody depends on it.

use std::rc::Rc;

use proto::identity::v1::SsoProvider;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use super::mappings::{Mapping, Mappings};
use super::parts::{known_roles, lines, panel, way_back};
use super::sso_trial::Trial;
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{
    AreaField, Button, CheckField, Form, Kind, PasswordField, Question, TextField, loaded, refusal,
};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::text::t;

/// In an address, in place of the key of a provider that is yet to be made.
pub(super) const NEW: &str = "+";

/// The page of a provider.
#[component(inline_props)]
pub(super) fn ProviderPage(key: String) -> View {
    let app = use_context::<App>();
    let provider = create_signal(Load::Waiting);
    let load = move || {
        let key = key.clone();
        spawn_local(async move {
            let found = find(&key).await.into();
            if provider.is_alive() {
                provider.set(found);
            }
        });
    };
    load();
    let back = way_back(&Place::Providers, "sso");
    let form = loaded(provider, move |()| load(), move |known| view! { ProviderForm(app=app, known=known) });
    view! { div(class="page") { (back) (form) } }
}

async fn find(key: &str) -> api::Answer<SsoProvider> {
    if key == NEW {
        let scopes = ["email", "profile"].map(str::to_owned).to_vec();
        return Ok(SsoProvider { scopes, enabled: true, ..SsoProvider::default() });
    }
    let providers = api::security::providers().await?;
    providers.into_iter().find(|provider| provider.key == key).ok_or_else(api::Trouble::nothing_there)
}

/// The provider as it is typed.
#[derive(Clone, Copy)]
pub(super) struct Typed {
    name: Signal<String>,
    key: Signal<String>,
    issuer: Signal<String>,
    client_id: Signal<String>,
    client_secret: Signal<String>,
    scopes: Signal<String>,
    domains: Signal<String>,
    acrs: Signal<String>,
    trust_unmarked: Signal<bool>,
    create_accounts: Signal<bool>,
    enabled: Signal<bool>,
    pub(super) mappings: Signal<Vec<Mapping>>,
}

impl Typed {
    fn new(known: &SsoProvider) -> Self {
        let text = |value: &str| create_signal(value.to_owned());
        Self {
            name: text(&known.display_name),
            key: text(&known.key),
            issuer: text(&known.issuer),
            client_id: text(&known.client_id),
            client_secret: text(""),
            scopes: text(&known.scopes.join(" ")),
            domains: text(&known.enforced_domains.join("\n")),
            acrs: text(&known.second_factor_acrs.join(" ")),
            trust_unmarked: create_signal(known.trust_unmarked_emails),
            create_accounts: create_signal(known.create_accounts),
            enabled: create_signal(known.enabled),
            mappings: create_signal(known.mappings.iter().map(Mapping::new).collect()),
        }
    }

    /// The provider as it is to be.
    pub(super) fn provider(self, etag: &str) -> SsoProvider {
        SsoProvider {
            key: self.key.get_clone().trim().to_owned(),
            etag: etag.to_owned(),
            display_name: self.name.get_clone().trim().to_owned(),
            issuer: self.issuer.get_clone().trim().to_owned(),
            client_id: self.client_id.get_clone().trim().to_owned(),
            client_secret: self.client_secret.get_clone(),
            scopes: self.scopes.with(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
            mappings: self.mappings.with(|mappings| mappings.iter().map(|mapping| mapping.wire()).collect()),
            create_accounts: self.create_accounts.get(),
            enforced_domains: self.domains.with(|domains| lines(domains)),
            enabled: self.enabled.get(),
            trust_unmarked_emails: self.trust_unmarked.get(),
            second_factor_acrs: self.acrs.with(|acrs| acrs.split_whitespace().map(str::to_owned).collect()),
        }
    }
}

#[component(inline_props)]
fn ProviderForm(app: App, known: SsoProvider) -> View {
    let form = Form::new();
    let typed = Typed::new(&known);
    let is_new = known.key.is_empty();
    let name = if is_new { t!("sso-new") } else { known.display_name.clone() };
    title(&name);
    let etag: Rc<str> = known.etag.as_str().into();
    let sent = Rc::clone(&etag);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let provider = typed.provider(&sent);
        form.send(app, async move { api::security::configure(provider).await }, move |_| {
            app.toasts.say(t!("saved"));
            routes::go(&Place::Providers);
        });
    };
    let roles = known_roles();
    let (who, comes, deletion) = (who(typed, is_new, form), comes(typed, form), deletion(app, &known));
    view! {
        header(class="page-head") { div { h1 { (name) } } (deletion) }
        form(class="stack", novalidate=true, on:submit=submit) {
            (refusal(form))
            (who)
            (comes)
            Mappings(app=app, roles=roles, mappings=typed.mappings, form=form)
            div(class="save-line") { Button(kind=Kind::Primary, label=t!("save"), r#type="submit", busy=form.busy()) }
        }
        Trial(app=app, roles=roles, typed=typed, etag=etag)
    }
}

fn who(typed: Typed, is_new: bool, form: Form) -> View {
    let secret_hint = if is_new { String::new() } else { t!("sso-secret-kept") };
    let body = view! {
        div(class="body form") {
            div(class="pair") {
                TextField(name="display_name", label=t!("sso-name"), value=typed.name, form=form, hint=t!("sso-name-hint"), maxlength="80", autocomplete="off")
                TextField(name="key", label=t!("sso-key"), value=typed.key, form=form, hint=t!("sso-key-hint"), maxlength="40", readonly=!is_new, autocomplete="off")
            }
            TextField(name="issuer", label=t!("sso-issuer"), value=typed.issuer, form=form, r#type="url", hint=t!("sso-issuer-hint"), placeholder="https://login.example.org", autocomplete="off")
            div(class="pair") {
                TextField(name="client_id", label=t!("sso-client"), value=typed.client_id, form=form, autocomplete="off")
                PasswordField(name="client_secret", label=t!("sso-secret"), value=typed.client_secret, form=form, hint=secret_hint, autocomplete="new-password")
            }
            TextField(name="scopes", label=t!("sso-scopes"), value=typed.scopes, form=form, hint=t!("sso-scopes-hint"), autocomplete="off")
        }
    };
    panel("sso-who", View::new(), body)
}

fn comes(typed: Typed, form: Form) -> View {
    let body = view! {
        div(class="body form") {
            CheckField(label=t!("sso-enabled"), value=typed.enabled, hint=t!("sso-enabled-hint"))
            CheckField(label=t!("sso-create"), value=typed.create_accounts, hint=t!("sso-create-hint"))
            CheckField(label=t!("sso-trust"), value=typed.trust_unmarked, hint=t!("sso-trust-hint"))
            TextField(name="second_factor_acrs", label=t!("sso-acrs"), value=typed.acrs, form=form, optional=true, hint=t!("sso-acrs-hint"), autocomplete="off")
            AreaField(name="enforced_domains", label=t!("sso-domains"), value=typed.domains, form=form, optional=true, hint=t!("sso-domains-hint"))
        }
    };
    panel("sso-comes", View::new(), body)
}

fn deletion(app: App, known: &SsoProvider) -> View {
    if known.key.is_empty() {
        return View::new();
    }
    let known = known.clone();
    let press = move |_| {
        let question = Question {
            title: format!("{}: {}", t!("sso-delete"), known.display_name),
            text: t!("sso-delete-text"),
            deed: t!("sso-delete"),
            kind: Kind::Danger,
            ..Question::default()
        };
        let (key, etag) = (known.key.clone(), known.etag.clone());
        app.questions.ask(question, move |_| {
            let (key, etag) = (key.clone(), etag.clone());
            async move {
                api::security::delete_provider(key, etag).await?;
                routes::go(&Place::Providers);
                Ok(())
            }
        });
    };
    view! { Button(kind=Kind::Danger, label=t!("sso-delete"), on:click=press) }
}
