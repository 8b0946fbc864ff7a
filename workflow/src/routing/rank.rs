//! Who of those who could take a ticket comes first.
//!
//! Whoever knows the matter, then whoever has more of the skills asked for, then more of them at their level; among equals the
//! queue's method decides, and among those it finds equal whoever waited longer.

use std::cmp::Reverse;

use proto::workflow::v1::RoutingMethod;

use super::{Candidate, Question, Terms, able::has};

/// A place in the ranking; less is earlier.
pub(super) type Key<'a> = (bool, usize, Reverse<usize>, Reverse<usize>, i64, i64, &'a str);

/// Parts of a whole that relative work is counted in.
const WHOLE: i64 = 1_000_000;

/// The place of an agent. `stand_ins` know the matter or take the work of those who do; `nominal` is the capacity of agents without
/// limit.
pub(super) fn key<'a>(
    terms: &Terms,
    question: &Question<'_>,
    stand_ins: &[&str],
    nominal: i64,
    agent: &'a Candidate,
) -> Key<'a> {
    let id = agent.user_id.as_str();
    let known = stand_ins.iter().position(|known| *known == id).unwrap_or(usize::MAX);
    let had = terms.needs.iter().filter(|need| agent.skills.contains_key(&need.skill)).count();
    let at_level = terms.needs.iter().filter(|need| has(agent, need)).count();
    let by_method = by_method(terms.method, nominal, agent);
    let avoided = question.avoid == Some(id);
    (avoided, known, Reverse(had), Reverse(at_level), by_method, agent.turn, id)
}

fn by_method(method: RoutingMethod, nominal: i64, agent: &Candidate) -> i64 {
    let capacity = if agent.capacity.total > 0 { agent.capacity.total } else { nominal };
    match method {
        RoutingMethod::LeastLoaded => agent.work.total.saturating_mul(WHOLE) / capacity,
        RoutingMethod::MostSpare => agent.work.total - capacity,
        RoutingMethod::Weighted => agent.pass,
        RoutingMethod::RoundRobin | RoutingMethod::Manual | RoutingMethod::Unspecified => 0,
    }
}

/// What agents without limit are compared by: the largest capacity among the others, so that they come neither always nor never.
pub(super) fn nominal(candidates: &[Candidate]) -> i64 {
    candidates.iter().map(|agent| agent.capacity.total).max().unwrap_or_default().max(1)
}

/// Those who know the matter, each with whoever takes their work while they are out of office in their place.
pub(super) fn stand_ins<'a>(question: &Question<'a>, candidates: &'a [Candidate]) -> Vec<&'a str> {
    let stand_in = |known: &'a String| {
        let away =
            candidates.iter().find(|agent| agent.user_id == *known && agent.is_out_of_office(question.now));
        away.map_or(known.as_str(), |agent| agent.delegate_id.as_str())
    };
    question.known_to.iter().map(stand_in).collect()
}
