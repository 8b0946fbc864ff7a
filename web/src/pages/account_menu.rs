//! Who one is, how one likes the page, and the way out.

use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::app::App;
use crate::parts::{Avatar, Draw, MenuItem, Popover, T};
use crate::prefs::{self, Theme};
use crate::routes::{self, Place};
use crate::text::{self, t};

/// The avatar and the menu under it.
#[component(inline_props)]
pub(super) fn AccountMenu(app: App) -> View {
    let name = create_selector(move || own_name(app));
    view! { (under_avatar(app, &name.get_clone())) }
}

fn under_avatar(app: App, name: &str) -> View {
    let id = app.session.me_now().id.clone();
    view! {
        Popover(inside=Draw::from(move || menu(app)), button="rail-item", name=t!("account-of", name = name)) {
            Avatar(id=id)
        }
    }
}

/// As it is now; the session's own is of when one signed in.
fn own_name(app: App) -> String {
    let me = app.session.me_now();
    let name = app.people.get(&me.id).with(|person| person.name.clone());
    if name.is_empty() { me.name.clone() } else { name }
}

fn menu(app: App) -> View {
    let me = app.session.me_now();
    let (name, email) = (untrack(|| own_name(app)), me.email.clone());
    let leave = move |_| {
        // What was typed a moment ago is kept while there is somebody to keep it for.
        app.drafts.leave();
        spawn_local(async move {
            if let Err(trouble) = app.session.sign_out().await {
                app.toasts.fail(&trouble);
            }
        });
    };
    view! {
        div(class="title") { div(class="change") { (name) } (email) }
        MenuItem(icon="user", label=t!("account-own"), on:click=|_| routes::go(&Place::Profile))
        hr {}
        div(class="title") { T(id="theme") }
        (themes(app))
        MenuItem(icon="list", label=t!("comfortable"), checked=app.prefs.comfortable.get_untracked(),
            on:click=move |_| app.prefs.comfortable.set(!app.prefs.comfortable.get_untracked()))
        hr {}
        div(class="title") { T(id="language") }
        (languages())
        hr {}
        MenuItem(icon="sign-out", label=t!("sign-out"), on:click=leave)
    }
}

fn themes(app: App) -> View {
    let items = Theme::ALL.into_iter().map(|theme| {
        let (icon, label) = match theme {
            Theme::System => ("screen", t!("theme-system")),
            Theme::Light => ("sun", t!("theme-light")),
            Theme::Dark => ("moon", t!("theme-dark")),
        };
        // Not followed: a menu drawn anew under the press that chose would lose that press and stay open.
        let checked = app.prefs.theme.get_untracked() == theme;
        view! { MenuItem(icon=icon, label=label, checked=checked, on:click=move |_| app.prefs.theme.set(theme)) }
    });
    View::from(items.collect::<Vec<_>>())
}

fn languages() -> View {
    let items = text::LANGUAGES.into_iter().map(|(tag, name)| {
        let checked = text::tag() == tag;
        view! { MenuItem(icon="speech", label=name, checked=checked, on:click=move |_| prefs::choose_language(tag)) }
    });
    View::from(items.collect::<Vec<_>>())
}
