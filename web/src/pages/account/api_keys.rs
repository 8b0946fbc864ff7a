//! Keys for programs that call in one's name.

mod create;

use std::rc::Rc;

use proto::identity::v1::ApiKey;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Empty, Failed, Icon, Kind, Panel, Pill, Question, T, TimeAgo};
use crate::store::Load;
use crate::text::t;
use crate::time;
use create::CreateKey;

/// What is on the page, and whether the form of a new key is over it.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    keys: Signal<Load<Rc<Vec<ApiKey>>>>,
    creating: Signal<bool>,
}

/// The keys of the person.
#[component]
pub(super) fn ApiKeys() -> View {
    title(&t!("api-keys"));
    let app = use_context::<App>();
    let page = Page { app, keys: create_signal(Load::Waiting), creating: create_signal(false) };
    spawn_local(page.load());
    view! {
        div(class="page") {
            header(class="page-head") {
                div { h1 { T(id="api-keys") } p(class="muted") { T(id="api-keys-text") } }
                (create_button(page, Kind::Primary))
            }
            (match page.keys.get_clone() {
                Load::Waiting => view! { div(class="panel") { Bones(rows=3) } },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| spawn_local(page.load())) },
                Load::Ready(keys) if keys.is_empty() => view! { div(class="panel") { Empty(icon="key", title=t!("api-keys-none"), text=t!("api-keys-none-text")) } },
                Load::Ready(keys) => list(page, &keys),
            })
        }
        (if page.creating.get() { view! { CreateKey(app=app, done=move |()| page.done()) } } else { View::new() })
    }
}

impl Page {
    async fn load(self) {
        let keys = Load::from(api::account::api_keys().await).map(Rc::new);
        if self.keys.is_alive() {
            self.keys.set(keys);
        }
    }

    /// Closes the form and shows what there is now.
    fn done(self) {
        self.creating.set(false);
        spawn_local(self.load());
    }

    /// Asks once, then the key is gone.
    fn revoke(self, key: &ApiKey) {
        let id = key.id.clone();
        let question = Question {
            title: t!("api-key-revoke"),
            text: t!("api-key-revoke-text", name = key.display_name.as_str()),
            deed: t!("api-key-revoke"),
            kind: Kind::Danger,
            ..Question::default()
        };
        self.app.questions.ask(question, move |_| {
            let id = id.clone();
            async move {
                api::account::revoke_api_key(id).await?;
                self.app.toasts.say(t!("api-key-revoked"));
                self.load().await;
                Ok(())
            }
        });
    }
}

fn create_button(page: Page, kind: Kind) -> View {
    view! { Button(kind=kind, icon="plus", label=t!("api-key-new"), on:click=move |_| page.creating.set(true)) }
}

fn list(page: Page, keys: &[ApiKey]) -> View {
    let rows = View::from(keys.iter().map(|key| row(page, key)).collect::<Vec<_>>());
    view! { Panel(title=t!("api-keys-yours")) { ul(class="rows") { (rows) } } }
}

fn row(page: Page, key: &ApiKey) -> View {
    let ApiKey { display_name, hint, last_use_time, .. } = key.clone();
    let (facts, end) = (facts(key), end(page, key));
    let used = if last_use_time.is_some() {
        view! { T(id="last-used") " " TimeAgo(time=last_use_time) }
    } else {
        view! { T(id="never-used") }
    };
    view! {
        li {
            Icon(name="key", class="icon large")
            div(class="grow") {
                div(class="change") { (display_name) }
                div(class="facts") { span(class="mono") { (hint) "…" } (facts) span { (used) } }
            }
            (end)
        }
    }
}

/// The way to end it, or that it ended: a revoked key stays in the list for a while.
fn end(page: Page, key: &ApiKey) -> View {
    if key.revoke_time.is_some() {
        return view! { Pill(tone="closed", icon="closed", label=t!("api-key-is-revoked")) };
    }
    let words = t!("api-key-revoke-of", name = key.display_name.clone());
    let key = key.clone();
    let revoke = move |_| page.revoke(&key);
    view! { Button(label=t!("api-key-revoke"), data-size="small", aria-label=words, on:click=revoke) }
}

/// What it may do, from where, and until when.
fn facts(key: &ApiKey) -> View {
    let scopes =
        if key.scopes.is_empty() { t!("scopes-all") } else { t!("scopes-some", count = key.scopes.len()) };
    let networks = (!key.allowed_networks.is_empty()).then(|| key.allowed_networks.join(", "));
    let networks = View::from(networks.map(|networks| view! { span(class="mono") { (networks) } }));
    let until = match &key.expire_time {
        Some(time) => t!("expires", date = time::date(time)),
        None => t!("expires-never"),
    };
    view! { span { (scopes) } (networks) span { (until) } }
}
