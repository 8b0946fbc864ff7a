//! Waiting out what passes by itself: a locked file, a server that restarts.

use std::time::Duration;

use tokio::time::Instant;

use super::{PATIENCE, fault};
use crate::retry::Backoff;

/// The pauses between two attempts: the first one, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// What is left of the patience with one thing that is tried.
#[derive(Debug)]
pub(super) struct Patience {
    give_up: Instant,
    backoff: Backoff,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { give_up: Instant::now() + PATIENCE, backoff: Backoff::new(PAUSES.0, PAUSES.1) }
    }

    /// Waits before the next attempt. Gives the error back when it does not pass, or did not in time.
    pub(super) async fn bear(&mut self, error: sqlx::Error) -> sqlx::Result<()> {
        if !fault::is_passing(&error) || Instant::now() >= self.give_up {
            return Err(error);
        }
        self.backoff.pause().await;
        Ok(())
    }
}
