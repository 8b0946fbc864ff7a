//! Routing: who gets a waiting ticket, with a reason for everybody who does not. Pure.
//!
//! Who is able is decided by `able`, who of those comes first by `rank`, and `words` says it to people. Turns are counted, not
//! timed, so no two agents ever had the same one.
//!
//! Invariants: only somebody able is chosen, and somebody is whenever anybody is; everybody looked at is accounted for; nobody gets
//! more than capacity allows; under round robin nobody of equal agents ever has two turns more than another; whoever has waited
//! longer may ask more agents, never fewer.

mod able;
mod rank;
mod words;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mesh_core::clock;
use proto::{
    tickets::v1::Source,
    workflow::v1::{self as wire, DropReason, Presence, RoutingMethod, SourceCapacity},
};

pub(crate) use words::reason;

use crate::shift::Duty;

/// Units of work, over all sources and from single ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) total: i64,
    pub(crate) from: BTreeMap<Source, i64>,
}

impl Units {
    /// With this many more from a source.
    pub(crate) fn add(&mut self, source: Source, units: i64) {
        self.total += units;
        *self.from.entry(source).or_default() += units;
    }

    /// Those from single sources, for the wire.
    pub(crate) fn by_source(&self) -> Vec<SourceCapacity> {
        let units = |units: i64| i32::try_from(units).unwrap_or(i32::MAX);
        let from = self.from.iter();
        from.map(|(source, most)| SourceCapacity { source: (*source).into(), units: units(*most) }).collect()
    }
}

/// An agent of a queue's pool, as routing sees one.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) user_id: String,
    pub(crate) presence: Presence,
    /// A ticket that has waited this long may go to this agent.
    pub(crate) joins_after: SignedDuration,
    pub(crate) duty: Duty,
    /// Out of office until then.
    pub(crate) away_until: Option<Timestamp>,
    /// Who takes the work meanwhile; empty for nobody.
    pub(crate) delegate_id: String,
    /// Levels by skill.
    pub(crate) skills: BTreeMap<String, i32>,
    /// Most at once: a total of 0 is without limit, and so is a source that is not named.
    pub(crate) capacity: Units,
    /// What needs this agent now.
    pub(crate) work: Units,
    /// Share of the work where it goes by weights; at least 1.
    pub(crate) weight: i64,
    /// How far weighted turns have brought this agent; the one who is least far comes next.
    pub(crate) pass: i64,
    /// Number of the last turn in this queue; 0 for never.
    pub(crate) turn: i64,
    pub(crate) last_assigned_at: Option<Timestamp>,
}

impl Candidate {
    /// Away, as everybody was told, or as the agent said.
    pub(crate) fn is_out_of_office(&self, now: Timestamp) -> bool {
        self.away_until.is_some_and(|until| until > now)
    }

    /// Whether a ticket of this size fits into what is left of the capacity.
    pub(crate) fn has_room_for(&self, units: i64, source: Source) -> bool {
        let left = |most: i64, used: i64| used + units <= most;
        let used = self.work.from.get(&source).copied().unwrap_or_default();
        (self.capacity.total == 0 || left(self.capacity.total, self.work.total))
            && self.capacity.from.get(&source).is_none_or(|&most| left(most, used))
    }

    /// Whether there is anything routing could be asked about this agent at all.
    pub(crate) fn takes_work(&self, now: Timestamp) -> bool {
        let full = self.capacity.total > 0 && self.work.total >= self.capacity.total;
        self.presence == Presence::Online && self.duty == Duty::On && !self.is_out_of_office(now) && !full
    }

    /// Whether a limit is set.
    pub(crate) fn is_limited(&self) -> bool {
        self.capacity.total > 0 || !self.capacity.from.is_empty()
    }
}

/// A ticket that needs somebody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) now: Timestamp,
    /// How long it has waited in its queue.
    pub(crate) waited: SignedDuration,
    pub(crate) requester_id: &'a str,
    /// Agents who gave it back.
    pub(crate) gave_back: &'a [String],
    /// Passed over if somebody else can.
    pub(crate) avoid: Option<&'a str>,
    /// Agents who know the matter, best first: they come before others.
    pub(crate) known_to: &'a [String],
    /// What it takes of an agent's capacity.
    pub(crate) units: i64,
    pub(crate) source: Source,
}

/// A skill a queue asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) skill: String,
    pub(crate) level: i32,
    /// For how long it must be had; for ever when `None`. Afterwards it is preferred.
    pub(crate) within: Option<SignedDuration>,
}

/// How a queue chooses.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) method: RoutingMethod,
    pub(crate) needs: Vec<Need>,
    /// Waiting times after which more agents join.
    pub(crate) tiers: Vec<SignedDuration>,
}

impl Terms {
    /// The next waiting time after which more agents could take a ticket that has waited this long.
    pub(crate) fn widen_after(&self, waited: SignedDuration) -> Option<SignedDuration> {
        let skills = self.needs.iter().filter_map(|need| need.within);
        skills.chain(self.tiers.iter().copied()).filter(|after| *after > waited).min()
    }
}

/// The answer: who, if anybody, and everybody who was looked at, those who could first.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) chosen: Option<String>,
    pub(crate) candidates: Vec<wire::Candidate>,
    /// In one sentence.
    pub(crate) summary: String,
    /// The least pass of those who could: whoever comes later begins there.
    pub(crate) floor: Option<i64>,
}

/// Chooses as the queue's terms say.
pub(crate) fn decide(terms: &Terms, question: &Question<'_>, candidates: &[Candidate]) -> Decision {
    if terms.method == RoutingMethod::Manual {
        let summary = words::MANUAL.to_owned();
        return Decision { chosen: None, candidates: Vec::new(), summary, floor: None };
    }
    let (mut able, mut dropped): (Vec<_>, Vec<_>) = candidates
        .iter()
        .map(|agent| (agent, able::drop_reason(terms, question, agent)))
        .partition(|(_, reason)| reason.is_none());
    let stand_ins = rank::stand_ins(question, candidates);
    let nominal = rank::nominal(candidates);
    able.sort_by_cached_key(|&(agent, _)| rank::key(terms, question, &stand_ins, nominal, agent));
    dropped.sort_by_key(|(agent, _)| agent.user_id.as_str());
    let reasons: Vec<_> = dropped.iter().filter_map(|(_, reason)| *reason).collect();
    let first = able.first().map(|(agent, _)| *agent);
    let known = first.is_some_and(|agent| stand_ins.contains(&agent.user_id.as_str()));
    let ranked = able.iter().zip(1..).map(|((agent, _), rank)| entry(agent, rank, DropReason::Unspecified));
    let unable = dropped.iter().map(|(agent, reason)| entry(agent, 0, reason.unwrap_or_default()));
    Decision {
        candidates: ranked.chain(unable).collect(),
        summary: words::summary(terms.method, able.len(), known, &reasons),
        floor: able.iter().map(|(agent, _)| agent.pass).min(),
        chosen: first.map(|agent| agent.user_id.clone()),
    }
}

fn entry(agent: &Candidate, rank: i32, dropped: DropReason) -> wire::Candidate {
    wire::Candidate {
        user_id: agent.user_id.clone(),
        rank,
        dropped: dropped.into(),
        last_assign_time: agent.last_assigned_at.map(clock::to_proto),
        active: agent.work.total,
        back_time: back(agent, dropped).map(clock::to_proto),
        ..Default::default()
    }
}

/// When somebody who was passed over could take tickets again, where that is known.
fn back(agent: &Candidate, dropped: DropReason) -> Option<Timestamp> {
    match (dropped, agent.duty) {
        (DropReason::OffShift, Duty::Off(until)) => until,
        (DropReason::OutOfOffice, _) => agent.away_until,
        _ => None,
    }
}

/// How far a weighted turn brings an agent of weight 1.
const STRIDE: i64 = 1_000_000;

/// How far a turn brings an agent of this weight.
pub(crate) const fn stride(weight: i64) -> i64 {
    STRIDE / weight
}

#[cfg(test)]
mod tests;
