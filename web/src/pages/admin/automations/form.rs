//! The form of an automation: what it waits for, under which condition, what it does; and what it would have done lately, before anybody
//! lets it.

use proto::workflow::v1::automation::Trigger;
use proto::workflow::v1::{Automation, AutomationRun};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::super::rule_words::event_words;
use super::Page;
use super::effects::{self, Lines};
use super::runs::{lines, summary};
use super::words::{EVENTS, event};
use crate::api;
use crate::browser;
use crate::parts::{
    Button, CheckField, Form, Modal, Notice, RuleField, SelectField, Shape, TextField, Tone, form_foot,
    refusal,
};
use crate::text::t;
use crate::time;

/// What the form changes. A trigger that is sent takes the place of the other.
const EVERYTHING: [&str; 7] =
    ["name", "enabled", "time_zone", "condition", "effects", "error_budget", "event"];
/// The same of one that goes by a schedule.
const SCHEDULED: [&str; 7] =
    ["name", "enabled", "time_zone", "condition", "effects", "error_budget", "schedule"];
/// Fields that say themselves what is wrong with them.
const PLACED: [&str; 7] = ["name", "event", "schedule", "time_zone", "condition", "effects", "error_budget"];
/// The values of the choice of a trigger.
const BY_EVENT: &str = "event";
const BY_SCHEDULE: &str = "schedule";

/// An automation as it is typed.
#[derive(Clone, Copy)]
struct Sketch {
    name: Signal<String>,
    by: Signal<String>,
    event: Signal<String>,
    schedule: Signal<String>,
    zone: Signal<String>,
    condition: Signal<String>,
    effects: Lines,
    budget: Signal<String>,
    enabled: Signal<bool>,
}

impl Sketch {
    fn of(automation: &Automation) -> Self {
        let (by, event, schedule) = match &automation.trigger {
            Some(Trigger::Schedule(schedule)) => (BY_SCHEDULE, EVENTS[0], schedule.as_str()),
            Some(Trigger::Event(event)) => (BY_EVENT, event.as_str(), ""),
            None => (BY_EVENT, EVENTS[0], ""),
        };
        let zone = if automation.id.is_empty() {
            browser::time_zone().unwrap_or_default()
        } else {
            automation.time_zone.clone()
        };
        Self {
            name: create_signal(automation.name.clone()),
            by: create_signal(by.to_owned()),
            event: create_signal(event.to_owned()),
            schedule: create_signal(schedule.to_owned()),
            zone: create_signal(zone),
            condition: create_signal(automation.condition.clone()),
            effects: effects::lines(&automation.effects),
            budget: create_signal(automation.error_budget.to_string()),
            enabled: create_signal(automation.enabled),
        }
    }

    fn is_scheduled(self) -> bool {
        self.by.with(|by| by == BY_SCHEDULE)
    }

    /// The automation as it is typed; none when the budget is no number.
    fn automation(self, known: &Automation) -> Option<Automation> {
        let trigger = if self.is_scheduled() {
            Trigger::Schedule(self.schedule.get_clone().trim().to_owned())
        } else {
            Trigger::Event(self.event.get_clone())
        };
        Some(Automation {
            name: self.name.get_clone().trim().to_owned(),
            trigger: Some(trigger),
            time_zone: self.zone.get_clone().trim().to_owned(),
            condition: self.condition.get_clone().trim().to_owned(),
            effects: effects::read(self.effects),
            error_budget: self.budget.get_clone().trim().parse().ok()?,
            enabled: self.enabled.get(),
            ..known.clone()
        })
    }
}

/// The form in a dialog; an automation without an id is made.
#[component(inline_props)]
pub(super) fn AutomationForm(page: Page, automation: Automation) -> View {
    let (form, sketch) = (Form::new(), Sketch::of(&automation));
    let request_id = api::request_id();
    let is_new = automation.id.is_empty();
    let title = if is_new { t!("automation-new") } else { t!("automation-change") };
    let (fields, tried) = (fields(form, sketch), trial(page, form, sketch, automation.clone()));
    let close = move |()| page.editing.set(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(typed) = sketch.automation(&automation) else {
            return form.refuse("error_budget", t!("automation-budget-wrong"));
        };
        form.send(page.app, save(typed, request_id.clone()), move |_| {
            page.app.toasts.say(t!("saved"));
            page.editing.set(None);
            page.load();
        });
    };
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=close) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") { (refusal(form)) (elsewhere(form)) (fields) (tried) }
                (form_foot(form, &t!("save"), close))
            }
        }
    }
}

/// What is wrong and stands beside nothing.
fn elsewhere(form: Form) -> View {
    let is_placed = |path: &str| {
        let field = path.strip_prefix("automation.").unwrap_or(path);
        PLACED.iter().any(|placed| field.starts_with(placed))
    };
    view! {
        (match form.unplaced(is_placed) {
            Some(sentence) => view! { Notice(tone=Tone::Late, text=sentence) },
            None => View::new(),
        })
    }
}

fn fields(form: Form, sketch: Sketch) -> View {
    let kinds = vec![
        (BY_EVENT.to_owned(), t!("automation-by-event")),
        (BY_SCHEDULE.to_owned(), t!("automation-by-schedule")),
    ];
    let scheduled = create_selector(move || sketch.is_scheduled());
    let offers = create_signal(event_words());
    let effects = effects::field(sketch.effects, form);
    view! {
        TextField(name="name", label=t!("name"), value=sketch.name, form=form, "autofocus"="", maxlength="100", autocomplete="off")
        div(class="pair") {
            SelectField(name="by", label=t!("automation-when"), value=sketch.by, options=kinds, form=form)
            (if scheduled.get() { schedule_fields(form, sketch) } else { event_field(form, sketch) })
        }
        RuleField(name="condition", label=t!("automation-condition"), value=sketch.condition, offers=*offers, form=form, hint=t!("automation-condition-hint"), optional=true)
        (effects)
        TextField(name="error_budget", label=t!("automation-budget"), value=sketch.budget, form=form, hint=t!("automation-budget-hint"), inputmode="numeric", autocomplete="off")
        CheckField(label=t!("automation-enabled"), value=sketch.enabled, hint=t!("automation-enabled-hint"))
    }
}

fn event_field(form: Form, sketch: Sketch) -> View {
    let own = sketch.event.get_clone_untracked();
    let known = EVENTS.into_iter().map(str::to_owned);
    // One of a program to come stays what it is.
    let other = Some(own).filter(|own| !EVENTS.contains(&own.as_str()));
    let options: Vec<_> = known.chain(other).map(|name| (name.clone(), event(&name))).collect();
    view! { SelectField(name="event", label=t!("automation-event"), value=sketch.event, options=options, form=form) }
}

fn schedule_fields(form: Form, sketch: Sketch) -> View {
    let utc = (String::new(), "UTC".to_owned());
    let own = sketch.zone.get_clone_untracked();
    let zones = time::zones();
    let other = Some(own).filter(|own| !own.is_empty() && !zones.contains(own));
    let zones = zones.into_iter().chain(other).map(|zone| (zone.clone(), zone));
    let zones: Vec<_> = std::iter::once(utc).chain(zones).collect();
    view! {
        TextField(name="schedule", label=t!("automation-schedule"), value=sketch.schedule, form=form, hint=t!("automation-schedule-hint"), autocomplete="off", placeholder="0 8 * * 1-5")
        SelectField(name="time_zone", label=t!("time-zone"), value=sketch.zone, options=zones, form=form)
    }
}

/// What it would have done lately, on demand.
fn trial(page: Page, form: Form, sketch: Sketch, known: Automation) -> View {
    let found = create_signal(None::<Vec<AutomationRun>>);
    let attempt = move |_| {
        let Some(typed) = sketch.automation(&known) else {
            return form.refuse("error_budget", t!("automation-budget-wrong"));
        };
        form.send(page.app, api::automations::try_out(typed), move |runs| found.set(Some(runs)));
    };
    view! {
        div(class="stack") {
            div(class="line wrap") {
                Button(icon="eye", label=t!("automation-try"), data-size="small", busy=form.busy(), on:click=attempt)
                span(class="small muted") { (t!("automation-try-hint")) }
            }
            p(class="small", role="status") { (found.with(|found| found.as_deref().map(summary).unwrap_or_default())) }
            (match found.get_clone() {
                Some(runs) if !runs.is_empty() => lines(&runs),
                _ => View::new(),
            })
        }
    }
}

async fn save(automation: Automation, request_id: String) -> api::Answer<Automation> {
    if automation.id.is_empty() {
        return api::automations::create(automation, request_id).await;
    }
    let scheduled = matches!(automation.trigger, Some(Trigger::Schedule(_)));
    api::automations::update(automation, if scheduled { &SCHEDULED } else { &EVERYTHING }).await
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Automation;
    use proto::workflow::v1::automation::Trigger;
    use sycamore::prelude::*;

    use super::{BY_SCHEDULE, Sketch};

    #[test]
    fn what_the_form_does_not_show_stays_as_it_was() {
        let _root = create_root(|| {
            let known = Automation {
                id: "aut_1".into(),
                owner_id: "usr_1".into(),
                order: 3,
                error_budget: 5,
                trigger: Some(Trigger::Event("tickets.ticket.rated".into())),
                ..Automation::default()
            };
            let sketch = Sketch::of(&known);
            assert_eq!(sketch.automation(&known), Some(known.clone()));
            sketch.by.set(BY_SCHEDULE.into());
            sketch.schedule.set(" 0 8 * * 1 ".into());
            let typed = sketch.automation(&known).expect("a number");
            assert_eq!(typed.trigger, Some(Trigger::Schedule("0 8 * * 1".into())));
            assert_eq!((typed.owner_id.as_str(), typed.order), ("usr_1", 3));
            sketch.budget.set("many".into());
            assert_eq!(sketch.automation(&known), None);
        });
    }
}
