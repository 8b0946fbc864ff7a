//! Moments: what happened to a ticket that a clock can hear of, and how the ticket stood after it.
//!
//! Invariant: moments are kept for every ticket, promised anything or not, and never change. Every clock, also one of a policy made much
//! later, follows from them.

use std::sync::LazyLock;

use jiff::Timestamp;
use mesh_core::rule::{Schema, Type, Values, Variable};
use proto::{
    tickets::v1::{Priority, Status, WaitReason},
    workflow::v1::Stage,
};

use crate::{
    definition::Definition,
    run::{Run, is_done},
};

/// The whole way, in millionths.
pub(crate) const WHOLE: i32 = 1_000_000;

/// Declares the kinds of moments with the words rules and tables have for them.
macro_rules! events {
    ($($(#[$doc:meta])* $event:ident = $word:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Event { $($(#[$doc])* $event,)* }

        impl Event {
            /// Its word.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$event => $word,)* }
            }

            /// The one of this word.
            pub(crate) fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$event),)* _ => None }
            }
        }

        /// Every word, for people who write rules.
        const WORDS: &[&str] = &[$($word),*];
    };
}

events! {
    /// The ticket was filed.
    Created = "CREATED";
    /// It went to another stage.
    Moved = "MOVED";
    /// It went on after it was done.
    Reopened = "REOPENED";
    /// Somebody has it now.
    Assigned = "ASSIGNED";
    /// Nobody has it any more.
    Released = "RELEASED";
    /// Its priority, department or other facts changed.
    Changed = "CHANGED";
    /// Another department has it.
    Relocated = "RELOCATED";
    /// The requester or somebody in copy answered in public.
    RequesterReplied = "REQUESTER_REPLIED";
    /// An agent answered in public.
    AgentReplied = "AGENT_REPLIED";
    /// An agent wrote a note.
    AgentNoted = "AGENT_NOTED";
    /// A program or the system itself wrote something. No preset takes that for an answer.
    RobotReplied = "ROBOT_REPLIED";
    /// Another ticket was merged into it.
    Absorbed = "ABSORBED";
    /// It was merged into another one.
    Merged = "MERGED";
    /// It is a ticket of its own again.
    Unmerged = "UNMERGED";
    /// It was deleted.
    Ended = "ENDED";
    /// Policies changed.
    Reviewed = "REVIEWED";
}

/// How a ticket stood after a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) priority: Priority,
    pub(crate) status: Status,
    /// Key of the stage.
    pub(crate) stage: String,
    /// The share of its stage in the whole way by weight, in millionths.
    pub(crate) share: i64,
    /// Its stage stops the clocks.
    pub(crate) pauses: bool,
    pub(crate) wait_reason: WaitReason,
    /// `usr_…`, empty for nobody.
    pub(crate) assignee_id: String,
    pub(crate) department_id: String,
    /// An agent had answered in public.
    pub(crate) answered: bool,
    /// It leads to another ticket: every clock stands.
    pub(crate) parked: bool,
}

/// One moment of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Counts the moments of a run, from 1.
    pub(crate) seq: i64,
    pub(crate) at: Timestamp,
    pub(crate) event: Event,
    pub(crate) state: State,
    /// The policy that applied from here on; empty for none.
    pub(crate) policy_id: String,
    /// What happened, for people, where the event says too little: `Ask requester`.
    pub(crate) cause: String,
    /// Since when what it absorbed had waited.
    pub(crate) since: Option<Timestamp>,
}

impl State {
    /// How a run stands in its version.
    pub(crate) fn of(run: &Run, definition: &Definition, answered: bool) -> Self {
        Self {
            priority: run.facts.priority,
            status: run.category,
            stage: run.stage.clone(),
            share: share(definition, &run.stage),
            pauses: definition.stage(&run.stage).is_some_and(|stage| stage.pauses_clocks),
            wait_reason: run.wait.map_or(WaitReason::Unspecified, |wait| wait.reason),
            assignee_id: run.assignee.clone().unwrap_or_default(),
            department_id: run.facts.department_id.clone(),
            answered,
            parked: run.parked.is_some(),
        }
    }

    /// The same in another stage.
    pub(crate) fn in_stage(self, definition: &Definition, key: &str) -> Self {
        let stage = definition.stage(key);
        Self {
            status: stage.map_or(self.status, Stage::category),
            stage: key.to_owned(),
            share: share(definition, key),
            pauses: stage.is_some_and(|stage| stage.pauses_clocks),
            ..self
        }
    }
}

/// The share of a stage in the whole way by weight, in millionths.
fn share(definition: &Definition, stage: &str) -> i64 {
    let whole: f64 = definition.stages().iter().map(|stage| stage.weight).sum();
    let weight = definition.stage(stage).map_or(0.0, |stage| stage.weight);
    let share = if whole > 0.0 { (weight / whole).clamp(0.0, 1.0) * f64::from(WHOLE) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "it is between nothing and a million")]
    let share = share.round() as i64;
    share
}

/// What the rules of a clock may speak of.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name: &'static str, about: &'static str| Variable::new(name, Type::Text, about);
    let truth = |name: &'static str, about: &'static str| Variable::new(name, Type::Bool, about);
    Schema::new([
        Variable::new("event", Type::Text, format!("What happened: {}.", WORDS.join(", "))),
        text("priority", "How urgent the ticket is: LOW, NORMAL, HIGH or URGENT."),
        text(
            "status",
            "Where it stands, coarsely: NEW, OPEN, PENDING, ON_HOLD, RESOLVED, CLOSED, REJECTED or WITHDRAWN.",
        ),
        text("stage", "The key of its stage."),
        text(
            "wait_reason",
            "What it waits for: REQUESTER, VENDOR, CHANGE, APPROVAL, INTERNAL or UNTIL_DATE.",
        )
        .nullable(),
        text("assignee", "Who works on it (`usr_…`).").nullable(),
        text("department", "The department that serves it (`dep_…`)."),
        truth("pauses", "Whether its stage stops the clocks."),
        truth("done", "Whether nothing is left to do: it is resolved, closed, rejected or withdrawn."),
        truth("agent_replied", "Whether an agent had answered in public, this moment included."),
    ])
});

impl Moment {
    /// What rules hear.
    pub(crate) fn values(&self) -> Values<'_> {
        let state = &self.state;
        let word = |name: &'static str, prefix: &str| name.strip_prefix(prefix).unwrap_or_default();
        let something = |text: &'_ str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let waits = state.wait_reason != WaitReason::Unspecified;
        Values::new()
            .with("event", self.event.word())
            .with("priority", word(state.priority.as_str_name(), "PRIORITY_"))
            .with("status", word(state.status.as_str_name(), "STATUS_"))
            .with("stage", &state.stage)
            .with("wait_reason", waits.then(|| word(state.wait_reason.as_str_name(), "WAIT_REASON_")))
            .with("assignee", something(&state.assignee_id))
            .with("department", &state.department_id)
            .with("pauses", state.pauses)
            .with("done", is_done(state.status))
            .with("agent_replied", state.answered)
    }

    /// What happened, for people.
    pub(crate) fn story(&self) -> String {
        let what = match self.event {
            Event::Created => "the ticket was filed",
            Event::Moved => "it moved",
            Event::Reopened => "it was opened again",
            Event::Assigned => "somebody got it",
            Event::Released => "it was given back",
            Event::Changed => "its facts changed",
            Event::Relocated => "it went to another department",
            Event::RequesterReplied => "the requester answered",
            Event::AgentReplied => "an agent answered",
            Event::AgentNoted => "an agent wrote a note",
            Event::RobotReplied => "a program answered",
            Event::Absorbed => "another ticket was merged into it",
            Event::Merged => "it was merged into another ticket",
            Event::Unmerged => "the merge was undone",
            Event::Ended => "it was deleted",
            Event::Reviewed => "policies changed",
        };
        if self.cause.is_empty() { what.to_owned() } else { format!("{what}: {}", self.cause) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, WORDS};

    #[test]
    fn every_word_stands_for_its_event() {
        for word in WORDS {
            assert_eq!(Event::of_word(word).map(Event::word), Some(*word));
        }
    }
}
