//! Who could take a ticket, and the first reason why somebody could not.

use jiff::SignedDuration;
use proto::workflow::v1::{DropReason, Presence};

use super::{Candidate, Need, Question, Terms};
use crate::shift::Duty;

/// Why this agent could not take it; `None` when they could. What lies in the ticket comes before what lies in the agent's day,
/// that before skills, and those before the work at hand.
pub(super) fn drop_reason(terms: &Terms, question: &Question<'_>, agent: &Candidate) -> Option<DropReason> {
    match agent.presence {
        _ if agent.user_id == question.requester_id => Some(DropReason::Requester),
        _ if question.gave_back.contains(&agent.user_id) => Some(DropReason::GaveBack),
        _ if agent.joins_after > question.waited => Some(DropReason::NotYet),
        _ if agent.is_out_of_office(question.now) => Some(DropReason::OutOfOffice),
        _ if agent.duty != Duty::On => Some(DropReason::OffShift),
        Presence::Away => Some(DropReason::Away),
        Presence::Busy => Some(DropReason::Busy),
        Presence::Offline | Presence::Unspecified => Some(DropReason::Offline),
        Presence::Online if lacks_a_skill(terms, question.waited, agent) => Some(DropReason::Skill),
        Presence::Online if !agent.has_room_for(question.units, question.source) => Some(DropReason::Full),
        Presence::Online => None,
    }
}

fn lacks_a_skill(terms: &Terms, waited: SignedDuration, agent: &Candidate) -> bool {
    let needed = |need: &&Need| need.within.is_none_or(|within| waited < within);
    terms.needs.iter().filter(needed).any(|need| !has(agent, need))
}

/// Whether an agent has a skill at the level asked for.
pub(super) fn has(agent: &Candidate, need: &Need) -> bool {
    agent.skills.get(&need.skill).is_some_and(|level| *level >= need.level)
}
