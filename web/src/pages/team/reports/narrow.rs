//! Choosing what the page is about: the span and the department, both part of the address.

use proto::identity::v1::Permission;
use sycamore::prelude::*;

use super::{ALL, OWN, Report, SPANS, Subject, UNTIL, ends};
use crate::app::App;
use crate::parts::SelectBox;
use crate::routes;
use crate::text::t;

/// What is chosen, whether it is whole yet or not.
#[derive(Clone, Copy)]
struct Chosen {
    span: Signal<String>,
    /// The first and the last day, for a span of one's own.
    first: Signal<String>,
    last: Signal<String>,
    department: Signal<String>,
}

impl Chosen {
    fn new() -> Self {
        let blank = || create_signal(String::new());
        Self { span: blank(), first: blank(), last: blank(), department: blank() }
    }

    /// Shows what the page is about.
    fn show(self, subject: Subject) {
        batch(|| {
            if let Some((first, last)) = ends(&subject.days) {
                self.first.set(first.to_owned());
                self.last.set(last.to_owned());
                self.span.set(OWN.to_owned());
            } else {
                self.span.set(subject.days);
            }
            self.department.set(subject.department);
        });
    }

    /// What is chosen, once both days are.
    fn subject(self) -> Option<Subject> {
        let department = self.department.get_clone();
        let (first, last) = (self.first.get_clone(), self.last.get_clone());
        let days = match self.span.get_clone() {
            span if span == OWN => format!("{first}{UNTIL}{last}"),
            span => span,
        };
        let is_whole = SPANS.contains(&days.as_str()) || ends(&days).is_some();
        is_whole.then_some(Subject { days, department })
    }
}

/// The fields.
pub(super) fn narrowing(report: Report) -> View {
    let chosen = Chosen::new();
    create_effect(move || chosen.show(report.subject.get_clone()));
    create_effect(move || {
        if let Some(subject) = chosen.subject()
            && subject != report.subject.get_clone_untracked()
        {
            routes::go(&subject.place());
        }
    });
    let spans = SPANS.iter().chain([&OWN]).map(|days| ((*days).to_owned(), t!(&format!("span-{days}"))));
    let spans: Vec<_> = spans.collect();
    let is_own = create_selector(move || chosen.span.with(|span| span == OWN));
    view! {
        SelectBox(label=t!("report-department"), value=chosen.department, options=move || departments(report.app))
        SelectBox(label=t!("report-span"), value=chosen.span, options=spans)
        (if is_own.get() {
            view! {
                input(class="input", r#type="date", aria-label=t!("report-first"), bind:value=chosen.first)
                input(class="input", r#type="date", aria-label=t!("report-last"), bind:value=chosen.last)
            }
        } else {
            View::new()
        })
    }
}

/// Those the person may report on.
fn departments(app: App) -> Vec<(String, String)> {
    let me = app.session.me_now();
    let all = app.departments.paths();
    let may = all.into_iter().filter(|(id, _)| me.grants.holds(Permission::ReportRead, id));
    std::iter::once((ALL.to_owned(), t!("report-everywhere"))).chain(may).collect()
}
