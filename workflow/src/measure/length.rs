//! How long things took, in steps, so that lengths of many days can be put together and their percentiles be told.
//!
//! A step is a quarter of a doubling. The numbers that fall into one are kept with their sum, and a percentile is the mean of its step: at
//! most a fifth, and most often a twentieth, away from the exact one.

use std::collections::BTreeMap;

/// What is shorter than a minute is the step 0.
const SHORTEST: i64 = 60;
/// Steps a doubling.
const FINENESS: f64 = 4.0;
/// The longest: some four years and all beyond.
const LAST: u16 = 85;

/// The step of a number of seconds, as tallies name it.
pub(crate) fn step(seconds: i64) -> String {
    number(seconds).to_string()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a minute or more, and the logarithm of any number of seconds is a small positive one"
)]
fn number(seconds: i64) -> u16 {
    if seconds < SHORTEST {
        return 0;
    }
    let doublings = (seconds as f64 / SHORTEST as f64).log2();
    ((doublings * FINENESS) as u16 + 1).min(LAST)
}

/// How many took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lengths(BTreeMap<u16, (i64, i64)>);

impl Lengths {
    /// Adds so many with so many seconds together to a step; both may be negative.
    pub(crate) fn add(&mut self, step: &str, count: i64, seconds: i64) {
        let (counted, sum) = self.0.entry(step.parse().unwrap_or(LAST)).or_default();
        *counted += count;
        *sum += seconds;
    }

    /// The seconds that so many per cent of them did not exceed; 0 without any.
    pub(crate) fn percentile(&self, percent: i64) -> f64 {
        let all: i64 = self.0.values().map(|(count, _)| count).sum();
        // The smallest rank that has so many per cent at or below it.
        let rank = (all * percent + 99) / 100;
        let mut passed = 0;
        let found = self.0.values().filter(|(count, _)| *count > 0).find(|(count, _)| {
            passed += count;
            passed >= rank
        });
        found.map_or(0.0, |(count, seconds)| super::mean(*seconds, *count))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lengths, step};

    proptest! {
        #[test]
        fn a_percentile_is_near_the_exact_one(
            mut lengths in prop::collection::vec(0_i64..10_000_000, 1..300), percent in 1_i64..=100,
        ) {
            let mut kept = Lengths::default();
            for seconds in &lengths {
                kept.add(&step(*seconds), 1, *seconds);
            }
            lengths.sort_unstable();
            let rank = (lengths.len() * usize::try_from(percent).expect("small")).div_ceil(100);
            let exact = lengths[rank - 1];
            let told = kept.percentile(percent);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let (low, high) = ((exact as f64).mul_add(0.8, -60.0), (exact as f64).mul_add(1.25, 60.0));
            prop_assert!(low <= told && told <= high, "{told} is far from {exact}");
        }

        #[test]
        fn lengths_of_two_days_put_together_are_those_of_both(
            lengths in prop::collection::vec((any::<bool>(), 0_i64..10_000_000), 0..100),
        ) {
            let (mut all, mut first, mut rest) = (Lengths::default(), Lengths::default(), vec![]);
            for (early, seconds) in lengths {
                all.add(&step(seconds), 1, seconds);
                if early { first.add(&step(seconds), 1, seconds) } else { rest.push(seconds) }
            }
            for seconds in rest {
                first.add(&step(seconds), 1, seconds);
            }
            prop_assert_eq!(first, all);
        }
    }

    #[test]
    fn nothing_took_no_time() {
        assert_eq!(Lengths::default().percentile(90).to_bits(), 0.0_f64.to_bits());
    }
}
