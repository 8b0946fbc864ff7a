//! Making a role of one's own, changing it, deleting it. Nobody can give what he does not hold, and the server says so.

use proto::identity::v1::Role;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::pages::rights::{Tick, boxes, ticked};
use crate::parts::{Act, Button, Form, Kind, Maybe, Modal, Shape, TextField, form_foot, refusal};
use crate::text::t;

/// The form in a wide dialog.
#[component(inline_props)]
pub(super) fn RoleForm(app: App, role: Maybe<Role>, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let known = role.clone().unwrap_or_default();
    let (name, description) =
        (create_signal(known.display_name.clone()), create_signal(known.description.clone()));
    let ticks: Vec<Tick> = proto::permission::all()
        .map(|of| (of, create_signal(known.permissions().any(|held| held == of))))
        .collect();
    let request_id = api::request_id();
    let (shown, close, sent) = (ticks.clone(), done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let role = filled(&known, &name.get_clone(), description.get_clone(), &ticks);
        let (request_id, sent) = (request_id.clone(), sent.clone());
        let call = async move {
            if role.id.is_empty() {
                api::directory::create_role(role, request_id).await
            } else {
                api::directory::update_role(role).await
            }
        };
        form.send(app, call, move |_| {
            app.toasts.say(t!("saved"));
            sent.now();
        });
    };
    let (title, deed) =
        if role.is_some() { (t!("role-edit"), t!("save")) } else { (t!("role-new"), t!("role-create")) };
    let delete = role.map(|role| delete_button(app, role, done));
    let delete = View::from(delete);
    view! {
        Modal(title=title, shape=Shape::Wide, on_close={ let close = close.clone(); move |()| close.now() }) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    div(class="pair") {
                        TextField(name="display_name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="80")
                        TextField(name="description", label=t!("field-description"), value=description, form=form, optional=true, maxlength="500")
                    }
                    (boxes(&shown))
                    (delete)
                }
                (form_foot(form, &deed, close.clone()))
            }
        }
    }
}

/// The role as it is to be.
fn filled(known: &Role, name: &str, description: String, ticks: &[Tick]) -> Role {
    let key = if known.key.is_empty() { key_of(name) } else { known.key.clone() };
    Role {
        key,
        display_name: name.trim().to_owned(),
        description,
        permissions: ticked(ticks),
        ..known.clone()
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

fn delete_button(app: App, role: Role, done: Act) -> View {
    let delete = move |_| {
        let (role, done) = (role.clone(), done.clone());
        spawn_local_scoped(async move {
            match api::directory::delete_role(&role).await {
                Ok(()) => done.now(),
                Err(trouble) => app.toasts.fail(&trouble),
            }
        });
    };
    view! { div { Button(kind=Kind::Danger, label=t!("role-delete"), on:click=delete) } }
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn a_key_is_made_of_the_name() {
        assert_eq!(key_of("Night shift!"), "night-shift");
        assert_eq!(key_of("2nd level"), "nd-level");
        assert_eq!(key_of("  —  "), "");
    }
}
