//! The bell: how many notifications are unread, and the newest ones.

use proto::notify::v1::Notification;
use sycamore::prelude::*;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use crate::app::App;
use crate::parts::{
    Badge, Bones, Button, Draw, Empty, Failed, Icon, Kind, Popover, T, TimeAgo, close_popover,
};
use crate::routes::Place;
use crate::store::Load;
use crate::text::t;

/// The bell and what opens under it.
#[component(inline_props)]
pub(super) fn Bell(app: App) -> View {
    let inside = Draw::from(move || list(app));
    let unread = app.inbox.unread();
    view! {
        Popover(inside=inside, button="rail-item", class="menu inbox", role="dialog", name=t!("notifications"), tip=t!("notifications")) {
            Icon(name="bell", class="icon large")
            (match unread.get() {
                0 => View::new(),
                count => view! { Badge(count=count, silent=true) span(class="vh") { (t!("unread", count = count)) } },
            })
        }
    }
}

fn list(app: App) -> View {
    let none_unread = move || app.inbox.unread().get() == 0;
    view! {
        header {
            h2(class="grow") { T(id="notifications") }
            Button(kind=Kind::Quiet, label=t!("mark-all-read"), disabled=none_unread,
                on:click=move |_| spawn_local(async move { app.inbox.read_all().await }))
        }
        (match app.inbox.newest().get_clone() {
            Load::Waiting => view! { Bones(rows=3) },
            Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| spawn_local_scoped(async move { app.inbox.load().await })) },
            Load::Ready(newest) if newest.is_empty() => view! { Empty(icon="bell", title=t!("no-notifications"), text=t!("no-notifications-text")) },
            Load::Ready(newest) => View::from(newest.iter().map(|notification| news(app, notification)).collect::<Vec<_>>()),
        })
    }
}

fn news(app: App, notification: &Notification) -> View {
    let Notification { id, subject, body, ticket_id, ticket_number, create_time, read_time, .. } =
        notification.clone();
    let unread = read_time.is_none();
    let said = if unread {
        view! { span(class="vh") { T(id="unread-one") } }
    } else {
        View::new()
    };
    let about = if ticket_number.is_empty() { ticket_id } else { ticket_number };
    let href = (!about.is_empty()).then(|| Place::Ticket { id: about }.path());
    let open = move |_| {
        let id = id.clone();
        if unread {
            spawn_local(async move { app.inbox.read(id).await });
        }
        close_popover();
    };
    view! {
        a(class="news", href=href, data-unread=unread.then_some(""), on:click=open) {
            i {}
            span(class="what") { (said) (subject) }
            TimeAgo(time=create_time, class="faint-time")
            span(class="detail one-line") { (body) }
        }
    }
}
