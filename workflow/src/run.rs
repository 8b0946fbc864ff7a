//! A run: one ticket in motion through a pinned version of a workflow.
//!
//! Invariant: a run is in exactly one stage of its version; it ended exactly when that stage is an end or its ticket is gone or merged;
//! `queued_at` is set exactly while there is work now and nobody for it, and only then is it offered to anybody.

use jiff::Timestamp;
use mesh_core::clock;
use proto::{
    tickets::v1::{Priority, Status, Ticket, WaitReason},
    workflow::v1 as wire,
};

use crate::{definition::Definition, offer::Offer, placing::Place, snooze::Snooze};

/// The workflow's copy of what decides who may see, press and take a ticket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) ticket_id: String,
    /// For people: `TX-1042`.
    pub(crate) number: String,
    pub(crate) subject: String,
    pub(crate) department_id: String,
    pub(crate) requester_id: String,
    /// The person it is about when somebody else filed it; empty otherwise.
    pub(crate) on_behalf_of_id: String,
    /// In copy or watching. Sorted.
    pub(crate) participants: Vec<String>,
    pub(crate) priority: Priority,
    /// The ticket itself, with nothing but what only rules speak of.
    pub(crate) details: Box<Ticket>,
    /// Version of the ticket they were read from.
    pub(crate) version: i64,
}

impl Facts {
    /// The facts of a ticket as of `version`.
    pub(crate) fn of(ticket: &Ticket, version: i64) -> Self {
        let mut participants: Vec<_> = ticket.cc_ids.iter().chain(&ticket.watcher_ids).cloned().collect();
        participants.sort();
        participants.dedup();
        Self {
            ticket_id: ticket.id.clone(),
            number: ticket.number.clone(),
            subject: ticket.subject.clone(),
            department_id: ticket.department_id.clone(),
            requester_id: ticket.requester_id.clone(),
            on_behalf_of_id: ticket.on_behalf_of_id.clone(),
            participants,
            priority: ticket.priority(),
            details: Box::new(details(ticket)),
            version,
        }
    }

    /// Whether this person is whom the ticket is for.
    pub(crate) fn is_for(&self, user_id: &str) -> bool {
        !user_id.is_empty() && (self.requester_id == user_id || self.on_behalf_of_id == user_id)
    }

    /// Whether they say the same as other facts, whatever the version.
    pub(crate) fn agree(&self, other: &Self) -> bool {
        Self { version: other.version, ..self.clone() } == *other
    }

    /// Whether other facts lead to the same work: the same department and urgency.
    pub(crate) fn same_work(&self, other: &Self) -> bool {
        self.department_id == other.department_id && self.priority == other.priority
    }
}

/// What only rules speak of.
fn details(ticket: &Ticket) -> Ticket {
    Ticket {
        category_id: ticket.category_id.clone(),
        tags: ticket.tags.clone(),
        fields: ticket.fields.clone(),
        language: ticket.language.clone(),
        source: ticket.source,
        impact: ticket.impact,
        urgency: ticket.urgency,
        create_time: ticket.create_time,
        ..Ticket::default()
    }
}

/// Why a run waits, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) reason: WaitReason,
    pub(crate) until: Option<Timestamp>,
}

/// What a run gets back when the merge is undone that had ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parked {
    /// Since when it had waited for an agent.
    pub(crate) queued_at: Option<Timestamp>,
}

/// A ticket in motion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) facts: Facts,
    pub(crate) workflow_id: String,
    pub(crate) workflow_version: i32,
    /// Key of the stage it is in.
    pub(crate) stage: String,
    pub(crate) category: Status,
    pub(crate) wait: Option<Wait>,
    /// Set aside: there is no work now.
    pub(crate) snooze: Option<Snooze>,
    /// Keys of the stages it has been in, this one included, in order of the first visit.
    pub(crate) visited: Vec<String>,
    pub(crate) assignee: Option<String>,
    pub(crate) queue_id: String,
    /// What it takes of an agent's capacity.
    pub(crate) units: i64,
    /// It was escalated to its queue, and no rule moves it.
    pub(crate) pinned: bool,
    /// Since when it waits for an agent.
    pub(crate) queued_at: Option<Timestamp>,
    /// Whom it is offered to while it waits.
    pub(crate) offer: Option<Offer>,
    pub(crate) started_at: Timestamp,
    pub(crate) staged_at: Timestamp,
    pub(crate) assigned_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// Over because its ticket was merged into another one, and only as long as it is.
    pub(crate) parked: Option<Parked>,
    pub(crate) reopened: i32,
    /// Grows by one with every saved change; 0 before the first.
    pub(crate) version: i64,
}

/// Whether nothing is left to do for an agent.
pub(crate) const fn is_done(category: Status) -> bool {
    matches!(category, Status::Resolved | Status::Closed | Status::Rejected | Status::Withdrawn)
}

impl Run {
    /// A new run at the start of a version.
    pub(crate) fn start(
        id: String,
        definition: &Definition,
        facts: Facts,
        queue_id: String,
        now: Timestamp,
    ) -> Self {
        let stage = definition.start();
        Self {
            id,
            facts,
            workflow_id: definition.workflow_id.clone(),
            workflow_version: definition.number,
            stage: stage.key.clone(),
            category: stage.category(),
            wait: None,
            snooze: None,
            visited: vec![stage.key.clone()],
            assignee: None,
            queue_id,
            units: 1,
            pinned: false,
            queued_at: Some(now),
            offer: None,
            started_at: now,
            staged_at: now,
            assigned_at: None,
            ended_at: None,
            parked: None,
            reopened: 0,
            version: 0,
        }
    }

    /// The new run where its ticket says it stands: one that was filed here says the start, one of another system brings a status, an
    /// assignee and a wait of its own. Of stages with that status it is the first; without one it stays at the start.
    pub(crate) fn stand(mut self, definition: &Definition, ticket: &Ticket, now: Timestamp) -> Self {
        let status = ticket.status();
        let stage = definition.stages().iter().find(|stage| stage.category() == status);
        if let Some(stage) = stage.filter(|_| status != self.category) {
            self.stage.clone_from(&stage.key);
            self.category = status;
            self.visited.push(stage.key.clone());
            self.ended_at = stage.end.then_some(now);
            let until = ticket.wait_until_time.as_ref().and_then(clock::from_proto);
            let waits = ticket.wait_reason() != WaitReason::Unspecified;
            self.wait = waits.then(|| Wait { reason: ticket.wait_reason(), until });
        }
        self.assignee = Some(ticket.assignee_id.clone()).filter(|id| !id.is_empty());
        self.assigned_at = self.assignee.as_ref().map(|_| now);
        self.reopened = ticket.reopen_count;
        self.queue_if_needed(now);
        self
    }

    pub(crate) fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether it reached the end its work was for: its ticket is closed, not refused, taken back or merged.
    pub(crate) fn is_closed(&self) -> bool {
        !self.is_open() && self.parked.is_none() && self.category == Status::Closed
    }

    /// Whether there is still something to do.
    pub(crate) fn is_undone(&self) -> bool {
        self.is_open() && !is_done(self.category)
    }

    /// Whether this person has it.
    pub(crate) fn is_with(&self, user_id: &str) -> bool {
        self.assignee.as_deref() == Some(user_id)
    }

    /// Whether it waits for this person's answer.
    pub(crate) fn is_offered_to(&self, user_id: &str) -> bool {
        self.offer.as_ref().is_some_and(|offer| offer.to == user_id)
    }

    /// Puts it into a queue. Waiting begins anew in another one.
    pub(crate) fn put(&mut self, place: Place, now: Timestamp) {
        if self.queue_id != place.queue_id {
            self.queued_at = self.queued_at.map(|_| now);
            self.offer = None;
        }
        self.queue_id = place.queue_id;
        self.units = place.units;
        self.pinned = place.pinned;
    }

    /// Gives it to an agent, or to nobody: then it waits in its queue, unless nothing is left to do.
    pub(crate) fn give_to(&mut self, agent: Option<&str>, now: Timestamp) {
        self.assignee = agent.map(Into::into);
        self.assigned_at = agent.map(|_| now);
        self.snooze = None;
        self.queued_at = None;
        self.queue_if_needed(now);
    }

    /// Ends it where it is. An assignee stays on record.
    pub(crate) fn end(&mut self, now: Timestamp) {
        self.ended_at = Some(now);
        self.snooze = None;
        self.queue_if_needed(now);
    }

    /// Ends it where it is for as long as its ticket leads to another one.
    pub(crate) fn park(&mut self, now: Timestamp) {
        self.parked = Some(Parked { queued_at: self.queued_at });
        self.end(now);
    }

    /// Goes on where it was parked.
    pub(crate) fn resume(&mut self, now: Timestamp) {
        let Some(parked) = self.parked.take() else { return };
        self.ended_at = None;
        self.queued_at = parked.queued_at;
        self.queue_if_needed(now);
    }

    /// Keeps the invariants of `queued_at` and `offer` after anything else changed.
    pub(crate) fn queue_if_needed(&mut self, now: Timestamp) {
        let has_work = self.is_open() && self.snooze.is_none() && !is_done(self.category);
        let needs_agent = has_work && self.assignee.is_none();
        self.queued_at = needs_agent.then(|| self.queued_at.unwrap_or(now));
        self.offer = self.offer.take().filter(|_| needs_agent);
    }

    /// The version as the contract carries it.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }

    /// The run for the wire, without the track.
    pub(crate) fn to_proto(&self, definition: &Definition) -> wire::Run {
        let label =
            definition.stage(&self.stage).map_or_else(|| self.stage.clone(), |stage| stage.label.clone());
        wire::Run {
            id: self.id.clone(),
            ticket_id: self.facts.ticket_id.clone(),
            ticket_number: self.facts.number.clone(),
            workflow_id: self.workflow_id.clone(),
            workflow_version: self.workflow_version,
            stage_key: self.stage.clone(),
            stage_label: label,
            category: self.category.into(),
            wait_reason: self.wait.map_or(WaitReason::Unspecified, |wait| wait.reason).into(),
            wait_until: self.wait.and_then(|wait| wait.until).map(clock::to_proto),
            assignee_id: self.assignee.clone().unwrap_or_default(),
            queue_id: self.queue_id.clone(),
            department_id: self.facts.department_id.clone(),
            requester_id: self.facts.requester_id.clone(),
            priority: self.facts.priority.into(),
            start_time: Some(clock::to_proto(self.started_at)),
            stage_time: Some(clock::to_proto(self.staged_at)),
            assign_time: self.assigned_at.map(clock::to_proto),
            end_time: self.ended_at.map(clock::to_proto),
            reopen_count: self.reopened,
            version: self.version,
            etag: self.etag(),
            track: Vec::new(),
            snoozed_until: self.snooze.map(|snooze| clock::to_proto(snooze.until)),
            wake_on_reply: self.snooze.is_some_and(|snooze| snooze.on_reply),
            offered_to_id: self.offer.as_ref().map(|offer| offer.to.clone()).unwrap_or_default(),
            offer_expire_time: self.offer.as_ref().map(|offer| clock::to_proto(offer.until)),
        }
    }

    /// The stages of its version with those behind it.
    pub(crate) fn track(&self, definition: &Definition) -> Vec<wire::StageMark> {
        let mark = |stage: &wire::Stage| wire::StageMark {
            key: stage.key.clone(),
            label: stage.label.clone(),
            category: stage.category,
            visited: self.visited.contains(&stage.key),
            current: self.stage == stage.key,
            end: stage.end,
        };
        definition.stages().iter().map(mark).collect()
    }
}
