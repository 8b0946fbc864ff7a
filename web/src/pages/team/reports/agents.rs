//! What each agent did, a page at a time.

use proto::workflow::v1::{AgentReport, Figure};
use sycamore::prelude::*;

use super::Report;
use super::words::{list_of, shown};
use crate::api;
use crate::parts::{Column, Empty, Panel, listed, table};
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// The agent, and the figures in the order in which they come.
const COLUMNS: [Column; 9] = [
    ("report-agent", ""),
    ("measure-backlog", "number"),
    ("measure-resolved", "number"),
    ("measure-first-reply-average", "number"),
    ("measure-resolution-average", "number"),
    ("measure-reopen-rate", "number"),
    ("measure-transfer-rate", "number"),
    ("measure-escalation-rate", "number"),
    ("measure-satisfaction", "number"),
];

/// The table of agents.
#[component(inline_props)]
pub(super) fn Agents(report: Report) -> View {
    let list = Paged::new(move |token| async move {
        let scope = report.scope.get_clone_untracked();
        let answer = api::reports::agents(scope, token).await?;
        Ok(Page { items: answer.agents, next: answer.next_page_token, total: None })
    })
    .following(move || report.scope.track());
    let drawn = listed(list, none, |agents| {
        table("agents", &t!("report-agents"), &COLUMNS, agents.iter().map(row).collect())
    });
    view! { Panel(title=t!("report-agents")) { (drawn) } }
}

fn none() -> View {
    view! { Empty(icon="people", title=t!("nothing-found"), text=t!("report-agents-none")) }
}

fn row(agent: &AgentReport) -> View {
    let name = agent.display_name.clone();
    let cells = View::from(agent.figures.iter().map(cell).collect::<Vec<_>>());
    view! { tr { th(scope="row") { (name) } (cells) } }
}

fn cell(figure: &Figure) -> View {
    let (words, href) = (shown(figure.value, figure.unit()), list_of(&figure.filter));
    view! { td(class="number") { a(href=href) { (words) } } }
}
