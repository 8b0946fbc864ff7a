//! The properties at the side of a ticket: each a value one can change where one may, by choosing it in place.

use std::rc::Rc;

use proto::tickets::v1::{Priority, Ticket};
use proto::workflow::v1::{AgentLoad, Run};
use sycamore::prelude::*;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use super::aside::Aside;
use super::edits::Edits;
use super::facts::{Involved, KindProps, Rated, WhoseProps};
use super::form_fields::{FormProps, TagsProp};
use super::hand::Hand;
use super::why::Why;
use crate::api::{self, Answer};
use crate::app::App;
use crate::pages::crowd::Crowd;
use crate::parts::{
    Button, Choice, Kind, Person, Picker, PriorityMark, T, TimeAgo, presence_key, priority_key,
};
use crate::store::open_ticket::OpenTicket;
use crate::text::t;

/// The value of the choice that gives a ticket back to its queue.
const NOBODY: &str = "";

/// All properties.
#[component(inline_props)]
pub(super) fn Props(app: App, open: OpenTicket, edits: Edits, hand: Hand) -> View {
    let (ticket, crowd) = (edits.ticket, Crowd::new(app));
    let times = create_selector(move || {
        ticket.with(|ticket| (ticket.create_time, ticket.update_time, ticket.resolve_time))
    });
    view! {
        dl(class="props") {
            Assignee(app=app, open=open, ticket=ticket)
            Aside(app=app, open=open, ticket=ticket, hand=hand)
            PriorityProp(edits=edits)
            DepartmentProp(edits=edits)
            FormProps(edits=edits)
            TagsProp(edits=edits)
            WhoseProps(edits=edits, crowd=crowd)
            Involved(app=app, edits=edits, crowd=crowd)
            KindProps(edits=edits)
            Rated(edits=edits)
            (time_prop(t!("filed"), times.get().0))
            (time_prop(t!("column-changed"), times.get().1))
            (time_prop(t!("resolved-at"), times.get().2))
        }
    }
}

pub(super) fn prop(name: String, value: View) -> View {
    view! { div(class="prop") { dt { (name) } dd { (value) } } }
}

fn time_prop(name: String, time: Option<prost_types::Timestamp>) -> View {
    if time.is_none() {
        return View::new();
    }
    prop(name, view! { span(class="plain") { TimeAgo(time=time, stop=true) } })
}

/// Who works on it: choose somebody, take it, give it back, ask why.
#[component(inline_props)]
fn Assignee(app: App, open: OpenTicket, ticket: Signal<Rc<Ticket>>) -> View {
    let assignee = create_selector(move || ticket.with(|ticket| ticket.assignee_id.clone()));
    let agents = create_signal(Vec::<AgentLoad>::new());
    let department = ticket.with_untracked(|ticket| ticket.department_id.clone());
    spawn_local_scoped(async move { agents.set(api::runs::agents(department).await.unwrap_or_default()) });
    let choices = create_memo(move || agents.with(|agents| choices(agents)));
    let why = create_signal(false);
    let may = create_selector(move || ticket.with(|ticket| ticket.abilities.is_none_or(|may| may.assign)));
    let choose = move |id: String| assign(app, open, &assignee.get_clone(), id);
    view! {
        div(class="prop") {
            dt { T(id="assignee") }
            dd {
                (if may.get() {
                    view! {
                        Picker(label=t!("assign"), choices=choices, chosen=assignee, on_choose=choose, id="assignee-picker") {
                            (holder(assignee.get_clone()))
                        }
                    }
                } else {
                    view! { span(class="plain") { (holder(assignee.get_clone())) } }
                })
                (if assignee.with(String::is_empty) { take_button(app, open) } else { why_button(why) })
            }
        }
        (if why.get() { view! { Why(open=open, on_close=move |()| why.set(false)) } } else { View::new() })
    }
}

fn holder(id: String) -> View {
    view! { Person(id=id) }
}

fn why_button(why: Signal<bool>) -> View {
    view! { button(class="link-btn", r#type="button", on:click=move |_| why.set(true)) { T(id="why-assigned") } }
}

fn take_button(app: App, open: OpenTicket) -> View {
    let take = move |_| {
        let Some(id) = open.id() else { return };
        change_run(app, open, handed, async move { api::runs::claim(id, open.run_etag()).await });
    };
    view! { Button(kind=Kind::Plain, icon="user", label=t!("take"), data-size="small", on:click=take) }
}

/// Nobody first, then the agents, those who are there before those who are not.
pub(super) fn choices(agents: &[AgentLoad]) -> Vec<Choice> {
    let mut agents: Vec<&AgentLoad> = agents.iter().collect();
    agents.sort_by_key(|load| {
        load.agent
            .as_ref()
            .map(|agent| (presence_key(agent.presence()) != "online", agent.display_name.to_lowercase()))
    });
    let nobody = Choice {
        value: NOBODY.to_owned(),
        label: t!("nobody"),
        person: Some(String::new()),
        ..Choice::default()
    };
    let people = agents.into_iter().filter_map(|load| {
        let agent = load.agent.as_ref()?;
        let presence = t!(&format!("presence-{}", presence_key(agent.presence())));
        let detail = t!("agent-load", presence = presence, count = load.active);
        Some(Choice {
            value: agent.user_id.clone(),
            label: agent.display_name.clone(),
            detail,
            person: Some(agent.user_id.clone()),
        })
    });
    std::iter::once(nobody).chain(people).collect()
}

fn assign(app: App, open: OpenTicket, before: &str, to: String) {
    let Some(id) = open.id().filter(|_| before != to) else {
        return;
    };
    let etag = open.run_etag();
    if to == NOBODY {
        change_run(app, open, handed, async move { api::runs::release(id, etag).await });
    } else {
        change_run(app, open, handed, async move { api::runs::assign(id, to, etag).await });
    }
}

/// Who has it now, in words.
fn handed(run: &Run) -> String {
    if run.assignee_id.is_empty() { t!("released") } else { t!("assigned") }
}

/// Makes a change of the run and says what became of it; the ticket follows by its events.
pub(super) fn change_run(
    app: App,
    open: OpenTicket,
    said: fn(&Run) -> String,
    change: impl Future<Output = Answer<Run>> + 'static,
) {
    spawn_local(async move {
        match change.await {
            Ok(run) => {
                app.toasts.say(said(&run));
                open.put_run(run);
            }
            Err(trouble) => {
                app.toasts.fail(&trouble);
                if let Some(id) = open.id() {
                    open.reload(id);
                }
            }
        }
    });
}

#[component(inline_props)]
fn PriorityProp(edits: Edits) -> View {
    let ticket = edits.ticket;
    let priority = create_selector(move || ticket.with(|ticket| ticket.priority()));
    let chosen = create_memo(move || priority.get().as_str_name().to_owned());
    let all = [Priority::Urgent, Priority::High, Priority::Normal, Priority::Low];
    let choices = all.map(|priority| Choice {
        value: priority.as_str_name().to_owned(),
        label: t!(&format!("priority-{}", priority_key(priority))),
        ..Choice::default()
    });
    let computed = Choice {
        value: Priority::Unspecified.as_str_name().to_owned(),
        label: t!("priority-computed"),
        ..Choice::default()
    };
    // Offered where somebody took it in hand.
    let choices = create_memo(move || {
        let by_hand = ticket.with(|ticket| ticket.priority_by_hand);
        choices.iter().cloned().chain(by_hand.then(|| computed.clone())).collect::<Vec<_>>()
    });
    let choose = move |name: String| {
        let priority = Priority::from_str_name(&name).unwrap_or_default().into();
        edits.change("priority", |ticket| ticket.priority = priority);
    };
    let face = move || {
        let priority = priority.get();
        view! { PriorityMark(priority=priority) }
    };
    view! { (changeable(edits, t!("field-priority"), "priority-picker", choices, chosen, choose, face)) }
}

#[component(inline_props)]
fn DepartmentProp(edits: Edits) -> View {
    let (app, ticket) = (edits.app, edits.ticket);
    let chosen = create_selector(move || ticket.with(|ticket| ticket.department_id.clone()));
    let choices = create_memo(move || {
        let paths = app.departments.paths();
        paths
            .into_iter()
            .map(|(value, label)| Choice { value, label, ..Choice::default() })
            .collect::<Vec<_>>()
    });
    let choose =
        move |id: String| edits.change("department_id", |ticket| ticket.department_id.clone_from(&id));
    let face = move || {
        let name = app.departments.name(&chosen.get_clone());
        view! { span(class="one-line") { (name) } }
    };
    view! { (changeable(edits, t!("field-department-id"), "department-picker", choices, chosen, choose, face)) }
}

/// A property with a picker for those who may change the ticket, plain for the others.
pub(super) fn changeable(
    edits: Edits,
    name: String,
    id: &'static str,
    choices: ReadSignal<Vec<Choice>>,
    chosen: ReadSignal<String>,
    choose: impl Fn(String) + Clone + 'static,
    face: impl Fn() -> View + Clone + 'static,
) -> View {
    let may = edits.may();
    let label = name.clone();
    let value = view! {
        (if may.get() {
            let (face, choose, label) = (face.clone(), choose.clone(), label.clone());
            view! { Picker(label=label, choices=choices, chosen=chosen, on_choose=choose, id=id) { (face()) } }
        } else {
            let face = face.clone();
            view! { span(class="plain") { (face()) } }
        })
    };
    prop(name, value)
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{AgentLoad, AgentProfile, Presence};

    use super::choices;

    #[test]
    fn agents_who_are_there_stand_before_those_who_are_not() {
        let agent = |name: &str, presence: Presence| AgentLoad {
            agent: Some(AgentProfile {
                display_name: name.to_owned(),
                presence: presence.into(),
                ..AgentProfile::default()
            }),
            ..AgentLoad::default()
        };
        let agents =
            [agent("Zoe", Presence::Away), agent("Bob", Presence::Online), agent("Ada", Presence::Offline)];
        let labels: Vec<String> = choices(&agents).into_iter().skip(1).map(|choice| choice.label).collect();
        assert_eq!(labels, ["Bob", "Ada", "Zoe"]);
    }
}
