//! Roles against permissions, as one table to read across.

use std::rc::Rc;

use proto::identity::v1::{Permission, Role};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::role_form::RoleForm;
use crate::api;
use crate::app::App;
use crate::pages::rights::{group_name, permission_name};
use crate::pages::title;
use crate::parts::{Bones, Button, Failed, Icon, Kind, T};
use crate::store::Load;
use crate::text::t;

/// What is being made or changed.
#[derive(Clone, PartialEq)]
enum Editing {
    Nothing,
    New,
    Known(Box<Role>),
}

/// The matrix, and the form beside it.
#[component]
pub(super) fn Roles() -> View {
    title(&t!("roles"));
    let app = use_context::<App>();
    let roles = create_signal(Load::<Rc<Vec<Role>>>::Waiting);
    let editing = create_signal(Editing::Nothing);
    let load = move || {
        spawn_local_scoped(async move { roles.set(Load::from(api::directory::roles().await).map(Rc::new)) });
    };
    load();
    let may = app.session.me_now().grants.anywhere(Permission::RoleManage);
    let new = if may {
        view! { Button(kind=Kind::Primary, icon="plus", label=t!("role-new"), on:click=move |_| editing.set(Editing::New)) }
    } else {
        View::new()
    };
    let done = move |()| {
        editing.set(Editing::Nothing);
        load();
    };
    view! {
        div(class="page wide") {
            header(class="page-head") { div { h1 { T(id="roles") } p(class="muted") { T(id="roles-text") } } (new) }
            (match roles.get_clone() {
                Load::Waiting => view! { div(class="panel") { Bones(rows=12) } },
                Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| load()) },
                Load::Ready(roles) => matrix(&roles, may, editing),
            })
        }
        (match editing.get_clone() {
            Editing::Nothing => View::new(),
            Editing::New => view! { RoleForm(app=app, role=None, done=done) },
            Editing::Known(role) => view! { RoleForm(app=app, role=Some(*role), done=done) },
        })
    }
}

fn matrix(roles: &Rc<Vec<Role>>, may: bool, editing: Signal<Editing>) -> View {
    let heads = View::from(roles.iter().map(|role| head(role, may, editing)).collect::<Vec<_>>());
    let mut lines = Vec::new();
    let mut group = String::new();
    for permission in proto::permission::all() {
        let code = proto::permission::code(permission);
        let of = code.split('.').next().unwrap_or_default();
        if of != group {
            of.clone_into(&mut group);
            lines.push(group_line(&group, roles.len()));
        }
        lines.push(line(permission, &code, roles));
    }
    let lines = View::from(lines);
    view! {
        div(class="table-box matrix", tabindex="0", role="region", aria-label=t!("roles")) {
            table(class="table") {
                thead { tr { th(scope="col") { T(id="permission") } (heads) } }
                tbody { (lines) }
            }
        }
    }
}

fn head(role: &Role, may: bool, editing: Signal<Editing>) -> View {
    let name = role.display_name.clone();
    if role.built_in || !may {
        return view! { th(class="role", scope="col") { (name) } };
    }
    let role = role.clone();
    view! {
        th(class="role", scope="col") {
            button(class="link-btn", r#type="button", on:click=move |_| editing.set(Editing::Known(Box::new(role.clone())))) { (name) Icon(name="edit") }
        }
    }
}

fn group_line(group: &str, roles: usize) -> View {
    let words = group_name(group);
    let span = (roles + 1).to_string();
    view! { tr(class="part") { th(scope="colgroup", colspan=span) { (words) } } }
}

fn line(permission: Permission, code: &str, roles: &[Role]) -> View {
    let words = permission_name(code);
    let cells = View::from(
        roles.iter().map(|role| cell(role.permissions().any(|held| held == permission))).collect::<Vec<_>>(),
    );
    let code = code.to_owned();
    view! { tr { th(scope="row", title=code) { (words) } (cells) } }
}

fn cell(held: bool) -> View {
    if held {
        return view! { td(class="held") { Icon(name="check") span(class="vh") { T(id="yes") } } };
    }
    view! { td(class="held") { span(class="none", aria-hidden="true") { "·" } span(class="vh") { T(id="no") } } }
}
