//! Where somebody is signed in, and ending that.

use std::rc::Rc;

use proto::identity::v1::Session;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::parts::{panel, when};
use crate::api;
use crate::app::App;
use crate::parts::{Button, Icon, Kind, T};
use crate::store::Load;
use crate::text::t;

/// The panel of somebody's sessions.
#[component(inline_props)]
pub(super) fn Sessions(app: App, user_id: String) -> View {
    let sessions = create_signal(Load::<Rc<Vec<Session>>>::Waiting);
    load(sessions, user_id);
    let rows = move || match sessions.get_clone() {
        Load::Waiting => View::new(),
        Load::Failed(trouble) => view! { p(class="body muted") { (trouble.sentence.clone()) } },
        Load::Ready(found) if found.is_empty() => view! { p(class="body muted") { T(id="sessions-none") } },
        Load::Ready(found) => {
            let rows =
                View::from(found.iter().map(|session| row(app, sessions, session)).collect::<Vec<_>>());
            view! { ul(class="rows") { (rows) } }
        }
    };
    panel("sessions", View::new(), view! { (rows()) })
}

fn load(sessions: Signal<Load<Rc<Vec<Session>>>>, user_id: String) {
    spawn_local(async move {
        let found = Load::from(api::security::sessions_of(user_id).await).map(Rc::new);
        if sessions.is_alive() {
            sessions.set(found);
        }
    });
}

fn row(app: App, sessions: Signal<Load<Rc<Vec<Session>>>>, session: &Session) -> View {
    let Session { id, user_id, device_label, address, last_use_time, .. } = session.clone();
    let label = if device_label.is_empty() { t!("device-unknown") } else { device_label };
    let end = move |_| {
        let (id, user_id) = (id.clone(), user_id.clone());
        spawn_local(async move {
            match api::security::end_session(id).await {
                Ok(()) => {
                    app.toasts.say(t!("session-ended-there"));
                    load(sessions, user_id);
                }
                Err(trouble) => app.toasts.fail(&trouble),
            }
        });
    };
    let (used, name) = (when(last_use_time), t!("session-end-of", device = label.clone()));
    view! {
        li {
            Icon(name="screen")
            span(class="grow one-line") { b { (label) } span(class="muted mono") { " " (address) } }
            span(class="tiny faint") { (used) }
            Button(kind=Kind::Quiet, label=t!("session-end"), data-size="small", aria-label=name, on:click=end)
        }
    }
}
