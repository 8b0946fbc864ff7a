//! Departments: who serves requests. Made, renamed, moved below another, archived.

use proto::identity::v1::{Department, Permission};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{
    Act, Button, Empty, Form, Icon, Kind, Modal, SelectField, T, TextField, form_foot, refusal,
};
use crate::text::t;

/// All departments, and the form over them.
#[component]
pub(super) fn Departments() -> View {
    title(&t!("departments"));
    let app = use_context::<App>();
    let editing = create_signal(None::<Department>);
    let may = app.session.me_now().grants.anywhere(Permission::SecurityManage);
    let new = if may {
        view! {
            Button(kind=Kind::Primary, icon="plus", label=t!("department-new"), on:click=move |_| editing.set(Some(Department::default())))
        }
    } else {
        View::new()
    };
    view! {
        div(class="page") {
            header(class="page-head") { div { h1 { T(id="departments") } p(class="muted") { T(id="departments-text") } } (new) }
            (table(app, may, editing))
        }
        (match editing.get_clone() {
            Some(department) => view! { DepartmentForm(app=app, department=department, done=move |()| editing.set(None)) },
            None => View::new(),
        })
    }
}

fn table(app: App, may: bool, editing: Signal<Option<Department>>) -> View {
    let rows = move || {
        let rows = app.departments.paths().into_iter().map(|(id, path)| row(app, &id, path, may, editing));
        View::from(rows.collect::<Vec<_>>())
    };
    let is_empty = create_selector(move || app.departments.paths().is_empty());
    view! {
        (if is_empty.get() {
            view! { div(class="panel") { Empty(icon="building", title=t!("departments-none"), text=t!("departments-none-text")) } }
        } else {
            view! { div(class="table-box") { table(class="table") { tbody { (rows()) } } } }
        })
    }
}

fn row(app: App, id: &str, path: String, may: bool, editing: Signal<Option<Department>>) -> View {
    let department = app.departments.find(id).unwrap_or_default();
    let description = department.description.clone();
    let archived = department.clone();
    let actions = if may {
        view! {
            Button(kind=Kind::Quiet, icon="edit", aria-label=t!("department-edit"), on:click=move |_| editing.set(Some(department.clone())))
            Button(kind=Kind::Quiet, icon="closed", aria-label=t!("department-archive"), title=t!("department-archive"), on:click=move |_| archive(app, archived.clone()))
        }
    } else {
        View::new()
    };
    view! {
        tr {
            td { span(class="line") { Icon(name="building") b { (path) } } }
            td(class="muted optional") { (description) }
            td(class="number") { (actions) }
        }
    }
}

/// Closes a department for anything new; the server refuses while there are others below it.
fn archive(app: App, department: Department) {
    spawn_local(async move {
        match api::directory::archive_department(&department).await {
            Ok(_) => {
                app.toasts.say(t!("department-archived"));
                app.departments.load().await;
            }
            Err(trouble) => app.toasts.fail(&trouble),
        }
    });
}

#[component(inline_props)]
fn DepartmentForm(app: App, department: Department, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let known = department;
    let name = create_signal(known.display_name.clone());
    let description = create_signal(known.description.clone());
    let parent = create_signal(known.parent_id.clone());
    let request_id = api::request_id();
    let (title, deed) = if known.id.is_empty() {
        (t!("department-new"), t!("department-create"))
    } else {
        (t!("department-edit"), t!("save"))
    };
    let own_id = known.id.clone();
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let department = Department {
            display_name: name.get_clone().trim().to_owned(),
            description: description.get_clone(),
            parent_id: parent.get_clone(),
            ..known.clone()
        };
        let sent = sent.clone();
        form.send(app, save(app, department, request_id.clone()), move |_| sent.now());
    };
    let parents = create_memo(move || parents(app, &own_id));
    view! {
        Modal(title=title, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="display_name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="80", autocomplete="off")
                    TextField(name="description", label=t!("field-description"), value=description, form=form, optional=true, maxlength="500")
                    SelectField(name="parent_id", label=t!("department-parent"), value=parent, options=parents, form=form)
                }
                (form_foot(form, &deed, done.clone()))
            }
        }
    }
}

/// Makes it or changes it, and fetches all of them: a move changes the names of those below.
async fn save(app: App, department: Department, request_id: String) -> api::Answer<Department> {
    let saved = if department.id.is_empty() {
        api::directory::create_department(department, request_id).await?
    } else {
        api::directory::update_department(department).await?
    };
    app.departments.load().await;
    app.toasts.say(t!("saved"));
    Ok(saved)
}

/// Departments it may stand below: none, or any but itself.
fn parents(app: App, own_id: &str) -> Vec<(String, String)> {
    let none = (String::new(), t!("department-root"));
    let others = app.departments.paths().into_iter().filter(|(id, _)| id != own_id);
    std::iter::once(none).chain(others).collect()
}
