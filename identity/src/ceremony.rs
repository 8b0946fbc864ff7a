//! Ceremonies: exchanges in several steps with somebody's browser, of which a sign-in that waits for its second factor is one.
//!
//! What a ceremony knows stands in the database, so that any replica goes on with what another one began; its holder has an opaque
//! token, of which a hash is stored. It ends with the first right answer, with the fifth wrong one, or after five minutes.

use jiff::{SignedDuration, Timestamp};
use mesh_core::id::Ids;
use sha2::{Digest, Sha256};

use crate::{session::Method, vault::Vault};

/// Answers after which a ceremony is void.
pub(crate) const MOST_ANSWERS: i64 = 5;
/// Codes that are mailed for one ceremony.
pub(crate) const MOST_CODES: i64 = 3;
/// Answers to one mailed code.
pub(crate) const MOST_CODE_TRIES: i64 = 3;

const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// How many codes of six digits there are.
const CODES: u64 = 1_000_000;

/// What a ceremony is held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The password was right; the second factor is missing.
    SecondFactor,
    /// Somebody signs in with a passkey and nothing else.
    PasskeySignIn,
    /// Somebody who has signed in makes a passkey.
    NewPasskey,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::SecondFactor, Self::PasskeySignIn, Self::NewPasskey];

    /// As the database names it.
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::SecondFactor => 1,
            Self::PasskeySignIn => 2,
            Self::NewPasskey => 3,
        }
    }

    /// The purpose of a code; `None` for a code of a newer release.
    pub(crate) fn of_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// One exchange under way.
#[derive(Clone, Debug)]
pub(crate) struct Ceremony {
    pub(crate) token_hash: String,
    pub(crate) purpose: Purpose,
    /// Empty until somebody says who he is.
    pub(crate) user_id: String,
    /// How its holder proved himself so far.
    pub(crate) methods: Vec<Method>,
    /// Of the session it leads to.
    pub(crate) device_label: String,
    /// Of the session it leads to.
    pub(crate) persistent: bool,
    /// What a passkey is to sign, base64url.
    pub(crate) challenge: String,
    pub(crate) expires_at: Timestamp,
}

/// What is stored instead of the token.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// When what begins now, or is mailed now, ends.
pub(crate) fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX)
}

/// A new code to be mailed: six digits.
pub(crate) fn mint_code(ids: &Ids) -> String {
    format!("{:06}", ids.below(CODES))
}

impl Ceremony {
    /// A new ceremony that leads to no session yet, and its token.
    pub(crate) fn new(purpose: Purpose, user_id: &str, ids: &Ids, now: Timestamp) -> (Self, String) {
        let token = ids.secret::<32>();
        let ceremony = Self {
            token_hash: hash(&token),
            purpose,
            user_id: user_id.into(),
            methods: vec![],
            device_label: String::new(),
            persistent: false,
            challenge: ids.secret::<32>(),
            expires_at: expiry(now),
        };
        (ceremony, token)
    }

    /// What is stored instead of a mailed code: a plain hash of six digits would soon be undone.
    pub(crate) fn code_stamp(&self, vault: &Vault, code: &str) -> String {
        vault.stamp(&self.stamped(code))
    }

    /// Whether the stamp was made of this code.
    pub(crate) fn is_code(&self, vault: &Vault, code: &str, stamp: &str) -> bool {
        vault.is_stamped(&self.stamped(code), stamp)
    }

    fn stamped(&self, code: &str) -> String {
        format!("sign-in code {} {code}", self.token_hash)
    }
}

/// Where a code goes, mostly hidden: `a…@example.org`.
pub(crate) fn hint(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or_default();
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use mesh_core::{clock::SystemClock, id::Ids};

    use super::{Ceremony, Purpose, hash, hint, mint_code};

    #[test]
    fn a_hint_shows_one_letter_and_the_domain() {
        assert_eq!(hint("ann.lee@example.org"), "a…@example.org");
    }

    #[test]
    fn tokens_are_long_and_codes_have_six_digits() {
        let ids = Ids::seeded(Arc::new(SystemClock), 1);
        let (ceremony, token) = Ceremony::new(Purpose::SecondFactor, "usr_1", &ids, Timestamp::UNIX_EPOCH);
        assert!(token.len() == 43 && hash(&token) == ceremony.token_hash);
        for _ in 0..100 {
            let code = mint_code(&ids);
            assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        }
    }
}
