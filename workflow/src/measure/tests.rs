//! Tallies under every sequence of what can happen to tickets, against a count of the tickets as they ended up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mesh_core::clock;
use proptest::prelude::*;
use proto::{
    tickets::v1::{Priority, Satisfaction, Ticket},
    workflow::v1::{
        AssigneeChanged, AssignmentOrigin, EndReason, RunEnded, RunHistoryEntry, RunStarted, StageMoved,
        run_history_entry::Change as What,
    },
};

use super::{Column, DAY, Dimension, HOUR, Marks, Measured, Place, Sums, Tallies, difference, floor, length};
use crate::{
    definition::Definition,
    measuring::replay,
    period::Periods,
    run::{Facts, Run, is_done},
    simple,
};

/// Something that happens to the ticket of an index.
#[derive(Clone, Debug)]
enum Deed {
    Move(usize),
    Give(u8),
    HandOn(AssignmentOrigin),
    Relocate(u8),
    Answer,
    Rate(i32),
    Sort(u8),
    Park,
    Resume,
    Delete,
}

fn deed() -> impl Strategy<Value = Deed> {
    let handed = [AssignmentOrigin::Transferred, AssignmentOrigin::Escalated, AssignmentOrigin::Routed];
    prop_oneof![
        6 => (0_usize..8).prop_map(Deed::Move),
        1 => (0_u8..3).prop_map(Deed::Give),
        1 => prop::sample::select(handed.to_vec()).prop_map(Deed::HandOn),
        1 => (0_u8..3).prop_map(Deed::Relocate),
        2 => Just(Deed::Answer),
        1 => (1_i32..=5).prop_map(Deed::Rate),
        1 => (0_u8..3).prop_map(Deed::Sort),
        1 => Just(Deed::Park),
        1 => Just(Deed::Resume),
        1 => Just(Deed::Delete),
    ]
}

/// A ticket with its run, what is known of it, and its history.
struct Life {
    run: Run,
    ticket: Ticket,
    measured: Measured,
    history: Vec<RunHistoryEntry>,
}

fn definition() -> Definition {
    let periods = Periods {
        close_after: Duration::from_hours(2),
        reopen_within: Duration::from_hours(5),
        away_after: Duration::ZERO,
    };
    let live = simple::versions().pop().expect("there is a version");
    Definition::new(periods.fill_in(live)).expect("Simple is a definition")
}

impl Life {
    fn begin(definition: &Definition, number: usize, now: Timestamp, tallies: &mut Tallies) -> Self {
        let ticket = Ticket {
            id: format!("tkt_{number}"),
            number: format!("TX-{}", 1001 + number),
            department_id: "dep_0".into(),
            priority: Priority::Normal.into(),
            create_time: Some(clock::to_proto(now)),
            ..Ticket::default()
        };
        let run = Run::start(format!("run_{number}"), definition, Facts::of(&ticket, 1), "que_1".into(), now);
        let measured = Measured::begin(&run);
        add(tallies, &difference(None, &measured));
        let mut life = Self { run, ticket, measured, history: vec![] };
        let started = RunStarted { stage_key: life.run.stage.clone(), ..RunStarted::default() };
        life.enter(What::Started(started), now);
        life
    }

    fn enter(&mut self, what: What, now: Timestamp) {
        let entry = RunHistoryEntry {
            time: Some(clock::to_proto(now)),
            change: Some(what),
            ..RunHistoryEntry::default()
        };
        self.history.push(entry);
    }

    /// The deed, and what of it is no part of the run.
    fn suffer(&mut self, definition: &Definition, deed: &Deed, now: Timestamp) -> Vec<What> {
        match deed {
            Deed::Move(index) => {
                let to = &definition.stages()[*index % definition.stages().len()];
                let moved = StageMoved { to_stage_key: to.key.clone(), ..StageMoved::default() };
                self.run.reopened += i32::from(is_done(self.run.category) && !is_done(to.category()));
                self.run.stage.clone_from(&to.key);
                (self.run.category, self.run.staged_at) = (to.category(), now);
                vec![What::Moved(moved)]
            }
            Deed::Give(agent) => {
                self.run.give_to(Some(&format!("usr_{agent}")), now);
                vec![]
            }
            Deed::HandOn(origin) => {
                vec![What::AssigneeChanged(AssigneeChanged {
                    origin: (*origin).into(),
                    ..AssigneeChanged::default()
                })]
            }
            Deed::Relocate(department) => {
                self.run.facts.department_id = format!("dep_{department}");
                vec![]
            }
            Deed::Park => {
                self.run.park(now);
                vec![]
            }
            Deed::Resume => {
                self.run.resume(now);
                vec![]
            }
            Deed::Delete => vec![What::Ended(RunEnded { reason: EndReason::TicketDeleted.into() })],
            Deed::Answer | Deed::Rate(_) | Deed::Sort(_) => vec![],
        }
    }

    /// Whether it is something tickets tell.
    fn is_told(&mut self, deed: &Deed, now: Timestamp) -> bool {
        match deed {
            Deed::Answer => self.ticket.first_response_time = Some(clock::to_proto(now)),
            Deed::Rate(score) => {
                self.ticket.satisfaction = Some(Satisfaction { score: *score, ..Satisfaction::default() });
            }
            Deed::Sort(category) => self.ticket.category_id = format!("cat_{category}"),
            _ => return false,
        }
        true
    }

    fn live(&mut self, definition: &Definition, deed: &Deed, now: Timestamp, tallies: &mut Tallies) {
        let before = self.measured.clone();
        if self.is_told(deed, now) {
            self.measured.take_in(&self.ticket);
        } else {
            let happened = self.suffer(definition, deed, now);
            self.measured.follow(&self.run, Marks::of(&happened));
            for what in happened {
                self.enter(what, now);
            }
        }
        add(tallies, &difference(Some(&before), &self.measured));
    }
}

fn add(tallies: &mut Tallies, more: &Tallies) {
    for (place, sums) in more {
        tallies.entry(place.clone()).or_default().add(sums, 1);
    }
}

/// The tallies of tickets as they are, counted from their times one by one.
fn counted(tickets: &[&Measured]) -> Tallies {
    let mut tallies = Tallies::new();
    for ticket in tickets.iter().filter(|ticket| !ticket.gone) {
        let took = |at: Timestamp| at.duration_since(ticket.created_at).as_secs();
        count(&mut tallies, ticket, ticket.created_at, None, &[(Column::Created, 1)]);
        if let Some(at) = ticket.answered_at {
            let answered = [(Column::Answered, 1), (Column::AnsweredSeconds, took(at))];
            count(&mut tallies, ticket, at, Some(took(at)), &answered);
        }
        if let Some(at) = ticket.resolved_at {
            count(&mut tallies, ticket, at, Some(took(at)), &resolved(ticket, took(at)));
            for (stage, seconds) in &ticket.stays {
                let stayed = [(Column::Stayed, 1), (Column::StayedSeconds, *seconds)];
                put(&mut tallies, ticket, (Dimension::Stage, stage), at, &stayed);
            }
        }
        let left =
            if ticket.parked { Some(ticket.created_at) } else { ticket.resolved_at.or(ticket.closed_at) };
        if let Some(at) = left {
            count(&mut tallies, ticket, at, None, &[(Column::Finished, 1)]);
        }
    }
    tallies
}

fn resolved(ticket: &Measured, took: i64) -> [(Column, i64); 7] {
    [
        (Column::Resolved, 1),
        (Column::ResolvedSeconds, took),
        (Column::Reopened, ticket.reopened.min(1).into()),
        (Column::Transferred, ticket.transfers.min(1).into()),
        (Column::Escalated, ticket.escalations.min(1).into()),
        (Column::Rated, ticket.score.min(1).into()),
        (Column::Satisfied, (ticket.score / 4).into()),
    ]
}

/// Counts something in every dimension, and by its length if it has one.
fn count(
    tallies: &mut Tallies,
    ticket: &Measured,
    at: Timestamp,
    took: Option<i64>,
    numbers: &[(Column, i64)],
) {
    let priority = i32::from(ticket.priority).to_string();
    put(tallies, ticket, (Dimension::Hour, ""), at, numbers);
    put(tallies, ticket, (Dimension::Priority, &priority), at, numbers);
    put(tallies, ticket, (Dimension::Category, &ticket.category_id), at, numbers);
    put(tallies, ticket, (Dimension::Agent, &ticket.assignee_id), at, numbers);
    if let Some(took) = took {
        put(tallies, ticket, (Dimension::Length, &length::step(took)), at, numbers);
    }
}

fn put(
    tallies: &mut Tallies,
    ticket: &Measured,
    (dimension, part): (Dimension, &str),
    at: Timestamp,
    numbers: &[(Column, i64)],
) {
    let width = if dimension == Dimension::Hour { HOUR } else { DAY };
    let start = floor(at.as_microsecond(), width);
    let (department_id, part) = (ticket.department_id.clone(), part.to_owned());
    let sums = tallies.entry(Place { dimension, start, department_id, part }).or_default();
    for (column, number) in numbers {
        sums.0[*column as usize] += number;
    }
}

proptest! {
    #[test]
    fn tallies_are_what_a_count_of_all_tickets_gives_and_history_gives_the_same_tickets(
        deeds in prop::collection::vec((0_usize..5, deed(), 1_i64..200_000), 0..60),
    ) {
        let (definition, mut tallies) = (definition(), Tallies::new());
        let mut now = Timestamp::from_second(1_767_774_600).expect("an instant");
        let mut lives: Vec<Life> = vec![];
        for (index, deed, seconds) in deeds {
            now += SignedDuration::from_secs(seconds);
            match lives.get_mut(index) {
                Some(life) => life.live(&definition, &deed, now, &mut tallies),
                None => lives.push(Life::begin(&definition, lives.len(), now, &mut tallies)),
            }
        }
        tallies.retain(|_, sums| *sums != Sums::default());
        let tickets: Vec<_> = lives.iter().map(|life| &life.measured).collect();
        prop_assert_eq!(tallies, counted(&tickets));
        for life in &lives {
            prop_assert_eq!(&replay(&definition, &life.run, &life.history, Some(&life.measured)), &life.measured);
        }
    }
}
