//! Roles: what each may do as one table, making them, renaming, copying and deleting them.

use std::rc::Rc;

use proto::identity::v1::{Permission, Role};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::matrix::{Draft, Matrix};
use super::parts::{deed, head};
use super::role_form::RoleForm;
use crate::api;
use crate::app::App;
use crate::parts::{Kind, Question, loaded};
use crate::store::Load;
use crate::text::t;

/// What the form is about.
#[derive(Clone, PartialEq)]
pub(super) enum Editing {
    Nothing,
    /// A new role that begins as a copy of this one; blank without one.
    New(Option<Rc<Role>>),
    Known(Rc<Role>),
}

/// The page and what its parts share.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) app: App,
    /// Whether roles may be changed by whoever looks.
    pub(super) may: bool,
    pub(super) editing: Signal<Editing>,
    roles: Signal<Load<Rc<Vec<Role>>>>,
    drafts: Signal<Vec<Draft>>,
}

/// The matrix, and the form over it.
#[component]
pub(super) fn Roles() -> View {
    let app = use_context::<App>();
    let page = Page {
        app,
        may: app.session.me_now().grants.holds(Permission::RoleManage, ""),
        editing: create_signal(Editing::Nothing),
        roles: create_signal(Load::Waiting),
        drafts: create_signal(Vec::new()),
    };
    page.load();
    let head = head(
        "roles",
        "roles-text",
        deed(page.may, "plus", "role-new", move || page.edit(Editing::New(None))),
    );
    let matrix = loaded(
        page.roles,
        move |()| page.load(),
        move |roles| {
            let drafts: Vec<Draft> = roles.iter().map(|role| Draft::new(role, page.may)).collect();
            page.drafts.set(drafts.clone());
            view! { Matrix(page=page, drafts=drafts) }
        },
    );
    let done = move |()| {
        page.editing.set(Editing::Nothing);
        page.load();
    };
    view! {
        div(class="page wide") { (head) (matrix) }
        (match page.editing.get_clone() {
            Editing::Nothing => View::new(),
            editing => view! { RoleForm(page=page, editing=editing, done=done) },
        })
    }
}

impl Page {
    /// Asks for the roles, while somebody looks.
    pub(super) fn load(self) {
        spawn_local(async move {
            let roles = Load::from(api::directory::roles().await).map(Rc::new);
            if self.roles.is_alive() {
                self.roles.set(roles);
            }
        });
    }

    /// The roles as they were read last.
    pub(super) fn roles(self) -> Rc<Vec<Role>> {
        self.roles.with(|roles| match roles {
            Load::Ready(roles) => Rc::clone(roles),
            _ => Rc::default(),
        })
    }

    /// Opens the form, unless there are ticks that would be lost.
    pub(super) fn edit(self, editing: Editing) {
        if self.drafts.with_untracked(|drafts| drafts.iter().any(|draft| untrack(|| draft.is_changed()))) {
            return self.app.toasts.say(t!("roles-save-first"));
        }
        self.editing.set(editing);
    }

    /// Asks whether a role should go.
    pub(super) fn delete(self, role: Rc<Role>) {
        let question = Question {
            title: format!("{}: {}", t!("role-delete"), role.display_name),
            text: t!("role-delete-text"),
            deed: t!("role-delete"),
            kind: Kind::Danger,
            ..Question::default()
        };
        self.app.questions.ask(question, move |_| {
            let role = Rc::clone(&role);
            async move {
                api::directory::delete_role(&role).await?;
                self.load();
                Ok(())
            }
        });
    }
}
