//! Sign-in protection: what each layer bears, and what a counter says of the next try.
//!
//! A counter is a number of failures and the instant of the last one; whether it blocks follows from the limits of this moment.
//! So a changed limit is in force at once, for those who are blocked as for those who are not.

use jiff::{SignedDuration, Timestamp};
use mesh_core::error::Violations;
use proto::identity::v1::BlockKind;
use serde::{Deserialize, Serialize};

/// The limits in force. Never write less than a whole one: what is missing in the database has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Protection {
    pub(crate) address_limit: i32,
    pub(crate) address_block: SignedDuration,
    pub(crate) device_challenge_limit: i32,
    pub(crate) device_limit: i32,
    pub(crate) device_block: SignedDuration,
    pub(crate) account_limit: i32,
    pub(crate) account_lock: SignedDuration,
    pub(crate) account_warning_limit: i32,
    pub(crate) counter_lifetime: SignedDuration,
    pub(crate) challenge_difficulty: i32,
}

impl Default for Protection {
    fn default() -> Self {
        Self {
            address_limit: 10,
            address_block: SignedDuration::from_mins(30),
            device_challenge_limit: 5,
            device_limit: 8,
            device_block: SignedDuration::from_mins(20),
            account_limit: 10,
            account_lock: SignedDuration::from_mins(15),
            account_warning_limit: 5,
            counter_lifetime: SignedDuration::from_hours(24),
            challenge_difficulty: 18,
        }
    }
}

/// What one layer bears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Failures that block; never reached when the layer does not block.
    pub(crate) limit: i64,
    /// How long they block.
    pub(crate) block: SignedDuration,
    /// After so long without another one, failures that do not block are forgotten.
    pub(crate) lifetime: SignedDuration,
}

/// The largest limit that can be set.
const MOST_FAILURES: i32 = 1_000;
const SHORTEST_BLOCK: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_BLOCK: SignedDuration = SignedDuration::from_hours(24);
const SHORTEST_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// No counter means anything after this time, whatever is set.
pub(crate) const LONGEST_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Protection {
    /// What the layer of this kind bears.
    pub(crate) fn bounds(&self, kind: BlockKind) -> Bounds {
        let (limit, block) = match kind {
            BlockKind::Address => (self.address_limit, self.address_block),
            BlockKind::Device => (self.device_limit, self.device_block),
            BlockKind::Account => (self.account_limit, self.account_lock),
            BlockKind::Unspecified => (0, SignedDuration::ZERO),
        };
        Bounds { limit: or_never(limit), block, lifetime: self.counter_lifetime }
    }

    /// Whether failures of this kind mean anything.
    pub(crate) fn counts(&self, kind: BlockKind) -> bool {
        let other = match kind {
            BlockKind::Device => self.device_challenge_limit,
            BlockKind::Account => self.account_warning_limit,
            BlockKind::Address | BlockKind::Unspecified => 0,
        };
        other > 0 || self.bounds(kind).limit < i64::MAX
    }

    /// Whether the try that made these failures of a device goes on only with a solved challenge.
    pub(crate) fn challenges(&self, failures: i64) -> bool {
        failures > or_never(self.device_challenge_limit)
    }

    /// Whether the owner of an account with these failures is to be warned.
    pub(crate) fn warns(&self, failures: i64) -> bool {
        failures >= or_never(self.account_warning_limit)
    }

    /// Names every field that can't be in force, below `prefix`.
    pub(crate) fn check(&self, prefix: &str, wrong: &mut Violations) {
        for (field, limit) in [
            ("address_limit", self.address_limit),
            ("device_challenge_limit", self.device_challenge_limit),
            ("device_limit", self.device_limit),
            ("account_limit", self.account_limit),
            ("account_warning_limit", self.account_warning_limit),
        ] {
            let fits = (0..=MOST_FAILURES).contains(&limit);
            wrong.when(
                !fits,
                &format!("{prefix}{field}"),
                "is out of range; give 1 to 1,000, or 0 for no limit",
            );
        }
        for (field, block) in [
            ("address_block", self.address_block),
            ("device_block", self.device_block),
            ("account_lock", self.account_lock),
        ] {
            let fits = (SHORTEST_BLOCK..=LONGEST_BLOCK).contains(&block);
            wrong.when(!fits, &format!("{prefix}{field}"), "is out of range; give 1 minute to 24 hours");
        }
        let fits = (SHORTEST_LIFETIME..=LONGEST_LIFETIME).contains(&self.counter_lifetime);
        wrong.when(!fits, &format!("{prefix}counter_lifetime"), "is out of range; give 1 hour to 7 days");
        let fits = (1..=28).contains(&self.challenge_difficulty);
        wrong.when(!fits, &format!("{prefix}challenge_difficulty"), "is out of range; give 1 to 28 bits");
    }
}

/// A limit of 0 is one that is never reached.
fn or_never(limit: i32) -> i64 {
    if limit == 0 { i64::MAX } else { i64::from(limit) }
}

/// The failures of one address, device or sign-in name.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    pub(crate) id: String,
    pub(crate) kind: BlockKind,
    /// What administrators read.
    pub(crate) subject: String,
    /// Failures as counted; [`standing`](Self::standing) says how many of them mean anything now.
    pub(crate) failures: i64,
    pub(crate) last_failure_at: Timestamp,
}

impl Counter {
    /// Until when nobody is let through, if so.
    pub(crate) fn blocked_until(&self, bounds: &Bounds, now: Timestamp) -> Option<Timestamp> {
        let until = self.last_failure_at.saturating_add(bounds.block).unwrap_or(Timestamp::MAX);
        (self.failures >= bounds.limit && until > now).then_some(until)
    }

    /// Failures that still mean something: not those a block was served for, nor those of long ago.
    pub(crate) fn standing(&self, bounds: &Bounds, now: Timestamp) -> i64 {
        let counts = if self.failures >= bounds.limit {
            self.blocked_until(bounds, now).is_some()
        } else {
            now.duration_since(self.last_failure_at) <= bounds.lifetime
        };
        if counts { self.failures } else { 0 }
    }

    /// Whether a block was served to its end, and nobody has tried since.
    pub(crate) fn has_served(&self, bounds: &Bounds, now: Timestamp) -> bool {
        self.failures >= bounds.limit && self.blocked_until(bounds, now).is_none()
    }

    /// Counts a try as the failure it is until it succeeds. Fails with the end of a block, which counts nothing.
    pub(crate) fn count(&mut self, bounds: &Bounds, now: Timestamp) -> Result<(), Timestamp> {
        if let Some(until) = self.blocked_until(bounds, now) {
            return Err(until);
        }
        self.failures = self.standing(bounds, now) + 1;
        self.last_failure_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use mesh_core::error::Violations;
    use proto::identity::v1::BlockKind;

    use super::{Bounds, Counter, Protection};

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const BOUNDS: Bounds =
        Bounds { limit: 3, block: SignedDuration::from_mins(20), lifetime: SignedDuration::from_hours(24) };

    fn counter() -> Counter {
        Counter {
            id: String::new(),
            kind: BlockKind::Device,
            subject: String::new(),
            failures: 0,
            last_failure_at: START,
        }
    }

    /// A counter after so many failures at the start.
    fn failed(times: i64) -> Counter {
        Counter { failures: times, ..counter() }
    }

    fn after(minutes: i64) -> Timestamp {
        START + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn the_last_failure_borne_blocks_those_after_it() {
        let mut counter = counter();
        for _ in 0..3 {
            assert_eq!(counter.count(&BOUNDS, START), Ok(()));
        }
        assert_eq!(counter.count(&BOUNDS, after(19)), Err(after(20)));
        assert_eq!(counter.failures, 3, "a refused try counts nothing and makes no block longer");
    }

    #[test]
    fn a_block_that_was_served_wipes_the_slate() {
        let mut counter = failed(3);
        assert!(!counter.has_served(&BOUNDS, after(19)) && counter.has_served(&BOUNDS, after(20)));
        assert_eq!(counter.standing(&BOUNDS, after(20)), 0);
        assert_eq!(counter.count(&BOUNDS, after(20)), Ok(()));
        assert_eq!(counter.failures, 1);
    }

    #[test]
    fn failures_fade_after_a_day_without_another_one() {
        assert_eq!(failed(2).standing(&BOUNDS, after(24 * 60)), 2);
        assert_eq!(failed(2).standing(&BOUNDS, after(24 * 60 + 1)), 0);
    }

    #[test]
    fn a_changed_limit_is_in_force_at_once() {
        let (lower, higher) = (Bounds { limit: 2, ..BOUNDS }, Bounds { limit: 4, ..BOUNDS });
        assert_eq!(failed(2).count(&lower, after(1)), Err(after(20)));
        assert_eq!(failed(3).count(&higher, after(1)), Ok(()));
        let shorter = Bounds { block: SignedDuration::from_mins(1), ..BOUNDS };
        assert_eq!(failed(3).count(&shorter, after(1)), Ok(()));
    }

    #[test]
    fn a_limit_of_nothing_turns_its_layer_off() {
        let off = Protection {
            address_limit: 0,
            device_challenge_limit: 0,
            device_limit: 0,
            account_limit: 0,
            ..Protection::default()
        };
        assert!(!off.counts(BlockKind::Address) && !off.counts(BlockKind::Device));
        assert!(off.counts(BlockKind::Account), "owners are warned all the same");
        assert!(!Protection { account_warning_limit: 0, ..off }.counts(BlockKind::Account));
        assert_eq!(failed(1_000_000).blocked_until(&off.bounds(BlockKind::Account), START), None);
        assert!(!off.challenges(1_000_000) && off.warns(5));
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let defaults = Protection::default();
        assert!(!defaults.challenges(5) && defaults.challenges(6));
        assert!(!defaults.warns(4) && defaults.warns(5));
        let bounds = |kind| (defaults.bounds(kind).limit, defaults.bounds(kind).block.as_mins());
        assert_eq!(
            [BlockKind::Address, BlockKind::Device, BlockKind::Account].map(bounds),
            [(10, 30), (8, 20), (10, 15)]
        );
        let mut wrong = Violations::default();
        defaults.check("", &mut wrong);
        wrong.into_result().expect("the defaults can be in force");
    }

    #[test]
    fn every_field_that_can_not_be_in_force_is_named() {
        let second = SignedDuration::from_secs(1);
        let wrong_everywhere = Protection {
            address_limit: -1,
            address_block: second,
            device_challenge_limit: 1_001,
            device_limit: i32::MIN,
            device_block: -second,
            account_limit: i32::MAX,
            account_lock: SignedDuration::MAX,
            account_warning_limit: -5,
            counter_lifetime: second,
            challenge_difficulty: 29,
        };
        let mut wrong = Violations::default();
        wrong_everywhere.check("protection.", &mut wrong);
        let said = wrong.into_result().expect_err("nothing of this").to_string();
        assert_eq!(said.matches("protection.").count(), 10, "{said}");
        assert_eq!(said.matches("; give ").count(), 10, "{said}");
    }

    #[test]
    fn what_an_older_release_stored_has_defaults_for_the_rest() {
        let stored = serde_json::json!({ "account_limit": 3 });
        let read: Protection = serde_json::from_value(stored).expect("reads");
        assert_eq!(read, Protection { account_limit: 3, ..Protection::default() });
    }
}
