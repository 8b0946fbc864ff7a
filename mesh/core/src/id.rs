//! Randomness as a parameter: ids and secrets come from an injected clock and generator, so a test with a seed gets the same
//! ones every time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::{
    Rng, SeedableRng,
    rngs::{StdRng, SysRng},
};
use uuid::{Builder, Uuid};

use crate::clock::SharedClock;

/// Ids of one millisecond are counted with so many bits, the counter of a UUIDv7 (RFC 9562, method 1).
const COUNTER: u16 = 0x0fff;

/// Makes ids, secrets and choices. Clones share one generator.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: SharedClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    rng: StdRng,
    /// The last id's millisecond and its number in it.
    millis: u64,
    counter: u16,
    /// Ids made so far.
    made: u64,
}

impl Ids {
    /// Seeded by the operating system; for every process that serves people.
    pub fn system(clock: SharedClock) -> Self {
        #[expect(clippy::expect_used, reason = "at start-up: a process without entropy must not make keys")]
        let rng = StdRng::try_from_rng(&mut SysRng).expect("the operating system gives randomness");
        Self::from(clock, rng)
    }

    /// The same ids for the same seed and clock; for tests and made-up data.
    pub fn seeded(clock: SharedClock, seed: u64) -> Self {
        Self::from(clock, StdRng::seed_from_u64(seed))
    }

    fn from(clock: SharedClock, rng: StdRng) -> Self {
        Self { clock, state: Arc::new(Mutex::new(State { rng, millis: 0, counter: 0, made: 0 })) }
    }

    /// A new id `prefix_…`. Ids of one process sort in the order they were made, those of several to the millisecond.
    pub fn id(&self, prefix: &str) -> String {
        let now = u64::try_from(self.clock.now().as_millisecond()).unwrap_or_default();
        proto::id::encode(prefix, self.lock().next_uuid(now).as_u128())
    }

    /// How many ids were made so far, by all clones together. While it stands still, nothing new came about.
    pub(crate) fn made(&self) -> u64 {
        self.lock().made
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.lock().rng.fill_bytes(&mut bytes);
        bytes
    }

    /// `N` random bytes as base64url text, for links and keys.
    pub fn secret<const N: usize>(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.bytes::<N>())
    }

    /// A number below `limit`, 0 for a limit of 0. The bias is below one in 2⁶⁴ ÷ limit.
    pub fn below(&self, limit: u64) -> u64 {
        u64::from_le_bytes(self.bytes()).checked_rem(limit).unwrap_or_default()
    }
}

impl State {
    /// The next UUID in a millisecond, or in a later one when that is full or the clock went back.
    fn next_uuid(&mut self, now: u64) -> Uuid {
        if now > self.millis {
            self.millis = now;
            self.counter = 0;
        } else if self.counter == COUNTER {
            self.millis += 1;
            self.counter = 0;
        } else {
            self.counter += 1;
        }
        self.made += 1;
        let mut tail = [0; 10];
        self.rng.fill_bytes(&mut tail);
        tail[..2].copy_from_slice(&self.counter.to_be_bytes());
        Builder::from_unix_timestamp_millis(self.millis, &tail).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};

    use super::Ids;
    use crate::clock::ManualClock;

    #[test]
    fn ids_are_well_formed_and_sort_by_time() {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let ids = Ids::system(clock.clone());
        let first = ids.id("tkt");
        clock.advance(SignedDuration::from_millis(1));
        let second = ids.id("tkt");
        assert!(proto::id::is("tkt", &first) && first < second);
    }

    #[test]
    fn ids_of_one_millisecond_sort_in_the_order_they_were_made_even_when_there_are_too_many_for_it() {
        let ids = Ids::system(Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)));
        let made: Vec<_> = (0..10_000).map(|_| ids.id("his")).collect();
        assert!(made.is_sorted());
    }

    #[test]
    fn the_same_seed_makes_the_same_ids() {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        assert_eq!(Ids::seeded(clock.clone(), 7).id("usr"), Ids::seeded(clock, 7).id("usr"));
    }
}
