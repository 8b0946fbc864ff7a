//! Passkeys (WebAuthn level 3): key pairs that an authenticator keeps for this installation. It signs a challenge of ours for this
//! site only, and says whether it saw its owner (presence) and knew him (verification); verified, it is two factors in one.
//!
//! What the maker of an authenticator says about it (attestation) is neither asked for nor looked at. `question.rs` is what the
//! browser is asked, `answer.rs` what it says and whether that is true, `cose.rs` the keys.

mod answer;
mod cose;
mod question;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Uri;
use jiff::Timestamp;
use mesh_core::error::{Error, Result};

pub(crate) use answer::{Assertion, Registration};
pub(crate) use question::{creation_options, request_options};

/// How many somebody may have.
pub(crate) const MOST: usize = 20;
/// The longest answer of a browser, in bytes.
pub(crate) const LONGEST_ANSWER: usize = 16 * 1024;

/// The public half of a key pair, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Passkey {
    pub(crate) id: String,
    pub(crate) user_id: String,
    /// What the authenticator calls it, base64url.
    pub(crate) credential_id: String,
    /// COSE (RFC 9052), base64url.
    pub(crate) public_key: String,
    /// Signatures so far, where the authenticator counts them.
    pub(crate) counter: i64,
    pub(crate) display_name: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// What an answer must be meant for.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The domain a passkey belongs to.
    pub(crate) id: String,
    /// Where its pages come from.
    pub(crate) origin: String,
}

impl Site {
    /// The site below the public address.
    pub(crate) fn new(public_url: &str) -> Result<Self> {
        let unusable = || {
            Error::invalid(
                "public url",
                "has no host, which passkeys belong to; write https://desk.example.org",
            )
        };
        let uri: Uri = public_url.parse().map_err(|_| unusable())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(unusable());
        };
        Ok(Self { id: authority.host().to_owned(), origin: format!("{scheme}://{authority}") })
    }
}

/// Why an answer is not believed; for the audit log.
pub(crate) type Doubt = &'static str;

fn to_text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn to_bytes(text: &str) -> Result<Vec<u8>, Doubt> {
    BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| "no base64url")
}
