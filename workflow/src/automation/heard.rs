//! Events automations wait for, and what conditions may say of one beside the ticket.
//!
//! Invariant: of an event nothing is kept but this; no words of people.

use std::sync::LazyLock;

use jiff::Timestamp;
use mesh_core::{
    clock,
    rule::{Schema, Type, Values, Variable},
};
use proto::{
    event,
    events::v1::{Envelope, envelope::Event},
    identity::v1::ActorKind,
    tickets::v1::CommentKind,
    workflow::v1::{Clock, SlaMetric},
};
use serde::{Deserialize, Serialize};

use crate::{run::Run, vocabulary};

/// The events there are.
pub(crate) const EVENTS: [&str; 10] = [
    "tickets.ticket.created",
    "tickets.ticket.changed",
    "tickets.ticket.rated",
    "tickets.comment.added",
    "workflow.run.moved",
    "workflow.run.finished",
    "workflow.assignment.made",
    "workflow.assignment.released",
    "workflow.clock.warned",
    "workflow.clock.breached",
];

/// Who wrote a comment for whom.
const COMMENTS: &[(&str, i64)] = &[("PUBLIC", 1), ("INTERNAL", 2)];
/// What clocks count.
const METRICS: &[(&str, i64)] = &[
    ("FIRST_REPLY", 1),
    ("NEXT_REPLY", 2),
    ("PERIODIC_UPDATE", 3),
    ("AGENT_WORK", 4),
    ("REQUESTER_WAIT", 5),
    ("RESOLUTION", 6),
    ("OWNERSHIP", 7),
    ("FIRST_ASSIGNMENT", 8),
    ("STAGE", 9),
];

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let known = vocabulary::ticket().variables().iter().filter(|known| known.name() != "now").cloned();
    Schema::new(known.chain(about_event()))
});

fn about_event() -> Vec<Variable> {
    let text = |name, about| Variable::new(name, Type::Text, about).nullable();
    vec![
        text("event.name", "What happened; missing for a schedule."),
        text("event.actor", "Who did it (`usr_…`); missing for the mesh itself."),
        text("event.comment", "Who may read what was said.").one_of(COMMENTS),
        Variable::new("event.changed", Type::Texts, "The names of the ticket's fields that changed."),
        text("event.from_stage", "The key of the stage it left."),
        text("event.transition", "The key of the transition it took."),
        text("event.previous_assignee", "Who had it before (`usr_…`)."),
        text("event.metric", "What the clock counts that warns or was missed.").one_of(METRICS),
        Variable::new("event.percent", Type::Whole, "How much of the clock's time is used.").nullable(),
    ]
}

/// What conditions may speak of.
pub(crate) fn schema() -> &'static Schema {
    &SCHEMA
}

/// An event, as far as automations know it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Heard {
    /// Id of the event.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) ticket_id: String,
    pub(crate) time: Timestamp,
    /// A person did it, not a program and not the mesh: what goes round comes back without one.
    pub(crate) by_person: bool,
    actor: Option<String>,
    comment: Option<String>,
    changed: Vec<String>,
    from_stage: Option<String>,
    transition: Option<String>,
    previous_assignee: Option<String>,
    metric: Option<String>,
    percent: Option<i64>,
}

impl Heard {
    /// What is known of an event; `None` when no automation can wait for it. What another system has brought along happened there.
    pub(crate) fn of(envelope: &Envelope) -> Option<Self> {
        let event = envelope.event.as_ref()?;
        let name = event::name(event);
        let is_past = matches!(event, Event::TicketsTicketCreated(created) if created.imported);
        if is_past || !EVENTS.contains(&name) {
            return None;
        }
        let actor = envelope.actor.clone().unwrap_or_default();
        let heard = Self {
            id: envelope.id.clone(),
            name: name.to_owned(),
            ticket_id: envelope.subject.clone(),
            time: envelope.time.as_ref().and_then(clock::from_proto).unwrap_or_default(),
            by_person: actor.kind() == ActorKind::Person,
            actor: given(&actor.user_id),
            ..Self::default()
        };
        Some(heard.with_details(event))
    }

    fn with_details(mut self, event: &Event) -> Self {
        match event {
            Event::TicketsTicketChanged(said) => self.changed.clone_from(&said.changed_fields),
            Event::TicketsCommentAdded(said) => {
                let is_internal =
                    said.comment.as_ref().is_none_or(|comment| comment.kind() == CommentKind::Internal);
                self.comment = Some(if is_internal { "INTERNAL" } else { "PUBLIC" }.to_owned());
            }
            Event::WorkflowRunMoved(said) => {
                self.from_stage = given(&said.from_stage_key);
                self.transition = given(&said.transition_key);
            }
            Event::WorkflowAssignmentMade(said) => self.previous_assignee = given(&said.previous_assignee_id),
            Event::WorkflowAssignmentReleased(said) => {
                self.previous_assignee = given(&said.previous_assignee_id);
            }
            Event::WorkflowClockWarned(said) => {
                self = self.with_clock(said.clock.as_ref(), said.percent);
            }
            Event::WorkflowClockBreached(said) => self = self.with_clock(said.clock.as_ref(), 100),
            _ => {}
        }
        self
    }

    fn with_clock(self, clock: Option<&Clock>, percent: i32) -> Self {
        let metric = clock.map_or(SlaMetric::Unspecified, Clock::metric).as_str_name();
        let metric = metric.strip_prefix("SLA_METRIC_").filter(|word| *word != "UNSPECIFIED");
        Self { metric: metric.map(str::to_owned), percent: Some(percent.into()), ..self }
    }
}

/// What the variables stand for; without an event, those of it are missing.
pub(super) fn values<'v>(run: &'v Run, heard: Option<&'v Heard>) -> Values<'v> {
    let changed = heard.map_or(&[][..], |heard| &heard.changed);
    vocabulary::values(run)
        .with("event.changed", changed)
        .with("event.name", heard.map(|heard| &heard.name))
        .with("event.actor", heard.and_then(|heard| heard.actor.as_ref()))
        .with("event.comment", heard.and_then(|heard| heard.comment.as_ref()))
        .with("event.from_stage", heard.and_then(|heard| heard.from_stage.as_ref()))
        .with("event.transition", heard.and_then(|heard| heard.transition.as_ref()))
        .with("event.previous_assignee", heard.and_then(|heard| heard.previous_assignee.as_ref()))
        .with("event.metric", heard.and_then(|heard| heard.metric.as_ref()))
        .with("event.percent", heard.and_then(|heard| heard.percent))
}

fn given(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::SlaMetric;

    use super::{METRICS, about_event};

    #[test]
    fn the_page_about_rules_has_every_variable_of_events() {
        const PAGE: &str = include_str!("../../../docs/rules.md");
        for known in about_event() {
            let row =
                format!("| `{}` | {} | {}", known.name(), known.kind(), known.about().trim_end_matches('.'));
            assert!(PAGE.contains(&row), "{row}");
        }
    }

    #[test]
    fn every_metric_of_the_contract_has_its_word() {
        for number in 1.. {
            let Ok(metric) = SlaMetric::try_from(number) else { break };
            let word = metric.as_str_name().trim_start_matches("SLA_METRIC_");
            assert!(METRICS.contains(&(word, number.into())), "{word}");
        }
    }
}
