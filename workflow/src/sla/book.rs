//! Everything that is promised now: policies in their order, and the calendars they are measured by.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mesh_core::rule::Values;
use proto::workflow::v1::SlaMetric;

use super::{
    calendar::Calendar,
    clock::Terms,
    moment::{Moment, WHOLE},
    policy::{self, Policy, Target},
};

/// Policies and calendars.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    /// In their order, those that are switched off too.
    pub(crate) policies: Vec<Policy>,
    pub(crate) calendars: BTreeMap<String, Calendar>,
}

/// What is promised for one metric of a ticket at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Promise<'b> {
    pub(crate) policy: &'b Policy,
    pub(crate) target: &'b Target,
    pub(crate) calendar: &'b Calendar,
    /// How much of the target is meant, in millionths.
    share: i64,
}

impl Book {
    /// The policy that applies to a ticket of these values; empty for none.
    pub(crate) fn choose(&self, values: &Values<'_>, now: Timestamp) -> String {
        policy::choose(&self.policies, values, now).map(|policy| policy.wire.id.clone()).unwrap_or_default()
    }

    /// A policy, also one that is switched off.
    pub(crate) fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.wire.id == id)
    }

    pub(crate) fn calendar(&self, id: &str) -> Option<&Calendar> {
        self.calendars.get(id)
    }

    /// What was promised from a moment on.
    pub(crate) fn promise(&self, metric: SlaMetric, moment: &Moment) -> Option<Promise<'_>> {
        let policy = self.policy(&moment.policy_id).filter(|policy| policy.wire.enabled)?;
        let target = policy.target(metric, moment.state.priority)?;
        let share = if metric == SlaMetric::Stage { moment.state.share } else { WHOLE.into() };
        let calendar = self.calendar(&policy.wire.calendar_id)?;
        Some(Promise { policy, target, calendar, share })
    }

    /// The metrics these policies promise anything for, each once.
    pub(crate) fn metrics<'m>(&self, policy_ids: impl Iterator<Item = &'m str>) -> Vec<SlaMetric> {
        let policies = policy_ids.filter_map(|id| self.policy(id));
        let mut metrics: Vec<_> = policies.flat_map(Policy::metrics).collect();
        metrics.sort_unstable_by_key(|metric| i32::from(*metric));
        metrics.dedup();
        metrics
    }
}

impl Promise<'_> {
    /// Whether no clock is to run now: the stage has no share in the way.
    pub(crate) const fn is_empty(&self) -> bool {
        self.share == 0
    }

    /// What a clock is to keep to.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            policy_id: self.policy.wire.id.clone(),
            policy_version: self.policy.wire.version,
            calendar_id: self.calendar.id.clone(),
            calendar_version: self.calendar.version,
            target: self.part(self.target.amount),
            pace: self.target.pace,
            bells: self.target.bells.iter().map(|bell| self.part(*bell)).collect(),
        }
    }

    /// What is meant of an amount. Without a share in a whole way that is all of it.
    fn part(&self, amount: i64) -> i64 {
        let part = i128::from(amount) * i128::from(self.share) / i128::from(WHOLE);
        i64::try_from(part).unwrap_or(i64::MAX)
    }
}
