//! The data of an account, in a form made of a table of its fields.

use std::rc::Rc;

use proto::identity::v1::{User, UserKind};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::parts::department_options;
use super::person::Account;
use crate::api;
use crate::parts::{Act, Form, Modal, SelectField, Shape, TextField, form_foot, refusal};
use crate::text::t;

/// A field: its path, the id of its words, the longest it may be, and where it is in an account.
type FieldOf = (&'static str, &'static str, u32, fn(&mut User) -> &mut String);

const FIELDS: [FieldOf; 8] = [
    ("display_name", "name", 120, |user| &mut user.display_name),
    ("email", "email", 254, |user| &mut user.email),
    ("given_name", "given-name", 80, |user| &mut user.given_name),
    ("family_name", "family-name", 80, |user| &mut user.family_name),
    ("phone", "phone", 16, |user| &mut user.phone),
    ("employee_number", "employee-number", 40, |user| &mut user.employee_number),
    ("locale", "language", 35, |user| &mut user.locale),
    ("time_zone", "time-zone", 64, |user| &mut user.time_zone),
];
/// Fields an account cannot be without.
const NEEDED: [&str; 2] = ["display_name", "email"];
/// The one field programs have.
const PROGRAM: &str = "display_name";

/// The form.
#[component(inline_props)]
pub(super) fn Profile(account: Account, user: Rc<User>, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let person = user.kind() == UserKind::Person;
    let mut known = User::clone(&user);
    let fields: Vec<(FieldOf, Signal<String>)> = FIELDS
        .into_iter()
        .filter(|(path, ..)| person || *path == PROGRAM)
        .map(|field| (field, create_signal(field.3(&mut known).clone())))
        .collect();
    let department = create_signal(user.department_id.clone());
    let inputs =
        View::from(fields.iter().map(|(field, value)| input(*field, *value, form)).collect::<Vec<_>>());
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let mut changed = User::clone(&user);
        for ((_, _, _, of), value) in &fields {
            value.with(|value| value.trim().clone_into(of(&mut changed)));
        }
        changed.department_id = department.get_clone();
        let paths: Vec<_> = fields.iter().map(|((path, ..), _)| *path).chain(["department_id"]).collect();
        let sent = sent.clone();
        let call = async move { api::directory::update_person(changed, &paths).await };
        form.send(account.app, call, move |user| {
            account.app.toasts.say(t!("saved"));
            account.app.people.put(&user);
            sent.now();
            account.put(user);
        });
    };
    let departments = create_memo(move || department_options(account.app, "department-none"));
    view! {
        Modal(title=t!("profile-edit"), shape=Shape::Wide, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    div(class="pair") {
                        (inputs)
                        SelectField(name="department_id", label=t!("home-department"), value=department, options=departments, form=form)
                    }
                }
                (form_foot(form, &t!("save"), done.clone()))
            }
        }
    }
}

fn input((name, words, longest, _): FieldOf, value: Signal<String>, form: Form) -> View {
    let hint = crate::text::maybe(&format!("{words}-hint")).unwrap_or_default();
    let optional = !NEEDED.contains(&name);
    view! {
        TextField(name=name, label=t!(words), value=value, form=form, hint=hint, optional=optional,
            maxlength=longest.to_string(), autocomplete="off")
    }
}
