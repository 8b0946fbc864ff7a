//! Moments: what happened to a ticket that a clock can hear of, and how the ticket stood after it.
//!
//! Invariant: moments are kept for every ticket, promised anything or not, and never change. Every clock, also one of a policy made much
//! later, follows from them.

use std::sync::LazyLock;

use jiff::Timestamp;
use mesh_core::{
    clock,
    rule::{Schema, Type, Values, Variable},
};
use proto::{
    tickets::v1::{Priority, Source, Status, WaitReason},
    word::{self, PRIORITIES, STATUSES, WAIT_REASONS, Words},
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
        const EVENTS: Words = &[$(($word, Event::$event as i64)),*];
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
    /// A ticket that was merged into it is one of its own again.
    Parted = "PARTED";
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

/// A story in which a ticket that was merged and is one of its own again had never waited here.
pub(crate) fn as_parted(story: &[Moment]) -> Vec<Moment> {
    let mut told: Vec<Moment> = Vec::with_capacity(story.len());
    for moment in story {
        if moment.event == Event::Parted {
            let absorbed = |known: &&mut Moment| {
                known.event == Event::Absorbed && known.cause == moment.cause && known.since.is_some()
            };
            if let Some(absorbed) = told.iter_mut().rev().find(absorbed) {
                absorbed.since = None;
            }
        }
        told.push(moment.clone());
    }
    told
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

/// When a run's ticket was filed. One of another system counts from when it came here.
pub(super) fn filed_at(run: &Run) -> Timestamp {
    let details = &run.facts.details;
    let filed = details.create_time.as_ref().filter(|_| details.source() != Source::Import);
    filed.and_then(clock::from_proto).unwrap_or(run.started_at)
}

/// What the rules of a clock may speak of.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name, about| Variable::new(name, Type::Text, about);
    let truth = |name, about| Variable::new(name, Type::Bool, about);
    Schema::new([
        text("event", "What happened.").one_of(EVENTS),
        text("priority", "How urgent the ticket is.").one_of(PRIORITIES),
        text("status", "Where it stands, coarsely.").one_of(STATUSES),
        text("stage", "The key of its stage."),
        text("wait_reason", "What it waits for while it is pending or on hold.")
            .one_of(WAIT_REASONS)
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
        let assignee = Some(&state.assignee_id).filter(|id| !id.is_empty());
        Values::new()
            .with("event", self.event.word())
            .with("priority", word::of(PRIORITIES, i32::from(state.priority)))
            .with("status", word::of(STATUSES, i32::from(state.status)))
            .with("stage", &state.stage)
            .with("wait_reason", word::of(WAIT_REASONS, i32::from(state.wait_reason)))
            .with("assignee", assignee)
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
            Event::Parted => "a ticket merged into it is one of its own again",
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
    use super::{EVENTS, Event};

    #[test]
    fn every_word_stands_for_its_event() {
        for (word, _) in EVENTS {
            assert_eq!(Event::of_word(word).map(Event::word), Some(*word));
        }
    }

    #[test]
    fn the_page_about_rules_has_every_event() {
        const PAGE: &str = include_str!("../../../docs/rules.md");
        for (word, _) in EVENTS.iter().filter(|(word, _)| *word != "ENDED") {
            assert!(PAGE.contains(&format!("`{word}`")), "{word}");
        }
    }
}
