//! Single sign-on: the providers in the order of their buttons.

use std::rc::Rc;

use proto::identity::v1::SsoProvider;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::parts::{deed, head};
use super::sso_form::NEW;
use crate::api;
use crate::parts::{Column, Empty, Icon, Pill, loaded, table};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::text::t;

/// The list of providers.
#[component]
pub(super) fn Providers() -> View {
    let providers = create_signal(Load::<Rc<Vec<SsoProvider>>>::Waiting);
    let load = move || {
        spawn_local(async move {
            let found = Load::from(api::security::providers().await).map(Rc::new);
            if providers.is_alive() {
                providers.set(found);
            }
        });
    };
    load();
    let new = deed(true, "plus", "sso-new", || routes::go(&Place::Provider { key: NEW.to_owned() }));
    let head = head("sso", "sso-text", new);
    let list = loaded(providers, move |()| load(), |found| list(&found));
    view! { div(class="page") { (head) (list) } }
}

const COLUMNS: [Column; 4] =
    [("name", ""), ("sso-issuer", "optional"), ("sso-domains", "optional"), ("status", "")];

fn list(found: &Rc<Vec<SsoProvider>>) -> View {
    if found.is_empty() {
        return view! { div(class="panel") { Empty(icon="link", title=t!("sso-none"), text=t!("sso-none-text")) } };
    }
    table("people", &t!("sso"), &COLUMNS, found.iter().map(row).collect())
}

fn row(provider: &SsoProvider) -> View {
    let place = Place::Provider { key: provider.key.clone() };
    let href = place.path();
    let SsoProvider { display_name, issuer, enforced_domains, key, .. } = provider.clone();
    let (tone, icon, words) =
        if provider.enabled { ("done", "check", "sso-enabled") } else { ("closed", "pause", "sso-disabled") };
    let domains = enforced_domains.join(", ");
    view! {
        tr(data-link="", on:click=move |_| routes::go(&place)) {
            td { span(class="line") { Icon(name="link") span { a(class="name", href=href) { (display_name) } div(class="tiny faint mono") { (key) } } } }
            td(class="optional muted") { (issuer) }
            td(class="optional muted") { (domains) }
            td { Pill(tone=tone, icon=icon, label=t!(words)) }
        }
    }
}
