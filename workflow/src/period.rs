//! Times an installation sets: for the workflows that ship with the program, and for its agents.
//!
//! Invariant: a published version never changes; where it leaves a time to the installation, the time is filled in when the version
//! is read. What is under way keeps the alarm it was given.

use std::time::Duration;

use proto::workflow::v1::{Period, Version};

/// The times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Periods {
    /// How long a resolved ticket waits for an answer before it closes.
    pub(crate) close_after: Duration,
    /// How long an answer opens a closed ticket again.
    pub(crate) reopen_within: Duration,
    /// How long an agent may be silent; zero is for ever.
    pub(crate) away_after: Duration,
}

impl Periods {
    /// The version with this installation's times.
    pub(crate) fn fill_in(self, mut version: Version) -> Version {
        for transition in version.graph.iter_mut().flat_map(|graph| &mut graph.transitions) {
            transition.after = self.length(transition.after_period()).or(transition.after);
            transition.within = self.length(transition.within_period()).or(transition.within);
        }
        version
    }

    fn length(self, period: Period) -> Option<prost_types::Duration> {
        let length = match period {
            Period::Unspecified => return None,
            Period::CloseAfter => self.close_after,
            Period::ReopenWithin => self.reopen_within,
        };
        // Longer than protobuf can say is for ever, as far as anybody lives to see.
        Some(
            prost_types::Duration::try_from(length)
                .unwrap_or(prost_types::Duration { seconds: i64::MAX, nanos: 0 }),
        )
    }
}
