//! A month of a help desk on the pure core: 20,000 tickets, 60 agents in three zones, and clocks that change in two of them.
//!
//! Engine, routing, shifts, service levels and the sums of reports are asked what the service asks them, in the order of a manual
//! clock, without a database: through the public face so many tickets would take minutes. What the database adds, claims by version and
//! jobs, is under test with a smaller month in `tests/workflow/month.rs`.

mod agenda;
mod life;
mod roster;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proto::{
    tickets::v1::{Priority, WaitReason},
    workflow::v1::{
        AssigneeChanged, AssignmentOrigin, RunStarted, Signal, run_history_entry::Change as What,
    },
};

use crate::{
    engine::{self, Around, Press, Rung, Standing, Step},
    measure::{Tallies, tally},
};
use agenda::{Agenda, Due};
use life::{Ground, Life};
use roster::{AGENTS, QUEUES, Roster};

const TICKETS: usize = 20_000;
/// 2026-03-01T00:00Z, a Sunday. New York changes its clocks on the 8th, Berlin on the 29th.
const BEGIN: i64 = 1_772_323_200;
const DAYS: i64 = 31;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// The help desk.
struct Month {
    ground: Ground,
    roster: Roster,
    lives: Vec<Life>,
    agenda: Agenda,
    tallies: Tallies,
    now: Timestamp,
}

impl Month {
    fn begin() -> Self {
        let begin = Timestamp::from_second(BEGIN).expect("an instant");
        let mut agenda = Agenda::new(begin);
        for _ in 0..TICKETS {
            agenda.within(0, DAYS * 24 * HOUR, Due::File);
        }
        for agent in 0..AGENTS {
            agenda.within(0, 1, Due::Shift(agent));
        }
        let (ground, roster) = (Ground::new(), Roster::new());
        Self {
            ground,
            roster,
            lives: Vec::with_capacity(TICKETS),
            agenda,
            tallies: Tallies::new(),
            now: begin,
        }
    }

    /// Lives it to the end.
    fn pass(&mut self) {
        let end = Timestamp::from_second(BEGIN + DAYS * 24 * HOUR).expect("an instant");
        while let Some((at, due)) = self.agenda.next().filter(|(at, _)| *at < end) {
            self.now = at;
            match due {
                Due::File => self.file(),
                Due::Act(index) => self.act(index),
                Due::Answer(index) => self.answer(index),
                Due::Ring(index, staged_at) => self.ring(index, staged_at),
                Due::Shift(agent) => self.roster.plan(agent, at, &mut self.agenda),
                Due::Presence(agent, presence) => {
                    self.roster.set_presence(agent, presence);
                    self.drain(agent % QUEUES);
                }
            }
        }
        self.now = end;
    }

    fn file(&mut self) {
        let priority =
            [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent][self.agenda.below(4)];
        let number = self.lives.len();
        let queue = number % QUEUES;
        let mut life = Life::begin(&self.ground, number, queue, priority, self.now);
        let stage_key = life.run.stage.clone();
        let started = What::Started(RunStarted { stage_key, ..RunStarted::default() });
        life.change(&self.ground, life.run.clone(), started, self.now, &mut self.tallies);
        self.lives.push(life);
        self.roster.enqueue(queue, number, &self.lives[number].run);
        self.drain(queue);
    }

    /// Gives out what waits, as long as anybody takes anything; then nothing is left that somebody could take.
    fn drain(&mut self, queue: usize) {
        self.roster.look_at_the_clock(queue, self.now);
        for number in self.roster.waiting(queue) {
            if !self.roster.has_somebody(queue, self.now) {
                return;
            }
            if let Some(agent) = self.roster.choose(queue, &self.lives[number], self.now) {
                self.hand(number, Some(agent), AssignmentOrigin::Routed);
                self.agenda.within(10 * MINUTE, 4 * HOUR, Due::Act(number));
            }
        }
    }

    /// Somebody else has it from now on, or nobody.
    fn hand(&mut self, number: usize, agent: Option<usize>, origin: AssignmentOrigin) {
        let life = &mut self.lives[number];
        let to = agent.map(roster::id);
        let changed = AssigneeChanged {
            from_id: life.run.assignee.clone().unwrap_or_default(),
            to_id: to.clone().unwrap_or_default(),
            origin: origin.into(),
            ..AssigneeChanged::default()
        };
        let mut run = life.run.clone();
        run.give_to(to.as_deref(), self.now);
        self.roster.give(number, &life.run, &run, agent, self.now);
        life.change(&self.ground, run, What::AssigneeChanged(changed), self.now, &mut self.tallies);
    }

    /// Whoever has a ticket does something about it, if it is still his to do; off shift that waits for the next one.
    fn act(&mut self, number: usize) {
        let life = &self.lives[number];
        let Some(agent) = life.run.assignee.as_deref().map(roster::index).filter(|_| life.needs_its_agent())
        else {
            return;
        };
        if let Some(begin) = self.roster.off_until(agent, self.now) {
            let wait = begin.duration_since(self.now).as_secs();
            self.agenda.within(wait, wait + HOUR, Due::Act(number));
            return;
        }
        match self.agenda.below(100) {
            0..3 => {
                self.lives[number].gave_back.push(roster::id(agent));
                self.hand(number, None, AssignmentOrigin::Released);
            }
            3..25 => self.press(number, "ask", WaitReason::Requester),
            25..32 => self.press(number, "hold", WaitReason::UntilDate),
            _ => self.press(number, "resolve", WaitReason::Unspecified),
        }
        self.drain(agent % QUEUES);
    }

    fn press(&mut self, number: usize, transition: &str, wait_reason: WaitReason) {
        let run = &self.lives[number].run;
        let hours = i64::try_from(4 + self.agenda.below(44)).expect("some hours");
        let until = self.now + SignedDuration::from_hours(hours);
        let press = Press {
            transition,
            has_comment: true,
            wait_reason,
            wait_until: (wait_reason == WaitReason::UntilDate).then_some(until),
            inputs: &[],
        };
        let standing = Standing { agent: true, requester: false, assignee: true };
        let around = Around { caller: run.assignee.as_deref(), ..Around::alone(self.now) };
        let step = engine::press(&self.ground.definition, run, standing, &press, around);
        self.step(number, step.expect("an agent may do that"));
        let answers = match transition {
            "ask" => 90,
            "resolve" => 8,
            _ => 0,
        };
        if self.agenda.below(100) < answers {
            self.agenda.within(HOUR, 70 * HOUR, Due::Answer(number));
        }
    }

    /// The requester says something.
    fn answer(&mut self, number: usize) {
        let run = &self.lives[number].run;
        let step = engine::signal(&self.ground.definition, run, Signal::RequesterReplied, self.now);
        if let Some(step) = step {
            self.step(number, step);
        }
    }

    /// Time is over where a run has stood all the time.
    fn ring(&mut self, number: usize, staged_at: Timestamp) {
        let run = &self.lives[number].run;
        if run.staged_at != staged_at {
            return;
        }
        let due = engine::alarms(&self.ground.definition, run).into_iter().find(|alarm| alarm.at <= self.now);
        let rung = due.and_then(|alarm| {
            engine::ring(&self.ground.definition, run, alarm.transition.as_deref(), self.now)
        });
        if let Some(Rung::Step(step)) = rung {
            self.step(number, *step);
        }
    }

    /// A run goes on, and what follows from where it is then is put on the agenda.
    fn step(&mut self, number: usize, step: Step) {
        let life = &mut self.lives[number];
        let Step { run, moved, .. } = step;
        self.roster.follow(number, &life.run, &run);
        life.change(&self.ground, run, What::Moved(moved), self.now, &mut self.tallies);
        let (run, queue) = (life.run.clone(), number % QUEUES);
        for alarm in engine::alarms(&self.ground.definition, &run) {
            self.agenda.at(alarm.at, Due::Ring(number, run.staged_at));
        }
        if run.queued_at.is_some() {
            self.roster.enqueue(queue, number, &run);
            self.drain(queue);
        } else if life.needs_its_agent() {
            self.agenda.within(10 * MINUTE, 4 * HOUR, Due::Act(number));
        }
    }
}

#[test]
fn a_month_with_twenty_thousand_tickets_keeps_every_promise_of_the_core() {
    let mut month = Month::begin();
    month.pass();
    assert_eq!(month.lives.len(), TICKETS);
    let mut recounted = Tallies::new();
    for life in &month.lives {
        life.check_history(&month.ground);
        tally(&mut recounted, &life.replayed(&month.ground), 1);
    }
    month.tallies.retain(|_, sums| *sums != crate::measure::Sums::default());
    recounted.retain(|_, sums| *sums != crate::measure::Sums::default());
    assert!(month.tallies == recounted, "the sums of reports are those of the histories");
    month.roster.check_holders(&month.lives);

    // A month in which nothing happens proves nothing.
    let count = |key: &str| month.lives.iter().filter(|life| life.run.stage == key).count();
    let by_stage: BTreeMap<_, _> =
        ["new", "open", "pending", "on_hold", "resolved", "closed"].map(|key| (key, count(key))).into();
    assert!(by_stage["closed"] > TICKETS / 2, "{by_stage:?}");
    let stood: usize = month.lives.iter().map(|life| life.stood_still).sum();
    assert!(stood > TICKETS / 20, "{stood} clocks stood still and went on");
    assert!(month.roster.passed_over_off_shift > 1_000, "{}", month.roster.passed_over_off_shift);
}
