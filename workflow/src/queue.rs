//! Queues: where tickets wait, as people described it.
//!
//! Invariant: a [`Queue`] that was accepted asks somebody, its rules can be read, and its times and sizes are within their bounds.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    error::{Error, Result, Violations},
    rule::Rule,
};
use proto::workflow::v1::{self as wire, AbsencePolicy, ErrorReason, RoutingMethod};

use crate::{
    routing::{Need, Terms},
    run::Run,
    vocabulary,
};

/// The place in their order of queues that departments have by themselves.
const OWN_ORDER: i32 = 1_000;

const LAST_ORDER: i32 = 1_000_000;
const NAME: RangeInclusive<usize> = 1..=100;
const SKILL: RangeInclusive<usize> = 1..=50;
/// Characters of a rule.
const RULE: usize = 2_000;
const MOST_TIERS: usize = 10;
const MOST_DEPARTMENTS: usize = 50;
const MOST_SKILLS: usize = 10;
const MOST_SIZES: usize = 20;
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(30 * 24);
const LONGEST_GRACE: SignedDuration = SignedDuration::from_hours(24);
/// How long an agent may be offline when nothing else was said.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

/// How long an offer stands when nothing else was said, and at least.
const OFFER: SignedDuration = SignedDuration::from_secs(60);
const SHORTEST_OFFER: i64 = 5;

/// What a mask may name.
const FIELDS: &[&str] = &[
    "name",
    "matches",
    "order",
    "tiers",
    "method",
    "offers",
    "offer_timeout",
    "skills",
    "requester_affinity",
    "sizes",
    "absence",
    "absence_grace",
];

/// A queue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Queue {
    pub(crate) id: String,
    /// The department whose tickets and agents it joins; empty when it goes by its rule alone.
    pub(crate) home: String,
    pub(crate) version: i64,
    /// What people say of it; id, department, counts and etag are empty.
    pub(crate) settings: wire::Queue,
}

impl Queue {
    /// What a department has by itself.
    pub(crate) fn own_settings() -> wire::Queue {
        wire::Queue { order: OWN_ORDER, method: RoutingMethod::RoundRobin.into(), ..wire::Queue::default() }
    }

    /// A queue as somebody sent it.
    pub(crate) fn new(id: String, sent: &wire::Queue) -> Result<Self> {
        let blank = Self { id, home: sent.department_id.clone(), version: 1, settings: Self::own_settings() };
        let mut wrong = Violations::default();
        wrong.optional_id("queue.department_id", &sent.department_id, "dep");
        blank.changed(sent, FIELDS.iter().copied(), wrong)
    }

    /// The queue with the fields a mask names as they were sent; an empty mask names all of them.
    pub(crate) fn with(&self, sent: &wire::Queue, paths: &[String]) -> Result<Self> {
        let named: Vec<_> =
            if paths.is_empty() { FIELDS.to_vec() } else { paths.iter().map(String::as_str).collect() };
        let next = Self { version: self.version + 1, ..self.clone() };
        next.changed(sent, named.into_iter(), Violations::default())
    }

    fn changed<'p>(
        mut self,
        sent: &wire::Queue,
        paths: impl Iterator<Item = &'p str>,
        mut wrong: Violations,
    ) -> Result<Self> {
        for path in paths {
            self.take(path, sent, &mut wrong);
        }
        check(&self, &mut wrong);
        wrong.into_result()?;
        check_rules(&self.settings)?;
        Ok(self)
    }

    fn take(&mut self, path: &str, sent: &wire::Queue, wrong: &mut Violations) {
        let settings = &mut self.settings;
        match path {
            "name" => settings.name.clone_from(&sent.name),
            "matches" => settings.matches.clone_from(&sent.matches),
            "order" => settings.order = sent.order,
            "tiers" => settings.tiers.clone_from(&sent.tiers),
            "method" => settings.method = sent.method,
            "offers" => settings.offers = sent.offers,
            "offer_timeout" => settings.offer_timeout = sent.offer_timeout,
            "skills" => settings.skills.clone_from(&sent.skills),
            "requester_affinity" => settings.requester_affinity = sent.requester_affinity,
            "sizes" => settings.sizes.clone_from(&sent.sizes),
            "absence" => settings.absence = sent.absence,
            "absence_grace" => settings.absence_grace = sent.absence_grace,
            other => wrong.add(
                "update_mask",
                format!("names {other:?}, which can't be changed; name {}", FIELDS.join(", ")),
            ),
        }
    }

    /// The departments whose agents it asks, each with the waiting time after which they join.
    pub(crate) fn pools(&self) -> Vec<(String, SignedDuration)> {
        if self.settings.tiers.is_empty() {
            return vec![(self.home.clone(), SignedDuration::ZERO)];
        }
        let mut pools: Vec<_> = self.settings.tiers.iter().flat_map(of_tier).collect();
        // A department of several tiers joins with the first of them.
        pools.sort();
        pools.dedup_by(|later, first| later.0 == first.0);
        pools
    }

    /// How agents are chosen.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            method: self.settings.method(),
            needs: self.settings.skills.iter().map(need).collect(),
            tiers: self.settings.tiers.iter().map(|tier| length(tier.after.as_ref())).collect(),
        }
    }

    /// Whether a run belongs here. A rule that cannot be asked takes nothing.
    pub(crate) fn takes(&self, run: &Run, now: Timestamp) -> bool {
        let ours = self.home.is_empty() || self.home == run.facts.department_id;
        ours && (self.settings.matches.is_empty() || holds(&self.settings.matches, run, now))
    }

    /// How many units of an agent's capacity a run takes here.
    pub(crate) fn units(&self, run: &Run, now: Timestamp) -> i64 {
        let size = self.settings.sizes.iter().find(|size| holds(&size.matches, run, now));
        size.map_or(1, |size| i64::from(size.units))
    }

    /// How long an offer stands; `None` where tickets are assigned.
    pub(crate) fn offers_for(&self) -> Option<SignedDuration> {
        let timeout = self.settings.offer_timeout.as_ref();
        self.settings.offers.then(|| timeout.map_or(OFFER, |timeout| length(Some(timeout))))
    }

    /// What becomes of tickets whose agent is gone, and after how long.
    pub(crate) fn absence(&self) -> (AbsencePolicy, SignedDuration) {
        let grace = self.settings.absence_grace.as_ref().map_or(GRACE, |grace| length(Some(grace)));
        match self.settings.absence() {
            AbsencePolicy::Unspecified => (AbsencePolicy::Keep, grace),
            policy => (policy, grace),
        }
    }

    /// The queue for the wire, without the counts.
    pub(crate) fn to_proto(&self) -> wire::Queue {
        wire::Queue {
            id: self.id.clone(),
            department_id: self.home.clone(),
            etag: self.version.to_string(),
            ..self.settings.clone()
        }
    }
}

fn of_tier(tier: &wire::QueueTier) -> impl Iterator<Item = (String, SignedDuration)> {
    tier.department_ids.iter().map(|id| (id.clone(), length(tier.after.as_ref())))
}

fn need(need: &wire::SkillNeed) -> Need {
    let within = (!need.mandatory).then(|| length(need.timeout.as_ref()));
    Need { skill: need.skill.clone(), level: need.level, within }
}

/// A length that was checked; absent is none.
fn length(length: Option<&prost_types::Duration>) -> SignedDuration {
    length.map_or(SignedDuration::ZERO, |length| {
        SignedDuration::from_secs(length.seconds) + SignedDuration::from_nanos(i64::from(length.nanos))
    })
}

fn holds(rule: &str, run: &Run, now: Timestamp) -> bool {
    let asked = vocabulary::holds(rule, vocabulary::ticket(), &vocabulary::values(run), now);
    asked.unwrap_or_else(|problem| {
        tracing::warn!(%problem, rule, "a queue's rule cannot be asked and takes nothing");
        false
    })
}

/// Everything that is wrong but the rules.
fn check(queue: &Queue, wrong: &mut Violations) {
    let settings = &queue.settings;
    // A department's own queue may go on being called as the department.
    let unnamed = settings.name.is_empty() && !queue.home.is_empty() && queue.version > 1;
    if !unnamed {
        wrong.text("queue.name", &settings.name, NAME);
    }
    wrong.when(
        !(0..=LAST_ORDER).contains(&settings.order),
        "queue.order",
        "is out of range; give 0 to 1,000,000",
    );
    let method = settings.method() != RoutingMethod::Unspecified;
    let methods = "is unknown; use ROUND_ROBIN, LEAST_LOADED, MOST_SPARE, WEIGHTED or MANUAL";
    wrong.when(!method, "queue.method", methods);
    let absence = AbsencePolicy::try_from(settings.absence).is_ok();
    wrong.when(!absence, "queue.absence", "is unknown; use KEEP, UNASSIGN or REROUTE");
    check_length(wrong, "queue.absence_grace", settings.absence_grace.as_ref(), LONGEST_GRACE);
    check_length(wrong, "queue.offer_timeout", settings.offer_timeout.as_ref(), LONGEST_GRACE);
    let short = settings.offer_timeout.as_ref().is_some_and(|timeout| timeout.seconds < SHORTEST_OFFER);
    wrong.when(short, "queue.offer_timeout", "is too short to answer; give at least 5 seconds");
    let nobody = queue.home.is_empty() && settings.tiers.is_empty();
    wrong.when(nobody, "queue.tiers", "are missing: without a department nobody is asked; give at least one");
    check_tiers(&settings.tiers, wrong);
    check_skills(&settings.skills, wrong);
    wrong.when(settings.sizes.len() > MOST_SIZES, "queue.sizes", "are too many; give at most 20");
    for (index, size) in settings.sizes.iter().enumerate() {
        let units = (1..=100).contains(&size.units);
        wrong.when(!units, &format!("queue.sizes[{index}].units"), "is out of range; give 1 to 100");
    }
}

fn check_tiers(tiers: &[wire::QueueTier], wrong: &mut Violations) {
    wrong.when(tiers.len() > MOST_TIERS, "queue.tiers", "are too many; give at most 10");
    for (index, tier) in tiers.iter().enumerate() {
        let field = format!("queue.tiers[{index}].department_ids");
        let few = (1..=MOST_DEPARTMENTS).contains(&tier.department_ids.len());
        wrong.when(!few, &field, "are none or too many; give 1 to 50 departments");
        for (number, id) in tier.department_ids.iter().take(MOST_DEPARTMENTS).enumerate() {
            wrong.id(&format!("{field}[{number}]"), id, "dep");
        }
        check_length(wrong, &format!("queue.tiers[{index}].after"), tier.after.as_ref(), LONGEST_WAIT);
    }
}

fn check_skills(skills: &[wire::SkillNeed], wrong: &mut Violations) {
    wrong.when(skills.len() > MOST_SKILLS, "queue.skills", "are too many; give at most 10");
    for (index, need) in skills.iter().enumerate() {
        let field = |name: &str| format!("queue.skills[{index}].{name}");
        wrong.text(&field("skill"), &need.skill, SKILL);
        wrong.when(!(1..=5).contains(&need.level), &field("level"), "is out of range; give 1 to 5");
        let both = need.mandatory && need.timeout.is_some();
        wrong.when(both, &field("timeout"), "is never over for a mandatory skill; leave one of the two out");
        check_length(wrong, &field("timeout"), need.timeout.as_ref(), LONGEST_WAIT);
    }
}

fn check_length(
    wrong: &mut Violations,
    field: &str,
    given: Option<&prost_types::Duration>,
    most: SignedDuration,
) {
    let Some(given) = given else { return };
    let whole = (0..=most.as_secs()).contains(&given.seconds) && (0..1_000_000_000).contains(&given.nanos);
    let problem = format!("is out of range; give 0 to {} hours", most.as_hours());
    wrong.when(!whole, field, &problem);
}

/// Whether every rule can be read; the first that cannot is named with its place.
fn check_rules(settings: &wire::Queue) -> Result<()> {
    let sizes = settings.sizes.iter().enumerate();
    let sizes = sizes.map(|(index, size)| (format!("queue.sizes[{index}].matches"), size.matches.as_str()));
    let own = Some(("queue.matches".to_owned(), settings.matches.as_str()));
    for (field, rule) in own.into_iter().filter(|(_, rule)| !rule.is_empty()).chain(sizes) {
        if rule.chars().count() > RULE {
            return Err(Error::invalid(field, "is too long; give at most 2,000 characters"));
        }
        Rule::parse(rule, vocabulary::ticket()).map_err(|problem| {
            Error::invalid_because(&ErrorReason::RuleInvalid, field, problem.of_field())
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{self as wire, AbsencePolicy, RoutingMethod, SkillNeed};

    use super::{GRACE, Queue};

    fn sent() -> wire::Queue {
        wire::Queue {
            name: "Printers".into(),
            department_id: "dep_00000000000000000000000000".into(),
            method: RoutingMethod::LeastLoaded.into(),
            ..wire::Queue::default()
        }
    }

    fn problem(sent: &wire::Queue) -> String {
        Queue::new("que_1".into(), sent).expect_err("something is wrong").to_string()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let skill = SkillNeed { level: 6, ..SkillNeed::default() };
        let wrong = wire::Queue { order: -1, method: 9, name: String::new(), skills: vec![skill], ..sent() };
        let said = problem(&wrong);
        for field in
            ["queue.name", "queue.order", "queue.method", "queue.skills[0].skill", "queue.skills[0].level"]
        {
            assert!(said.contains(field), "{said}");
        }
        let nobody = wire::Queue { department_id: String::new(), ..sent() };
        assert!(problem(&nobody).contains("queue.tiers are missing"));
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_named_with_its_place() {
        let said = problem(&wire::Queue { matches: "ticket.colour == 1".into(), ..sent() });
        assert!(said.starts_with("queue.matches is no rule at line 1, column"), "{said}");
    }

    #[test]
    fn a_mask_changes_what_it_names_and_nothing_else() {
        let queue = Queue::new("que_1".into(), &sent()).expect("fine");
        let change = wire::Queue { name: "Plotters".into(), order: 3, ..wire::Queue::default() };
        let after = queue.with(&change, &["name".into()]).expect("fine");
        assert_eq!((after.settings.name.as_str(), after.settings.order), ("Plotters", queue.settings.order));
        assert_eq!((after.version, after.settings.method()), (2, RoutingMethod::LeastLoaded));
        let said = queue.with(&change, &["waiting".into()]).expect_err("counts are counted").to_string();
        assert!(said.contains("which can't be changed; name name, matches"), "{said}");
    }

    #[test]
    fn what_was_left_out_is_a_default() {
        let queue = Queue::new("que_1".into(), &sent()).expect("fine");
        assert_eq!(queue.absence(), (AbsencePolicy::Keep, GRACE));
        assert_eq!(
            queue.pools(),
            [("dep_00000000000000000000000000".to_owned(), jiff::SignedDuration::ZERO)]
        );
    }

    #[test]
    fn a_department_in_two_tiers_joins_with_the_first() {
        let tier = |id: &str, seconds| wire::QueueTier {
            department_ids: vec![format!("dep_0000000000000000000000000{id}")],
            after: Some(prost_types::Duration { seconds, nanos: 0 }),
        };
        let sent = wire::Queue { tiers: vec![tier("1", 600), tier("1", 60), tier("2", 0)], ..sent() };
        let pools = Queue::new("que_1".into(), &sent).expect("fine").pools();
        let waits: Vec<_> = pools.iter().map(|(_, after)| after.as_secs()).collect();
        assert_eq!(waits, [60, 0]);
    }
}
