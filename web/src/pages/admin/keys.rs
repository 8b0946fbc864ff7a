//! The API keys of a program: made, shown once, revoked; and those a person made, which are only revoked here.

use std::rc::Rc;

use proto::identity::v1::{ApiKey, CreateApiKeyRequest, ServiceAccount};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use super::parts::{lines, panel, shown_once, when};
use crate::app::App;
use crate::pages::rights::{Tick, boxes, ticked};
use crate::parts::{
    Act, AreaField, Button, Form, Icon, Kind, Modal, Notice, Question, Shape, T, TextField, Tone, form_foot,
    refusal,
};
use crate::store::Load;
use crate::text::t;
use crate::{api, time};

/// The most accounts of programs the server gives at a time.
const MOST: i32 = 200;

/// What is known of the program; of a person only the keys.
type Known = Signal<Load<Rc<ServiceAccount>>>;

/// The panel of somebody's keys.
#[component(inline_props)]
pub(super) fn Keys(app: App, owner_id: String, program: bool) -> View {
    let known: Known = create_signal(Load::Waiting);
    load(known, owner_id.clone(), program);
    let making = create_signal(false);
    let new = if program {
        view! { Button(icon="plus", label=t!("key-new"), data-size="small", on:click=move |_| making.set(true)) }
    } else {
        View::new()
    };
    let rows = move || match known.get_clone() {
        Load::Waiting => View::new(),
        Load::Failed(trouble) => view! { p(class="body muted") { (trouble.sentence.clone()) } },
        Load::Ready(found) => inside(app, known, &found, program),
    };
    let panel = panel("api-keys", new, view! { (rows()) });
    let done = move |()| {
        making.set(false);
        load(known, owner_id.clone(), program);
    };
    let owner = move || {
        known.with(|known| match known {
            Load::Ready(program) => program.user.clone().unwrap_or_default().id,
            _ => String::new(),
        })
    };
    view! {
        (panel)
        (if making.get() { let (owner, done) = (owner(), done.clone()); view! { NewKey(app=app, owner_id=owner, done=done) } } else { View::new() })
    }
}

/// There is no question for one program, so it is looked for among all.
fn load(known: Known, owner_id: String, program: bool) {
    spawn_local(async move {
        let found = if program { find(&owner_id).await } else { keys_of(owner_id).await };
        if known.is_alive() {
            known.set(found.into());
        }
    });
}

async fn keys_of(owner_id: String) -> api::Answer<Rc<ServiceAccount>> {
    let api_keys = api::security::keys_of(owner_id).await?;
    Ok(Rc::new(ServiceAccount { api_keys, ..ServiceAccount::default() }))
}

async fn find(owner_id: &str) -> api::Answer<Rc<ServiceAccount>> {
    let mut token = String::new();
    loop {
        let page = api::security::programs(token, MOST).await?;
        let is_it = |program: &ServiceAccount| program.user.as_ref().is_some_and(|user| user.id == owner_id);
        if let Some(found) = page.service_accounts.into_iter().find(is_it) {
            return Ok(Rc::new(found));
        }
        token = page.next_page_token;
        if token.is_empty() {
            return Ok(Rc::default());
        }
    }
}

fn inside(app: App, known: Known, found: &ServiceAccount, program: bool) -> View {
    let description = found.description.clone();
    let about = if description.is_empty() {
        View::new()
    } else {
        view! { p(class="body prose plain muted") { (description) } }
    };
    if found.api_keys.is_empty() {
        return view! { (about) p(class="body muted") { T(id="keys-none") } };
    }
    let rows = View::from(found.api_keys.iter().map(|key| row(app, known, key, program)).collect::<Vec<_>>());
    view! { (about) ul(class="rows") { (rows) } }
}

fn row(app: App, known: Known, key: &ApiKey, program: bool) -> View {
    let ApiKey { display_name, hint, .. } = key.clone();
    let revoke = {
        let key = key.clone();
        move |_| revoke(app, known, &key, program)
    };
    let (used, details) = (when(key.last_use_time), details(key));
    let words = t!("api-key-revoke-of", name = display_name.clone());
    view! {
        li {
            Icon(name="key")
            span(class="grow") {
                b { (display_name) } span(class="mono muted") { " " (hint) "…" }
                div(class="tiny faint") { (details) }
            }
            span(class="tiny faint") { T(id="last-use") " " (used) }
            Button(kind=Kind::Quiet, label=t!("key-revoke"), data-size="small", aria-label=words, on:click=revoke)
        }
    }
}

/// What narrows a key, in a line.
fn details(key: &ApiKey) -> String {
    let scopes: Vec<_> = key.scopes().map(proto::permission::code).collect();
    let scopes = if scopes.is_empty() { t!("key-scopes-all") } else { scopes.join(", ") };
    let networks =
        if key.allowed_networks.is_empty() { t!("networks-any") } else { key.allowed_networks.join(", ") };
    let until = key
        .expire_time
        .as_ref()
        .map_or_else(|| t!("key-never-ends"), |end| t!("key-ends", date = time::date(end)));
    [scopes, networks, until].join(" · ")
}

fn revoke(app: App, known: Known, key: &ApiKey, program: bool) {
    let question = Question {
        title: format!("{}: {}", t!("key-revoke"), key.display_name),
        text: t!("key-revoke-text"),
        deed: t!("key-revoke"),
        kind: Kind::Danger,
        ..Question::default()
    };
    let (id, owner) = (key.id.clone(), key.owner_id.clone());
    app.questions.ask(question, move |_| {
        let (id, owner) = (id.clone(), owner.clone());
        async move {
            api::security::revoke_key(id).await?;
            load(known, owner, program);
            Ok(())
        }
    });
}

/// The form of a new key, then the key.
#[component(inline_props)]
fn NewKey(app: App, owner_id: String, #[prop(setter(into))] done: Act) -> View {
    let secret = create_signal(None::<String>);
    let close = done.clone();
    view! {
        Modal(title=t!("key-new"), shape=Shape::Wide, on_close=move |()| close.now()) {
            (match secret.get_clone() {
                None => { let (owner_id, done) = (owner_id.clone(), done.clone()); view! { KeyForm(app=app, owner_id=owner_id, secret=secret, done=done) } }
                Some(secret) => finished(secret, done.clone()),
            })
        }
    }
}

fn finished(secret: String, done: Act) -> View {
    view! {
        div(class="body stack") {
            Notice(tone=Tone::Wait, text=t!("key-once"))
            (shown_once("key", "key-once-text", secret.clone()))
        }
        footer { Button(kind=Kind::Primary, label=t!("done"), on:click=move |_| done.now()) }
    }
}

#[component(inline_props)]
fn KeyForm(app: App, owner_id: String, secret: Signal<Option<String>>, done: Act) -> View {
    let form = Form::new();
    let blank = || create_signal(String::new());
    let (name, networks, until) = (blank(), blank(), blank());
    let scopes: Vec<Tick> = proto::permission::all().map(|of| (of, create_signal(false))).collect();
    let request_id = api::request_id();
    let (shown, chosen) = (boxes(&scopes), scopes);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let asked = CreateApiKeyRequest {
            request_id: request_id.clone(),
            owner_id: owner_id.clone(),
            display_name: name.get_clone().trim().to_owned(),
            scopes: ticked(&chosen),
            allowed_networks: lines(&networks.get_clone()),
            expire_time: time::day(&until.get_clone(), 1.0),
        };
        form.send(app, api::security::create_key(asked), move |made| secret.set(Some(made.secret)));
    };
    view! {
        form(novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                div(class="pair") {
                    TextField(name="display_name", label=t!("name"), value=name, form=form, hint=t!("key-name-hint"), "autofocus"="", maxlength="80", autocomplete="off")
                    TextField(name="expire_time", label=t!("key-until"), value=until, form=form, r#type="date", optional=true, hint=t!("key-until-hint"))
                }
                AreaField(name="allowed_networks", label=t!("key-networks"), value=networks, form=form, optional=true, hint=t!("key-networks-hint"))
                fieldset(class="field") {
                    legend(class="label") { T(id="key-scopes") }
                    span(class="hint") { T(id="key-scopes-hint") }
                    (shown)
                }
            }
            (form_foot(form, &t!("key-create"), done.clone()))
        }
    }
}
