//! The roles of an account: where each holds, giving one, taking one back. What the server refuses is said where it was tried.

use std::rc::Rc;

use proto::identity::v1::{Permission, RoleAssignment, User};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::parts::{department_options, panel, place_name, role_name, role_options, when};
use super::person::Account;
use crate::api;
use crate::parts::{Button, Form, Icon, Kind, Question, SelectField, T, refusal};
use crate::text::t;

/// The panel of roles.
#[component(inline_props)]
pub(super) fn Assignments(account: Account, user: Rc<User>) -> View {
    let may =
        account.app.session.me_now().grants.anywhere(Permission::RoleManage) && user.delete_time.is_none();
    let rows = user.role_assignments.iter().map(|assignment| row(account, assignment, may));
    let rows = View::from(rows.collect::<Vec<_>>());
    let none = if user.role_assignments.is_empty() {
        view! { p(class="body muted") { T(id="roles-none") } }
    } else {
        View::new()
    };
    let give = if may {
        let id = user.id.clone();
        view! { Give(account=account, user_id=id) }
    } else {
        View::new()
    };
    let body = view! { ul(class="rows") { (rows) } (none) (give) };
    panel("roles", View::new(), body)
}

fn row(account: Account, assignment: &RoleAssignment, may: bool) -> View {
    let RoleAssignment { role_id, department_id, create_time, .. } = assignment.clone();
    let take = if may {
        let assignment = assignment.clone();
        let press = move |_| take_back(account, &assignment);
        view! { Button(kind=Kind::Quiet, icon="x", aria-label=t!("role-take"), on:click=press) }
    } else {
        View::new()
    };
    let since = when(create_time);
    view! {
        li {
            Icon(name="shield")
            span(class="grow one-line") {
                b { (role_name(account.roles, &role_id)) }
                span(class="muted") { " · " (place_name(account.app, &department_id)) }
            }
            span(class="tiny faint") { (since) }
            (take)
        }
    }
}

fn take_back(account: Account, assignment: &RoleAssignment) {
    let RoleAssignment { id, user_id, role_id, department_id, .. } = assignment.clone();
    let (role, place) = (role_name(account.roles, &role_id), place_name(account.app, &department_id));
    let question = Question {
        title: t!("role-take"),
        text: t!("role-take-text", role = role, place = place),
        deed: t!("role-take"),
        kind: Kind::Danger,
        ..Question::default()
    };
    account.app.questions.ask(question, move |_| {
        let (id, user_id) = (id.clone(), user_id.clone());
        async move {
            api::directory::unassign_role(id).await?;
            account.load(user_id);
            Ok(())
        }
    });
}

#[component(inline_props)]
fn Give(account: Account, user_id: String) -> View {
    let form = Form::new();
    let (role, department) = (create_signal(String::new()), create_signal(String::new()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if role.with(String::is_empty) {
            return form.refuse("role_id", t!("role-missing"));
        }
        let id = user_id.clone();
        let call = api::directory::assign_role(id.clone(), role.get_clone(), department.get_clone());
        form.send(account.app, call, move |_| account.load(id));
    };
    let roles = create_memo(move || account.roles.with(|roles| role_options(roles, "role-choose")));
    let departments = create_memo(move || department_options(account.app, "everywhere"));
    view! {
        form(class="body stack give", novalidate=true, on:submit=submit) {
            (refusal(form))
            div(class="give-line") {
                SelectField(name="role_id", label=t!("role"), value=role, options=roles, form=form)
                SelectField(name="department_id", label=t!("holds-in"), value=department, options=departments, form=form)
                Button(icon="plus", label=t!("role-give"), r#type="submit", busy=form.busy())
            }
        }
    }
}
