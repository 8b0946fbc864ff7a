//! Routing as laws: who is chosen, who is dropped and why, and that turns are fair whatever the method.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proto::{
    tickets::v1::Source,
    workflow::v1::{DropReason, Presence, RoutingMethod},
};

use super::{Candidate, Need, Question, Terms, Units, decide, stride};
use crate::shift::Duty;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn agent(index: usize) -> Candidate {
    Candidate {
        user_id: format!("usr_{index}"),
        presence: Presence::Online,
        joins_after: SignedDuration::ZERO,
        duty: Duty::On,
        away_until: None,
        delegate_id: String::new(),
        skills: BTreeMap::new(),
        capacity: Units::default(),
        work: Units::default(),
        weight: 1,
        pass: 0,
        turn: 0,
        last_assigned_at: None,
    }
}

fn by(method: RoutingMethod) -> Terms {
    Terms { method, needs: Vec::new(), tiers: Vec::new() }
}

fn anybody() -> Question<'static> {
    Question {
        now: NOW,
        waited: SignedDuration::ZERO,
        requester_id: "usr_requester",
        gave_back: &[],
        avoid: None,
        known_to: &[],
        units: 1,
        source: Source::Portal,
    }
}

fn chosen(terms: &Terms, question: &Question<'_>, pool: &[Candidate]) -> Option<String> {
    decide(terms, question, pool).chosen
}

/// Gives a ticket to somebody, as a pool does.
fn give(pool: &mut [Candidate], user_id: &str, turn: i64, question: &Question<'_>) {
    let agent = pool.iter_mut().find(|agent| agent.user_id == user_id).expect("one of the pool");
    agent.turn = turn;
    agent.pass += stride(agent.weight);
    agent.work.add(question.source, question.units);
}

fn need(skill: &str, level: i32, within: Option<SignedDuration>) -> Need {
    Need { skill: skill.into(), level, within }
}

fn method() -> impl Strategy<Value = RoutingMethod> {
    prop::sample::select(vec![
        RoutingMethod::RoundRobin,
        RoutingMethod::LeastLoaded,
        RoutingMethod::MostSpare,
        RoutingMethod::Weighted,
    ])
}

fn source() -> impl Strategy<Value = Source> {
    prop::sample::select(vec![Source::Portal, Source::Email, Source::Api])
}

fn minutes(most: i64) -> impl Strategy<Value = SignedDuration> {
    (0..=most).prop_map(SignedDuration::from_mins)
}

fn units(most: i64) -> impl Strategy<Value = Units> {
    (0..=most, prop::collection::btree_map(source(), 0..=most, 0..3))
        .prop_map(|(total, from)| Units { total, from })
}

/// Any agent at all; the id is the index in the pool.
fn any_agent() -> impl Strategy<Value = Candidate> {
    let day = (1..=4_i32, prop::option::weighted(0.2, -5..5_i64), minutes(20));
    let means = (prop::collection::btree_map("[ab]", 1..=5_i32, 0..=2), units(6), units(6));
    (day, means, 0..9_i64, 1..4_i64).prop_map(|((presence, away, joins_after), means, turn, weight)| {
        let (skills, capacity, work) = means;
        let away_until = away.map(|hours| NOW + SignedDuration::from_hours(hours));
        let presence = Presence::try_from(presence).expect("a presence");
        Candidate { presence, joins_after, away_until, skills, capacity, work, weight, turn, ..agent(0) }
    })
}

fn any_pool() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(any_agent(), 0..16).prop_map(|mut pool| {
        let ids = (0..).map(|index| format!("usr_{index}"));
        pool.iter_mut().zip(ids).for_each(|(agent, id)| agent.user_id = id);
        pool
    })
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let needs = prop::collection::vec(("[ab]", 1..=5_i32, prop::option::of(minutes(20))), 0..3);
    (method(), needs).prop_map(|(method, needs)| {
        let needs = needs.iter().map(|(skill, level, within)| need(skill, *level, *within)).collect();
        Terms { needs, ..by(method) }
    })
}

/// The rules of who can, written once more and another way round.
fn can(terms: &Terms, question: &Question<'_>, agent: &Candidate) -> bool {
    let here = agent.presence == Presence::Online && agent.away_until.is_none_or(|until| until <= NOW);
    let asked = agent.joins_after <= question.waited
        && agent.user_id != question.requester_id
        && !question.gave_back.contains(&agent.user_id);
    let skilled = terms.needs.iter().all(|need| {
        need.within.is_some_and(|within| question.waited >= within)
            || agent.skills.get(&need.skill).copied().unwrap_or_default() >= need.level
    });
    let mut after = agent.work.clone();
    after.add(question.source, question.units);
    let within = |most: Option<&i64>, used: i64| most.is_none_or(|most| used <= *most);
    let total = Some(&agent.capacity.total).filter(|total| **total > 0);
    let fits = within(total, after.total)
        && within(agent.capacity.from.get(&question.source), after.from[&question.source]);
    here && asked && skilled && fits
}

proptest! {
    #[test]
    fn only_somebody_able_is_chosen_and_everybody_is_accounted_for(
        pool in any_pool(),
        terms in any_terms(),
        (waited, units, source) in (minutes(25), 1..3_i64, source()),
        (requester, quitter, avoided) in (0..16_usize, 0..16_usize, 0..16_usize),
    ) {
        let (requester, avoided) = (format!("usr_{requester}"), format!("usr_{avoided}"));
        let gave_back = [format!("usr_{quitter}")];
        let avoid = Some(avoided.as_str());
        let question = Question { waited, units, source, requester_id: &requester, gave_back: &gave_back, avoid, ..anybody() };
        let decision = decide(&terms, &question, &pool);
        prop_assert_eq!(decision.chosen.is_some(), pool.iter().any(|agent| can(&terms, &question, agent)));
        let seen: BTreeSet<_> = decision.candidates.iter().map(|candidate| &candidate.user_id).collect();
        prop_assert_eq!((seen.len(), decision.candidates.len()), (pool.len(), pool.len()));
        for candidate in &decision.candidates {
            let agent = pool.iter().find(|agent| agent.user_id == candidate.user_id).expect("one of the pool");
            prop_assert_eq!(can(&terms, &question, agent), candidate.dropped() == DropReason::Unspecified);
            prop_assert_eq!(candidate.rank > 0, candidate.dropped() == DropReason::Unspecified);
            prop_assert_eq!(candidate.rank == 1, decision.chosen.as_ref() == Some(&candidate.user_id));
        }
    }

    #[test]
    fn whoever_waits_longer_may_go_to_more_agents_never_fewer(
        pool in any_pool(), terms in any_terms(), waited in minutes(25), more in minutes(25),
    ) {
        let able = |waited| {
            let decision = decide(&terms, &Question { waited, ..anybody() }, &pool);
            let able = decision.candidates.into_iter().filter(|candidate| candidate.rank > 0);
            able.map(|candidate| candidate.user_id).collect::<BTreeSet<_>>()
        };
        prop_assert!(able(waited).is_subset(&able(waited + more)));
    }

    #[test]
    fn nobody_gets_more_than_capacity_allows(
        pool in any_pool(), method in method(), tickets in prop::collection::vec((1..3_i64, source()), 0..60),
    ) {
        let mut after = pool.clone();
        for ((units, source), turn) in tickets.into_iter().zip(1..) {
            let question = Question { units, source, ..anybody() };
            if let Some(chosen) = chosen(&by(method), &question, &after) {
                give(&mut after, &chosen, turn, &question);
            }
        }
        for (before, after) in pool.iter().zip(&after) {
            // Whoever was given more by hand keeps it and gets nothing on top.
            let most = |limit: i64, had: i64| limit.max(had);
            let total = after.capacity.total;
            prop_assert!(total == 0 || after.work.total <= most(total, before.work.total));
            for (source, &limit) in &after.capacity.from {
                let had = before.work.from.get(source).copied().unwrap_or_default();
                prop_assert!(after.work.from.get(source).is_none_or(|&used| used <= most(limit, had)));
            }
        }
    }

    #[test]
    fn equal_agents_never_differ_by_more_than_one_ticket(agents in 1_usize..12, tickets in 0_i64..200) {
        let mut pool: Vec<_> = (0..agents).map(agent).collect();
        for turn in 1..=tickets {
            let next = chosen(&by(RoutingMethod::RoundRobin), &anybody(), &pool).expect("everybody is online");
            give(&mut pool, &next, turn, &anybody());
            let most = pool.iter().map(|agent| agent.work.total).max().expect("not empty");
            let least = pool.iter().map(|agent| agent.work.total).min().expect("not empty");
            prop_assert!(most - least <= 1, "{pool:?}");
        }
    }

    #[test]
    fn nobody_starves(weights in prop::collection::vec(1..6_i64, 1..8), method in method()) {
        let mut pool: Vec<_> = weights.iter().zip(0..).map(|(&weight, index)| Candidate { weight, ..agent(index) }).collect();
        let round = weights.iter().sum::<i64>() + i64::try_from(weights.len()).expect("few");
        for turn in 1..=round {
            let next = chosen(&by(method), &anybody(), &pool).expect("everybody is online");
            give(&mut pool, &next, turn, &anybody());
        }
        prop_assert!(pool.iter().all(|agent| agent.work.total > 0), "{pool:?}");
    }

    #[test]
    fn weighted_turns_are_never_a_turn_away_from_their_share(
        weights in prop::collection::vec(1..10_i64, 2..6), tickets in 0_i64..300,
    ) {
        let mut pool: Vec<_> = weights.iter().zip(0..).map(|(&weight, index)| Candidate { weight, ..agent(index) }).collect();
        for turn in 1..=tickets {
            let next = chosen(&by(RoutingMethod::Weighted), &anybody(), &pool).expect("everybody is online");
            give(&mut pool, &next, turn, &anybody());
            let least = pool.iter().min_by_key(|agent| agent.pass).expect("not empty");
            for agent in &pool {
                prop_assert!(agent.pass - least.pass <= stride(agent.weight), "{pool:?}");
            }
        }
    }
}

#[test]
fn a_reroute_passes_over_the_present_assignee_unless_nobody_else_can() {
    let two = [agent(1), Candidate { turn: 9, ..agent(2) }];
    let question = Question { avoid: Some("usr_1"), ..anybody() };
    let round_robin = by(RoutingMethod::RoundRobin);
    assert_eq!(chosen(&round_robin, &question, &two).as_deref(), Some("usr_2"));
    assert_eq!(chosen(&round_robin, &question, &two[..1]).as_deref(), Some("usr_1"));
}

#[test]
fn methods_choose_by_what_they_are_called_after() {
    let with = |index, capacity: i64, work: i64, turn| Candidate {
        capacity: Units { total: capacity, ..Units::default() },
        work: Units { total: work, ..Units::default() },
        turn,
        ..agent(index)
    };
    // 1 has a half of little, 2 four fifths of much, 3 the least of all without any limit.
    let pool = [with(1, 4, 2, 3), with(2, 20, 16, 2), with(3, 0, 1, 1)];
    let first = |method, pool: &[Candidate]| chosen(&by(method), &anybody(), pool).expect("somebody");
    assert_eq!(first(RoutingMethod::RoundRobin, &pool), "usr_3");
    assert_eq!(first(RoutingMethod::LeastLoaded, &pool), "usr_3", "1 of 20");
    assert_eq!(first(RoutingMethod::LeastLoaded, &pool[..2]), "usr_1");
    assert_eq!(first(RoutingMethod::MostSpare, &pool[..2]), "usr_2");
    let manual = decide(&by(RoutingMethod::Manual), &anybody(), &pool);
    assert_eq!(
        (manual.chosen, manual.summary.as_str()),
        (None, "people take the tickets of this queue themselves")
    );
}

#[test]
fn whoever_knows_the_requester_comes_first_but_only_if_able() {
    let known = ["usr_2".to_owned()];
    let question = Question { known_to: &known, ..anybody() };
    let mut pool = [agent(1), Candidate { turn: 5, ..agent(2) }];
    let round_robin = by(RoutingMethod::RoundRobin);
    let decision = decide(&round_robin, &question, &pool);
    assert_eq!(decision.summary, "knows the requester, of 2 agents who could take it");
    assert_eq!(decision.chosen.as_deref(), Some("usr_2"));
    pool[1].presence = Presence::Busy;
    assert_eq!(chosen(&round_robin, &question, &pool).as_deref(), Some("usr_1"));
}

#[test]
fn a_delegate_stands_in_for_whoever_is_out_of_office() {
    let tomorrow = Some(NOW + SignedDuration::from_hours(24));
    let away = Candidate { away_until: tomorrow, delegate_id: "usr_3".into(), ..agent(2) };
    let known = ["usr_2".to_owned()];
    let pool = [agent(1), away, Candidate { turn: 9, ..agent(3) }];
    let question = Question { known_to: &known, ..anybody() };
    let decision = decide(&by(RoutingMethod::RoundRobin), &question, &pool);
    assert_eq!(decision.chosen.as_deref(), Some("usr_3"));
    let dropped: Vec<_> = decision.candidates.iter().filter(|candidate| candidate.rank == 0).collect();
    assert_eq!((dropped.len(), dropped[0].dropped()), (1, DropReason::OutOfOffice));
}

#[test]
fn a_skill_is_asked_for_until_its_time_is_over_and_preferred_then() {
    let half_an_hour = SignedDuration::from_mins(30);
    let needs = vec![need("french", 3, Some(half_an_hour)), need("printers", 1, None)];
    let terms = Terms { needs, ..by(RoutingMethod::RoundRobin) };
    let skilled = |index, skills: &[(&str, i32)], turn| Candidate {
        skills: skills.iter().map(|(skill, level)| ((*skill).to_owned(), *level)).collect(),
        turn,
        ..agent(index)
    };
    let pool = [
        skilled(1, &[("printers", 2)], 0),
        skilled(2, &[("printers", 1), ("french", 2)], 7),
        skilled(3, &[("french", 5)], 0),
    ];
    let after = |waited| decide(&terms, &Question { waited, ..anybody() }, &pool);
    assert_eq!(after(SignedDuration::ZERO).chosen, None, "nobody has both");
    assert_eq!(after(half_an_hour).chosen.as_deref(), Some("usr_2"), "some French is better than none");
    let lacking = after(half_an_hour).candidates.pop().expect("three");
    assert_eq!((lacking.user_id.as_str(), lacking.dropped()), ("usr_3", DropReason::Skill));
    assert_eq!(terms.widen_after(SignedDuration::ZERO), Some(half_an_hour));
    assert_eq!(terms.widen_after(half_an_hour), None);
}

#[test]
fn a_group_joins_when_the_ticket_has_waited_long_enough() {
    let terms = Terms {
        tiers: vec![SignedDuration::ZERO, SignedDuration::from_mins(10)],
        ..by(RoutingMethod::RoundRobin)
    };
    let second = Candidate { joins_after: SignedDuration::from_mins(10), ..agent(2) };
    let pool = [Candidate { presence: Presence::Offline, ..agent(1) }, second];
    let after = |minutes| {
        decide(&terms, &Question { waited: SignedDuration::from_mins(minutes), ..anybody() }, &pool)
    };
    let early = after(9);
    assert_eq!((early.chosen.as_deref(), early.candidates[1].dropped()), (None, DropReason::NotYet));
    assert_eq!(after(10).chosen.as_deref(), Some("usr_2"));
    assert_eq!(terms.widen_after(SignedDuration::from_mins(1)), Some(SignedDuration::from_mins(10)));
}

#[test]
fn a_decision_for_nobody_says_why() {
    let pool = [
        Candidate { presence: Presence::Offline, ..agent(1) },
        Candidate { presence: Presence::Busy, ..agent(2) },
    ];
    let round_robin = by(RoutingMethod::RoundRobin);
    assert_eq!(
        decide(&round_robin, &anybody(), &pool).summary,
        "nobody could take it: 1 offline, 1 not available"
    );
    assert_eq!(decide(&round_robin, &anybody(), &[]).summary, "nobody works in this department");
}
