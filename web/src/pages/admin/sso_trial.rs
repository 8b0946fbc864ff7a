//! A trial of a provider as it is typed: each step, whether it passed, and what to do where it did not.

use std::rc::Rc;

use proto::identity::v1::{Role, SsoTestStep, TestSsoResponse};
use sycamore::prelude::*;

use super::parts::{elsewhere, panel, role_tag};
use super::sso_form::Typed;
use crate::api;
use crate::app::App;
use crate::parts::{AreaField, Button, Form, Icon, T, refusal};
use crate::text::{self, t};

/// The field of the claims that are tried.
const CLAIMS: &str = "sample_claims_json";

/// The panel of the trial.
#[component(inline_props)]
pub(super) fn Trial(app: App, roles: Signal<Rc<Vec<Role>>>, typed: Typed, etag: Rc<str>) -> View {
    let form = Form::new();
    let claims = create_signal(String::new());
    let found = create_signal(None::<TestSsoResponse>);
    let test = move |_| {
        let provider = typed.provider(&etag);
        let call = api::security::try_provider(provider, claims.get_clone());
        found.set(None);
        form.send(app, call, move |answer| found.set(Some(answer)));
    };
    let button = view! { Button(icon="refresh", label=t!("trial-run"), data-size="small", busy=form.busy(), on:click=test) };
    let body = view! {
        div(class="body form") {
            p(class="muted small") { T(id="trial-text") }
            AreaField(name=CLAIMS, label=t!("trial-claims"), value=claims, form=form, optional=true,
                hint=t!("trial-claims-hint"), placeholder="{ \"email\": \"agent@example.org\", \"groups\": [\"helpdesk\"] }")
            (refusal(form))
            (elsewhere(form, &[CLAIMS]))
            div(role="status") {
                (match found.get_clone() {
                    Some(answer) => outcome(app, roles, answer),
                    None => View::new(),
                })
            }
        }
    };
    panel("trial", button, body)
}

fn outcome(app: App, roles: Signal<Rc<Vec<Role>>>, answer: TestSsoResponse) -> View {
    let passed = answer.steps.iter().all(|step| step.passed);
    let steps = View::from(answer.steps.into_iter().map(step).collect::<Vec<_>>());
    let given = answer
        .matched
        .into_iter()
        .map(|mapping| role_tag(app, roles, mapping.role_id, mapping.department_id, View::new()));
    let given: Vec<View> = given.collect();
    let gets = if given.is_empty() {
        view! { span(class="muted") { T(id="trial-no-roles") } }
    } else {
        let given = View::from(given);
        view! { span(class="tags") { (given) } }
    };
    let gets = if passed {
        view! { p(class="line wrap") { T(id="trial-roles") " " (gets) } }
    } else {
        View::new()
    };
    view! { ol(class="trial") { (steps) } (gets) }
}

fn step(step: SsoTestStep) -> View {
    let SsoTestStep { name, passed, detail } = step;
    let (tone, icon, word) =
        if passed { ("done", "done", "step-passed") } else { ("late", "rejected", "step-failed") };
    let name = text::maybe(&format!("step-{name}")).unwrap_or(name);
    let detail = text::sentence(&detail);
    view! {
        li(data-tone=tone) {
            Icon(name=icon)
            div { b { (name) } span(class="vh") { " " (t!(word)) } p(class="small muted") { (detail) } }
        }
    }
}
