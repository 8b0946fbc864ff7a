//! Automations: when something happens, or at a time, and a condition holds, things are done to a ticket. Pure.
//!
//! Invariant: an automation that was kept has a trigger that comes, a condition that can be asked and effects that can be done; whether one
//! does anything, and why not, is a [`Verdict`] with its trace.

mod check;
pub(crate) mod cron;
mod heard;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use mesh_core::clock;
use proto::workflow::v1::{self as wire, AutomationOutcome, automation::Trigger};

pub(crate) use check::{changed, check, check_condition};
pub(crate) use heard::{EVENTS, Heard};

use crate::{
    effect::{self, Deed},
    run::Run,
    vocabulary,
};

/// So many times an automation does something to one ticket with nobody behind it; more is a loop.
pub(crate) const LOOP: i64 = 10;
/// Within so long.
pub(crate) const LOOP_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// Automations there are at most.
pub(crate) const MOST: usize = 200;
/// Failures in 24 hours after which one pauses itself, when it was not told.
pub(crate) const BUDGET: i32 = 10;

/// An automation as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Automation {
    /// What was said of it.
    pub(crate) said: wire::Automation,
    pub(crate) position: i32,
    pub(crate) version: i64,
    /// Failures before do not count any more.
    pub(crate) enabled_at: Timestamp,
}

/// What became of looking at a ticket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) outcome: AutomationOutcome,
    pub(crate) trace: Vec<String>,
    pub(crate) error: String,
    pub(crate) deeds: Vec<Deed>,
}

impl Automation {
    pub(crate) fn to_proto(&self) -> wire::Automation {
        wire::Automation { order: self.position, etag: self.version.to_string(), ..self.said.clone() }
    }

    /// The event it waits for; empty for a schedule.
    pub(crate) fn event(&self) -> &str {
        match &self.said.trigger {
            Some(Trigger::Event(name)) => name,
            _ => "",
        }
    }

    /// When it is due next; `None` while it is off, and for one that waits for events.
    pub(crate) fn due_after(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.said.trigger {
            Some(Trigger::Schedule(text)) if self.said.enabled => {
                cron::Schedule::parse(text).ok()?.next(now, &zone(&self.said.time_zone)?)
            }
            _ => None,
        }
    }

    /// Failures in 24 hours after which it pauses itself.
    pub(crate) fn budget(&self) -> i64 {
        i64::from(if self.said.error_budget > 0 { self.said.error_budget } else { BUDGET })
    }

    /// Whether it is on, and goes by a schedule.
    pub(crate) fn is_on_schedule(&self) -> bool {
        self.said.enabled && self.event().is_empty()
    }

    /// What it would do to a ticket now. `heard` is the event behind it.
    pub(crate) fn consider(&self, run: &Run, heard: Option<&Heard>, now: Timestamp) -> Verdict {
        let because =
            heard.map_or_else(|| "its time has come".to_owned(), |heard| format!("{} happened", heard.name));
        match self.holds(run, heard, now) {
            Err(problem) => Verdict {
                outcome: AutomationOutcome::Failed,
                trace: vec![because],
                error: format!("could not ask its condition: {problem}"),
                deeds: vec![],
            },
            Ok(false) => Verdict {
                outcome: AutomationOutcome::Skipped,
                trace: vec![because, "the condition does not hold".to_owned()],
                error: String::new(),
                deeds: vec![],
            },
            Ok(true) => {
                let deeds = effect::deeds(&self.said.effects, run, now);
                let holds = if self.said.condition.is_empty() {
                    "there is no condition"
                } else {
                    "the condition holds"
                };
                let trace = [because, holds.to_owned()].into_iter().chain(deeds.iter().map(told)).collect();
                Verdict { outcome: AutomationOutcome::Done, trace, error: String::new(), deeds }
            }
        }
    }

    fn holds(&self, run: &Run, heard: Option<&Heard>, now: Timestamp) -> Result<bool, String> {
        let condition = self.said.condition.as_str();
        if condition.is_empty() {
            return Ok(true);
        }
        vocabulary::holds(condition, heard::schema(), &heard::values(run, heard), now)
            .map_err(|problem| problem.to_string())
    }
}

impl Verdict {
    /// The same, stopped because it goes round.
    pub(crate) fn looping(mut self) -> Self {
        self.deeds.clear();
        self.outcome = AutomationOutcome::Loop;
        let stopped =
            format!("stopped: with nobody behind it, it did this to the ticket {LOOP} times in an hour");
        self.trace.push(stopped);
        "goes round; let the condition exclude what it has done".clone_into(&mut self.error);
        self
    }

    /// What is kept of it.
    pub(crate) fn record(
        &self,
        automation_id: &str,
        run: &Run,
        heard: Option<&Heard>,
        now: Timestamp,
    ) -> wire::AutomationRun {
        wire::AutomationRun {
            automation_id: automation_id.to_owned(),
            ticket_id: run.facts.ticket_id.clone(),
            time: Some(clock::to_proto(now)),
            causation_id: heard.map(|heard| heard.id.clone()).unwrap_or_default(),
            outcome: self.outcome.into(),
            trace: self.trace.clone(),
            error: self.error.clone(),
        }
    }
}

/// The zone of a name; UTC for none.
fn zone(name: &str) -> Option<TimeZone> {
    if name.is_empty() { Some(TimeZone::UTC) } else { TimeZone::get(name).ok() }
}

/// A deed in words.
fn told(deed: &Deed) -> String {
    match deed {
        Deed::Set { field, value } => format!("sets {field} to {value}"),
        Deed::AddTag(tag) => format!("adds the tag {tag}"),
        Deed::RemoveTag(tag) => format!("removes the tag {tag}"),
        Deed::Comment { internal: true, .. } => "writes an internal note".to_owned(),
        Deed::Comment { .. } => "writes a comment".to_owned(),
        Deed::CloseChildren(_) => "closes every open child ticket".to_owned(),
        Deed::Notify { user_ids, message } => format!("tells {}: {message}", user_ids.join(", ")),
        Deed::CreateChild { subject, .. } => format!("files the child ticket “{subject}”"),
    }
}
