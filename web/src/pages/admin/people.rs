//! Everybody with an account: found by name, narrowed by status, invited.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::identity::v1::{ListUsersRequest, Permission, Role, User, UserStatus, UserView};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::invite::Invite;
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Badge, Bones, Button, Empty, Failed, Initials, Kind, SearchBox, T, TimeAgo};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::text::t;

/// How long to wait for the next letter before asking, in milliseconds.
const PATIENCE: u32 = 180;
/// People asked for at a time.
const PAGE: i32 = 50;

/// What is on the page.
#[derive(Clone, Copy)]
struct Listing {
    words: Signal<String>,
    status: Signal<UserStatus>,
    found: Signal<Load<Rc<Vec<User>>>>,
    total: Signal<i64>,
    next: Signal<String>,
    roles: Signal<Rc<Vec<Role>>>,
}

/// The list of people.
#[component]
pub(super) fn People() -> View {
    title(&t!("people"));
    let app = use_context::<App>();
    let listing = Listing {
        words: create_signal(String::new()),
        status: create_signal(UserStatus::Unspecified),
        found: create_signal(Load::Waiting),
        total: create_signal(0),
        next: create_signal(String::new()),
        roles: create_signal(Rc::default()),
    };
    let inviting = create_signal(false);
    create_effect(move || {
        let (words, status) = (listing.words.get_clone(), listing.status.get());
        spawn_local_scoped(async move {
            TimeoutFuture::new(PATIENCE).await;
            listing.fetch(words, status, String::new()).await;
        });
    });
    spawn_local_scoped(async move {
        listing.roles.set(Rc::new(api::directory::roles().await.unwrap_or_default()));
    });
    let may_invite = app.session.me_now().grants.anywhere(Permission::UserManage);
    view! {
        div(class="page wide") {
            (head(listing, inviting, may_invite))
            (filters(listing))
            (match listing.found.get_clone() {
                Load::Waiting => view! { div(class="panel") { Bones(rows=8) } },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| listing.again()) },
                Load::Ready(found) if found.is_empty() => view! { div(class="panel") { Empty(icon="people", title=t!("nothing-found"), text=t!("people-none-text")) } },
                Load::Ready(found) => table(app, listing, &found),
            })
        }
        (if inviting.get() { view! { Invite(app=app, roles=listing.roles, done=move |()| { inviting.set(false); listing.again(); }) } } else { View::new() })
    }
}

impl Listing {
    fn again(self) {
        spawn_local_scoped(async move {
            self.fetch(self.words.get_clone_untracked(), self.status.get_untracked(), String::new()).await;
        });
    }

    fn more(self) {
        let token = self.next.get_clone_untracked();
        spawn_local_scoped(async move {
            self.fetch(self.words.get_clone_untracked(), self.status.get_untracked(), token).await;
        });
    }

    async fn fetch(self, query: String, status: UserStatus, page_token: String) {
        let before = match self.found.get_clone_untracked() {
            Load::Ready(found) if !page_token.is_empty() => found.to_vec(),
            _ => Vec::new(),
        };
        let asked = ListUsersRequest {
            query,
            status: status.into(),
            view: UserView::Full.into(),
            page_size: PAGE,
            page_token,
            ..ListUsersRequest::default()
        };
        match api::directory::people(asked).await {
            Ok(page) => {
                self.total.set(page.total);
                self.next.set(page.next_page_token);
                self.found.set(Load::Ready(Rc::new([before, page.users].concat())));
            }
            Err(trouble) => self.found.set(Load::Failed(trouble)),
        }
    }

    /// The name of a role; blank while unknown.
    fn role_name(self, id: &str) -> String {
        self.roles.with(|roles| {
            roles.iter().find(|role| role.id == id).map(|role| role.display_name.clone()).unwrap_or_default()
        })
    }
}

fn head(listing: Listing, inviting: Signal<bool>, may_invite: bool) -> View {
    let invite = if may_invite {
        view! { Button(kind=Kind::Primary, icon="user-plus", label=t!("invite"), on:click=move |_| inviting.set(true)) }
    } else {
        View::new()
    };
    view! {
        header(class="page-head") {
            div(class="line") { h1 { T(id="people") } (number(listing.total.get())) }
            (invite)
        }
    }
}

fn number(count: i64) -> View {
    view! { Badge(count=count, tone="plain") }
}

/// Statuses to narrow by, with the ids of their words.
const STATUSES: [(UserStatus, &str); 5] = [
    (UserStatus::Unspecified, "user-status-any"),
    (UserStatus::Active, "user-status-active"),
    (UserStatus::Pending, "user-status-pending"),
    (UserStatus::Suspended, "user-status-suspended"),
    (UserStatus::Deactivated, "user-status-deactivated"),
];

fn filters(listing: Listing) -> View {
    let buttons = STATUSES.map(|(status, words)| {
        let pressed = move || (listing.status.get() == status).to_string();
        view! { Button(label=t!(words), data-size="small", aria-pressed=pressed, on:click=move |_| listing.status.set(status)) }
    });
    let buttons = View::from(buttons.into_iter().collect::<Vec<_>>());
    view! {
        div(class="filters") {
            SearchBox(label=t!("find-people"), value=listing.words)
            div(class="group", role="group", aria-label=t!("status")) { (buttons) }
        }
    }
}

fn table(app: App, listing: Listing, found: &Rc<Vec<User>>) -> View {
    let rows = View::from(found.iter().map(|user| row(app, listing, user)).collect::<Vec<_>>());
    view! {
        div(class="table-box") {
            table(class="table people") {
                thead { tr {
                    th(scope="col") { T(id="name") }
                    th(scope="col", class="optional") { T(id="roles") }
                    th(scope="col") { T(id="status") }
                    th(scope="col", class="optional number") { T(id="last-sign-in") }
                } }
                tbody { (rows) }
            }
        }
        (if listing.next.with(String::is_empty) { View::new() } else { view! { div(class="list-foot") { Button(label=t!("more"), on:click=move |_| listing.more()) } } })
    }
}

fn row(app: App, listing: Listing, user: &User) -> View {
    let User { id, display_name, initials, email, last_sign_in_time, role_assignments, .. } = user.clone();
    let (tint, letters) = (id.clone(), initials);
    let place = Place::Person { id };
    let href = place.path();
    let roles = View::from(
        role_assignments
            .into_iter()
            .map(|assignment| role_tag(app, listing, assignment.role_id, assignment.department_id))
            .collect::<Vec<_>>(),
    );
    let status = status_pill(user.status());
    let last = if last_sign_in_time.is_some() {
        view! { TimeAgo(time=last_sign_in_time) }
    } else {
        view! { span(class="faint") { T(id="never") } }
    };
    view! {
        tr(data-link="", on:click=move |_| routes::go(&place)) {
            td {
                span(class="person") {
                    Initials(id=tint, letters=letters)
                    span(class="one-line") {
                        a(class="name", href=href) { (display_name) }
                        div(class="tiny faint one-line") { (email) }
                    }
                }
            }
            td(class="optional") { span(class="tags") { (roles) } }
            td { (status) }
            td(class="optional number") { (last) }
        }
    }
}

fn role_tag(app: App, listing: Listing, role_id: String, department_id: String) -> View {
    view! {
        span(class="tag") {
            (listing.role_name(&role_id))
            (where_tag(app, &department_id))
        }
    }
}

/// Where a role holds.
pub(super) fn where_tag(app: App, department_id: &str) -> View {
    let place = if department_id.is_empty() { t!("everywhere") } else { app.departments.name(department_id) };
    view! { span(class="where") { (place) } }
}

/// The status of an account, with icon and word.
pub(super) fn status_pill(status: UserStatus) -> View {
    let (tone, icon, words) = match status {
        UserStatus::Active | UserStatus::Unspecified => ("done", "done", t!("user-status-active")),
        UserStatus::Pending => ("new", "mail", t!("user-status-pending")),
        UserStatus::Suspended => ("wait", "pause", t!("user-status-suspended")),
        UserStatus::Deactivated => ("closed", "rejected", t!("user-status-deactivated")),
    };
    view! { span(class="pill", data-tone=tone) { crate::parts::Icon(name=icon) (words) } }
}
