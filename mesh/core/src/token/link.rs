//! Links that carry what they are for: a few facts and an end, signed, for people who need not sign in.
//!
//! The invariant: what comes out of a token is what went in, for the same purpose and before its end. That a link works once is
//! for whoever acts on it to see to.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use super::MeshKey;
use crate::error::{Error, Result};

const SIGNATURE: usize = 32;
const END: usize = 8;

/// Signs the links of one purpose; the same for all replicas of a mesh.
#[derive(Clone, Debug)]
pub struct LinkKey(hmac::Key);

impl LinkKey {
    /// The key of a mesh for links of this purpose.
    pub fn new(mesh: &MeshKey, purpose: &str) -> Self {
        let secret = mesh.derive(format!("links: {purpose}").as_bytes());
        Self(hmac::Key::new(hmac::HMAC_SHA256, &secret))
    }

    /// A token that carries `facts` until `end`, of letters, digits, `-` and `_`.
    pub fn seal(&self, facts: &impl Serialize, end: Timestamp) -> Result<String> {
        let mut signed = end.as_second().to_be_bytes().to_vec();
        signed.extend(serde_json::to_vec(facts).map_err(Error::internal)?);
        let mut token = hmac::sign(&self.0, &signed).as_ref().to_vec();
        token.extend(signed);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(token))
    }

    /// What a token carries; `None` when it is not ours, was altered, or its end has come.
    pub fn open<C: DeserializeOwned>(&self, token: &str, now: Timestamp) -> Option<C> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signature, signed) = bytes.split_at_checked(SIGNATURE)?;
        hmac::verify(&self.0, signed, signature).ok()?;
        let (end, facts) = signed.split_at_checked(END)?;
        let end = i64::from_be_bytes(end.try_into().ok()?);
        (now.as_second() < end).then(|| serde_json::from_slice(facts).ok())?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};

    use super::LinkKey;
    use crate::{clock::SystemClock, token::MeshKey};

    fn key(purpose: &str) -> LinkKey {
        LinkKey::new(&MeshKey::new(&[3; 32], Arc::new(SystemClock)).expect("a key"), purpose)
    }

    #[test]
    fn a_link_is_good_for_its_purpose_until_its_end() {
        let end = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        let token = key("rating").seal(&"tkt_1", end).expect("a token");
        let open = |key: &LinkKey, token: &str, now| key.open::<String>(token, now);
        assert_eq!(open(&key("rating"), &token, Timestamp::UNIX_EPOCH).as_deref(), Some("tkt_1"));
        assert_eq!(open(&key("rating"), &token, end), None);
        assert_eq!(open(&key("approval"), &token, Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn an_altered_link_says_nothing() {
        let token = key("rating").seal(&"tkt_1", Timestamp::MAX).expect("a token");
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'Q' } else { b'A' };
            let altered = String::from_utf8(altered).expect("letters");
            assert_eq!(key("rating").open::<String>(&altered, Timestamp::UNIX_EPOCH), None, "{at}");
        }
        for nonsense in ["", "x", "ä", &token[..20]] {
            assert_eq!(key("rating").open::<String>(nonsense, Timestamp::UNIX_EPOCH), None, "{nonsense}");
        }
    }
}
