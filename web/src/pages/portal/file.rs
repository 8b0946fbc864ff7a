//! Filing a request: to whom, what it is about, the whole story; then its number.

use proto::tickets::v1::{Priority, Ticket};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use crate::api;
use crate::app::App;
use crate::pages::title;
use crate::parts::{AreaField, Button, Form, Icon, Kind, Notice, SelectField, T, TextField, Tone, refusal};
use crate::routes::Place;
use crate::text::t;

/// The form, then the confirmation.
#[component]
pub(super) fn NewRequest() -> View {
    title(&t!("new-request"));
    let filed = create_signal(None::<Ticket>);
    view! {
        div(class="page") {
            (match filed.get_clone() {
                None => view! { FileForm(filed=filed) },
                Some(ticket) => confirmation(&ticket, filed),
            })
        }
    }
}

/// The fields as they are typed.
#[derive(Clone, Copy)]
struct Fields {
    department: Signal<String>,
    priority: Signal<String>,
    subject: Signal<String>,
    description: Signal<String>,
}

impl Fields {
    fn new() -> Self {
        let blank = || create_signal(String::new());
        let priority = create_signal(Priority::Normal.as_str_name().to_owned());
        Self { department: blank(), priority, subject: blank(), description: blank() }
    }

    fn ticket(self) -> Ticket {
        Ticket {
            department_id: self.department.get_clone(),
            subject: self.subject.get_clone().trim().to_owned(),
            description: self.description.get_clone(),
            priority: Priority::from_str_name(&self.priority.get_clone()).unwrap_or_default().into(),
            ..Ticket::default()
        }
    }
}

#[component(inline_props)]
fn FileForm(filed: Signal<Option<Ticket>>) -> View {
    let app = use_context::<App>();
    let form = Form::new();
    let fields = Fields::new();
    // One id for this form, however often it is sent: pressing twice never files twice.
    let request_id = api::request_id();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let ticket = fields.ticket();
        if let Some((field, sentence)) = missing(&ticket) {
            return form.refuse(field, sentence);
        }
        let call = api::tickets::create(ticket, request_id.clone());
        form.send(app, call, move |ticket| {
            let ticket = app.tickets.put(ticket).get_clone_untracked();
            filed.set(Some(Ticket::clone(&ticket)));
        });
    };
    view! {
        header(class="page-head") { div { h1 { T(id="new-request") } p(class="muted") { T(id="new-request-text") } } }
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                (none_to_help(app))
                (inputs(app, form, fields))
                footer {
                    Button(kind=Kind::Primary, icon="send", label=t!("file-request"), r#type="submit", busy=form.busy())
                    a(class="btn", data-kind="quiet", href="/requests") { T(id="cancel") }
                }
            }
        }
    }
}

/// Says that there is nobody to ask, where there is not.
fn none_to_help(app: App) -> View {
    let none = create_selector(move || app.departments.are_none());
    view! {
        (if none.get() { view! { Notice(tone=Tone::Wait, text=t!("departments-missing")) } } else { View::new() })
    }
}

fn inputs(app: App, form: Form, fields: Fields) -> View {
    let departments = create_memo(move || {
        let mut options = vec![(String::new(), t!("choose"))];
        options.extend(app.departments.paths());
        options
    });
    let priorities = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent].map(|priority| {
        (priority.as_str_name().to_owned(), t!(&format!("priority-{}", crate::parts::priority_key(priority))))
    });
    let Fields { department, priority, subject, description } = fields;
    view! {
        div(class="pair") {
            SelectField(name="department_id", label=t!("field-department-id"), value=department, options=departments, form=form, hint=t!("department-hint"))
            SelectField(name="priority", label=t!("field-priority"), value=priority, options=priorities.to_vec(), form=form)
        }
        TextField(name="subject", label=t!("field-subject"), value=subject, form=form, hint=t!("subject-hint"), maxlength="255", autocomplete="off")
        AreaField(name="description", label=t!("field-description"), value=description, form=form, hint=t!("description-hint"), optional=true, rows="7")
    }
}

/// The first field that is missing, and what to say of it.
fn missing(ticket: &Ticket) -> Option<(&'static str, String)> {
    if ticket.department_id.is_empty() {
        return Some(("department_id", t!("department-missing")));
    }
    ticket.subject.is_empty().then(|| ("subject", t!("subject-missing")))
}

fn confirmation(ticket: &Ticket, filed: Signal<Option<Ticket>>) -> View {
    let (number, subject) = (ticket.number.clone(), ticket.subject.clone());
    let href = Place::Request { id: ticket.number.clone() }.path();
    view! {
        div(class="panel confirmed", role="status") {
            Icon(name="done")
            p(class="muted") { T(id="filed-as") }
            p(class="no") { (number) }
            h2 { (subject) }
            p(class="muted") { T(id="filed-text") }
            div(class="line wrap") {
                a(class="btn", data-kind="primary", href=href) { T(id="open-request") }
                Button(label=t!("file-another"), on:click=move |_| filed.set(None))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Ticket;

    use super::missing;

    #[test]
    fn department_and_subject_are_needed_the_story_is_not() {
        let mut ticket = Ticket::default();
        assert_eq!(missing(&ticket).map(|(field, _)| field), Some("department_id"));
        ticket.department_id = "dep_1".to_owned();
        assert_eq!(missing(&ticket).map(|(field, _)| field), Some("subject"));
        ticket.subject = "The door is stuck".to_owned();
        assert_eq!(missing(&ticket), None);
    }
}
