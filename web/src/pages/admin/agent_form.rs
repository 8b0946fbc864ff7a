//! The form of an agent: how much work he takes, his share of it, what he is good at, and when he is away.

use proto::workflow::v1::{AgentProfile, AgentSkill};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::agent_limits::{Absence, Limits};
use super::parts::lines;
use super::queues::Page;
use crate::api;
use crate::parts::{Act, AreaField, Form, Modal, TextField, form_foot, refusal};
use crate::text::t;

/// What the form changes; whatever else is said of an agent stays as it is.
const PATHS: &[&str] = &["capacity", "source_capacities", "weight", "skills", "away_until", "delegate_id"];

/// What is typed.
#[derive(Clone, Copy)]
struct Sketch {
    capacity: Signal<String>,
    weight: Signal<String>,
    skills: Signal<String>,
    limits: Limits,
    absence: Absence,
}

impl Sketch {
    fn of(profile: &AgentProfile) -> Self {
        Self {
            capacity: create_signal(profile.capacity.to_string()),
            weight: create_signal(profile.weight.max(1).to_string()),
            skills: create_signal(written(&profile.skills)),
            limits: Limits::of(profile),
            absence: Absence::of(profile),
        }
    }

    /// The profile as it is typed; the first field that cannot be read, and why, otherwise.
    fn profile(self, known: &AgentProfile) -> Result<AgentProfile, (&'static str, String)> {
        let number = |field: &'static str, typed: Signal<String>| {
            typed.get_clone().trim().parse::<i32>().map_err(|_| (field, t!("agent-number-wrong")))
        };
        let (away_until, delegate_id) = self.absence.read();
        Ok(AgentProfile {
            capacity: number("capacity", self.capacity)?,
            source_capacities: self
                .limits
                .read()
                .ok_or_else(|| ("source_capacities", t!("agent-number-wrong")))?,
            weight: number("weight", self.weight)?,
            skills: read(&self.skills.get_clone()).ok_or_else(|| ("skills", t!("agent-skills-wrong")))?,
            away_until,
            delegate_id,
            ..known.clone()
        })
    }
}

/// The form over the page.
#[component(inline_props)]
pub(super) fn AgentForm(page: Page, profile: AgentProfile, #[prop(setter(into))] done: Act) -> View {
    let (form, sketch) = (Form::new(), Sketch::of(&profile));
    let title = format!("{}: {}", t!("agent-edit"), profile.display_name);
    let fields = fields(form, sketch, page.others(&profile.user_id));
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let changed = match sketch.profile(&profile) {
            Ok(changed) => changed,
            Err((field, sentence)) => return form.refuse(field, sentence),
        };
        let sent = sent.clone();
        form.send(page.app, api::runs::update_profile(changed, PATHS), move |_| {
            page.app.toasts.say(t!("saved"));
            page.load();
            sent.now();
        });
    };
    view! {
        Modal(title=title, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") { (refusal(form)) (fields) }
                (form_foot(form, &t!("save"), done.clone()))
            }
        }
    }
}

fn fields(form: Form, sketch: Sketch, others: Vec<(String, String)>) -> View {
    let Sketch { capacity, weight, skills, limits, absence } = sketch;
    let (limits, absence) = (limits.field(form), absence.fields(form, others));
    view! {
        TextField(name="capacity", label=t!("agent-capacity"), value=capacity, form=form, hint=t!("agent-capacity-hint"), "autofocus"="", inputmode="numeric", autocomplete="off")
        (limits)
        TextField(name="weight", label=t!("agent-weight"), value=weight, form=form, hint=t!("agent-weight-hint"), inputmode="numeric", autocomplete="off")
        AreaField(name="skills", label=t!("agent-skills"), value=skills, form=form, hint=t!("agent-skills-hint"), optional=true, rows="4")
        (absence)
    }
}

/// Skills as they are typed: one a line, with its level.
fn written(skills: &[AgentSkill]) -> String {
    skills.iter().map(|skill| format!("{} {}", skill.skill, skill.level)).collect::<Vec<_>>().join("\n")
}

/// Skills from what was typed; none when a line has no level.
fn read(typed: &str) -> Option<Vec<AgentSkill>> {
    let skill = |line: &String| {
        let (skill, level) = line.rsplit_once(' ')?;
        let level = level.parse().ok().filter(|level| (1..=5).contains(level))?;
        Some(AgentSkill { skill: skill.trim().to_owned(), level })
    };
    lines(typed).iter().map(skill).collect()
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn skills_are_typed_one_a_line_with_their_level() {
        let skills = read("French 3\n\n  big printers 5 ").expect("two skills");
        assert_eq!(written(&skills), "French 3\nbig printers 5");
        assert_eq!(skills[1].skill, "big printers");
        for wrong in ["French", "French six", "French 6", "3"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
