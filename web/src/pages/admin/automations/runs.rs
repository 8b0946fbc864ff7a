//! What an automation did, or would have done: each time it was considered, with every step of it.

use proto::workflow::v1::{Automation, AutomationOutcome, AutomationRun};
use sycamore::prelude::*;

use super::Page;
use crate::api;
use crate::parts::{Empty, Icon, Modal, Pill, Shape, T, TimeAgo, listed};
use crate::routes::Place;
use crate::store::paged::{self, Paged};
use crate::text::{self, t};

/// The last runs of one, at the side of the page.
#[component(inline_props)]
pub(super) fn Runs(page: Page, automation: Automation) -> View {
    let title = t!("automation-runs-of", name = automation.name.clone());
    let id = automation.id;
    let list = Paged::new(move |token| {
        let id = id.clone();
        async move {
            let answer = api::automations::runs(id, token).await?;
            Ok(paged::Page { items: answer.runs, next: answer.next_page_token, total: None })
        }
    });
    list.load();
    let drawn = listed(list, none, lines);
    view! {
        Modal(title=title, shape=Shape::Drawer, on_close=move |()| page.looking.set(None)) {
            div(class="body", tabindex="0") { (drawn) }
        }
    }
}

fn none() -> View {
    view! { Empty(icon="bolt", title=t!("automation-runs-none"), text=t!("automation-runs-none-text")) }
}

/// What a trial came to, in a sentence.
pub(super) fn summary(runs: &[AutomationRun]) -> String {
    let count = |wanted: AutomationOutcome| {
        let found = runs.iter().filter(|run| run.outcome() == wanted).count();
        i64::try_from(found).unwrap_or_default()
    };
    let all = i64::try_from(runs.len()).unwrap_or_default();
    let (done, failed) = (count(AutomationOutcome::Done), count(AutomationOutcome::Failed));
    t!("automation-tried", done = done, failed = failed, all = all)
}

/// Each run in a line of its own.
pub(super) fn lines(runs: &[AutomationRun]) -> View {
    let lines = View::from(runs.iter().map(line).collect::<Vec<_>>());
    view! { ul(class="aut-runs") { (lines) } }
}

fn line(run: &AutomationRun) -> View {
    let (tone, icon, words) = match run.outcome() {
        AutomationOutcome::Done => ("done", "check", "automation-done"),
        AutomationOutcome::Failed => ("late", "alert", "automation-failed"),
        AutomationOutcome::Loop => ("wait", "refresh", "automation-loop"),
        AutomationOutcome::Skipped | AutomationOutcome::Unspecified => {
            ("closed", "pause", "automation-skipped")
        }
    };
    let time = run.time;
    let ticket = if run.ticket_id.is_empty() {
        View::new()
    } else {
        let href = Place::Ticket { id: run.ticket_id.clone() }.path();
        view! { a(class="line tight", href=href) { T(id="automation-ticket") Icon(name="arrow-right") } }
    };
    let error = if run.error.is_empty() {
        View::new()
    } else {
        let error = text::sentence(&run.error);
        view! { p(class="late-ink small") { (error) } }
    };
    let trace = trace(&run.trace);
    view! {
        li {
            div(class="line wrap small") { Pill(tone=tone, icon=icon, label=t!(words)) TimeAgo(time=time, stop=true) (ticket) }
            (error)
            (trace)
        }
    }
}

/// What was evaluated and done, step by step.
fn trace(steps: &[String]) -> View {
    if steps.is_empty() {
        return View::new();
    }
    let steps = steps.iter().map(|step| {
        let step = text::sentence(step);
        view! { li { (step) } }
    });
    let steps = View::from(steps.collect::<Vec<_>>());
    view! { details { summary(class="small") { T(id="automation-trace") } ol(class="trace small") { (steps) } } }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{AutomationOutcome, AutomationRun};

    use super::line;
    use crate::app::drawn;

    #[test]
    fn a_run_says_how_it_went_and_every_step_of_it() {
        let run = AutomationRun {
            ticket_id: "tkt_1".into(),
            outcome: AutomationOutcome::Failed.into(),
            trace: vec!["the condition holds".into()],
            error: "there is no field shoe_size".into(),
            ..AutomationRun::default()
        };
        let html = drawn(move || line(&run));
        for part in ["Failed", "The condition holds.", "There is no field shoe_size.", "/tickets/tkt_1"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
