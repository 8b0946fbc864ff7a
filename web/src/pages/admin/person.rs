//! One account, a person's or a program's: who it is, what it may do and where, how it comes in, what was done to it.

use std::rc::Rc;

use proto::identity::v1::{Permission, Role, User, UserKind};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::account::{Deletion, moves};
use super::assignments::Assignments;
use super::audit::History;
use super::keys::Keys;
use super::parts::{fact, facts, known_roles, panel, status_pill, way_back, when};
use super::profile::Profile;
use super::sessions::Sessions;
use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{Bones, Button, Failed, Icon, Initials, Kind, Notice, Pill, T};
use crate::routes::Place;
use crate::store::Load;
use crate::text::t;

/// The account on the page, and what every part of the page needs.
#[derive(Clone, Copy)]
pub(super) struct Account {
    pub(super) app: App,
    pub(super) roles: Signal<Rc<Vec<Role>>>,
    user: Signal<Load<Rc<User>>>,
}

/// The page of an account by id.
#[component(inline_props)]
pub(super) fn PersonPage(id: String) -> View {
    let app = use_context::<App>();
    let account = Account { app, user: create_signal(Load::Waiting), roles: known_roles() };
    account.load(id.clone());
    view! {
        div(class="page wide") {
            (match account.user.get_clone() {
                Load::Waiting => view! { Bones(text=true) },
                Load::Failed(trouble) => {
                    let id = id.clone();
                    view! { Failed(trouble=trouble, retry=move |()| account.load(id.clone())) }
                }
                Load::Ready(user) => untrack(|| inside(account, &user)),
            })
        }
    }
}

impl Account {
    /// Fetches the account, while somebody looks.
    pub(super) fn load(self, id: String) {
        spawn_local(async move {
            let user = Load::from(api::directory::person(id).await).map(Rc::new);
            if self.user.is_alive() {
                self.user.set(user);
            }
        });
    }

    /// Shows it as it is now.
    pub(super) fn put(self, user: User) {
        if self.user.is_alive() {
            self.user.set(Load::Ready(Rc::new(user)));
        }
    }

    /// Whether the permission holds where the account belongs.
    pub(super) fn may(self, permission: Permission, user: &User) -> bool {
        self.app.session.me_now().grants.holds(permission, &user.department_id)
    }
}

fn inside(account: Account, user: &Rc<User>) -> View {
    title(&user.display_name);
    let program = user.kind() == UserKind::ServiceAccount;
    let back =
        if program { way_back(&Place::Programs, "programs") } else { way_back(&Place::People, "people") };
    let (head, gone) = (head(account, user, program), gone(user));
    let (shown, about) = (Rc::clone(user), user.id.clone());
    let manages = account.may(Permission::SecurityManage, user);
    let (id, owner) = (user.id.clone(), user.id.clone());
    let entry = match (manages, program) {
        (false, _) => View::new(),
        (true, true) => view! { Keys(app=account.app, owner_id=owner, program=true) },
        (true, false) => {
            view! { Sessions(app=account.app, user_id=id) Keys(app=account.app, owner_id=owner, program=false) }
        }
    };
    let history = if account.app.session.me_now().grants.anywhere(Permission::AuditRead) {
        view! { History(target=about) }
    } else {
        View::new()
    };
    let (given, facts) = (Rc::clone(user), profile(account, user, program));
    view! {
        (back)
        (head)
        (gone)
        div(class="split") {
            div(class="stack") {
                Assignments(account=account, user=given)
                (entry)
                (history)
            }
            aside(class="stack") {
                (facts)
                Deletion(account=account, user=shown)
            }
        }
    }
}

fn head(account: Account, user: &Rc<User>, program: bool) -> View {
    let (id, letters) = (user.id.clone(), user.initials.clone());
    let (name, status, moves) = (user.display_name.clone(), status_pill(user.status()), moves(account, user));
    let below = if program { t!("kind-service-account") } else { user.email.clone() };
    let face = if program {
        view! { span(class="avatar", data-empty="", data-size="huge", aria-hidden="true") { Icon(name="terminal", class="icon large") } }
    } else {
        view! { Initials(id=id, letters=letters, size="huge") }
    };
    view! {
        header(class="page-head") {
            (face)
            div { div(class="line wrap") { h1 { (name) } (status) } p(class="muted") { (below) } }
            (moves)
        }
    }
}

/// What is left to say of somebody who was forgotten.
fn gone(user: &User) -> View {
    if user.delete_time.is_none() {
        return View::new();
    }
    view! { Notice(text=t!("deleted-person")) }
}

fn profile(account: Account, user: &Rc<User>, program: bool) -> View {
    let app = account.app;
    let department = user.department_id.clone();
    let mut known = vec![("home-department", view! { (fact(app.departments.name(&department))) })];
    if !program {
        known.extend([
            ("phone", fact(user.phone.clone())),
            ("employee-number", fact(user.employee_number.clone())),
            ("language", fact(user.locale.clone())),
            ("time-zone", fact(user.time_zone.clone())),
            ("second-factor-title", second_factor(user)),
            ("last-sign-in", when(user.last_sign_in_time)),
        ]);
    }
    known.push(("since", when(user.create_time)));
    let editing = create_signal(false);
    let edit = if account.may(Permission::UserManage, user) && user.delete_time.is_none() {
        view! { Button(kind=Kind::Quiet, icon="edit", aria-label=t!("profile-edit"), on:click=move |_| editing.set(true)) }
    } else {
        View::new()
    };
    let (panel, user) = (panel("account", edit, facts(known)), Rc::clone(user));
    view! {
        (panel)
        (if editing.get() {
            let user = Rc::clone(&user);
            view! { Profile(account=account, user=user, done=move |()| editing.set(false)) }
        } else {
            View::new()
        })
    }
}

/// Whether there is one, and whether there has to be.
fn second_factor(user: &User) -> View {
    match (user.second_factor_enabled, user.second_factor_required) {
        (true, _) => view! { Pill(tone="done", icon="check", label=t!("on")) },
        (false, true) => view! { Pill(tone="wait", icon="alert", label=t!("second-factor-missing")) },
        (false, false) => view! { span(class="faint") { T(id="off") } },
    }
}
