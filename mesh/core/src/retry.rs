//! Waiting longer each time, a little differently each time, so that many who failed together do not come back together.

use std::time::Duration;

use tower::{
    retry::backoff::{Backoff as _, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff},
    util::rng::HasherRng,
};

/// How much of a pause is left to chance.
const JITTER: f64 = 0.5;

/// Pauses that double up to a limit, with jitter.
#[derive(Clone, Debug)]
pub struct Backoff(Option<ExponentialBackoff>);

impl Backoff {
    /// Pauses from `first` to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        let maker = ExponentialBackoffMaker::new(first, longest.max(first), JITTER, HasherRng::new());
        Self(maker.ok().map(|mut maker| maker.make_backoff()))
    }

    /// Waits for the next, longer pause.
    pub async fn pause(&mut self) {
        if let Some(backoff) = &mut self.0 {
            backoff.next_backoff().await;
        }
    }
}
