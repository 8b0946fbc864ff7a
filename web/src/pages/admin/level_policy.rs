//! Making a policy and changing one, with a look at what it would move before it is saved.

use proto::workflow::v1::{Calendar, PriorityChange, ReopenRule, SlaPolicy};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::level_targets::{Cell, cells, grid, targets};
use super::levels::Page;
use super::parts::elsewhere;
use crate::api;
use crate::parts::{
    AreaField, Button, CheckField, Form, Modal, SelectField, Shape, TextField, form_foot, refusal,
};
use crate::text::t;

/// What the form changes.
const CHANGED: [&str; 8] = [
    "name",
    "matches",
    "calendar_id",
    "targets",
    "on_priority_change",
    "enabled",
    "on_reopen",
    "merge_oldest",
];
/// Fields that say themselves what is wrong with them.
const PLACED: [&str; 3] = ["name", "matches", "calendar_id"];

/// A policy as it is typed.
#[derive(Clone)]
struct Sketch {
    name: Signal<String>,
    matches: Signal<String>,
    calendar: Signal<String>,
    change: Signal<String>,
    anew: Signal<bool>,
    oldest: Signal<bool>,
    enabled: Signal<bool>,
    cells: Vec<Cell>,
}

impl Sketch {
    fn of(policy: &SlaPolicy, calendars: &[Calendar]) -> Self {
        let first = calendars.first().map(|calendar| calendar.id.clone()).unwrap_or_default();
        let calendar = if policy.calendar_id.is_empty() { first } else { policy.calendar_id.clone() };
        let change = match policy.on_priority_change() {
            PriorityChange::Unspecified => PriorityChange::Carry,
            known => known,
        };
        Self {
            name: create_signal(policy.name.clone()),
            matches: create_signal(policy.matches.clone()),
            calendar: create_signal(calendar),
            change: create_signal(change.as_str_name().to_owned()),
            anew: create_signal(policy.on_reopen() == ReopenRule::Anew),
            oldest: create_signal(policy.merge_oldest),
            enabled: create_signal(policy.enabled),
            cells: cells(&policy.targets),
        }
    }

    /// The policy as it is typed; nothing while a target is no length of time.
    fn policy(&self, known: &SlaPolicy) -> Option<SlaPolicy> {
        let change = PriorityChange::from_str_name(&self.change.get_clone()).unwrap_or_default();
        let reopen = if self.anew.get() { ReopenRule::Anew } else { ReopenRule::Resume };
        Some(SlaPolicy {
            name: self.name.get_clone().trim().to_owned(),
            matches: self.matches.get_clone().trim().to_owned(),
            calendar_id: self.calendar.get_clone(),
            targets: targets(&self.cells, &known.targets)?,
            on_priority_change: change.into(),
            on_reopen: reopen.into(),
            merge_oldest: self.oldest.get(),
            enabled: self.enabled.get(),
            ..known.clone()
        })
    }
}

/// The form in a dialog; a policy without an id is made.
#[component(inline_props)]
pub(super) fn PolicyForm(page: Page, policy: SlaPolicy, calendars: Vec<Calendar>) -> View {
    let (form, sketch) = (Form::new(), Sketch::of(&policy, &calendars));
    let request_id = api::request_id();
    let new = policy.id.is_empty();
    let title = if new { t!("levels-policy-new") } else { t!("levels-policy-edit") };
    let (fields, tried) =
        (fields(&sketch, form, &calendars), trial(sketch.clone(), form, policy.clone(), page));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(typed) = sketch.policy(&policy) else {
            return form.refuse("targets", t!("levels-target-wrong"));
        };
        form.send(page.app, save(typed, request_id.clone()), move |_| page.done(true));
    };
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| page.done(false)) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") { (refusal(form)) (elsewhere(form, &PLACED)) (fields) (tried) }
                (form_foot(form, &t!("save"), move |()| page.done(false)))
            }
        }
    }
}

fn fields(sketch: &Sketch, form: Form, calendars: &[Calendar]) -> View {
    let Sketch { name, matches, calendar, change, anew, oldest, enabled, cells } = sketch.clone();
    let calendars: Vec<_> =
        calendars.iter().map(|calendar| (calendar.id.clone(), calendar.name.clone())).collect();
    let changes = [
        (PriorityChange::Carry, t!("levels-carry")),
        (PriorityChange::Restart, t!("levels-restart")),
        (PriorityChange::Keep, t!("levels-keep")),
    ];
    let changes = changes.map(|(change, words)| (change.as_str_name().to_owned(), words)).to_vec();
    let grid = grid(&cells);
    view! {
        TextField(name="name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="100", autocomplete="off")
        AreaField(name="matches", label=t!("levels-matches"), value=matches, form=form, hint=t!("levels-matches-hint"), optional=true, rows="2", maxlength="4000")
        SelectField(name="calendar_id", label=t!("levels-calendar"), value=calendar, options=calendars, form=form)
        div(class="stack") { h3 { (t!("levels-targets")) } p(class="small muted") { (t!("levels-targets-hint")) } (grid) }
        SelectField(name="on_priority_change", label=t!("levels-change"), value=change, options=changes, form=form)
        CheckField(label=t!("levels-anew"), value=anew, hint=t!("levels-anew-hint"))
        CheckField(label=t!("levels-oldest"), value=oldest, hint=t!("levels-oldest-hint"))
        CheckField(label=t!("levels-enabled"), value=enabled)
    }
}

/// What the policy would change, on demand.
fn trial(sketch: Sketch, form: Form, known: SlaPolicy, page: Page) -> View {
    let told = create_signal(String::new());
    let attempt = move |_| {
        let Some(typed) = sketch.policy(&known) else {
            return form.refuse("targets", t!("levels-target-wrong"));
        };
        form.send(page.app, api::levels::dry_run(typed), move |answer| {
            told.set(t!("levels-tried", changes = answer.total_changes, tickets = answer.tickets));
        });
    };
    view! {
        div(class="line wrap") {
            Button(icon="eye", label=t!("levels-try"), data-size="small", on:click=attempt)
            span(class="small muted", role="status") { (told.get_clone()) }
        }
    }
}

async fn save(policy: SlaPolicy, request_id: String) -> api::Answer<SlaPolicy> {
    if policy.id.is_empty() {
        return api::levels::create_policy(policy, request_id).await;
    }
    api::levels::update_policy(policy, &CHANGED).await
}
