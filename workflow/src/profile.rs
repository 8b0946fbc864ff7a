//! What routing knows of an agent by somebody's word: capacity, weight, skills, working hours, absence.
//!
//! Invariant: a [`Profile`] that was accepted is within its bounds and names every skill and source once.

use std::{
    collections::{BTreeMap, HashSet},
    ops::RangeInclusive,
};

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::{Result, Violations},
};
use proto::{tickets::v1::Source, workflow::v1 as wire};

use crate::routing::Units;

const SKILL: RangeInclusive<usize> = 1..=50;
const UNITS: RangeInclusive<i32> = 0..=1_000;
const MOST_SKILLS: usize = 50;
const MOST_SHIFTS: usize = 20;

/// What a mask may name.
pub(crate) const FIELDS: &[&str] =
    &["capacity", "source_capacities", "weight", "skills", "shifts", "away_until", "delegate_id"];
/// What agents may say of themselves.
pub(crate) const OWN: &[&str] = &["away_until", "delegate_id"];

/// What is said of an agent. The message has nothing else in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile(pub(crate) wire::AgentProfile);

impl Profile {
    /// The profile with the fields that were sent.
    pub(crate) fn with(&self, sent: &wire::AgentProfile, paths: &[&str]) -> Result<Self> {
        let (mut after, mut wrong) = (self.clone(), Violations::default());
        for path in paths {
            after.take(path, sent, &mut wrong);
        }
        check(&after.0, &sent.user_id, &mut wrong);
        wrong.into_result()?;
        Ok(after)
    }

    fn take(&mut self, path: &str, sent: &wire::AgentProfile, wrong: &mut Violations) {
        let said = &mut self.0;
        match path {
            "capacity" => said.capacity = sent.capacity,
            "source_capacities" => said.source_capacities.clone_from(&sent.source_capacities),
            "weight" => said.weight = sent.weight,
            "skills" => said.skills.clone_from(&sent.skills),
            "shifts" => said.shifts.clone_from(&sent.shifts),
            "away_until" => said.away_until = sent.away_until,
            "delegate_id" => said.delegate_id.clone_from(&sent.delegate_id),
            other => wrong.add(
                "update_mask",
                format!("names {other:?}, which can't be changed; name {}", FIELDS.join(", ")),
            ),
        }
    }

    /// Most units of work at once.
    pub(crate) fn capacity(&self) -> Units {
        let from = self.0.source_capacities.iter().map(|limit| (limit.source(), i64::from(limit.units)));
        Units { total: i64::from(self.0.capacity), from: from.collect() }
    }

    /// Whether there is any limit to the work.
    pub(crate) fn is_limited(&self) -> bool {
        self.0.capacity > 0 || !self.0.source_capacities.is_empty()
    }

    /// Levels by skill.
    pub(crate) fn skills(&self) -> BTreeMap<String, i32> {
        self.0.skills.iter().map(|skill| (skill.skill.clone(), skill.level)).collect()
    }

    /// Share of the work in proportion to weights.
    pub(crate) fn weight(&self) -> i64 {
        i64::from(self.0.weight.max(1))
    }

    /// Out of office until then.
    pub(crate) fn away_until(&self) -> Option<Timestamp> {
        self.0.away_until.as_ref().and_then(clock::from_proto)
    }
}

fn check(said: &wire::AgentProfile, user_id: &str, wrong: &mut Violations) {
    wrong.when(!UNITS.contains(&said.capacity), "profile.capacity", "is out of range; give 0 to 1,000");
    wrong.when(!(0..=100).contains(&said.weight), "profile.weight", "is out of range; give 0 to 100");
    wrong.optional_id("profile.delegate_id", &said.delegate_id, "usr");
    let oneself = !said.delegate_id.is_empty() && said.delegate_id == user_id;
    wrong.when(oneself, "profile.delegate_id", "is the agent in question; name somebody else");
    let known = said.away_until.as_ref().is_none_or(|until| clock::from_proto(until).is_some());
    wrong.when(!known, "profile.away_until", "is no time; give one between the years 1 and 9999");
    let mut sources = HashSet::new();
    for (index, limit) in said.source_capacities.iter().enumerate() {
        let field = |name: &str| format!("profile.source_capacities[{index}].{name}");
        let source = limit.source();
        wrong.when(source == Source::Unspecified, &field("source"), "is unknown; name one");
        wrong.when(!sources.insert(source), &field("source"), "is named twice; leave one out");
        wrong.when(!UNITS.contains(&limit.units), &field("units"), "is out of range; give 0 to 1,000");
    }
    check_shifts(&said.shifts, wrong);
    let mut skills = HashSet::new();
    wrong.when(said.skills.len() > MOST_SKILLS, "profile.skills", "are too many; give at most 50");
    for (index, skill) in said.skills.iter().enumerate() {
        let field = |name: &str| format!("profile.skills[{index}].{name}");
        wrong.text(&field("skill"), &skill.skill, SKILL);
        wrong.when(!(1..=5).contains(&skill.level), &field("level"), "is out of range; give 1 to 5");
        wrong.when(!skills.insert(&skill.skill), &field("skill"), "is named twice; leave one out");
    }
}

fn check_shifts(shifts: &[wire::Shift], wrong: &mut Violations) {
    wrong.when(shifts.len() > MOST_SHIFTS, "profile.shifts", "are too many; give at most 20");
    let mut calendars = HashSet::new();
    for (index, shift) in shifts.iter().enumerate() {
        let field = format!("profile.shifts[{index}].calendar_id");
        wrong.id(&field, &shift.calendar_id, "cal");
        wrong.when(!calendars.insert(&shift.calendar_id), &field, "is named twice; leave one out");
    }
}

#[cfg(test)]
mod tests {
    use proto::{
        tickets::v1::Source,
        workflow::v1::{AgentProfile, AgentSkill, SourceCapacity},
    };

    use super::{FIELDS, Profile};

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let skill = AgentSkill { skill: "french".into(), level: 0 };
        let sent = AgentProfile {
            user_id: "usr_00000000000000000000000001".into(),
            delegate_id: "usr_00000000000000000000000001".into(),
            capacity: -1,
            weight: 101,
            skills: vec![skill.clone(), skill],
            source_capacities: vec![SourceCapacity { source: 0, units: 1_001 }],
            ..AgentProfile::default()
        };
        let said = Profile::default().with(&sent, FIELDS).expect_err("all of it is wrong").to_string();
        let fields = [
            "capacity",
            "weight",
            "delegate_id",
            "skills[0].level",
            "skills[1].skill",
            "source_capacities[0].source",
        ];
        for field in fields {
            assert!(said.contains(&format!("profile.{field}")), "{said}");
        }
    }

    #[test]
    fn a_mask_changes_what_it_names_and_nothing_else() {
        let limit = SourceCapacity { source: Source::Email.into(), units: 0 };
        let sent = AgentProfile {
            capacity: 4,
            weight: 3,
            source_capacities: vec![limit],
            ..AgentProfile::default()
        };
        let one = Profile::default().with(&sent, &["source_capacities"]).expect("fine");
        assert_eq!((one.capacity().total, one.capacity().from[&Source::Email], one.weight()), (0, 0, 1));
        assert!(one.is_limited() && !Profile::default().is_limited());
        let said = one.with(&sent, &["presence"]).expect_err("it is set otherwise").to_string();
        assert!(said.contains("which can't be changed"), "{said}");
    }
}
