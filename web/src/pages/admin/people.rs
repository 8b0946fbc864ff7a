//! Everybody with an account: found by name, narrowed by status, role, department and kind, invited.

use std::rc::Rc;

use proto::identity::v1::{ListUsersRequest, Permission, Role, User, UserKind, UserStatus, UserView};
use sycamore::prelude::*;

use super::invite::Invite;
use super::parts::{deed, department_options, known_roles, role_options, role_tag, status_pill};
use super::waiting::Waiting;
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{
    Badge, Button, Column, Empty, Icon, Initials, SearchBox, SelectBox, T, TimeAgo, listed, table,
};
use crate::routes::{self, Place};
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// People asked for at a time.
const PAGE: i32 = 50;

/// What narrows the list.
#[derive(Clone, Copy)]
struct Filters {
    words: Signal<String>,
    status: Signal<UserStatus>,
    role: Signal<String>,
    department: Signal<String>,
    kind: Signal<String>,
}

impl Filters {
    fn new(department: String) -> Self {
        let blank = || create_signal(String::new());
        Self {
            words: blank(),
            status: create_signal(UserStatus::Unspecified),
            role: blank(),
            department: create_signal(department),
            kind: blank(),
        }
    }

    /// The question they make; follows them when asked in an effect.
    fn asked(self, page_token: String) -> ListUsersRequest {
        ListUsersRequest {
            query: self.words.get_clone(),
            department_id: self.department.get_clone(),
            role_id: self.role.get_clone(),
            status: self.status.get().into(),
            kind: self.kind.with(|kind| UserKind::from_str_name(kind)).unwrap_or_default().into(),
            view: UserView::Full.into(),
            page_size: PAGE,
            page_token,
        }
    }
}

/// The list of people.
#[component(inline_props)]
pub(super) fn People(department: String) -> View {
    title(&t!("people"));
    let app = use_context::<App>();
    let filters = Filters::new(department);
    let list = Paged::new(move |token| page(filters.asked(token))).following(move || {
        filters.asked(String::new());
    });
    let roles = known_roles();
    let inviting = create_signal(false);
    let may = app.session.me_now().grants.anywhere(Permission::UserManage);
    let done = move |()| {
        inviting.set(false);
        list.load();
    };
    view! {
        div(class="page wide") {
            header(class="page-head") {
                div(class="line") { h1 { T(id="people") } (list.total().map(number).unwrap_or_default()) }
                (deed(may, "user-plus", "invite", move || inviting.set(true)))
            }
            Waiting(app=app, changed=move |()| list.load())
            (narrowing(app, filters, roles))
            (listed(list, none, move |found| rows(app, roles, found)))
        }
        (if inviting.get() { view! { Invite(app=app, roles=roles, done=done) } } else { View::new() })
    }
}

async fn page(asked: ListUsersRequest) -> api::Answer<Page<User>> {
    let answer = api::directory::people(asked).await?;
    Ok(Page { items: answer.users, next: answer.next_page_token, total: Some(answer.total) })
}

fn number(count: i64) -> View {
    view! { Badge(count=count, tone="plain") }
}

fn none() -> View {
    view! { div(class="panel") { Empty(icon="people", title=t!("nothing-found"), text=t!("people-none-text")) } }
}

/// Statuses to narrow by, with the ids of their words.
const STATUSES: [(UserStatus, &str); 5] = [
    (UserStatus::Unspecified, "user-status-any"),
    (UserStatus::Active, "user-status-active"),
    (UserStatus::Pending, "user-status-pending"),
    (UserStatus::Suspended, "user-status-suspended"),
    (UserStatus::Deactivated, "user-status-deactivated"),
];

fn narrowing(app: App, filters: Filters, roles: Signal<Rc<Vec<Role>>>) -> View {
    let buttons = STATUSES.map(|(status, words)| {
        let pressed = move || (filters.status.get() == status).to_string();
        view! { Button(label=t!(words), data-size="small", aria-pressed=pressed, on:click=move |_| filters.status.set(status)) }
    });
    let buttons = View::from(buttons.into_iter().collect::<Vec<_>>());
    let role_choices = create_memo(move || roles.with(|roles| role_options(roles, "any-role")));
    let department_choices = create_memo(move || department_options(app, "any-department"));
    view! {
        div(class="filters") {
            SearchBox(label=t!("find-people"), value=filters.words)
            div(class="group", role="group", aria-label=t!("status")) { (buttons) }
            SelectBox(label=t!("role"), value=filters.role, options=role_choices)
            SelectBox(label=t!("field-department-id"), value=filters.department, options=department_choices)
            SelectBox(label=t!("kind"), value=filters.kind, options=kinds())
        }
    }
}

fn kinds() -> Vec<(String, String)> {
    vec![
        (String::new(), t!("any-kind")),
        (UserKind::Person.as_str_name().to_owned(), t!("kind-person")),
        (UserKind::ServiceAccount.as_str_name().to_owned(), t!("kind-service-account")),
    ]
}

const COLUMNS: [Column; 4] =
    [("name", ""), ("roles", "optional"), ("status", ""), ("last-sign-in", "optional number")];

fn rows(app: App, roles: Signal<Rc<Vec<Role>>>, found: &[User]) -> View {
    let rows = found.iter().map(|user| row(app, roles, user)).collect();
    table("people", &t!("people"), &COLUMNS, rows)
}

fn row(app: App, roles: Signal<Rc<Vec<Role>>>, user: &User) -> View {
    let place = Place::Person { id: user.id.clone() };
    let name = account_cell(user, &place);
    let tags =
        user.role_assignments.iter().cloned().map(|assignment| {
            role_tag(app, roles, assignment.role_id, assignment.department_id, View::new())
        });
    let tags = View::from(tags.collect::<Vec<_>>());
    let status = status_pill(user.status());
    let last = last_seen(user);
    view! {
        tr(data-link="", on:click=move |_| routes::go(&place)) {
            td { (name) }
            td(class="optional") { span(class="tags") { (tags) } }
            td { (status) }
            td(class="optional number") { (last) }
        }
    }
}

/// Avatar, name and address; a program is told apart by its icon.
pub(super) fn account_cell(user: &User, place: &Place) -> View {
    let (id, letters) = (user.id.clone(), user.initials.clone());
    let (name, href) = (user.display_name.clone(), place.path());
    let program = user.kind() == UserKind::ServiceAccount;
    let face = if program {
        view! { span(class="avatar", data-empty="", aria-hidden="true") { Icon(name="terminal") } }
    } else {
        view! { Initials(id=id, letters=letters) }
    };
    let below = if program { t!("kind-service-account") } else { user.email.clone() };
    view! {
        span(class="person") {
            (face)
            span(class="one-line") {
                a(class="name", href=href) { (name) }
                div(class="tiny faint one-line") { (below) }
            }
        }
    }
}

fn last_seen(user: &User) -> View {
    if user.kind() == UserKind::ServiceAccount {
        return view! { span(class="faint") { "–" } };
    }
    if user.last_sign_in_time.is_none() {
        return view! { span(class="faint") { T(id="never") } };
    }
    let time = user.last_sign_in_time;
    view! { TimeAgo(time=time) }
}
