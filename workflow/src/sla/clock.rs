//! One clock: time used is added up whenever something happens, and from that follows when it is over.
//!
//! Invariant: `spent` is the time used up to `mark`; a running clock is due where what is left of its target is over from `mark` on, a
//! standing one never. An event costs the same however long the ticket's story is.

use jiff::Timestamp;
use mesh_core::clock::to_proto;
use proto::workflow::v1::{self as wire, ClockState, SlaMetric};

use super::{
    calendar::{Calendar, Pace},
    policy::duration,
};

/// Where a clock stands, but for whether its target is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Running,
    Paused,
    /// Over; met when the target was not used up.
    Closed,
    /// Nothing is promised any more.
    Cancelled,
}

/// What was promised, and by what it is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) policy_id: String,
    pub(crate) policy_version: i32,
    pub(crate) calendar_id: String,
    pub(crate) calendar_version: i32,
    /// Microseconds at its pace.
    pub(crate) target: i64,
    pub(crate) pace: Pace,
    /// Time used at which people are told, in order; the target is the last.
    pub(crate) bells: Vec<i64>,
}

/// One metric running on one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// `clk_…`.
    pub(crate) id: String,
    /// Grows by one with every saved change; 0 before the first.
    pub(crate) version: i64,
    pub(crate) ticket_id: String,
    pub(crate) metric: SlaMetric,
    /// Counts the turns of its metric, from 1.
    pub(crate) instance: i32,
    pub(crate) phase: Phase,
    pub(crate) terms: Terms,
    /// The moment it began with.
    pub(crate) since: i64,
    /// Time used already when it began.
    pub(crate) carried: i64,
    pub(crate) started_at: Timestamp,
    /// Time used up to `mark`.
    pub(crate) spent: i64,
    pub(crate) mark: Timestamp,
    pub(crate) due: Option<Timestamp>,
    /// When its target was used up.
    pub(crate) missed_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
    /// Up to which bell people were told.
    pub(crate) told: i64,
}

impl Terms {
    /// Whether clocks run by both alike, whatever their versions.
    pub(crate) fn same_promise(&self, other: &Self) -> bool {
        (self.target, self.pace, &self.calendar_id, &self.bells)
            == (other.target, other.pace, &other.calendar_id, &other.bells)
    }
}

impl Clock {
    /// Whether it goes on as another one does: what differs is only up to when its time was added up.
    pub(crate) fn goes_on_as(&self, other: &Self) -> bool {
        let fixed = |clock: &Self| Self { spent: 0, mark: other.mark, missed_at: None, ..clock.clone() };
        self.is_open() && fixed(self) == fixed(other)
    }

    /// Whether something can still become of it.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Paused)
    }

    /// Whether the target was used up by `mark`.
    pub(crate) const fn is_missed(&self) -> bool {
        self.spent >= self.terms.target
    }

    /// Adds up to an instant.
    pub(crate) fn run_to(&mut self, at: Timestamp, calendar: &Calendar) {
        if self.phase == Phase::Running {
            let left = self.terms.target - self.spent;
            self.spent += calendar.measure(self.terms.pace, self.mark, at);
            if self.is_missed() && self.missed_at.is_none() {
                self.missed_at = calendar.project(self.terms.pace, self.mark, left);
            }
        }
        if self.is_open() {
            self.mark = self.mark.max(at);
        }
    }

    /// Works out when it is over.
    pub(crate) fn aim(&mut self, calendar: &Calendar) {
        let left = self.terms.target - self.spent;
        self.due = match self.phase {
            Phase::Running if left <= 0 => Some(*self.missed_at.get_or_insert(self.mark)),
            Phase::Running => calendar.project(self.terms.pace, self.mark, left),
            Phase::Paused | Phase::Closed | Phase::Cancelled => None,
        };
    }

    /// Goes on under other terms with the time it has used. What it told stays told: a warning that lies behind it is passed over, that
    /// the target is used up is not.
    pub(crate) fn take_terms(&mut self, terms: Terms) {
        let told = self.terms.bells.iter().filter(|bell| **bell <= self.told).count();
        let warnings = terms.bells.split_last().map_or(&[][..], |(_, warnings)| warnings);
        let passed = warnings.iter().filter(|bell| **bell <= self.spent).count();
        self.told = warnings[..told.max(passed).min(warnings.len())].last().copied().unwrap_or_default();
        self.terms = terms;
    }

    /// As it was when it began, to hear its moments again.
    pub(crate) fn rewound(&self, at: Timestamp) -> Self {
        Self {
            phase: Phase::Running,
            started_at: if self.carried == 0 { at } else { self.started_at },
            spent: self.carried,
            mark: at,
            due: None,
            missed_at: None,
            closed_at: None,
            ..self.clone()
        }
    }

    /// Ends it where it stands.
    pub(crate) fn close(&mut self, phase: Phase, at: Timestamp) {
        self.phase = phase;
        self.closed_at = Some(at);
        self.due = None;
    }

    /// The next bell and when it rings; bells that should have rung ring at once.
    pub(crate) fn next_bell(&self, calendar: &Calendar) -> Option<(i64, Timestamp)> {
        if self.phase != Phase::Running {
            return None;
        }
        let bell = self.terms.bells.iter().copied().find(|bell| *bell > self.told)?;
        Some((bell, calendar.project(self.terms.pace, self.mark, bell - self.spent)?))
    }

    /// The clock as it is at `now`.
    pub(crate) fn at(&self, now: Timestamp, calendar: &Calendar) -> Self {
        let mut clock = self.clone();
        clock.run_to(now, calendar);
        clock
    }

    /// The state for the wire, of a clock as it is now.
    pub(crate) const fn state(&self) -> ClockState {
        match (self.phase, self.is_missed()) {
            (Phase::Cancelled, _) => ClockState::Cancelled,
            (Phase::Closed, true) => ClockState::MissedClosed,
            (Phase::Closed, false) => ClockState::Met,
            (_, true) => ClockState::MissedOpen,
            (Phase::Running, false) => ClockState::Running,
            (Phase::Paused, false) => ClockState::Paused,
        }
    }

    /// The clock as it is now for the wire.
    pub(crate) fn to_proto(&self) -> wire::Clock {
        let over = self.spent - self.terms.target;
        wire::Clock {
            id: self.id.clone(),
            ticket_id: self.ticket_id.clone(),
            metric: self.metric.into(),
            instance: self.instance,
            state: self.state().into(),
            policy_id: self.terms.policy_id.clone(),
            policy_version: self.terms.policy_version,
            calendar_id: self.terms.calendar_id.clone(),
            calendar_version: self.terms.calendar_version,
            target: Some(duration(self.terms.target)),
            spent: Some(duration(self.spent)),
            start_time: Some(to_proto(self.started_at)),
            due_time: self.due.map(to_proto),
            fulfil_time: self.closed_at.filter(|_| self.phase == Phase::Closed).map(to_proto),
            overrun: (over > 0).then(|| duration(over)),
        }
    }
}
