//! Making a workflow: empty, or as a copy of one that ships with Ticketmesh or was published here.

use std::rc::Rc;

use proto::workflow::v1::{CreateWorkflowRequest, Workflow};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use crate::api;
use crate::app::App;
use crate::parts::{Act, Choice, ComboField, Form, Modal, TextField, form_foot, refusal};
use crate::routes::{self, Place};
use crate::text::t;

/// The form in a dialog; once it is made one draws on it.
#[component(inline_props)]
pub(super) fn Create(
    app: App,
    all: Rc<Vec<Workflow>>,
    from: String,
    #[prop(setter(into))] done: Act,
) -> View {
    let form = Form::new();
    let request_id = api::request_id();
    let (name, source) = (create_signal(String::new()), create_signal(from));
    let choices = *create_signal(sources(&all));
    let hint = create_memo(move || about(&all, &source.get_clone()));
    let (close, cancel) = (done.clone(), done);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let name = name.get_clone().trim().to_owned();
        if name.is_empty() {
            return form.refuse("name", t!("flow-name-missing"));
        }
        let asked = CreateWorkflowRequest {
            request_id: request_id.clone(),
            name,
            copy_of_id: source.get_clone(),
            ..CreateWorkflowRequest::default()
        };
        let call = async move { api::flows::create(asked).await };
        form.send(app, call, |workflow| routes::go(&Place::Workflow { id: workflow.id }));
    };
    view! {
        Modal(title=t!("flow-new"), on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="100", autocomplete="off")
                    ComboField(name="copy_of_id", label=t!("flow-begins-as"), value=source, choices=choices, form=form, hint=t!("flow-begins-as-hint"), optional=true)
                    p(class="hint") { (hint.get_clone()) }
                }
                (form_foot(form, &t!("flow-create"), cancel.clone()))
            }
        }
    }
}

/// Those with something published, to copy; examples say that they are.
fn sources(all: &[Workflow]) -> Vec<Choice> {
    let published = all.iter().filter(|workflow| workflow.live_version > 0);
    let choice = |workflow: &Workflow| Choice {
        value: workflow.id.clone(),
        label: workflow.name.clone(),
        detail: if workflow.built_in { t!("flow-shipped") } else { String::new() },
        person: None,
    };
    published.map(choice).collect()
}

/// What a workflow is for.
fn about(all: &[Workflow], id: &str) -> String {
    let found = all.iter().find(|workflow| workflow.id == id);
    found.map(|workflow| workflow.description.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Workflow;

    use super::sources;

    #[test]
    fn only_what_was_published_can_be_copied() {
        let workflow =
            |id: &str, live_version| Workflow { id: id.into(), live_version, ..Workflow::default() };
        let found = sources(&[workflow("a", 0), workflow("b", 2)]);
        assert_eq!(found.iter().map(|choice| choice.value.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}
