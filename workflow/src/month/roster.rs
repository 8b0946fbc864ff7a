//! The agents of the month: when they work, what they have, and whose turn it is.
//!
//! What routing believes of an agent's work and shift is held against a count of the tickets and the wall clock of the agent's zone.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proto::{
    tickets::v1::Source,
    workflow::v1::{AgentProfile, Calendar as WireCalendar, Presence, RoutingMethod, Shift, WorkingSpan},
};

use super::{
    HOUR, MINUTE,
    agenda::{Agenda, Due},
    life::{Life, needs_agent},
};
use crate::{
    profile::Profile,
    routing::{Candidate, Question, Terms, Units, decide, stride},
    run::Run,
    shift::{Duty, Hours},
    sla::calendar::Calendar,
};

pub(super) const AGENTS: usize = 60;
pub(super) const QUEUES: usize = 3;
const ZONES: [&str; 3] = ["Europe/Berlin", "America/New_York", "Asia/Tokyo"];
/// Weekdays and hours: early, late, at weekends.
const SHIFTS: [(std::ops::RangeInclusive<i32>, i32, i32); 3] =
    [(1..=5, 6, 14), (1..=5, 14, 22), (6..=7, 8, 18)];
const QUARTER: i64 = 15 * MINUTE;

pub(super) fn id(agent: usize) -> String {
    format!("usr_{agent:02}")
}

pub(super) fn index(id: &str) -> usize {
    id.trim_start_matches("usr_").parse().expect("an agent")
}

/// Where somebody works: agents of a queue are in every zone.
const fn zone(agent: usize) -> usize {
    agent / QUEUES % ZONES.len()
}

const fn shift(agent: usize) -> usize {
    agent / (QUEUES * ZONES.len()) % SHIFTS.len()
}

fn calendar(zone: usize, shift: usize) -> WireCalendar {
    let (days, from, to) = SHIFTS[shift].clone();
    let span = |weekday| WorkingSpan { weekday, from_minute: from * 60, to_minute: to * 60 };
    WireCalendar {
        id: format!("cal_{zone}_{shift}"),
        time_zone: ZONES[zone].into(),
        spans: days.map(span).collect(),
        ..WireCalendar::default()
    }
}

/// Whether somebody is to work, by the wall clock.
fn works_at(agent: usize, now: Timestamp) -> bool {
    let time = TimeZone::get(ZONES[zone(agent)]).expect("a zone").to_datetime(now);
    let (days, from, to) = &SHIFTS[shift(agent)];
    let weekday = i32::from(time.weekday().to_monday_one_offset());
    days.contains(&weekday) && (*from..*to).contains(&i32::from(time.hour()))
}

/// What waits in a queue: the most urgent first, then the longest.
type Line = BTreeSet<(Reverse<i32>, Timestamp, usize)>;

/// Everybody who works.
pub(super) struct Roster {
    /// By queue; the agent of a place is place times queues plus queue.
    candidates: [Vec<Candidate>; QUEUES],
    profiles: Vec<Profile>,
    hours: Hours,
    /// The quarter of an hour in which shifts were looked at last; they begin and end with one.
    looked_at: [i64; QUEUES],
    lines: [Line; QUEUES],
    turns: [i64; QUEUES],
    /// Tickets each agent has.
    held: Vec<BTreeSet<usize>>,
    /// Of those, tickets that need the agent.
    needed: Vec<BTreeSet<usize>>,
    /// How often somebody who said to be here was passed over for being off shift.
    pub(super) passed_over_off_shift: usize,
}

impl Roster {
    pub(super) fn new() -> Self {
        let profile = |agent: usize| {
            let calendar_id = format!("cal_{}_{}", zone(agent), shift(agent));
            let capacity = i32::try_from(6 + agent % 7).expect("a capacity");
            Profile(AgentProfile { capacity, shifts: vec![Shift { calendar_id }], ..AgentProfile::default() })
        };
        let profiles: Vec<_> = (0..AGENTS).map(profile).collect();
        let calendars =
            (0..ZONES.len()).flat_map(|zone| (0..SHIFTS.len()).map(move |shift| calendar(zone, shift)));
        let hours = Hours::of_calendars(calendars.map(|sent| Calendar::new(&sent)));
        let of_queue = |queue: usize| {
            (queue..AGENTS).step_by(QUEUES).map(|agent| candidate(agent, &profiles[agent])).collect()
        };
        Self {
            candidates: [of_queue(0), of_queue(1), of_queue(2)],
            hours,
            looked_at: [-1; QUEUES],
            lines: [Line::new(), Line::new(), Line::new()],
            turns: [1; QUEUES],
            held: vec![BTreeSet::new(); AGENTS],
            needed: vec![BTreeSet::new(); AGENTS],
            passed_over_off_shift: 0,
            profiles,
        }
    }

    fn agent(&mut self, agent: usize) -> &mut Candidate {
        &mut self.candidates[agent % QUEUES][agent / QUEUES]
    }

    /// A shift begins: the agent comes, may go for a while, and mostly goes in time. The next one is planned as the service does.
    pub(super) fn plan(&mut self, agent: usize, now: Timestamp, agenda: &mut Agenda) {
        if self.hours.duty(&self.profiles[agent], now) == Duty::On {
            let (_, from, to) = &SHIFTS[shift(agent)];
            let length = i64::from(to - from) * HOUR;
            agenda.within(0, 20 * MINUTE, Due::Presence(agent, Presence::Online));
            if agenda.below(3) == 0 {
                agenda.within(2 * HOUR, 3 * HOUR, Due::Presence(agent, Presence::Away));
                agenda.within(3 * HOUR, 4 * HOUR, Due::Presence(agent, Presence::Online));
            }
            // Some forget to say that they go.
            if agenda.below(4) > 0 {
                agenda.within(length - 10 * MINUTE, length + HOUR, Due::Presence(agent, Presence::Offline));
            }
        }
        if let Some(begin) = self.hours.next_shift(&self.profiles[agent], now) {
            agenda.at(begin, Due::Shift(agent));
        }
    }

    pub(super) fn set_presence(&mut self, agent: usize, presence: Presence) {
        self.agent(agent).presence = presence;
    }

    /// When an agent who is off shift works again.
    pub(super) fn off_until(&self, agent: usize, now: Timestamp) -> Option<Timestamp> {
        match self.hours.duty(&self.profiles[agent], now) {
            Duty::On => None,
            Duty::Off(until) => Some(until.expect("everybody works every week")),
        }
    }

    /// Who is on shift now, of those a queue asks.
    pub(super) fn look_at_the_clock(&mut self, queue: usize, now: Timestamp) {
        let quarter = now.as_second() / QUARTER;
        if std::mem::replace(&mut self.looked_at[queue], quarter) == quarter {
            return;
        }
        for (place, candidate) in self.candidates[queue].iter_mut().enumerate() {
            candidate.duty = self.hours.duty(&self.profiles[place * QUEUES + queue], now);
        }
    }

    pub(super) fn enqueue(&mut self, queue: usize, number: usize, run: &Run) {
        let since = run.queued_at.expect("it waits");
        assert!(
            self.lines[queue].insert((Reverse(run.facts.priority.into()), since, number)),
            "it waited already"
        );
    }

    pub(super) fn waiting(&self, queue: usize) -> Vec<usize> {
        self.lines[queue].iter().map(|(_, _, number)| *number).collect()
    }

    pub(super) fn has_somebody(&self, queue: usize, now: Timestamp) -> bool {
        self.candidates[queue].iter().any(|agent| agent.takes_work(now))
    }

    /// Whom routing would give a waiting ticket.
    pub(super) fn choose(&mut self, queue: usize, life: &Life, now: Timestamp) -> Option<usize> {
        let since = life.run.queued_at.expect("it waits");
        let question = Question {
            now,
            waited: now.duration_since(since),
            requester_id: &life.run.facts.requester_id,
            gave_back: &life.gave_back,
            avoid: None,
            known_to: &[],
            units: 1,
            source: Source::Portal,
        };
        let method = [RoutingMethod::RoundRobin, RoutingMethod::LeastLoaded, RoutingMethod::MostSpare][queue];
        let terms = Terms { method, needs: vec![], tiers: vec![] };
        let decision = decide(&terms, &question, &self.candidates[queue]);
        let off = |agent: &&Candidate| agent.presence == Presence::Online && agent.duty != Duty::On;
        self.passed_over_off_shift += self.candidates[queue].iter().filter(off).count();
        decision.chosen.as_deref().map(index)
    }

    /// Routing gives a ticket to somebody, or somebody gives it back.
    pub(super) fn give(
        &mut self,
        number: usize,
        before: &Run,
        after: &Run,
        to: Option<usize>,
        now: Timestamp,
    ) {
        if let Some(from) = before.assignee.as_deref().map(index) {
            assert!(self.held[from].remove(&number), "whoever has it has it");
            self.leave(from, number);
        }
        let Some(agent) = to else { return self.enqueue(number % QUEUES, number, after) };
        let queue = agent % QUEUES;
        let since = before.queued_at.expect("only what waits is given");
        assert!(self.lines[queue].remove(&(Reverse(before.facts.priority.into()), since, number)));
        assert!(self.held.iter().all(|held| !held.contains(&number)), "nobody else has it");
        assert!(works_at(agent, now), "{} at {now}", id(agent));
        self.held[agent].insert(number);
        self.take(agent, number);
        let most = self.agent(agent).capacity.total;
        let has = i64::try_from(self.needed[agent].len()).expect("a number");
        assert!(has <= most, "{} has {has}, and {most} at most", id(agent));
        let turn = self.turns[queue];
        self.turns[queue] += 1;
        let candidate = self.agent(agent);
        candidate.turn = turn;
        candidate.pass += stride(candidate.weight);
        candidate.last_assigned_at = Some(now);
    }

    /// A ticket goes on: it needs its agent no longer, or again.
    pub(super) fn follow(&mut self, number: usize, before: &Run, after: &Run) {
        let Some(agent) = after.assignee.as_deref().map(index) else { return };
        match (needs_agent(before), needs_agent(after)) {
            (true, false) => self.leave(agent, number),
            (false, true) => self.take(agent, number),
            _ => {}
        }
    }

    fn take(&mut self, agent: usize, number: usize) {
        assert!(self.needed[agent].insert(number));
        self.agent(agent).work.add(Source::Portal, 1);
    }

    fn leave(&mut self, agent: usize, number: usize) {
        if self.needed[agent].remove(&number) {
            self.agent(agent).work.add(Source::Portal, -1);
        }
    }

    /// At the end of the month, too, everybody has what the tickets say.
    pub(super) fn check_holders(&self, lives: &[Life]) {
        let mut held: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (number, life) in lives.iter().enumerate() {
            if let Some(agent) = life.run.assignee.as_deref() {
                held.entry(index(agent)).or_default().insert(number);
            }
        }
        for (agent, numbers) in held {
            assert_eq!(self.held[agent], numbers);
        }
    }
}

fn candidate(agent: usize, profile: &Profile) -> Candidate {
    Candidate {
        user_id: id(agent),
        presence: Presence::Offline,
        joins_after: SignedDuration::ZERO,
        duty: Duty::On,
        away_until: None,
        delegate_id: String::new(),
        skills: BTreeMap::new(),
        capacity: profile.capacity(),
        work: Units::default(),
        weight: 1,
        pass: 0,
        turn: 0,
        last_assigned_at: None,
    }
}
