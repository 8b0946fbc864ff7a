//! A proof of work before the next try: cheap for somebody who mistyped, dear for a machine that guesses.
//!
//! Nothing is stored until a challenge is solved: its seed names its difficulty and its end, and our stamp binds both to what it
//! is for. A solution counts once.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    clock::{from_micros, to_proto},
    id::Ids,
};
use proto::identity::v1::{Challenge, ChallengeSolution};
use sha2::{Digest, Sha256};

use crate::vault::Vault;

const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
const PREFIX: &str = "tmc_";
const MOST_DIGITS: usize = 20;

/// A challenge for whoever signs in on `device`, in so many bits of work.
pub(crate) fn pose(vault: &Vault, ids: &Ids, device: &str, difficulty: i32, now: Timestamp) -> Challenge {
    let expires_at = now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
    let head = format!("{PREFIX}{difficulty}.{}.{}", expires_at.as_microsecond(), ids.secret::<16>());
    let stamp = vault.stamp(&stamped(&head, device));
    Challenge { seed: format!("{head}.{stamp}"), difficulty, expire_time: Some(to_proto(expires_at)) }
}

/// A challenge that was solved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Solved {
    /// What is remembered so that it counts once.
    pub(crate) id: String,
    pub(crate) expires_at: Timestamp,
}

/// The challenge behind a solution; `None` unless we posed it for this device, not too long ago, and it is solved.
pub(crate) fn check(
    vault: &Vault,
    solution: &ChallengeSolution,
    device: &str,
    now: Timestamp,
) -> Option<Solved> {
    let (head, stamp) = solution.seed.rsplit_once('.')?;
    let mut parts = head.strip_prefix(PREFIX)?.split('.');
    let (difficulty, micros, id) = (parts.next()?, parts.next()?, parts.next()?);
    let expires_at = from_micros(micros.parse().ok()?);
    let is_ours = vault.is_stamped(&stamped(head, device), stamp);
    let is_solved = work(&solution.seed, &solution.nonce)? >= difficulty.parse::<u32>().ok()?;
    (is_ours && is_solved && now < expires_at).then(|| Solved { id: id.into(), expires_at })
}

/// The bits of work in a solution; `None` when its nonce is no number.
fn work(seed: &str, nonce: &str) -> Option<u32> {
    let is_number =
        (1..=MOST_DIGITS).contains(&nonce.len()) && nonce.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| zero_bits(&Sha256::digest(format!("{seed}{nonce}"))))
}

fn zero_bits(digest: &[u8]) -> u32 {
    let mut bits = 0;
    for byte in digest {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

fn stamped(head: &str, device: &str) -> String {
    format!("challenge sign-in {device} {head}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};
    use mesh_core::{clock::SystemClock, id::Ids};
    use proto::identity::v1::{Challenge, ChallengeSolution};

    use super::{check, pose, work, zero_bits};
    use crate::vault::Vault;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn vault(master: u8) -> Vault {
        Vault::new(&[master; 32], ids()).expect("a vault")
    }

    fn ids() -> Ids {
        Ids::seeded(Arc::new(SystemClock), 1)
    }

    fn posed() -> Challenge {
        pose(&vault(1), &ids(), "laptop", 8, START)
    }

    /// The first number that does, or does not, solve it.
    fn answer(challenge: &Challenge, right: bool) -> ChallengeSolution {
        let solves = |nonce: &String| work(&challenge.seed, nonce).is_some_and(|bits| (bits >= 8) == right);
        let nonce = (0..1_u64 << 24).map(|number| number.to_string()).find(solves).expect("there is one");
        ChallengeSolution { seed: challenge.seed.clone(), nonce }
    }

    #[test]
    fn work_is_counted_in_leading_zero_bits() {
        assert_eq!([zero_bits(&[0xff]), zero_bits(&[0x01, 0xff]), zero_bits(&[0, 0x10, 0])], [0, 7, 11]);
        assert_eq!(zero_bits(&[0, 0]), 16);
    }

    #[test]
    fn a_solution_counts_for_its_device_for_five_minutes() {
        let solution = answer(&posed(), true);
        let at = |minutes| START + SignedDuration::from_mins(minutes);
        let solved = check(&vault(1), &solution, "laptop", at(4)).expect("solved");
        assert_eq!(solved.expires_at, at(5));
        assert_eq!(check(&vault(1), &solution, "laptop", at(5)), None, "too late");
        assert_eq!(check(&vault(1), &solution, "phone", at(4)), None, "for another device");
        assert_eq!(check(&vault(2), &solution, "laptop", at(4)), None, "not ours");
    }

    #[test]
    fn what_does_not_solve_it_is_refused() {
        assert_eq!(check(&vault(1), &answer(&posed(), false), "laptop", START), None);
        let right = answer(&posed(), true);
        for nonce in ["", "-1", "1e3", "¹", &"9".repeat(21)] {
            let wrong = ChallengeSolution { nonce: nonce.into(), ..right.clone() };
            assert_eq!(check(&vault(1), &wrong, "laptop", START), None, "{nonce:?}");
        }
    }

    #[test]
    fn a_seed_made_easier_or_longer_lived_is_not_ours() {
        let Challenge { seed, .. } = posed();
        for forged in [seed.replacen("tmc_8.", "tmc_0.", 1), seed.replacen(".300000000.", ".900000000.", 1)] {
            assert_ne!(forged, seed);
            let solution = ChallengeSolution { seed: forged, nonce: "1".into() };
            assert_eq!(check(&vault(1), &solution, "laptop", START), None);
        }
        for damaged in ["", "tmc_", "a.b.c.d", "tmc_8.x.y.z"] {
            let solution = ChallengeSolution { seed: damaged.into(), nonce: "1".into() };
            assert_eq!(check(&vault(1), &solution, "laptop", START), None, "{damaged:?}");
        }
    }
}
