//! Making a role of one's own, from nothing or from another one, and renaming it. What it may do is ticked in the matrix.

use std::rc::Rc;

use proto::identity::v1::Role;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::parts::role_options;
use super::roles::{Editing, Page};
use crate::api;
use crate::parts::{Act, Form, Modal, SelectField, TextField, form_foot, refusal};
use crate::text::t;

/// The form in a dialog.
#[component(inline_props)]
pub(super) fn RoleForm(page: Page, editing: Editing, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let (known, model) = match editing {
        Editing::Known(role) => (Some(role), None),
        Editing::New(model) => (None, model),
        Editing::Nothing => (None, None),
    };
    let shown = known.clone().unwrap_or_default();
    let name = create_signal(shown.display_name.clone());
    let description = create_signal(shown.description.clone());
    let start = create_signal(model.map(|model| model.id.clone()).unwrap_or_default());
    let request_id = api::request_id();
    let is_new = known.is_none();
    let (title, deed) =
        if is_new { (t!("role-new"), t!("role-create")) } else { (t!("role-edit"), t!("save")) };
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (name, description) = (name.get_clone().trim().to_owned(), description.get_clone());
        let role = match &known {
            Some(role) => Role { display_name: name, description, ..Role::clone(role) },
            None => begun(&page.roles(), &start.get_clone(), name, description),
        };
        let (request_id, sent) = (request_id.clone(), sent.clone());
        form.send(page.app, save(role, request_id), move |_| {
            page.app.toasts.say(t!("saved"));
            sent.now();
        });
    };
    view! {
        Modal(title=title, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="display_name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="80", autocomplete="off")
                    TextField(name="description", label=t!("field-description"), value=description, form=form, optional=true, maxlength="500")
                    (start_field(page, is_new, start, form))
                }
                (form_foot(form, &deed, done.clone()))
            }
        }
    }
}

fn start_field(page: Page, is_new: bool, start: Signal<String>, form: Form) -> View {
    if !is_new {
        return View::new();
    }
    let roles = role_options(&page.roles(), "role-from-nothing");
    view! { SelectField(name="permissions", label=t!("role-from"), value=start, options=roles, form=form, hint=t!("role-from-hint")) }
}

async fn save(role: Role, request_id: String) -> api::Answer<Role> {
    if role.id.is_empty() {
        return api::directory::create_role(role, request_id).await;
    }
    api::directory::update_role(role, &["display_name", "description"]).await
}

/// A new role that may what another one may.
fn begun(roles: &Rc<Vec<Role>>, start: &str, display_name: String, description: String) -> Role {
    let model = roles.iter().find(|role| role.id == start).cloned().unwrap_or_default();
    Role {
        key: key_of(&display_name),
        display_name,
        description,
        permissions: model.permissions,
        requires_second_factor: model.requires_second_factor,
        ..Role::default()
    }
}

/// A stable word made of a name: `Night shift!` becomes `night-shift`.
fn key_of(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let key = words.join("-");
    let key = key.trim_start_matches(|first: char| !first.is_ascii_lowercase());
    key.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proto::identity::v1::{Permission, Role};

    use super::{begun, key_of};

    #[test]
    fn a_key_is_made_of_the_name() {
        assert_eq!(key_of("Night shift!"), "night-shift");
        assert_eq!(key_of("2nd level"), "nd-level");
        assert_eq!(key_of("  —  "), "");
    }

    #[test]
    fn a_copy_may_what_its_model_may_and_is_a_role_of_its_own() {
        let agent = Role {
            id: "rol_1".into(),
            built_in: true,
            permissions: vec![Permission::TicketRead.into()],
            ..Role::default()
        };
        let copy = begun(&Rc::new(vec![agent.clone()]), "rol_1", "Night shift".into(), String::new());
        assert_eq!(copy.permissions, agent.permissions);
        assert!(copy.id.is_empty() && !copy.built_in && copy.key == "night-shift");
        assert!(begun(&Rc::default(), "", "Blank".into(), String::new()).permissions.is_empty());
    }
}
