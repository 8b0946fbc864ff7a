//! Filing a request: to whom, what it is about, the whole story, what the category wants to know; then its number.

mod category;
mod sheet;
mod suggestions;
mod whose;

use proto::tickets::v1::{Impact, Priority, PriorityMatrix, Ticket, Urgency};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::pages::filling::{Filling, FormFields};
use crate::pages::title;
use crate::parts::{
    AreaField, Button, FileField, Form, Icon, Kind, Notice, PriorityMark, SelectField, T, TextField, Tone,
    refusal,
};
use crate::routes::Place;
use crate::store::catalogue;
use crate::text::t;
use category::{CategoryField, Tree};
use sheet::Sheet;
use suggestions::Suggestions;
use whose::Whose;

/// What the server may find wrong and the page has a place for, besides the category's fields.
const PLACED: [&str; 8] = [
    "department_id",
    "requester_id",
    "on_behalf_of_id",
    "category_id",
    "subject",
    "description",
    "impact",
    "urgency",
];

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

#[component(inline_props)]
fn FileForm(filed: Signal<Option<Ticket>>) -> View {
    let app = use_context::<App>();
    let (form, sheet) = (Form::new(), Sheet::kept(app));
    let tree = category::follow(app, sheet);
    sheet.filling.follow();
    only_one(app, sheet);
    // One id for this form, however often it is sent: pressing twice never files twice.
    let request_id = api::request_id();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(ticket) = checked(app, form, sheet) else { return };
        let call = api::tickets::create(ticket, sheet.uploads.ids(), request_id.clone());
        form.send(app, call, move |ticket| {
            sheet.clear();
            let ticket = app.tickets.put(ticket).get_clone_untracked();
            filed.set(Some(Ticket::clone(&ticket)));
        });
    };
    view! {
        header(class="page-head") { div { h1 { T(id="new-request") } p(class="muted") { T(id="new-request-text") } } }
        form(class="panel form", novalidate=true, on:submit=submit) {
            div(class="body form") {
                (refusal(form))
                (unplaced(form, sheet.filling))
                (none_to_help(app))
                (whom(app, form, sheet, tree))
                (what(app, form, sheet))
                FormFields(app=app, filling=sheet.filling, form=form)
                (how_soon(form, sheet, tree))
                (files(form, sheet))
                footer {
                    Button(kind=Kind::Primary, icon="send", label=t!("file-request"), r#type="submit", busy=form.busy())
                    a(class="btn", data-kind="quiet", href="/requests") { T(id="cancel") }
                    (begun(sheet))
                }
            }
        }
    }
}

/// Says that it is kept, and lets one begin anew.
fn begun(sheet: Sheet) -> View {
    let is_begun = create_selector(move || sheet.is_begun());
    view! {
        (if is_begun.get() {
            view! {
                span(class="small faint end") { T(id="draft-kept") }
                Button(kind=Kind::Quiet, label=t!("draft-discard"), on:click=move |_| sheet.clear())
            }
        } else {
            View::new()
        })
    }
}

/// Where there is nothing to choose, it is chosen.
fn only_one(app: App, sheet: Sheet) {
    create_effect(move || {
        if let [(only, _)] = app.departments.paths().as_slice()
            && sheet.department.with(String::is_empty)
        {
            sheet.department.set(only.clone());
        }
    });
}

/// The ticket with everything that was entered; none while something is missing or wrong, and the form says all of it at once.
fn checked(app: App, form: Form, sheet: Sheet) -> Option<Ticket> {
    let ticket = whose::settled(&app.session.me_now().grants, untrack(|| sheet.ticket()));
    let mut wrong = missing(&ticket);
    let (fields, wrong_fields) = sheet.filling.values();
    wrong.extend(wrong_fields);
    if untrack(|| sheet.uploads.is_busy()) {
        wrong.push(("files".to_owned(), t!("files-on-their-way")));
    }
    if wrong.is_empty() {
        return Some(Ticket { fields, ..ticket });
    }
    form.refuse_all(wrong);
    None
}

/// The plain fields that are missing, and what to say of each.
fn missing(ticket: &Ticket) -> Vec<(String, String)> {
    let fields = [
        ("department_id", &ticket.department_id, "department-missing"),
        ("subject", &ticket.subject, "subject-missing"),
    ];
    let missing = fields.into_iter().filter(|(_, value, _)| value.is_empty());
    missing.map(|(field, _, words)| (field.to_owned(), t!(words))).collect()
}

/// What the server found wrong with something that is not on this page.
fn unplaced(form: Form, filling: Filling) -> View {
    let is_placed = move |path: &str| {
        PLACED.iter().any(|name| path.ends_with(name)) || is_of_a_file(path) || filling.places(path)
    };
    view! {
        (match form.unplaced(is_placed) {
            Some(sentences) => view! { Notice(tone=Tone::Late, text=sentences) },
            None => View::new(),
        })
    }
}

fn is_of_a_file(path: &str) -> bool {
    path.starts_with("attachment_ids") || path == "files"
}

/// Says that there is nobody to ask, where there is not.
fn none_to_help(app: App) -> View {
    let none = create_selector(move || app.departments.are_none());
    view! {
        (if none.get() { view! { Notice(tone=Tone::Wait, text=t!("departments-missing")) } } else { View::new() })
    }
}

fn whom(app: App, form: Form, sheet: Sheet, tree: Tree) -> View {
    let departments = create_memo(move || {
        let mut options = vec![(String::new(), t!("choose"))];
        options.extend(app.departments.paths());
        options
    });
    view! {
        SelectField(name="department_id", label=t!("field-department-id"), value=sheet.department, options=departments, form=form, hint=t!("department-hint"))
        Whose(app=app, sheet=sheet, form=form)
        CategoryField(sheet=sheet, tree=tree, form=form)
    }
}

fn what(app: App, form: Form, sheet: Sheet) -> View {
    let Sheet { subject, description, .. } = sheet;
    view! {
        TextField(name="subject", label=t!("field-subject"), value=subject, form=form, hint=t!("subject-hint"), maxlength="255", autocomplete="off")
        Suggestions(app=app, sheet=sheet)
        AreaField(name="description", label=t!("field-description"), value=description, form=form, hint=t!("description-hint"), optional=true, rows="7")
    }
}

/// How much is hit and how soon it hurts, and the priority that follows.
fn how_soon(form: Form, sheet: Sheet, tree: Tree) -> View {
    let matrix = create_signal(PriorityMatrix::default());
    spawn_local_scoped(async move {
        // Without the matrix nothing is said of the priority; the server computes it all the same.
        if let Ok(known) = api::catalog::matrix().await {
            matrix.set(known);
        }
    });
    let impacts = options([Impact::Low, Impact::Medium, Impact::High].map(|impact| impact.as_str_name()));
    let urgencies =
        options([Urgency::Low, Urgency::Medium, Urgency::High].map(|urgency| urgency.as_str_name()));
    let priority = create_selector(move || {
        let category = category::chosen(sheet, tree);
        matrix.with(|matrix| {
            let known = !matrix.cells.is_empty();
            known.then(|| {
                catalogue::priority(
                    matrix,
                    sheet.filling.impact(),
                    sheet.filling.urgency(),
                    category.as_deref(),
                )
            })
        })
    });
    view! {
        div(class="stack tight") {
            div(class="pair") {
                SelectField(name="impact", label=t!("field-impact"), value=sheet.filling.impact, options=impacts, form=form, optional=true)
                SelectField(name="urgency", label=t!("field-urgency"), value=sheet.filling.urgency, options=urgencies, form=form, optional=true)
            }
            (match priority.get() {
                Some(priority) => priority_line(priority),
                None => View::new(),
            })
        }
    }
}

/// The options by the names of an enum's values, after one that chooses none.
fn options<const N: usize>(names: [&'static str; N]) -> Vec<(String, String)> {
    let words = |name: &str| t!(&name.to_ascii_lowercase().replace('_', "-"));
    let none = (String::new(), t!("not-sure"));
    std::iter::once(none).chain(names.map(|name| (name.to_owned(), words(name)))).collect()
}

fn priority_line(priority: Priority) -> View {
    view! { p(class="small muted line", role="status") { T(id="priority-follows") PriorityMark(priority=priority) } }
}

fn files(form: Form, sheet: Sheet) -> View {
    let wrong = move || form.wrong("files").or_else(|| first_of_files(form));
    view! {
        div(class="field") {
            span(class="label") { T(id="files") span(class="optional") { " " T(id="optional") } }
            FileField(name="files", label=t!("choose-files"), uploads=sheet.uploads)
            (match wrong() {
                Some(sentence) => view! { span(class="wrong") { Icon(name="alert") span { (sentence) } } },
                None => View::new(),
            })
        }
    }
}

/// What the server says of the files, one by one or together.
fn first_of_files(form: Form) -> Option<String> {
    let numbered = (0..10).map(|number| format!("attachment_ids[{number}]"));
    std::iter::once("attachment_ids".to_owned()).chain(numbered).find_map(|name| form.wrong(&name))
}

fn confirmation(ticket: &Ticket, filed: Signal<Option<Ticket>>) -> View {
    let (number, subject) = (ticket.number.clone(), ticket.subject.clone());
    let href = Place::Request { id: ticket.number.clone() }.path();
    view! {
        div(class="panel confirmed", role="status") {
            Icon(name="done")
            p(class="muted") { T(id="filed-as") }
            p(class="no") { (number) }
            h1 { (subject) }
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
    use proto::tickets::v1::{Impact, Ticket, Urgency};

    use super::{missing, options};

    #[test]
    fn department_and_subject_are_needed_the_story_is_not_and_both_are_said_at_once() {
        let fields =
            |ticket: &Ticket| missing(ticket).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        let mut ticket = Ticket::default();
        assert_eq!(fields(&ticket), ["department_id", "subject"]);
        ticket.department_id = "dep_1".to_owned();
        assert_eq!(fields(&ticket), ["subject"]);
        ticket.subject = "The door is stuck".to_owned();
        assert!(missing(&ticket).is_empty());
    }

    #[test]
    fn every_impact_and_urgency_has_words() {
        let impacts = options([Impact::Low, Impact::Medium, Impact::High].map(|impact| impact.as_str_name()));
        let urgencies =
            options([Urgency::Low, Urgency::Medium, Urgency::High].map(|urgency| urgency.as_str_name()));
        let unsaid = |(name, words): &&(String, String)| *words == name.to_lowercase().replace('_', "-");
        assert_eq!(impacts.iter().chain(&urgencies).filter(unsaid).count(), 0);
    }
}
