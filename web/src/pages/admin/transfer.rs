//! Tickets of another system in, and tickets out as a file.
//!
//! Invariant: the first press only checks; nothing is brought in before somebody has seen what would become of the file.

use sycamore::prelude::*;
use sycamore::web::events::Event;
use sycamore_futures::spawn_local;
use wasm_bindgen::JsCast as _;
use web_sys::{File, HtmlInputElement};

use super::parts::{head, panel};
use crate::api::transfer::{self, Failure, Report};
use crate::api::{Answer, Trouble};
use crate::parts::{Button, CheckField, Column, Failed, Form, Icon, Kind, SelectField, T, TextField, table};
use crate::text::{self, t};

/// Refused rows that are shown.
const SHOWN: usize = 200;

/// The page.
#[component]
pub(super) fn Transfer() -> View {
    view! {
        div(class="page") {
            (head("transfer", "transfer-text", View::new()))
            (panel("transfer-in", View::new(), view! { In() }))
            (panel("transfer-out", View::new(), view! { Out() }))
        }
    }
}

/// Where an import stands.
#[derive(Clone, PartialEq)]
enum Stage {
    Choosing,
    Running { dry_run: bool, report: Report },
    Checked(Report),
    Done(Report),
    Failed(Trouble),
}

/// A file being brought in.
#[derive(Clone, Copy)]
struct Import {
    file: Signal<Option<File>>,
    system: Signal<String>,
    stage: Signal<Stage>,
}

impl Import {
    /// Checks the file, or brings it in.
    fn run(self, dry_run: bool) {
        let Some(file) = self.file.get_clone_untracked() else { return };
        self.stage.set(Stage::Running { dry_run, report: Report::default() });
        let system = self.system.with_untracked(|system| system.trim().to_owned());
        // The button that was pressed goes away with the question; the file goes on.
        spawn_local(async move {
            let format = transfer::format(&file.name());
            let told = |report: &Report| self.stand(Stage::Running { dry_run, report: report.clone() });
            let ended = transfer::import(&file, format, &system, dry_run, told).await;
            self.stand(ended_as(ended, dry_run));
        });
    }

    fn stand(self, stage: Stage) {
        if self.stage.is_alive() {
            self.stage.set(stage);
        }
    }
}

fn ended_as(ended: Answer<Report>, dry_run: bool) -> Stage {
    match ended {
        Ok(report) if dry_run && report.done => Stage::Checked(report),
        Ok(report) => Stage::Done(report),
        Err(trouble) => Stage::Failed(trouble),
    }
}

#[component]
fn In() -> View {
    let import = Import {
        file: create_signal(None),
        system: create_signal(String::new()),
        stage: create_signal(Stage::Choosing),
    };
    let form = Form::new();
    view! {
        div(class="body stack") {
            p(class="muted") { T(id="transfer-in-text") }
            div(class="line wrap") {
                label(class="btn") {
                    Icon(name="clip") T(id="transfer-choose")
                    input(class="vh", r#type="file", accept=".csv,.json,.jsonl,.ndjson", on:change=move |event| choose(import, &event))
                }
                span(class="one-line") { (import.file.with(|file| file.as_ref().map(File::name)).unwrap_or_default()) }
            }
            TextField(name="system", label=t!("transfer-system"), value=import.system, form=form, hint=t!("transfer-system-hint"), optional=true, autocomplete="off", maxlength="50")
            (stage(import))
        }
    }
}

/// Takes the file that was chosen. The field is emptied, so that the same file can be chosen again.
fn choose(import: Import, event: &Event) {
    let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    import.file.set(field.files().and_then(|files| files.get(0)));
    import.stage.set(Stage::Choosing);
    field.set_value("");
}

fn stage(import: Import) -> View {
    view! {
        (match import.stage.get_clone() {
            Stage::Choosing => check(import),
            Stage::Running { dry_run, report } => {
                let words = if dry_run { t!("transfer-checking", count = report.rows) } else { t!("transfer-working", count = report.rows) };
                let refused = failures(&report);
                view! { p(role="status") { (words) } (refused) }
            }
            Stage::Checked(report) => checked(import, &report),
            Stage::Done(report) => done(import, &report),
            Stage::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| import.stage.set(Stage::Choosing)) },
        })
    }
}

fn check(import: Import) -> View {
    let nothing = move || import.file.with(Option::is_none);
    view! {
        div { Button(kind=Kind::Primary, label=t!("transfer-check"), disabled=nothing, on:click=move |_| import.run(true)) }
    }
}

/// What would become of the file; only then it does.
fn checked(import: Import, report: &Report) -> View {
    let (count, known, refused) = (report.created, report.known, report.refused);
    let words = t!("transfer-would", count = count, known = known, refused = refused);
    let (label, refused_rows) = (t!("transfer-go", count = count), failures(report));
    view! {
        p(role="status") { (words) }
        (refused_rows)
        div { Button(kind=Kind::Primary, label=label, disabled=count == 0, on:click=move |_| import.run(false)) }
    }
}

fn done(import: Import, report: &Report) -> View {
    let words = t!("transfer-done", count = report.created, known = report.known, refused = report.refused);
    let broke_off = if report.done {
        View::new()
    } else {
        let words = t!("transfer-broke-off", reason = text::sentence(&report.error));
        view! { p(class="wrong", role="alert") { Icon(name="alert") (words) } }
    };
    let refused = failures(report);
    view! {
        p(class="line", role="status") { Icon(name="done") (words) }
        (broke_off)
        (refused)
        (check(import))
    }
}

const COLUMNS: [Column; 3] = [("transfer-line", ""), ("transfer-row", ""), ("transfer-reason", "")];

/// The rows that were refused, each with its line and everything that is wrong with it.
fn failures(report: &Report) -> View {
    if report.failures.is_empty() {
        return View::new();
    }
    let rows = report.failures.iter().take(SHOWN).map(row).collect();
    table("failures", &t!("transfer-refused"), &COLUMNS, rows)
}

fn row(Failure { line, external_id, message }: &Failure) -> View {
    let (line, external_id, message) = (line.clone(), external_id.clone(), text::sentence(message));
    view! { tr { td(class="number") { (line) } td { (external_id) } td { (message) } } }
}

#[component]
fn Out() -> View {
    let form = Form::new();
    let (format, filter) = (create_signal("csv".to_owned()), create_signal(String::new()));
    let with_comments = create_signal(true);
    let formats = vec![("csv".to_owned(), "CSV".to_owned()), ("jsonl".to_owned(), "JSON lines".to_owned())];
    let address = move || {
        filter.with(|filter| {
            format.with(|format| transfer::export_address(format, filter.trim(), with_comments.get()))
        })
    };
    view! {
        div(class="body stack") {
            p(class="muted") { T(id="transfer-out-text") }
            SelectField(name="format", label=t!("transfer-format"), value=format, options=formats, form=form)
            TextField(name="filter", label=t!("transfer-filter"), value=filter, form=form, hint=t!("transfer-filter-hint"), optional=true, autocomplete="off", maxlength="4096", placeholder="status == \"CLOSED\"")
            CheckField(label=t!("transfer-comments"), value=with_comments)
            div { a(class="btn", data-kind="primary", href=address(), download="", rel="external") { Icon(name="download") T(id="export") } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Stage, ended_as};

    #[test]
    fn a_check_that_broke_off_is_no_check() {
        let whole = Report { done: true, ..Report::default() };
        assert!(matches!(ended_as(Ok(whole.clone()), true), Stage::Checked(_)));
        assert!(matches!(ended_as(Ok(whole), false), Stage::Done(_)));
        assert!(matches!(ended_as(Ok(Report::default()), true), Stage::Done(_)));
    }
}
