//! What a cookie holds, sealed so that only the gateways of this mesh can read or make one.
//!
//! AES-256-GCM with a fresh nonce for every sealing, bound to its purpose: another key, another purpose or one changed bit
//! opens nothing. The tokens inside never reach a script or a log.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use mesh_core::error::{Error, Result};

/// What a seal is for, with the version of the layout; bound into every seal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Session,
    SignOn,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"ticketmesh session cookie 1",
            Self::SignOn => b"ticketmesh sign-on cookie 1",
        }
    }
}

/// Separates the parts; neither JWTs nor base64url know it.
const SEPARATOR: char = '\n';

/// The tokens behind a browser's session.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// Proof for the services, minutes long.
    pub(crate) access: String,
    /// Buys the next pair, once.
    pub(crate) refresh: String,
    /// The cookie outlives the browser's window.
    pub(crate) persistent: bool,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").field("persistent", &self.persistent).finish_non_exhaustive()
    }
}

/// Seals and opens cookies with the mesh's key.
pub(crate) struct Seal {
    key: RandomizedNonceKey,
    purpose: Purpose,
}

impl fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seal(..)")
    }
}

impl Seal {
    /// Seals with a key that every gateway of the mesh has.
    pub(crate) fn new(key: &[u8; 32], purpose: Purpose) -> Result<Self> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(Error::internal)?;
        Ok(Self { key, purpose })
    }

    /// A text as cookie text: base64url of nonce, ciphertext and tag.
    pub(crate) fn close_text(&self, text: &str) -> Result<String> {
        let mut sealed = text.as_bytes().to_vec();
        let purpose = Aad::from(self.purpose.label());
        let nonce = self.key.seal_in_place_append_tag(purpose, &mut sealed).map_err(Error::internal)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &sealed].concat()))
    }

    /// The text inside cookie text; `None` when it was not sealed here or was tampered with.
    pub(crate) fn open_text(&self, text: &str) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.key.open_in_place(nonce, Aad::from(self.purpose.label()), &mut sealed).ok()?;
        str::from_utf8(plain).ok().map(str::to_owned)
    }

    /// The tokens as cookie text.
    pub(crate) fn close(&self, tokens: &Tokens) -> Result<String> {
        let persistent = if tokens.persistent { "1" } else { "0" };
        self.close_text(&[persistent, &tokens.refresh, &tokens.access].join(&SEPARATOR.to_string()))
    }

    /// The tokens inside cookie text; `None` when it was not sealed here or was tampered with.
    pub(crate) fn open(&self, text: &str) -> Option<Tokens> {
        let plain = self.open_text(text)?;
        let mut parts = plain.splitn(3, SEPARATOR);
        let (persistent, refresh, access) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Tokens { access: access.to_owned(), refresh: refresh.to_owned(), persistent: persistent == "1" })
    }
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Seal, Tokens};

    fn tokens() -> Tokens {
        Tokens { access: "aaa.bbb.ccc".into(), refresh: "r-1_2".into(), persistent: true }
    }

    #[test]
    fn what_was_sealed_opens_again() {
        let seal = Seal::new(&[7; 32], Purpose::Session).expect("a key");
        assert_eq!(seal.open(&seal.close(&tokens()).expect("sealed")), Some(tokens()));
    }

    #[test]
    fn two_seals_of_the_same_tokens_differ() {
        let seal = Seal::new(&[7; 32], Purpose::Session).expect("a key");
        assert_ne!(seal.close(&tokens()).expect("sealed"), seal.close(&tokens()).expect("sealed"));
    }

    #[test]
    fn a_changed_character_another_key_or_noise_opens_nothing() {
        let seal = Seal::new(&[7; 32], Purpose::Session).expect("a key");
        let text = seal.close(&tokens()).expect("sealed");
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(seal.open(&forged).filter(|opened| *opened != tokens()), None, "{at}");
        }
        assert_eq!(Seal::new(&[8; 32], Purpose::Session).expect("a key").open(&text), None);
        assert_eq!(
            Seal::new(&[7; 32], Purpose::SignOn).expect("a key").open(&text),
            None,
            "made for something else"
        );
        for noise in ["", "AAAA", "%%%", "\u{fffd}", &"A".repeat(10_000)] {
            assert_eq!(seal.open(noise), None);
        }
    }
}
