//! Routing: who gets a waiting ticket, with a reason for everybody who does not. Pure.
//!
//! Round robin means: of those who can, the one whose last turn in the queue is longest ago. Turns are counted, not timed, so
//! no two agents ever had the same one. Invariant: with equal agents, nobody ever has two turns more than another.

use jiff::Timestamp;
use mesh_core::clock;
use proto::workflow::v1::{self as wire, DropReason, Presence};

/// An agent of the queue's department, as routing sees one.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) user_id: String,
    pub(crate) presence: Presence,
    /// Number of the last turn in this queue; 0 for never.
    pub(crate) turn: i64,
    pub(crate) last_assigned_at: Option<Timestamp>,
}

/// A ticket that needs somebody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) requester_id: &'a str,
    /// Agents who gave it back.
    pub(crate) gave_back: &'a [String],
    /// Passed over if somebody else can.
    pub(crate) avoid: Option<&'a str>,
}

/// The answer: who, if anybody, and everybody who was looked at, those who could first.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) chosen: Option<String>,
    pub(crate) candidates: Vec<wire::Candidate>,
    /// In one sentence.
    pub(crate) summary: String,
}

/// Chooses by round robin.
pub(crate) fn decide(question: &Question<'_>, candidates: &[Candidate]) -> Decision {
    let (mut able, mut dropped): (Vec<_>, Vec<_>) = candidates
        .iter()
        .map(|agent| (agent, drop_reason(question, agent)))
        .partition(|(_, reason)| reason.is_none());
    able.sort_by_key(|(agent, _)| {
        (question.avoid == Some(agent.user_id.as_str()), agent.turn, agent.user_id.as_str())
    });
    dropped.sort_by_key(|(agent, _)| agent.user_id.as_str());
    let chosen = able.first().map(|(agent, _)| agent.user_id.clone());
    let summary = summary(able.len(), &dropped.iter().filter_map(|(_, reason)| *reason).collect::<Vec<_>>());
    let ranked = able.iter().zip(1..).map(|((agent, _), rank)| entry(agent, rank, DropReason::Unspecified));
    let unable = dropped.iter().map(|(agent, reason)| entry(agent, 0, reason.unwrap_or_default()));
    Decision { chosen, candidates: ranked.chain(unable).collect(), summary }
}

fn drop_reason(question: &Question<'_>, agent: &Candidate) -> Option<DropReason> {
    match agent.presence {
        _ if agent.user_id == question.requester_id => Some(DropReason::Requester),
        _ if question.gave_back.contains(&agent.user_id) => Some(DropReason::GaveBack),
        Presence::Away => Some(DropReason::Away),
        Presence::Busy => Some(DropReason::Busy),
        Presence::Offline | Presence::Unspecified => Some(DropReason::Offline),
        Presence::Online => None,
    }
}

fn entry(agent: &Candidate, rank: i32, dropped: DropReason) -> wire::Candidate {
    wire::Candidate {
        user_id: agent.user_id.clone(),
        rank,
        dropped: dropped.into(),
        last_assign_time: agent.last_assigned_at.map(clock::to_proto),
        ..Default::default()
    }
}

fn summary(able: usize, dropped: &[DropReason]) -> String {
    match (able, dropped.len()) {
        (0, 0) => "nobody works in this department".into(),
        (0, _) => {
            let present = dropped.iter().filter(|reason| !matches!(reason, DropReason::Offline)).count();
            let absent = dropped.len() - present;
            format!("nobody could take it: {absent} offline, {present} not available")
        }
        (1, _) => "the only agent who could take it".into(),
        (_, _) => format!("round robin: the longest without a ticket of {able} agents who could take it"),
    }
}

/// Why somebody could or could not, for people.
pub(crate) fn reason(candidate: &wire::Candidate) -> &'static str {
    match candidate.dropped() {
        DropReason::Unspecified if candidate.rank == 1 => "chosen",
        DropReason::Unspecified => "could take it; others waited longer",
        DropReason::Away => "is away",
        DropReason::Busy => "is busy",
        DropReason::Offline => "is offline",
        DropReason::Requester => "filed the ticket",
        DropReason::Full => "has as much work as capacity allows",
        DropReason::Skill => "lacks a skill the ticket needs",
        DropReason::OffShift => "is not on shift",
        DropReason::OutOfOffice => "is out of office",
        DropReason::GaveBack => "gave the ticket back",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proto::workflow::v1::{DropReason, Presence};

    use super::{Candidate, Question, decide};

    fn agent(index: usize, presence: Presence) -> Candidate {
        Candidate { user_id: format!("usr_{index}"), presence, turn: 0, last_assigned_at: None }
    }

    fn anybody() -> Question<'static> {
        Question { requester_id: "usr_requester", gave_back: &[], avoid: None }
    }

    proptest! {
        #[test]
        fn equal_agents_never_differ_by_more_than_one_ticket(agents in 1_usize..12, tickets in 0_i64..200) {
            let mut pool: Vec<_> = (0..agents).map(|index| agent(index, Presence::Online)).collect();
            let mut count: BTreeMap<_, _> = pool.iter().map(|agent| (agent.user_id.clone(), 0)).collect();
            for turn in 1..=tickets {
                let chosen = decide(&anybody(), &pool).chosen.expect("everybody is online");
                *count.get_mut(&chosen).expect("one of the pool") += 1;
                pool.iter_mut().filter(|agent| agent.user_id == chosen).for_each(|agent| agent.turn = turn);
                let most = count.values().max().expect("not empty");
                let least = count.values().min().expect("not empty");
                prop_assert!(most - least <= 1, "{count:?}");
            }
        }

        #[test]
        fn only_somebody_able_is_chosen_and_everybody_is_accounted_for(
            presences in prop::collection::vec(1..=4_i32, 0..20),
            requester in 0_usize..20,
            quitter in 0_usize..20,
        ) {
            let known = |presence| Presence::try_from(presence).expect("a presence");
            let pool: Vec<_> = presences.into_iter().enumerate().map(|(index, presence)| agent(index, known(presence))).collect();
            let (requester_id, gave_back) = (format!("usr_{requester}"), vec![format!("usr_{quitter}")]);
            let decision = decide(&Question { requester_id: &requester_id, gave_back: &gave_back, avoid: None }, &pool);
            let able = |agent: &&Candidate| {
                agent.presence == Presence::Online && agent.user_id != requester_id && !gave_back.contains(&agent.user_id)
            };
            prop_assert_eq!(decision.chosen.is_some(), pool.iter().any(|agent| able(&agent)));
            prop_assert_eq!(decision.candidates.len(), pool.len());
            for candidate in &decision.candidates {
                let agent = pool.iter().find(|agent| agent.user_id == candidate.user_id).expect("one of the pool");
                prop_assert_eq!(able(&agent), candidate.dropped() == DropReason::Unspecified);
                prop_assert_eq!(candidate.rank == 1, decision.chosen.as_ref() == Some(&candidate.user_id));
            }
        }
    }

    #[test]
    fn a_reroute_passes_over_the_present_assignee_unless_nobody_else_can() {
        let two = [agent(1, Presence::Online), Candidate { turn: 9, ..agent(2, Presence::Online) }];
        let question = Question { avoid: Some("usr_1"), ..anybody() };
        assert_eq!(decide(&question, &two).chosen.as_deref(), Some("usr_2"));
        assert_eq!(decide(&question, &two[..1]).chosen.as_deref(), Some("usr_1"));
    }

    #[test]
    fn a_decision_for_nobody_says_why() {
        let pool = [agent(1, Presence::Offline), agent(2, Presence::Busy)];
        assert_eq!(decide(&anybody(), &pool).summary, "nobody could take it: 1 offline, 1 not available");
        assert_eq!(decide(&anybody(), &[]).summary, "nobody works in this department");
    }
}
