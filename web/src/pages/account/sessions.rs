//! Where one is signed in, and the way to end that from afar.

use std::rc::Rc;

use proto::identity::v1::Session;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Failed, Icon, Kind, Panel, T, TimeAgo};
use crate::store::Load;
use crate::text::t;

/// What is on the page.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    sessions: Signal<Load<Rc<Vec<Session>>>>,
    /// Something is being ended.
    busy: Signal<bool>,
}

/// The sessions of the person.
#[component]
pub(super) fn Sessions() -> View {
    title(&t!("sessions"));
    let app = use_context::<App>();
    let page = Page { app, sessions: create_signal(Load::Waiting), busy: create_signal(false) };
    spawn_local(page.load());
    view! {
        div(class="page") {
            header(class="page-head") { div { h1 { T(id="sessions") } p(class="muted") { T(id="sessions-text") } } (end_others(page)) }
            (match page.sessions.get_clone() {
                Load::Waiting => view! { div(class="panel") { Bones(rows=3) } },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| spawn_local(page.load())) },
                Load::Ready(sessions) => list(page, &sessions),
            })
        }
    }
}

impl Page {
    async fn load(self) {
        let sessions = Load::from(api::account::sessions().await).map(Rc::new);
        if self.sessions.is_alive() {
            self.sessions.set(sessions);
        }
    }

    /// Ends sessions one after the other, then shows what is left.
    fn end(self, ids: Vec<String>) {
        self.busy.set(true);
        spawn_local(async move {
            for id in ids {
                if let Err(trouble) = api::account::end_session(id).await {
                    self.app.toasts.fail(&trouble);
                }
            }
            self.load().await;
            if self.busy.is_alive() {
                self.busy.set(false);
            }
        });
    }

    /// The ids of all sessions but this one.
    fn others(self) -> Vec<String> {
        self.sessions.with(|sessions| match sessions {
            Load::Ready(sessions) => {
                sessions.iter().filter(|session| !session.current).map(|session| session.id.clone()).collect()
            }
            _ => Vec::new(),
        })
    }
}

fn end_others(page: Page) -> View {
    let several = create_selector(move || !page.others().is_empty());
    view! {
        (if several.get() {
            view! { Button(kind=Kind::Danger, label=t!("sessions-end-others"), busy=*page.busy, on:click=move |_| page.end(page.others())) }
        } else {
            View::new()
        })
    }
}

fn list(page: Page, sessions: &[Session]) -> View {
    let rows = View::from(sessions.iter().map(|session| row(page, session)).collect::<Vec<_>>());
    view! { Panel(title=t!("sessions-where")) { ul(class="rows") { (rows) } } }
}

fn row(page: Page, session: &Session) -> View {
    let Session { id, device_label, address, create_time, last_use_time, current, .. } = session.clone();
    let device = if device_label.is_empty() { t!("session-unknown") } else { device_label };
    let icon = if ["Android", "iOS", "iPadOS"].iter().any(|system| device.ends_with(system)) {
        "phone"
    } else {
        "screen"
    };
    let name = device.clone();
    let end = if current {
        view! { span(class="pill", data-tone="done") { Icon(name="check") T(id="session-this") } }
    } else {
        let words = t!("session-end-of", device = name);
        view! { Button(label=t!("session-end"), data-size="small", aria-label=words, on:click=move |_| page.end(vec![id.clone()])) }
    };
    view! {
        li {
            Icon(name=icon, class="icon large")
            div(class="grow") {
                div(class="change") { (device) }
                div(class="facts") {
                    span(class="mono") { (address) }
                    span { T(id="session-since") " " TimeAgo(time=create_time) }
                    span { T(id="session-used") " " TimeAgo(time=last_use_time) }
                }
            }
            (end)
        }
    }
}
