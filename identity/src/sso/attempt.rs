//! A sign-in at a provider that has begun: one secret that one browser holds.
//!
//! State, nonce and PKCE verifier are made from that secret and the master key, so the database keeps none of them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use mesh_core::id::Ids;
use sha2::{Digest, Sha256};

use crate::vault::Vault;

/// How long somebody may take at the provider.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// What is kept of it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// SHA-256 of the secret, hexadecimal.
    pub(crate) token_hash: String,
    pub(crate) provider_key: String,
    /// The session outlives the browser's window.
    pub(crate) persistent: bool,
    pub(crate) device_label: String,
    pub(crate) expires_at: Timestamp,
}

impl Attempt {
    /// A new attempt and its secret.
    pub(crate) fn new(
        provider_key: &str,
        persistent: bool,
        device_label: &str,
        ids: &Ids,
        now: Timestamp,
    ) -> (Self, String) {
        let token = ids.secret::<32>();
        let attempt = Self {
            token_hash: Self::hash(&token),
            provider_key: provider_key.into(),
            persistent,
            device_label: device_label.into(),
            expires_at: now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
        };
        (attempt, token)
    }

    /// What an attempt is found by.
    pub(crate) fn hash(token: &str) -> String {
        hex::encode(Sha256::digest(token))
    }
}

/// What the secret of an attempt amounts to.
#[derive(Clone)]
pub(crate) struct Secrets {
    /// Comes back with the browser.
    pub(crate) state: String,
    /// Comes back in the ID token.
    pub(crate) nonce: String,
    /// Proves to the provider that who redeems the code is who began (RFC 7636).
    pub(crate) verifier: String,
}

impl Secrets {
    pub(crate) fn of(token: &str, vault: &Vault) -> Self {
        let made = |what: &str| vault.stamp(&format!("sso {what} {token}"));
        Self { state: made("state"), nonce: made("nonce"), verifier: made("verifier") }
    }

    /// Whether this is what was to come back; takes the same time either way.
    pub(crate) fn is_state(&self, sent: &str) -> bool {
        verify_slices_are_equal(self.state.as_bytes(), sent.as_bytes()).is_ok()
    }

    /// What the provider is shown of the verifier at the beginning.
    pub(crate) fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mesh_core::{clock::SystemClock, id::Ids};

    use super::Secrets;
    use crate::vault::Vault;

    #[test]
    fn each_attempt_has_secrets_of_its_own_that_fit_the_protocol() {
        let vault = Vault::new(&[7; 32], Ids::seeded(Arc::new(SystemClock), 1)).expect("a vault");
        let (one, two) = (Secrets::of("a", &vault), Secrets::of("b", &vault));
        assert!(one.state != two.state && one.state != one.nonce && one.nonce != one.verifier);
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
        assert!((43..=128).contains(&one.verifier.len()) && one.verifier.chars().all(allowed));
        assert_eq!(one.challenge().len(), 43);
    }
}
