//! Inviting somebody: name, address, a role and where it holds; then the link, for installations without mail.

use std::rc::Rc;

use proto::identity::v1::{CreateUserRequest, InviteUserRequest, Role, RoleGrant, User};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::parts::{department_options, role_options, shown_once};
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{
    Act, AreaField, Button, CheckField, Form, Kind, Modal, Notice, PasswordField, SelectField, TextField,
    Tone, form_foot, refusal,
};
use crate::text::t;

/// The form, then the link.
#[component(inline_props)]
pub(super) fn Invite(app: App, roles: Signal<Rc<Vec<Role>>>, #[prop(setter(into))] done: Act) -> View {
    let made = create_signal(None::<Made>);
    let close = done.clone();
    view! {
        Modal(title=t!("invite-title"), on_close=move |()| close.now()) {
            (match made.get_clone() {
                None => { let done = done.clone(); view! { InviteForm(app=app, roles=roles, made=made, done=done) } }
                Some(made) => finished(made, done.clone()),
            })
        }
    }
}

/// An account that was made.
#[derive(Clone)]
struct Made {
    /// The link that opens it; none when it has a password already.
    link: Option<String>,
}

/// The fields as they are typed.
#[derive(Clone, Copy)]
struct Fields {
    name: Signal<String>,
    email: Signal<String>,
    role: Signal<String>,
    department: Signal<String>,
    message: Signal<String>,
    /// Makes the account with a password at once, without a link.
    at_once: Signal<bool>,
    password: Signal<String>,
}

impl Fields {
    fn new() -> Self {
        let blank = || create_signal(String::new());
        Self {
            name: blank(),
            email: blank(),
            role: blank(),
            department: blank(),
            message: blank(),
            at_once: create_signal(false),
            password: blank(),
        }
    }

    /// Makes the account, and answers with the link that opens it, if there is one.
    async fn send(self, request_id: String) -> Answer<Made> {
        let asked = self.request(request_id);
        if !self.at_once.get_untracked() {
            let answer = api::directory::invite(asked).await?;
            return Ok(Made { link: Some(answer.accept_url) });
        }
        let user = User {
            email: asked.email,
            display_name: asked.display_name,
            department_id: asked.department_id,
            ..User::default()
        };
        let password = self.password.get_clone_untracked();
        let (request_id, roles) = (asked.request_id, asked.roles);
        api::directory::create_person(CreateUserRequest { request_id, user: Some(user), password, roles })
            .await?;
        Ok(Made { link: None })
    }

    fn request(self, request_id: String) -> InviteUserRequest {
        let (role_id, department_id) = (self.role.get_clone(), self.department.get_clone());
        let roles = if role_id.is_empty() {
            Vec::new()
        } else {
            vec![RoleGrant { role_id, department_id: department_id.clone() }]
        };
        InviteUserRequest {
            request_id,
            email: self.email.get_clone().trim().to_owned(),
            display_name: self.name.get_clone().trim().to_owned(),
            department_id,
            roles,
            message: self.message.get_clone(),
        }
    }
}

#[component(inline_props)]
fn InviteForm(app: App, roles: Signal<Rc<Vec<Role>>>, made: Signal<Option<Made>>, done: Act) -> View {
    let form = Form::new();
    let fields = Fields::new();
    let request_id = api::request_id();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let call = fields.send(request_id.clone());
        form.send(app, call, move |answer| made.set(Some(answer)));
    };
    let role_options = create_memo(move || roles.with(|roles| role_options(roles, "role-none")));
    let department_options = create_memo(move || department_options(app, "everywhere"));
    view! {
        form(novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                TextField(name="display_name", label=t!("name"), value=fields.name, form=form, "autofocus"="", maxlength="120", autocomplete="off")
                TextField(name="email", label=t!("email"), value=fields.email, form=form, r#type="email", maxlength="254", autocomplete="off")
                div(class="pair") {
                    SelectField(name="role_id", label=t!("role"), value=fields.role, options=role_options, form=form)
                    SelectField(name="department_id", label=t!("field-department-id"), value=fields.department, options=department_options, form=form)
                }
                CheckField(label=t!("invite-at-once"), value=fields.at_once)
                (password_or_word(fields, form))
            }
            (foot(fields, form, done.clone()))
        }
    }
}

/// A password where the account is to be used at once, else a personal word for the mail.
fn password_or_word(fields: Fields, form: Form) -> View {
    let at_once = fields.at_once;
    view! {
        (if at_once.get() {
            view! { PasswordField(name="password", label=t!("password"), value=fields.password, form=form, autocomplete="new-password") }
        } else {
            view! { AreaField(name="message", label=t!("invite-message"), value=fields.message, form=form, optional=true, maxlength="2000") }
        })
    }
}

fn foot(fields: Fields, form: Form, done: Act) -> View {
    view! {
        (form_foot(form, &if fields.at_once.get() { t!("create-account") } else { t!("invite-send") }, done.clone()))
    }
}

fn finished(made: Made, done: Act) -> View {
    let Some(link) = made.link else {
        return view! {
            div(class="body") { Notice(tone=Tone::Done, text=t!("created")) }
            footer { Button(kind=Kind::Primary, label=t!("done"), on:click=move |_| done.now()) }
        };
    };
    invited(link, done)
}

/// The link that was mailed, to be handed over by other means too.
pub(super) fn invited(link: String, done: Act) -> View {
    view! {
        div(class="body stack") {
            Notice(tone=Tone::Done, text=t!("invited"))
            (shown_once("invite-link", "invite-link-text", link.clone()))
        }
        footer { Button(kind=Kind::Primary, label=t!("done"), on:click=move |_| done.now()) }
    }
}
