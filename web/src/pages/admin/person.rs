//! One person: what there is to know, what roles they hold where, and whether they may come in.

use std::rc::Rc;

use proto::identity::v1::{Permission, Role, RoleAssignment, User, UserStatus};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use super::invite::{department_options, role_options};
use super::people::{status_pill, where_tag};
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Failed, Form, Icon, Initials, Kind, SelectField, T, TimeAgo, refusal};
use crate::store::Load;
use crate::text::t;

/// The person and what the page may do with them.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    user: Signal<Load<Rc<User>>>,
    roles: Signal<Rc<Vec<Role>>>,
}

/// The page of somebody by id.
#[component(inline_props)]
pub(super) fn PersonPage(id: String) -> View {
    let app = use_context::<App>();
    let page = Page { app, user: create_signal(Load::Waiting), roles: create_signal(Rc::default()) };
    page.load(id.clone());
    spawn_local_scoped(async move {
        page.roles.set(Rc::new(api::directory::roles().await.unwrap_or_default()));
    });
    view! {
        div(class="page") {
            a(class="line small", href="/admin/people") { Icon(name="arrow-left") T(id="people") }
            (match page.user.get_clone() {
                Load::Waiting => view! { Bones(text=true) },
                Load::Failed(trouble) => { let id = id.clone(); view! { Failed(trouble=trouble, retry=move |()| page.load(id.clone())) } },
                Load::Ready(user) => inside(page, &user),
            })
        }
    }
}

impl Page {
    /// Fetches the person, while somebody looks.
    fn load(self, id: String) {
        spawn_local(async move {
            let person = Load::from(api::directory::person(id).await).map(Rc::new);
            if self.user.is_alive() {
                self.user.set(person);
            }
        });
    }

    fn put(self, user: User) {
        if self.user.is_alive() {
            self.user.set(Load::Ready(Rc::new(user)));
        }
    }

    /// Whether the permission holds where the person belongs.
    fn may(self, permission: Permission, user: &User) -> bool {
        self.app.session.me_now().grants.holds(permission, &user.department_id)
    }

    fn set_status(self, user: Rc<User>, status: UserStatus) {
        spawn_local(async move {
            match api::directory::set_status(&user, status).await {
                Ok(user) => {
                    self.app.toasts.say(t!("saved"));
                    self.put(user);
                }
                Err(trouble) => self.app.toasts.fail(&trouble),
            }
        });
    }

    fn take_role(self, user_id: String, assignment_id: String) {
        spawn_local(async move {
            match api::directory::unassign_role(assignment_id).await {
                Ok(()) => self.load(user_id),
                Err(trouble) => self.app.toasts.fail(&trouble),
            }
        });
    }
}

fn inside(page: Page, user: &Rc<User>) -> View {
    title(&user.display_name);
    let (id, letters) = (user.id.clone(), user.initials.clone());
    let (name, email) = (user.display_name.clone(), user.email.clone());
    let status = status_pill(user.status());
    let roles = role_panel(page, user);
    let facts = facts(page, user);
    let actions = actions(page, user);
    view! {
        header(class="page-head") {
            Initials(id=id, letters=letters, size="huge")
            div { h1 { (name) } p(class="muted") { (email) } }
            (status)
            (actions)
        }
        (roles)
        (facts)
    }
}

/// The moves a status leads to.
fn actions(page: Page, user: &Rc<User>) -> View {
    if !page.may(Permission::UserManage, user) || user.id == page.app.session.me_now().id {
        return View::new();
    }
    let moves: &[(UserStatus, &str, Kind)] = match user.status() {
        UserStatus::Active => &[
            (UserStatus::Suspended, "suspend", Kind::Plain),
            (UserStatus::Deactivated, "deactivate", Kind::Danger),
        ],
        UserStatus::Suspended => &[
            (UserStatus::Active, "let-in", Kind::Primary),
            (UserStatus::Deactivated, "deactivate", Kind::Danger),
        ],
        UserStatus::Pending => &[(UserStatus::Deactivated, "deactivate", Kind::Danger)],
        UserStatus::Deactivated => &[(UserStatus::Active, "let-in", Kind::Plain)],
        UserStatus::Unspecified => &[],
    };
    let buttons = moves.iter().map(|(status, words, kind)| {
        let user = Rc::clone(user);
        view! { Button(kind=*kind, label=t!(words), on:click=move |_| page.set_status(Rc::clone(&user), *status)) }
    });
    let buttons = View::from(buttons.collect::<Vec<_>>());
    view! { div(class="line wrap") { (buttons) } }
}

fn role_panel(page: Page, user: &Rc<User>) -> View {
    let may = page.app.session.me_now().grants.anywhere(Permission::RoleManage);
    let tags = user.role_assignments.iter().map(|assignment| role_tag(page, assignment, may));
    let tags = View::from(tags.collect::<Vec<_>>());
    let none = if user.role_assignments.is_empty() {
        view! { p(class="muted") { T(id="roles-none") } }
    } else {
        View::new()
    };
    let give = if may {
        let id = user.id.clone();
        view! { GiveRole(page=page, user_id=id) }
    } else {
        View::new()
    };
    view! {
        section(class="panel", aria-label=t!("roles")) {
            header { h2 { T(id="roles") } }
            div(class="body stack") { div(class="tags") { (tags) } (none) (give) }
        }
    }
}

fn role_tag(page: Page, assignment: &RoleAssignment, may: bool) -> View {
    let RoleAssignment { id, user_id, role_id, department_id, .. } = assignment.clone();
    let name = move || {
        page.roles.with(|roles| {
            roles
                .iter()
                .find(|role| role.id == role_id)
                .map(|role| role.display_name.clone())
                .unwrap_or_default()
        })
    };
    let take = if may {
        view! {
            button(r#type="button", aria-label=t!("role-take"), on:click=move |_| page.take_role(user_id.clone(), id.clone())) { Icon(name="x") }
        }
    } else {
        View::new()
    };
    view! { span(class="tag") { (name()) (where_tag(page.app, &department_id)) (take) } }
}

#[component(inline_props)]
fn GiveRole(page: Page, user_id: String) -> View {
    let form = Form::new();
    let (role, department) = (create_signal(String::new()), create_signal(String::new()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if role.with(String::is_empty) {
            return form.refuse("role_id", t!("role-missing"));
        }
        let id = user_id.clone();
        let call = api::directory::assign_role(id.clone(), role.get_clone(), department.get_clone());
        form.send(page.app, call, move |_| page.load(id));
    };
    let roles = create_memo(move || role_options(&page.roles.get_clone()));
    let departments = create_memo(move || department_options(page.app));
    view! {
        form(class="stack", novalidate=true, on:submit=submit) {
            (refusal(form))
            div(class="pair") {
                SelectField(name="role_id", label=t!("role"), value=role, options=roles, form=form)
                SelectField(name="department_id", label=t!("field-department-id"), value=department, options=departments, form=form)
            }
            div { Button(icon="plus", label=t!("role-give"), r#type="submit", busy=form.busy()) }
        }
    }
}

fn facts(page: Page, user: &User) -> View {
    let department = user.department_id.clone();
    let second = if user.second_factor_enabled { t!("on") } else { t!("off") };
    let (zone, since, last) = (user.time_zone.clone(), user.create_time, user.last_sign_in_time);
    view! {
        section(class="panel", aria-label=t!("account")) {
            header { h2 { T(id="account") } }
            dl(class="body props pair") {
                div(class="prop") { dt { T(id="home-department") } dd { (or_nothing(page.app.departments.name(&department))) } }
                div(class="prop") { dt { T(id="second-factor-title") } dd { (second) } }
                div(class="prop") { dt { T(id="time-zone") } dd { (or_nothing(zone.clone())) } }
                div(class="prop") { dt { T(id="since") } dd { TimeAgo(time=since, stop=true) } }
                div(class="prop") { dt { T(id="last-sign-in") } dd { (when(last)) } }
            }
        }
    }
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { t!("nothing") } else { text }
}

fn when(time: Option<prost_types::Timestamp>) -> View {
    if time.is_some() {
        view! { TimeAgo(time=time, stop=true) }
    } else {
        view! { T(id="never") }
    }
}
