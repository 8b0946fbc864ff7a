//! One ticket of the month: its run with its history, its clocks, and what it adds to reports.
//!
//! Every change is checked as it is made.

use std::{cell::Cell, collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use mesh_core::{clock, rule::Schema};
use proto::{
    tickets::v1::{Priority, Status, Ticket as Wire},
    workflow::v1::{
        Calendar as WireCalendar, RunHistoryEntry, SlaMetric, SlaPolicy, SlaTarget, WorkingSpan,
        run_history_entry::Change as What,
    },
};

use crate::{
    definition::Definition,
    measure::{Marks, Measured, Tallies, difference},
    measuring::replay,
    period::Periods,
    run::{Facts, Run, is_done},
    simple,
    sla::{
        book::Book,
        calendar::Calendar,
        clock::{Clock, Phase},
        moment::{Event, Moment, State},
        policy::Policy,
        projection::Ticket,
    },
};

const POLICY: &str = "pol_1";
const CALENDAR: &str = "cal_desk";
/// One ticket in so many is promised anything: rules of clocks are asked often, and slowly where nothing is optimised.
const PROMISED: usize = 4;

/// The workflow tickets walk, and what is promised.
pub(super) struct Ground {
    pub(super) definition: Definition,
    book: Book,
}

impl Ground {
    pub(super) fn new() -> Self {
        let (close_after, reopen_within) = (Duration::from_hours(72), Duration::from_hours(336));
        let periods = Periods { close_after, reopen_within, away_after: Duration::ZERO };
        let live = simple::versions().pop().expect("there is a version");
        let definition = Definition::new(periods.fill_in(live)).expect("Simple is a definition");
        let span = |weekday| WorkingSpan { weekday, from_minute: 8 * 60, to_minute: 20 * 60 };
        let hours = WireCalendar {
            id: CALENDAR.into(),
            time_zone: "Europe/Berlin".into(),
            spans: (1..=7).map(span).collect(),
            ..WireCalendar::default()
        };
        let policy = SlaPolicy {
            id: POLICY.into(),
            calendar_id: CALENDAR.into(),
            targets: vec![target(SlaMetric::AgentWork, 8), target(SlaMetric::Resolution, 24)],
            enabled: true,
            ..SlaPolicy::default()
        };
        let policies = vec![Policy::read(policy, &Schema::new([])).expect("a policy")];
        let calendars = BTreeMap::from([(CALENDAR.to_owned(), Calendar::new(&hours))]);
        Self { definition, book: Book { policies, calendars } }
    }
}

fn target(metric: SlaMetric, hours: i64) -> SlaTarget {
    SlaTarget {
        metric: metric.into(),
        target: Some(prost_types::Duration { seconds: hours * 3_600, nanos: 0 }),
        ..SlaTarget::default()
    }
}

/// A ticket.
pub(super) struct Life {
    pub(super) run: Run,
    pub(super) gave_back: Vec<String>,
    /// How often one of its clocks stood still and went on.
    pub(super) stood_still: usize,
    policy_id: &'static str,
    history: Vec<RunHistoryEntry>,
    moments: Vec<Moment>,
    /// The latest of each metric.
    clocks: Vec<Clock>,
    /// When clocks that stand still were due before.
    due_before: BTreeMap<String, Timestamp>,
    measured: Option<Measured>,
}

impl Life {
    pub(super) fn begin(
        ground: &Ground,
        number: usize,
        queue: usize,
        priority: Priority,
        now: Timestamp,
    ) -> Self {
        let sent = Wire {
            id: format!("tkt_{number}"),
            number: format!("TX-{number}"),
            department_id: format!("dep_{queue}"),
            requester_id: format!("usr_requester_{}", number % 5_000),
            priority: priority.into(),
            create_time: Some(clock::to_proto(now)),
            ..Wire::default()
        };
        let facts = Facts::of(&sent, 1);
        let run = Run::start(format!("run_{number}"), &ground.definition, facts, format!("que_{queue}"), now);
        Self {
            run,
            gave_back: vec![],
            stood_still: 0,
            policy_id: if number.is_multiple_of(PROMISED) { POLICY } else { "" },
            history: vec![],
            moments: vec![],
            clocks: vec![],
            due_before: BTreeMap::new(),
            measured: None,
        }
    }

    /// Whether there is something to do for whoever has it.
    pub(super) fn needs_its_agent(&self) -> bool {
        needs_agent(&self.run) && self.run.assignee.is_some()
    }

    /// Something happens to it.
    pub(super) fn change(
        &mut self,
        ground: &Ground,
        run: Run,
        what: What,
        now: Timestamp,
        tallies: &mut Tallies,
    ) {
        let before = std::mem::replace(&mut self.run, run);
        self.run.version = before.version + 1;
        self.check_stage(ground);
        self.tell(ground, &before, &what, now);
        let mut after = self.measured.clone().unwrap_or_else(|| Measured::begin(&self.run));
        after.follow(&self.run, Marks::of([&what]));
        for (place, sums) in difference(self.measured.as_ref(), &after) {
            tallies.entry(place).or_default().add(&sums, 1);
        }
        self.measured = Some(after);
        let time = Some(clock::to_proto(now));
        self.history.push(RunHistoryEntry { time, change: Some(what), ..RunHistoryEntry::default() });
    }

    /// It is in one stage, and what else it says of itself agrees with that.
    fn check_stage(&self, ground: &Ground) {
        let run = &self.run;
        let stages = ground.definition.stages().iter().filter(|stage| stage.key == run.stage);
        let stages: Vec<_> = stages.collect();
        let [stage] = stages[..] else { panic!("one stage, not {}: {}", stages.len(), run.stage) };
        assert_eq!((stage.category(), stage.end), (run.category, !run.is_open()));
        assert!(run.visited.contains(&run.stage));
        assert_eq!(run.queued_at.is_some(), needs_agent(run) && run.assignee.is_none(), "{run:?}");
    }

    /// Its clocks hear of it.
    fn tell(&mut self, ground: &Ground, before: &Run, what: &What, now: Timestamp) {
        let event = match what {
            What::Started(_) => Event::Created,
            What::Moved(_) if is_done(before.category) && !is_done(self.run.category) => Event::Reopened,
            What::Moved(_) => Event::Moved,
            What::AssigneeChanged(changed) if changed.to_id.is_empty() => Event::Released,
            _ => Event::Assigned,
        };
        self.moments.push(Moment {
            seq: i64::try_from(self.moments.len()).expect("a number") + 1,
            at: now,
            event,
            state: State::of(&self.run, &ground.definition, false),
            policy_id: self.policy_id.into(),
            cause: String::new(),
            since: None,
        });
        let next = Cell::new(self.moments.len() * 10);
        let ids = || format!("clk_{}", next.replace(next.get() + 1));
        let ticket = Ticket { id: &self.run.facts.ticket_id, latest: &self.clocks, ids: &ids };
        for clock in ticket.follow(&ground.book, &self.moments, 1) {
            self.put(clock);
        }
    }

    /// A clock has changed: one that stood still is due no earlier than before.
    fn put(&mut self, clock: Clock) {
        let known = self.clocks.iter().position(|known| known.metric == clock.metric);
        let before = known.map(|index| &self.clocks[index]).filter(|before| before.id == clock.id);
        match (before.map(|before| (before.phase, before.due)), clock.phase) {
            (Some((Phase::Running, Some(due))), Phase::Paused) => {
                self.due_before.insert(clock.id.clone(), due);
            }
            (Some((Phase::Paused, _)), Phase::Running) => {
                let due = clock.due.expect("a running clock is due");
                let before = self.due_before.remove(&clock.id);
                assert!(before.is_none_or(|before| before <= due), "{before:?} was moved to {due}");
                self.stood_still += 1;
            }
            _ => {}
        }
        match known {
            Some(index) if self.clocks[index].instance <= clock.instance => self.clocks[index] = clock,
            Some(_) => {}
            None => self.clocks.push(clock),
        }
    }

    /// Nobody gets what somebody else has, and every move begins where the one before ended.
    pub(super) fn check_history(&self, ground: &Ground) {
        let (mut holder, mut stage) = ("", ground.definition.start().key.as_str());
        for entry in &self.history {
            match entry.change.as_ref().expect("something happened") {
                What::AssigneeChanged(changed) => {
                    assert_eq!(changed.from_id, holder);
                    assert!(holder.is_empty() || changed.to_id.is_empty(), "it was given twice");
                    holder = &changed.to_id;
                }
                What::Moved(moved) => {
                    assert_eq!(moved.from_stage_key, stage);
                    stage = &moved.to_stage_key;
                }
                _ => {}
            }
        }
        assert_eq!(
            (self.run.assignee.as_deref().unwrap_or_default(), self.run.stage.as_str()),
            (holder, stage)
        );
    }

    /// What its history says of it, which is what was kept along the way.
    pub(super) fn replayed(&self, ground: &Ground) -> Measured {
        let measured = self.measured.as_ref().expect("it was measured");
        let replayed = replay(&ground.definition, &self.run, &self.history, Some(measured));
        assert_eq!(replayed, *measured);
        replayed
    }
}

/// Whether a run needs an agent now.
pub(super) fn needs_agent(run: &Run) -> bool {
    run.is_open() && matches!(run.category, Status::New | Status::Open)
}
