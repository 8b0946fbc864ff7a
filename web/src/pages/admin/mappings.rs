//! What people get by their claims: a condition, and the role and place it gives.

use std::rc::Rc;

use proto::identity::v1::{ClaimMapping, Role};
use sycamore::prelude::*;

use super::parts::{department_options, panel, role_options};
use crate::app::App;
use crate::parts::{Button, Form, Kind, Notice, SelectBox, T, Tone};
use crate::text::t;

/// A mapping as it is typed.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Mapping {
    condition: Signal<String>,
    role: Signal<String>,
    department: Signal<String>,
}

impl Mapping {
    pub(super) fn new(known: &ClaimMapping) -> Self {
        Self {
            condition: create_signal(known.condition.clone()),
            role: create_signal(known.role_id.clone()),
            department: create_signal(known.department_id.clone()),
        }
    }

    pub(super) fn wire(self) -> ClaimMapping {
        ClaimMapping {
            condition: self.condition.get_clone().trim().to_owned(),
            role_id: self.role.get_clone(),
            department_id: self.department.get_clone(),
        }
    }
}

/// The panel of mappings.
#[component(inline_props)]
pub(super) fn Mappings(
    app: App,
    roles: Signal<Rc<Vec<Role>>>,
    mappings: Signal<Vec<Mapping>>,
    form: Form,
) -> View {
    // New ones belong to the page, not to the press that made them.
    let scope = use_current_scope();
    let add = move |_| {
        let new = scope.run_in(|| Mapping::new(&ClaimMapping::default()));
        mappings.update(|mappings| mappings.push(new));
    };
    let button = view! { Button(icon="plus", label=t!("mapping-new"), data-size="small", on:click=add) };
    let rows = move || {
        let rows = mappings
            .get_clone()
            .into_iter()
            .enumerate()
            .map(|(at, mapping)| row(app, roles, mappings, at, mapping));
        View::from(rows.collect::<Vec<_>>())
    };
    let body = view! {
        div(class="body stack") {
            p(class="muted small") { T(id="mappings-text") " " code { "\"helpdesk\" in claims.groups" } }
            (wrong(form))
            (rows())
        }
    };
    panel("mappings", button, body)
}

/// What is wrong with a condition, where it cannot be said beside it.
fn wrong(form: Form) -> View {
    view! {
        (match form.wrong("condition").or_else(|| form.wrong("mappings")).or_else(|| form.wrong("role_id")) {
            Some(sentence) => view! { Notice(tone=Tone::Late, text=sentence) },
            None => View::new(),
        })
    }
}

fn row(
    app: App,
    roles: Signal<Rc<Vec<Role>>>,
    mappings: Signal<Vec<Mapping>>,
    at: usize,
    mapping: Mapping,
) -> View {
    let number = at + 1;
    let role_choices = create_memo(move || roles.with(|roles| role_options(roles, "role-choose")));
    let departments = create_memo(move || department_options(app, "everywhere"));
    let take = move |_| mappings.update(|mappings| mappings.retain(|known| *known != mapping));
    let (condition, role) = (t!("mapping-condition", number = number), t!("mapping-role", number = number));
    let (place, taken) = (t!("mapping-place", number = number), t!("mapping-take", number = number));
    view! {
        div(class="mapping") {
            input(class="input mono", aria-label=condition, placeholder="\"helpdesk\" in claims.groups", maxlength="1000",
                autocomplete="off", bind:value=mapping.condition)
            SelectBox(label=role, value=mapping.role, options=role_choices)
            SelectBox(label=place, value=mapping.department, options=departments)
            Button(kind=Kind::Quiet, icon="x", aria-label=taken, on:click=take)
        }
    }
}
