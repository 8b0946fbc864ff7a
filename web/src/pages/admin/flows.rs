//! Workflows: which there are, which tickets each takes, in the order they are asked; made, paused, put in order, archived.

mod create;

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::workflow::v1::{Workflow, WorkflowStatus};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::flow::state_pill;
use super::parts::{deed, head, moved};
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{
    CheckField, Column, Draw, Icon, Kind, Maybe, MenuItem, Person, Popover, Question, T, loaded, table,
};
use crate::routes::Place;
use crate::store::Load;
use crate::text::t;
use create::Create;

/// The page and what its parts share.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    draws: bool,
    publishes: bool,
    archived: Signal<bool>,
    all: Signal<Load<Rc<Vec<Workflow>>>>,
    /// What a new one is copied from: the id, or empty; none while none is made.
    making: Signal<Maybe<String>>,
}

const COLUMNS: [Column; 7] = [
    ("flow", ""),
    ("flow-applies-to", "optional"),
    ("flow-state", ""),
    ("flow-version-head", "number optional"),
    ("flow-author", "optional"),
    ("flow-open", "number optional"),
    ("", "number"),
];

/// The list, and the form over it.
#[component]
pub(super) fn Workflows() -> View {
    let app = use_context::<App>();
    let grants = &app.session.me_now().grants;
    let page = Page {
        app,
        draws: grants.anywhere(Permission::WorkflowEdit),
        publishes: grants.anywhere(Permission::WorkflowPublish),
        archived: create_signal(false),
        all: create_signal(Load::Waiting),
        making: create_signal(None),
    };
    create_effect(move || {
        page.archived.track();
        page.load();
    });
    let new = deed(page.draws, "plus", "flow-new", move || page.making.set(Some(String::new())));
    let head = head("flows", "flows-text", new);
    let list = loaded(page.all, move |()| page.load(), move |all| list(page, &all));
    view! {
        div(class="page wide") {
            (head)
            div(class="filters") { CheckField(label=t!("flow-archived"), value=page.archived) }
            (list)
        }
        (match page.making.get_clone() {
            Some(from) => view! { Create(app=page.app, all=page.known(), from=from, done=move |()| page.making.set(None)) },
            None => View::new(),
        })
    }
}

impl Page {
    fn load(self) {
        let archived = self.archived.get_untracked();
        spawn_local(async move {
            let all = Load::from(api::flows::list(archived).await).map(Rc::new);
            if self.all.is_alive() {
                self.all.set(all);
            }
        });
    }

    fn known(self) -> Rc<Vec<Workflow>> {
        self.all.with_untracked(|all| match all {
            Load::Ready(all) => Rc::clone(all),
            _ => Rc::default(),
        })
    }

    fn change<T: 'static>(self, change: impl Future<Output = Answer<T>> + 'static) {
        spawn_local(async move {
            if let Err(trouble) = change.await {
                self.app.toasts.fail(&trouble);
            }
            if self.all.is_alive() {
                self.load();
            }
        });
    }

    fn archive(self, workflow: Workflow) {
        let question = Question {
            title: format!("{}: {}", t!("flow-archive"), workflow.name),
            text: t!("flow-archive-text"),
            deed: t!("flow-archive"),
            kind: Kind::Danger,
            ..Question::default()
        };
        self.app.questions.ask(question, move |_| {
            let workflow = workflow.clone();
            async move {
                api::flows::archive(&workflow).await?;
                self.app.toasts.say(t!("flow-was-archived"));
                if self.all.is_alive() {
                    self.load();
                }
                Ok(())
            }
        });
    }
}

fn list(page: Page, all: &Rc<Vec<Workflow>>) -> View {
    let order: Rc<Vec<String>> =
        Rc::new(all.iter().filter(|one| is_ordered(one)).map(|one| one.id.clone()).collect());
    table("flows", &t!("flows"), &COLUMNS, all.iter().map(|workflow| row(page, workflow, &order)).collect())
}

/// Whether people say where it stands in the order.
fn is_ordered(workflow: &Workflow) -> bool {
    !workflow.built_in && workflow.status() != WorkflowStatus::Archived
}

fn row(page: Page, workflow: &Workflow, order: &Rc<Vec<String>>) -> View {
    let Workflow { id, name, description, author_id, live_version, open_runs, .. } = workflow.clone();
    let href = Place::Workflow { id }.path();
    let (rule, menu) = (rule(workflow), menu(page, workflow, order));
    let state = state_pill(workflow.status());
    let author = match (workflow.built_in, author_id.is_empty()) {
        (true, _) => view! { span(class="muted small") { T(id="flow-shipped") } },
        (false, true) => View::new(),
        (false, false) => view! { Person(id=author_id) },
    };
    let version = if live_version > 0 { live_version.to_string() } else { "–".to_owned() };
    view! {
        tr {
            td { a(href=href) { b { (name) } } div(class="tiny faint") { (description) } }
            td(class="optional small") { (rule) }
            td { (state) }
            td(class="number optional") { (version) }
            td(class="optional") { (author) }
            td(class="number optional") { (open_runs.to_string()) }
            td(class="number") { (menu) }
        }
    }
}

/// Which tickets it takes, as it is in force; what was drawn since counts for nobody.
fn rule(workflow: &Workflow) -> View {
    let rule = if workflow.live_version > 0 { &workflow.live_applies_to } else { &workflow.applies_to };
    if rule.is_empty() {
        return view! { span(class="muted") { T(id="flow-every-ticket") } };
    }
    let rule = rule.clone();
    view! { code { (rule) } }
}

fn menu(page: Page, workflow: &Workflow, order: &Rc<Vec<String>>) -> View {
    let (name, workflow, order) =
        (t!("more-of", name = workflow.name.clone()), workflow.clone(), Rc::clone(order));
    let inside = Draw::from(move || {
        let (open, copied) = (Place::Workflow { id: workflow.id.clone() }, workflow.id.clone());
        let copy = if page.draws && workflow.live_version > 0 {
            view! { MenuItem(icon="copy", label=t!("flow-copy"), on:click=move |_| page.making.set(Some(copied.clone()))) }
        } else {
            View::new()
        };
        let rest = if page.publishes && is_ordered(&workflow) {
            publisher(page, &workflow, &order)
        } else {
            View::new()
        };
        view! {
            MenuItem(icon="flow", label=t!("flow-open-it"), on:click=move |_| crate::routes::go(&open))
            (copy)
            (rest)
        }
    });
    view! { Popover(inside=inside, button="btn icon-btn", name=name) { Icon(name="dots") } }
}

/// What only those may do who publish.
fn publisher(page: Page, workflow: &Workflow, order: &[String]) -> View {
    let [paused, resumed, archived] = [0; 3].map(|_| workflow.clone());
    let turn = match workflow.status() {
        WorkflowStatus::Live => view! {
            MenuItem(icon="pause", label=t!("flow-pause"), on:click=move |_| {
                let paused = paused.clone();
                page.change(async move { api::flows::pause(&paused).await });
            })
        },
        WorkflowStatus::Paused => view! {
            MenuItem(icon="arrow-right", label=t!("flow-resume"), on:click=move |_| {
                let resumed = resumed.clone();
                page.change(async move { api::flows::resume(&resumed).await });
            })
        },
        _ => View::new(),
    };
    let step = |icon: &'static str, words: String, by: isize| match moved(order, &workflow.id, by) {
        Some(order) => {
            view! { MenuItem(icon=icon, label=words, on:click=move |_| page.change(api::flows::reorder(order.clone()))) }
        }
        None => View::new(),
    };
    let (up, down) = (step("chevron-up", t!("move-up"), -1), step("chevron-down", t!("move-down"), 1));
    view! {
        (turn)
        (up)
        (down)
        MenuItem(icon="closed", label=t!("flow-archive"), kind="danger", on:click=move |_| page.archive(archived.clone()))
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Workflow, WorkflowStatus};

    use super::is_ordered;

    #[test]
    fn only_those_people_made_and_use_stand_in_an_order_of_theirs() {
        let workflow = |built_in, status: WorkflowStatus| Workflow {
            built_in,
            status: status.into(),
            ..Workflow::default()
        };
        assert!(is_ordered(&workflow(false, WorkflowStatus::Draft)));
        assert!(!is_ordered(&workflow(true, WorkflowStatus::Live)));
        assert!(!is_ordered(&workflow(false, WorkflowStatus::Archived)));
    }
}
