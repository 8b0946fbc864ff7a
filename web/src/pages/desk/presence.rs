//! Whether one takes work: online, away, busy or offline, changed in one press.

use gloo_timers::future::TimeoutFuture;
use proto::workflow::v1::Presence;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::parts::{Icon, MenuItem, Popover, PresenceDot, presence_key};
use crate::text::t;

/// How often it is said again, in milliseconds.
const BEAT: u32 = 240_000;
/// The choice there is for people.
const CHOICES: [Presence; 4] = [Presence::Online, Presence::Away, Presence::Busy, Presence::Offline];

/// The button at the foot of the views.
#[component(inline_props)]
pub(super) fn PresenceSwitch(app: App) -> View {
    let id = app.session.me_now().id.clone();
    let person = app.people.get(&id);
    let asked = id.clone();
    spawn_local_scoped(async move {
        if let Ok(Some(load)) = api::runs::agent(asked.clone()).await {
            app.people.set_presence(&asked, load.agent.unwrap_or_default().presence());
        }
    });
    beat(app, id.clone());
    let presence =
        create_selector(move || person.with(|person| person.presence.unwrap_or(Presence::Offline)));
    let key = create_memo(move || presence_key(presence.get()));
    let inside = move || choices(app, &id, presence);
    view! {
        Popover(inside=inside, button="chooser", name=t!("presence")) {
            PresenceDot(presence=key)
            span { (t!(&format!("presence-{}", key.get()))) }
            Icon(name="chevron-down")
        }
    }
}

/// Says again what was said last as long as the desk is open: whoever leaves it says nothing any more.
fn beat(app: App, id: String) {
    spawn_local_scoped(async move {
        loop {
            TimeoutFuture::new(BEAT).await;
            let presence = app.people.get(&id).with_untracked(|person| person.presence);
            if let Some(presence) = presence.filter(|presence| *presence != Presence::Offline) {
                // It is said again soon; a lost word needs no words.
                let _ = api::runs::set_presence(presence).await;
            }
        }
    });
}

fn choices(app: App, id: &str, presence: ReadSignal<Presence>) -> View {
    let items = CHOICES.map(|choice| {
        let id = id.to_owned();
        let label = t!(&format!("presence-{}-long", presence_key(choice)));
        view! {
            MenuItem(label=label, checked=presence.get_untracked() == choice, on:click=move |_| choose(app, id.clone(), choice))
        }
    });
    View::from(items.into_iter().collect::<Vec<_>>())
}

/// Shown at once; taken back if the server refuses.
fn choose(app: App, id: String, choice: Presence) {
    let before = app.people.get(&id).with_untracked(|person| person.presence.unwrap_or(Presence::Offline));
    app.people.set_presence(&id, choice);
    sycamore_futures::spawn_local(async move {
        if let Err(trouble) = api::runs::set_presence(choice).await {
            app.people.set_presence(&id, before);
            app.toasts.fail(&trouble);
        }
    });
}
