//! The proof of work that stands before a sign-in after many failures: cheap for one person, dear for whoever tries thousands.
//!
//! The search runs in slices, between which the page draws and hears as ever.

use gloo_timers::future::TimeoutFuture;
use proto::identity::v1::{Challenge, ChallengeSolution};
use sha2::{Digest as _, Sha256};

use crate::browser;

/// How long a slice lasts, in milliseconds: less than a frame.
const SLICE: f64 = 8.0;
/// Numbers tried between two looks at the clock.
const TRIES: u32 = 64;

/// Finds the answer, however long it takes.
pub(crate) async fn solve(challenge: Challenge) -> ChallengeSolution {
    let mut search = Search::new(&challenge);
    loop {
        let end = browser::now() + SLICE;
        while browser::now() < end {
            if let Some(number) = search.go_on(TRIES) {
                return ChallengeSolution { seed: challenge.seed, nonce: number.to_string() };
            }
        }
        TimeoutFuture::new(0).await;
    }
}

/// The search for a number that, after the seed, hashes to enough zero bits.
struct Search {
    /// The hash of the seed, to which each number is added.
    seed: Sha256,
    difficulty: u32,
    next: u64,
}

impl Search {
    fn new(challenge: &Challenge) -> Self {
        let difficulty = u32::try_from(challenge.difficulty).unwrap_or_default();
        Self { seed: Sha256::new_with_prefix(&challenge.seed), difficulty, next: 0 }
    }

    /// Tries so many numbers more.
    fn go_on(&mut self, tries: u32) -> Option<u64> {
        for _ in 0..tries {
            let number = self.next;
            self.next += 1;
            let hash = self.seed.clone().chain_update(number.to_string()).finalize();
            if zero_bits(&hash) >= self.difficulty {
                return Some(number);
            }
        }
        None
    }
}

/// How many zero bits a hash begins with.
fn zero_bits(hash: &[u8]) -> u32 {
    let zeros = hash.iter().take_while(|byte| **byte == 0).count();
    let rest = hash.get(zeros).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(zeros * 8).unwrap_or_default() + rest
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::Challenge;
    use sha2::{Digest as _, Sha256};

    use super::{Search, zero_bits};

    #[test]
    fn zero_bits_are_counted_over_bytes() {
        assert_eq!(zero_bits(&[0xff]), 0);
        assert_eq!(zero_bits(&[0x1f, 0]), 3);
        assert_eq!(zero_bits(&[0, 0x01]), 15);
        assert_eq!(zero_bits(&[0, 0]), 16);
    }

    #[test]
    fn what_is_found_holds_and_nothing_before_it_does() {
        let challenge = Challenge { seed: "seed.".to_owned(), difficulty: 10, ..Challenge::default() };
        let holds = |number: u64| zero_bits(&Sha256::digest(format!("seed.{number}"))) >= 10;
        let mut search = Search::new(&challenge);
        let found = std::iter::repeat_with(|| search.go_on(16)).find_map(|found| found).unwrap();
        assert!(holds(found) && !(0..found).any(holds));
    }
}
