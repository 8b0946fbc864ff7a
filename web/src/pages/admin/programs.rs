//! Accounts of programs: which there are, what they may do, how many keys they have. Each has its page like a person.

use std::rc::Rc;

use proto::identity::v1::{CreateServiceAccountRequest, Role, ServiceAccount};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::parts::{deed, department_options, head, known_roles, role_tag, status_pill, when};
use super::people::account_cell;
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{
    Act, AreaField, Column, Empty, Form, Modal, SelectField, TextField, form_foot, listed, refusal, table,
};
use crate::routes::{self, Place};
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// Accounts asked for at a time.
const PAGE: i32 = 50;

/// The list of service accounts.
#[component]
pub(super) fn Programs() -> View {
    let app = use_context::<App>();
    let list = Paged::new(page).following(|| {});
    let roles = known_roles();
    let making = create_signal(false);
    let head = head("programs", "programs-text", deed(true, "plus", "program-new", move || making.set(true)));
    view! {
        div(class="page wide") {
            (head)
            (listed(list, none, move |found| rows(app, roles, found)))
        }
        (if making.get() { view! { NewProgram(app=app, done=move |()| making.set(false)) } } else { View::new() })
    }
}

async fn page(token: String) -> Answer<Page<ServiceAccount>> {
    let answer = api::security::programs(token, PAGE).await?;
    Ok(Page { items: answer.service_accounts, next: answer.next_page_token, total: None })
}

fn none() -> View {
    view! { div(class="panel") { Empty(icon="terminal", title=t!("programs-none"), text=t!("programs-none-text")) } }
}

const COLUMNS: [Column; 5] = [
    ("name", ""),
    ("roles", "optional"),
    ("status", ""),
    ("api-keys", "number"),
    ("last-use", "optional number"),
];

fn rows(app: App, roles: Signal<Rc<Vec<Role>>>, found: &[ServiceAccount]) -> View {
    table("people", &t!("programs"), &COLUMNS, found.iter().map(|program| row(app, roles, program)).collect())
}

fn row(app: App, roles: Signal<Rc<Vec<Role>>>, program: &ServiceAccount) -> View {
    let user = program.user.clone().unwrap_or_default();
    let place = Place::Program { id: user.id.clone() };
    let tags =
        user.role_assignments.iter().cloned().map(|assignment| {
            role_tag(app, roles, assignment.role_id, assignment.department_id, View::new())
        });
    let tags = View::from(tags.collect::<Vec<_>>());
    let name = account_cell(&user, &place);
    let (status, keys) = (status_pill(user.status()), program.api_keys.len());
    let last = program.api_keys.iter().filter_map(|key| key.last_use_time).max_by_key(|time| time.seconds);
    let last = when(last);
    view! {
        tr(data-link="", on:click=move |_| routes::go(&place)) {
            td { (name) }
            td(class="optional") { span(class="tags") { (tags) } }
            td { (status) }
            td(class="number") { (keys) }
            td(class="optional number") { (last) }
        }
    }
}

/// The form; the account's page comes next, since it needs roles and a key.
#[component(inline_props)]
fn NewProgram(app: App, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let blank = || create_signal(String::new());
    let (name, description, department) = (blank(), blank(), blank());
    let request_id = api::request_id();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let asked = CreateServiceAccountRequest {
            request_id: request_id.clone(),
            display_name: name.get_clone().trim().to_owned(),
            description: description.get_clone(),
            department_id: department.get_clone(),
        };
        form.send(app, api::security::create_program(asked), |made| {
            routes::go(&Place::Program { id: made.user.unwrap_or_default().id });
        });
    };
    let departments = create_memo(move || department_options(app, "department-none"));
    let close = done.clone();
    view! {
        Modal(title=t!("program-new"), on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="display_name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="120", autocomplete="off")
                    AreaField(name="description", label=t!("field-description"), value=description, form=form, optional=true, hint=t!("program-description-hint"))
                    SelectField(name="department_id", label=t!("home-department"), value=department, options=departments, form=form)
                }
                (form_foot(form, &t!("program-create"), done.clone()))
            }
        }
    }
}
