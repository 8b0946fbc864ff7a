//! Policies: what is promised for which tickets, and which of them applies.
//!
//! Invariant: the first enabled policy in order whose rule holds applies, and only that one; a target of a priority goes before one of
//! every priority.

use jiff::Timestamp;
use mesh_core::{
    error::Violations,
    rule::{Problem, Rule, Schema, Values},
};
use proto::{
    tickets::v1::Priority,
    workflow::v1::{PolicyTrial, PriorityChange, ReopenRule, SlaMetric, SlaPolicy, SlaTarget},
};

use super::{
    calendar::{DAY, Pace},
    metric::{self, Rules},
};

/// Policies there are at most.
pub(crate) const MOST_POLICIES: usize = 200;
/// Targets a policy has at most: every metric for every priority and for all of them, and some more.
const MOST_TARGETS: usize = 100;
/// Thresholds a target has at most.
const MOST_WARNINGS: usize = 10;
/// The longest target: ten years.
const LONGEST: i64 = 10 * 366 * 86_400;
/// Business days a target has at most.
const MOST_DAYS: i32 = 1_000;
/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// A policy, understood.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) wire: SlaPolicy,
    /// `None` takes every ticket.
    matches: Option<Rule>,
    targets: Vec<Target>,
}

/// What a policy promises for a metric.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    metric: SlaMetric,
    /// `PRIORITY_UNSPECIFIED` for every one.
    priority: Priority,
    /// Microseconds at its pace.
    pub(crate) amount: i64,
    pub(crate) pace: Pace,
    /// Shares of the target at which people are told, in microseconds, in order; the target itself is the last.
    pub(crate) bells: Vec<i64>,
    /// `None` for the shipped ones.
    rules: Option<Rules>,
}

impl Policy {
    /// The policy of a message that was checked; `None` when its rules can't be read any more.
    pub(crate) fn read(wire: SlaPolicy, schema: &Schema) -> Option<Self> {
        let matches = match wire.matches.trim() {
            "" => None,
            source => Some(Rule::parse(source, schema).ok()?),
        };
        let targets = wire.targets.iter().map(Target::read).collect::<Option<_>>()?;
        Some(Self { wire, matches, targets })
    }

    /// Whether it is for a ticket of these values.
    pub(crate) fn takes(&self, values: &Values<'_>, now: Timestamp) -> bool {
        let holds = |rule: &Rule| rule.matches(values, now) == Ok(true);
        self.wire.enabled && self.matches.as_ref().is_none_or(holds)
    }

    /// What it promises for a metric of a ticket of this priority.
    pub(crate) fn target(&self, metric: SlaMetric, priority: Priority) -> Option<&Target> {
        let of = |wanted: Priority| {
            self.targets.iter().find(|target| target.metric == metric && target.priority == wanted)
        };
        of(priority).or_else(|| of(Priority::Unspecified))
    }

    /// The metrics it promises anything for.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = SlaMetric> {
        self.targets.iter().map(|target| target.metric)
    }

    /// What a change of priority does to its clocks.
    pub(crate) fn on_change(&self) -> PriorityChange {
        match self.wire.on_priority_change() {
            PriorityChange::Unspecified => PriorityChange::Carry,
            choice => choice,
        }
    }
}

impl Target {
    fn read(sent: &SlaTarget) -> Option<Self> {
        let (amount, pace) = if sent.business_days > 0 {
            (i64::from(sent.business_days) * DAY, Pace::Days)
        } else {
            (micros(sent.target.as_ref()), Pace::Time)
        };
        let shares = sent.warn_at.iter().map(|percent| amount / 100 * i64::from(*percent));
        let before = sent.warn_before.iter().map(|before| amount - micros(Some(before)));
        let mut bells: Vec<_> = shares.chain(before).filter(|bell| (1..amount).contains(bell)).collect();
        bells.push(amount);
        bells.sort_unstable();
        bells.dedup();
        let rules = sent.rules.as_ref().map(Rules::parse).transpose().ok()?;
        Some(Self { metric: sent.metric(), priority: sent.priority(), amount, pace, bells, rules })
    }

    /// When its clocks start, stand still, go on, end and begin anew.
    pub(crate) fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref().or_else(|| metric::shipped(self.metric))
    }
}

/// The policy that applies to a ticket of these values. Policies stand in their order.
pub(crate) fn choose<'p>(policies: &'p [Policy], values: &Values<'_>, now: Timestamp) -> Option<&'p Policy> {
    policies.iter().find(|policy| policy.takes(values, now))
}

/// The policies as they were tried, up to the one that applies.
pub(crate) fn trials(policies: &[Policy], values: &Values<'_>, now: Timestamp) -> Vec<PolicyTrial> {
    let mut trials = Vec::new();
    for policy in policies {
        let matched = policy.takes(values, now);
        let message = match (matched, policy.wire.enabled) {
            (true, _) => String::new(),
            (false, true) => format!("its rule does not hold: {}", policy.wire.matches),
            (false, false) => "it is switched off".to_owned(),
        };
        let (policy_id, policy_name) = (policy.wire.id.clone(), policy.wire.name.clone());
        trials.push(PolicyTrial { policy_id, policy_name, matched, message });
        if matched {
            break;
        }
    }
    trials
}

/// A duration in microseconds.
fn micros(duration: Option<&prost_types::Duration>) -> i64 {
    duration.map_or(0, |duration| {
        duration.seconds.saturating_mul(SECOND).saturating_add(i64::from(duration.nanos / 1_000))
    })
}

/// Microseconds as a duration of the wire.
pub(crate) fn duration(micros: i64) -> prost_types::Duration {
    let nanos = i32::try_from(micros % SECOND * 1_000).unwrap_or_default();
    prost_types::Duration { seconds: micros / SECOND, nanos }
}

/// The first rule of a policy that can't be read: its path in the message, and why.
pub(crate) fn broken_rule(sent: &SlaPolicy, schema: &Schema) -> Option<(String, Problem)> {
    let matches = Some(sent.matches.trim()).filter(|rule| !rule.is_empty());
    if let Some(Err(problem)) = matches.map(|rule| Rule::parse(rule, schema)) {
        return Some(("policy.matches".to_owned(), problem));
    }
    sent.targets.iter().take(MOST_TARGETS).enumerate().find_map(|(index, target)| {
        let (field, problem) = Rules::parse(target.rules.as_ref()?).err()?;
        Some((format!("policy.targets[{index}].rules.{field}"), problem))
    })
}

/// Names what is wrong with a policy but for its rules, each field by its path in the message. Whether its calendar exists is for others
/// to say.
pub(crate) fn check(sent: &SlaPolicy, wrong: &mut Violations) {
    wrong.text("policy.name", &sent.name, 1..=100);
    let unknown = PriorityChange::try_from(sent.on_priority_change).is_err();
    wrong.when(unknown, "policy.on_priority_change", "is unknown; use CARRY, RESTART or KEEP");
    let unknown = ReopenRule::try_from(sent.on_reopen).is_err();
    wrong.when(unknown, "policy.on_reopen", "is unknown; use RESUME or ANEW");
    wrong.when(sent.targets.is_empty(), "policy.targets", "are missing; give at least one");
    wrong.when(sent.targets.len() > MOST_TARGETS, "policy.targets", "are too many; give at most 100");
    for (index, target) in sent.targets.iter().take(MOST_TARGETS).enumerate() {
        let path = format!("policy.targets[{index}]");
        check_target(&path, target, wrong);
        let twin = |other: &SlaTarget| other.metric == target.metric && other.priority == target.priority;
        let twice = sent.targets.iter().take(index).any(twin);
        wrong.when(twice, &path, "promises the same metric and priority twice; keep one");
    }
}

fn check_target(path: &str, sent: &SlaTarget, wrong: &mut Violations) {
    let field = |name: &str| format!("{path}.{name}");
    wrong.when(
        sent.metric() == SlaMetric::Unspecified,
        &field("metric"),
        "is unknown; use one of the contract's",
    );
    let unknown = Priority::try_from(sent.priority).is_err();
    wrong.when(unknown, &field("priority"), "is unknown; use one of the contract's, or none for all of them");
    let seconds = micros(sent.target.as_ref()) / SECOND;
    let in_days = sent.business_days != 0;
    wrong.when(in_days && sent.target.is_some(), path, "has two lengths; give target or business_days");
    let fits = (1..=MOST_DAYS).contains(&sent.business_days);
    wrong.when(in_days && !fits, &field("business_days"), "are too many or too few; give 1 to 1000");
    let fits = (1..=LONGEST).contains(&seconds);
    wrong.when(!in_days && !fits, &field("target"), "is missing or out of range; give 1 second to ten years");
    let many = sent.warn_at.len() + sent.warn_before.len() > MOST_WARNINGS;
    wrong.when(many, &field("warn_at"), "and warn_before are too many; give at most 10");
    let no_share = sent.warn_at.iter().any(|percent| !(1..=100).contains(percent));
    wrong.when(no_share, &field("warn_at"), "is no share; give percent, 1 to 100");
    let no_time = sent.warn_before.iter().any(|before| micros(Some(before)) < SECOND);
    wrong.when(no_time, &field("warn_before"), "is no length of time; give at least one second");
    let begins = sent.rules.as_ref().is_none_or(|rules| !rules.activate.trim().is_empty());
    let problem = "is missing; say when the clock starts, or leave the rules out";
    wrong.when(!begins, &field("rules.activate"), problem);
}
