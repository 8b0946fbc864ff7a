//! What a ticket adds to the figures of reports. Pure.
//!
//! Roll-ups are the sum of what every ticket adds ([`Measured::shares`]), and a change of a ticket adds the difference. So a ticket that
//! is opened again, moved to another department or deleted is counted where its list would show it, not where it once was.
//! Invariant: what a ticket adds follows from its [`Measured`] alone, so the sums can be made anew at any time.

pub(crate) mod length;
mod sums;

use std::collections::BTreeMap;

use jiff::Timestamp;
use proto::{
    tickets::v1::{Priority, Status, Ticket},
    workflow::v1::{AssignmentOrigin, EndReason, run_history_entry::Change as What},
};

pub(crate) use sums::{COLUMNS, Column, Sums, mean};

use crate::run::{Run, is_done};

/// The lowest score of somebody content.
const CONTENT: i32 = 4;
const HOUR: i64 = 3_600_000_000;
/// A day in microseconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A ticket as reports see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) ticket_id: String,
    /// The number behind the prefix, by which a rule can name the ticket.
    pub(crate) number: i64,
    pub(crate) department_id: String,
    pub(crate) priority: Priority,
    /// Empty for none.
    pub(crate) category_id: String,
    /// Empty for nobody.
    pub(crate) assignee_id: String,
    pub(crate) stage: String,
    /// The stage's.
    pub(crate) status: Status,
    pub(crate) created_at: Timestamp,
    pub(crate) staged_at: Timestamp,
    pub(crate) answered_at: Option<Timestamp>,
    /// Absent again once it is opened again.
    pub(crate) resolved_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
    /// Merged into another ticket.
    pub(crate) parked: bool,
    /// Deleted; adds nothing.
    pub(crate) gone: bool,
    pub(crate) reopened: i32,
    pub(crate) transfers: i32,
    pub(crate) escalations: i32,
    /// 1 to 5; 0 for none.
    pub(crate) score: i32,
    /// Seconds in each stage it has left, all visits together.
    pub(crate) stays: BTreeMap<String, i64>,
}

/// What tallies are split by. The numbers are those of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dimension {
    /// Hours, undivided.
    Hour = 0,
    Priority = 1,
    Category = 2,
    Agent = 3,
    /// How long the first answer or the resolution took, in steps of [`length`].
    Length = 4,
    /// Stages it was in before it was resolved.
    Stage = 5,
}

/// One thing a ticket adds at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) at: Timestamp,
    pub(crate) dimension: Dimension,
    pub(crate) part: String,
    pub(crate) sums: Sums,
}

/// The place of a tally. Sorted, so that whoever changes several takes them in the same order as everybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) dimension: Dimension,
    /// Microseconds.
    pub(crate) start: i64,
    pub(crate) department_id: String,
    pub(crate) part: String,
}

/// Tallies, or what is to be added to them.
pub(crate) type Tallies = BTreeMap<Place, Sums>;

/// The marks a change leaves that the run itself does not remember.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    transfers: i32,
    escalations: i32,
    deleted: bool,
}

impl Marks {
    /// Counts them in what happened.
    pub(crate) fn of<'w>(happened: impl IntoIterator<Item = &'w What>) -> Self {
        let mut marks = Self::default();
        for what in happened {
            match what {
                What::AssigneeChanged(changed) => match changed.origin() {
                    AssignmentOrigin::Transferred => marks.transfers += 1,
                    AssignmentOrigin::Escalated => marks.escalations += 1,
                    _ => {}
                },
                What::Ended(ended) => marks.deleted |= ended.reason() == EndReason::TicketDeleted,
                _ => {}
            }
        }
        marks
    }
}

impl Measured {
    /// The ticket of a run that stands where it began.
    pub(crate) fn begin(run: &Run) -> Self {
        let number = run.facts.number.rsplit('-').next().and_then(|digits| digits.parse().ok());
        let filed = run.facts.details.create_time.as_ref().and_then(mesh_core::clock::from_proto);
        Self {
            ticket_id: run.facts.ticket_id.clone(),
            number: number.unwrap_or_default(),
            department_id: run.facts.department_id.clone(),
            priority: run.facts.priority,
            category_id: run.facts.details.category_id.clone(),
            assignee_id: run.assignee.clone().unwrap_or_default(),
            stage: run.stage.clone(),
            status: run.category,
            created_at: filed.unwrap_or(run.started_at),
            staged_at: run.staged_at,
            answered_at: None,
            resolved_at: None,
            closed_at: None,
            parked: run.parked.is_some(),
            gone: false,
            reopened: run.reopened,
            transfers: 0,
            escalations: 0,
            score: 0,
            stays: BTreeMap::new(),
        }
    }

    /// The same ticket when its run has gone on.
    pub(crate) fn follow(&mut self, run: &Run, marks: Marks) {
        if (self.stage.as_str(), self.staged_at) != (run.stage.as_str(), run.staged_at) {
            self.move_to(&run.stage, run.category, run.staged_at);
        }
        self.department_id.clone_from(&run.facts.department_id);
        self.priority = run.facts.priority;
        self.assignee_id = run.assignee.clone().unwrap_or_default();
        self.parked = run.parked.is_some();
        self.reopened = run.reopened;
        self.transfers += marks.transfers;
        self.escalations += marks.escalations;
        self.gone |= marks.deleted;
    }

    /// It goes to another stage. When it counts as resolved or closed is what tickets say, too.
    pub(crate) fn move_to(&mut self, stage: &str, status: Status, at: Timestamp) {
        let stayed = seconds(self.staged_at, at);
        if stayed > 0 {
            *self.stays.entry(self.stage.clone()).or_default() += stayed;
        }
        match status {
            Status::Resolved if self.status != status => self.resolved_at = Some(at),
            Status::Closed | Status::Rejected | Status::Withdrawn if self.status != status => {
                self.closed_at = Some(at);
                if status == Status::Closed {
                    self.resolved_at = self.resolved_at.or(Some(at));
                }
            }
            _ => {}
        }
        if is_done(self.status) && !is_done(status) {
            (self.resolved_at, self.closed_at) = (None, None);
        }
        stage.clone_into(&mut self.stage);
        (self.status, self.staged_at) = (status, at);
    }

    /// What tickets know of it and runs do not.
    pub(crate) fn take_in(&mut self, ticket: &Ticket) {
        let time = |time: Option<&prost_types::Timestamp>| time.and_then(mesh_core::clock::from_proto);
        self.created_at = time(ticket.create_time.as_ref()).unwrap_or(self.created_at);
        // A first answer stays one; news that is older than the answer knows nothing of it.
        self.answered_at = time(ticket.first_response_time.as_ref()).or(self.answered_at);
        self.category_id.clone_from(&ticket.category_id);
        self.score = ticket.satisfaction.as_ref().map_or(0, |said| said.score);
    }

    /// As [`take_in`](Self::take_in) of a ticket that was just filed; one of another system may have been resolved there.
    pub(crate) fn take_in_filed(&mut self, ticket: &Ticket) {
        let time = |time: Option<&prost_types::Timestamp>| time.and_then(mesh_core::clock::from_proto);
        self.take_in(ticket);
        (self.resolved_at, self.closed_at) =
            (time(ticket.resolve_time.as_ref()), time(ticket.close_time.as_ref()));
    }

    /// When it left the backlog. A merged ticket was never in it.
    pub(crate) fn finished_at(&self) -> Option<Timestamp> {
        if self.parked || self.gone { Some(self.created_at) } else { self.resolved_at.or(self.closed_at) }
    }

    /// What it adds to the figures, each at its instant.
    pub(crate) fn shares(&self) -> Vec<Share> {
        let mut shares = vec![];
        if self.gone {
            return shares;
        }
        self.share(&mut shares, self.created_at, Sums::one(Column::Created));
        if let Some(at) = self.answered_at {
            let took = seconds(self.created_at, at);
            let sums = Sums::one(Column::Answered).with(Column::AnsweredSeconds, took);
            self.share(&mut shares, at, sums);
            shares.push(Share { at, dimension: Dimension::Length, part: length::step(took), sums });
        }
        if let Some(at) = self.resolved_at {
            let (took, sums) = self.resolution(at);
            self.share(&mut shares, at, sums);
            shares.push(Share { at, dimension: Dimension::Length, part: length::step(took), sums });
            shares.extend(self.stays_until(at));
        }
        if let Some(at) = self.finished_at() {
            self.share(&mut shares, at, Sums::one(Column::Finished));
        }
        shares
    }

    /// How long the resolution took, and what there is to say of it.
    fn resolution(&self, at: Timestamp) -> (i64, Sums) {
        let took = seconds(self.created_at, at);
        let sums = Sums::one(Column::Resolved)
            .with(Column::ResolvedSeconds, took)
            .with(Column::Reopened, i64::from(self.reopened > 0))
            .with(Column::Transferred, i64::from(self.transfers > 0))
            .with(Column::Escalated, i64::from(self.escalations > 0))
            .with(Column::Rated, i64::from(self.score > 0))
            .with(Column::Satisfied, i64::from(self.score >= CONTENT));
        (took, sums)
    }

    fn stays_until(&self, at: Timestamp) -> impl Iterator<Item = Share> {
        self.stays.iter().map(move |(stage, seconds)| {
            let sums = Sums::one(Column::Stayed).with(Column::StayedSeconds, *seconds);
            Share { at, dimension: Dimension::Stage, part: stage.clone(), sums }
        })
    }

    /// The same in every dimension any ticket has.
    fn share(&self, shares: &mut Vec<Share>, at: Timestamp, sums: Sums) {
        let parts = [
            (Dimension::Hour, String::new()),
            (Dimension::Priority, i32::from(self.priority).to_string()),
            (Dimension::Category, self.category_id.clone()),
            (Dimension::Agent, self.assignee_id.clone()),
        ];
        shares.extend(parts.map(|(dimension, part)| Share { at, dimension, part, sums }));
    }
}

/// Adds what a ticket adds, or takes it away with -1.
pub(crate) fn tally(tallies: &mut Tallies, ticket: &Measured, times: i64) {
    for Share { at, dimension, part, sums } in ticket.shares() {
        let width = if dimension == Dimension::Hour { HOUR } else { DAY };
        let start = floor(at.as_microsecond(), width);
        let department_id = ticket.department_id.clone();
        let sum = tallies.entry(Place { dimension, start, department_id, part }).or_default();
        sum.add(&sums, times);
    }
}

/// What a change of a ticket adds.
pub(crate) fn difference(before: Option<&Measured>, after: &Measured) -> Tallies {
    let mut tallies = Tallies::new();
    if let Some(before) = before {
        tally(&mut tallies, before, -1);
    }
    tally(&mut tallies, after, 1);
    tallies.retain(|_, sums| *sums != Sums::default());
    tallies
}

/// The instant at or before another one where an hour begins (in UTC).
pub(crate) fn hour_of(at: Timestamp) -> Timestamp {
    mesh_core::clock::from_micros(floor(at.as_microsecond(), HOUR))
}

/// The next multiple of a width at or below a number.
pub(crate) const fn floor(micros: i64, width: i64) -> i64 {
    micros - micros.rem_euclid(width)
}

/// Whole seconds from one instant to a later one.
fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().max(0)
}

#[cfg(test)]
mod tests;
