//! Queues and agents: where tickets wait, how they are given out, and how much each agent takes.

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::workflow::v1::{AgentLoad, AgentProfile, Queue, RoutingMethod};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::agent_form::AgentForm;
use super::parts::{deed, head, panel};
use super::queue_form::{QueueForm, method_words};
use super::queue_lines::summary;
use crate::api;
use crate::app::App;
use crate::parts::{Button, Column, Empty, Kind, Pill, PresenceDot, TimeAgo, loaded, presence_key, table};
use crate::store::Load;
use crate::text::t;
use crate::time;

/// The page and what its parts share.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) app: App,
    may: bool,
    queues: Signal<Load<Rc<Vec<Queue>>>>,
    agents: Signal<Load<Rc<Vec<AgentLoad>>>>,
    editing: Signal<Option<Queue>>,
    describing: Signal<Option<AgentProfile>>,
}

/// Both lists, and the forms over them.
#[component]
pub(super) fn Queues() -> View {
    let app = use_context::<App>();
    let page = Page {
        app,
        may: app.session.me_now().grants.anywhere(Permission::RoutingManage),
        queues: create_signal(Load::Waiting),
        agents: create_signal(Load::Waiting),
        editing: create_signal(None),
        describing: create_signal(None),
    };
    page.load();
    let new = deed(page.may, "plus", "queue-new", move || page.editing.set(Some(fresh())));
    let head = head("queues", "queues-text", new);
    let queues = loaded(page.queues, move |()| page.load(), move |all| queues(page, &all));
    let agents = loaded(page.agents, move |()| page.load(), move |all| agents(page, &all));
    let queues = panel("queues-list", View::new(), queues);
    let agents = panel("agents-list", View::new(), agents);
    view! {
        div(class="page") {
            (head)
            (queues)
            (agents)
        }
        (match page.editing.get_clone() {
            Some(queue) => view! { QueueForm(page=page, queue=queue, done=move |()| page.editing.set(None)) },
            None => View::new(),
        })
        (match page.describing.get_clone() {
            Some(profile) => view! { AgentForm(page=page, profile=profile, done=move |()| page.describing.set(None)) },
            None => View::new(),
        })
    }
}

/// A queue nobody has made yet.
fn fresh() -> Queue {
    Queue { order: 100, method: RoutingMethod::RoundRobin.into(), ..Queue::default() }
}

impl Page {
    /// The agents to choose from but one.
    pub(super) fn others(self, id: &str) -> Vec<(String, String)> {
        self.agents.with_untracked(|agents| match agents {
            Load::Ready(all) => {
                let profiles = all.iter().filter_map(|load| load.agent.as_ref());
                let others = profiles.filter(|agent| agent.user_id != id);
                others.map(|agent| (agent.user_id.clone(), agent.display_name.clone())).collect()
            }
            _ => Vec::new(),
        })
    }

    /// Reads both lists anew: what changed in one shows in the other.
    pub(super) fn load(self) {
        spawn_local(async move {
            let queues = Load::from(api::runs::queues().await).map(Rc::new);
            let agents = Load::from(api::runs::agents(String::new()).await).map(Rc::new);
            if self.queues.is_alive() {
                self.queues.set(queues);
                self.agents.set(agents);
            }
        });
    }
}

const QUEUE_COLUMNS: [Column; 6] = [
    ("queue", ""),
    ("field-department-id", "optional"),
    ("queue-method", "optional"),
    ("queue-waiting", "number"),
    ("queue-online", "number"),
    ("", "number"),
];

fn queues(page: Page, all: &[Queue]) -> View {
    if all.is_empty() {
        return view! { Empty(icon="route", title=t!("queues-none"), text=t!("queues-none-text")) };
    }
    table("", &t!("queues-list"), &QUEUE_COLUMNS, all.iter().map(|queue| queue_row(page, queue)).collect())
}

fn queue_row(page: Page, queue: &Queue) -> View {
    let Queue { name, department_id, waiting, waiting_since, online_agents, .. } = queue.clone();
    let (department, method) = (place_name(page.app, &department_id), method_words(queue.method()));
    let since = match waiting_since {
        Some(since) => view! { span(class="muted") { " " TimeAgo(time=Some(since), stop=true) } },
        None => View::new(),
    };
    let (edited, said) = (queue.clone(), summary(queue));
    let edit = edit(page.may, t!("queue-of", name = name.clone()), move || {
        page.editing.set(Some(edited.clone()));
    });
    view! {
        tr {
            td { b { (name) } div(class="tiny faint") { (said) } }
            td(class="muted optional") { (department) }
            td(class="muted optional") { (method) }
            td(class="number") { (waiting.to_string()) (since) }
            td(class="number") { (online_agents.to_string()) }
            td(class="number") { (edit) }
        }
    }
}

/// Where a queue takes its tickets from.
fn place_name(app: App, department_id: &str) -> String {
    if department_id.is_empty() { t!("queue-department-all") } else { app.departments.name(department_id) }
}

fn edit(may: bool, name: String, press: impl Fn() + 'static) -> View {
    if !may {
        return View::new();
    }
    view! { Button(kind=Kind::Quiet, icon="edit", aria-label=name, on:click=move |_| press()) }
}

const AGENT_COLUMNS: [Column; 5] =
    [("agent", ""), ("agent-duty", ""), ("agent-work", ""), ("agent-skills", "optional"), ("", "number")];

fn agents(page: Page, all: &[AgentLoad]) -> View {
    if all.is_empty() {
        return view! { Empty(icon="people", title=t!("agents-none"), text=t!("agents-none-text")) };
    }
    table("", &t!("agents-list"), &AGENT_COLUMNS, all.iter().map(|load| agent_row(page, load)).collect())
}

fn agent_row(page: Page, load: &AgentLoad) -> View {
    let profile = load.agent.clone().unwrap_or_default();
    let name = profile.display_name.clone();
    let duty = presence_key(profile.presence());
    let duty_words = duty_words(&profile, page.app.now.get_untracked());
    let skills: Vec<_> =
        profile.skills.iter().map(|skill| format!("{} {}", skill.skill, skill.level)).collect();
    let work = work(load);
    let edit = edit(page.may, t!("agent-of", name = name.clone()), move || {
        page.describing.set(Some(profile.clone()));
    });
    view! {
        tr {
            td { b { (name) } }
            td { span(class="line") { PresenceDot(presence=duty) (duty_words) } }
            td { (work) }
            td(class="muted optional") { (skills.join(", ")) }
            td(class="number") { (edit) }
        }
    }
}

/// Whether somebody is there, and until when he is announced not to be.
fn duty_words(profile: &AgentProfile, now: f64) -> String {
    match profile.away_until.filter(|until| time::millis(until) > now) {
        Some(until) => t!("duty-away-until", date = time::exact(&until)),
        None => t!(&format!("duty-{}", presence_key(profile.presence()))),
    }
}

/// How much somebody has to do, and of how much; marked when it is more than that.
fn work(load: &AgentLoad) -> View {
    let capacity = load.agent.as_ref().map_or(0, |agent| i64::from(agent.capacity));
    let units = load.units.to_string();
    match capacity {
        0 => view! { (units) },
        _ if load.units > capacity => {
            let label = t!("agent-work-over", units = units, capacity = capacity.to_string());
            view! { Pill(tone="late", icon="alert", label=label) }
        }
        _ => {
            let words = t!("agent-work-of", units = units, capacity = capacity.to_string());
            view! { (words) }
        }
    }
}
