//! API keys: `tm_`, the key's id, 32 random bytes, a checksum. The checksum tells a typing error from a wrong key without a
//! look at the database, and lets scanners find leaked keys; only a hash of the whole is stored.

use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use ipnet::IpNet;
use jiff::Timestamp;
use mesh_core::{error::Violations, id::Ids};
use proto::permission::PermissionSet;
use sha2::{Digest, Sha256};

/// How many keys somebody may have that are not revoked.
pub(crate) const MOST: usize = 50;

const MOST_NETWORKS: usize = 32;
const PREFIX: &str = "tm_";
const ID_LENGTH: usize = 26;
const SECRET_LENGTH: usize = 64;
const CHECKSUM_LENGTH: usize = 8;
/// How much of a key is shown to recognise it by: the prefix and the end of the id's time.
const HINT_LENGTH: usize = 15;

/// What is stored of a key.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) owner_id: String,
    pub(crate) display_name: String,
    pub(crate) hint: String,
    pub(crate) secret_hash: String,
    /// Empty narrows nothing.
    pub(crate) scopes: PermissionSet,
    /// Empty allows any address.
    pub(crate) allowed_networks: Vec<String>,
    /// Made in a session that was proven by a second factor, so that what counts there counts here.
    pub(crate) proven: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key opens anything now, from this address (`""` when unknown).
    pub(crate) fn is_good(&self, now: Timestamp, address: &str) -> bool {
        self.revoked_at.is_none()
            && self.expires_at.is_none_or(|end| now < end)
            && (self.allowed_networks.is_empty()
                || self.allowed_networks.iter().any(|network| contains(network, address)))
    }

    /// Whether this is the key's whole text; takes the same time either way.
    pub(crate) fn is_text(&self, text: &str) -> bool {
        verify_slices_are_equal(hash(text).as_bytes(), self.secret_hash.as_bytes()).is_ok()
    }
}

/// The text of a new key with this id.
pub(crate) fn mint(id: &str, ids: &Ids) -> String {
    let suffix = id.strip_prefix("key_").unwrap_or(id);
    let body = format!("{PREFIX}{suffix}{}", hex::encode(ids.bytes::<32>()));
    let checksum = checksum(&body);
    format!("{body}{checksum}")
}

/// The id inside a key's text; `None` when it is no key, or has a typing error.
pub(crate) fn id_of(text: &str) -> Option<String> {
    let rest = text.strip_prefix(PREFIX)?;
    if !rest.is_ascii() || rest.len() != ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH {
        return None;
    }
    let (body, end) = text.split_at(text.len() - CHECKSUM_LENGTH);
    let id = format!("key_{}", &rest[..ID_LENGTH]);
    (checksum(body) == end && proto::id::is("key", &id)).then_some(id)
}

/// What is stored instead of the text.
pub(crate) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// The beginning people recognise a key by.
pub(crate) fn hint(text: &str) -> String {
    text.chars().take(HINT_LENGTH).collect()
}

fn checksum(body: &str) -> String {
    hex::encode(&Sha256::digest(body)[..CHECKSUM_LENGTH / 2])
}

/// Collects what is wrong with an allow-list.
pub(crate) fn check_networks(networks: &[String], wrong: &mut Violations) {
    wrong.when(networks.len() > MOST_NETWORKS, "allowed_networks", "has too many entries; give at most 32");
    for (index, network) in networks.iter().enumerate().take(MOST_NETWORKS) {
        if parse(network).is_none() {
            wrong.add(
                format!("allowed_networks[{index}]"),
                "is no address or network; write 192.0.2.7 or 2001:db8::/48",
            );
        }
    }
}

/// A network, or the one of a single address.
fn parse(network: &str) -> Option<IpNet> {
    network.parse().or_else(|_| network.parse::<IpAddr>().map(IpNet::from)).ok()
}

fn contains(network: &str, address: &str) -> bool {
    let (Some(network), Ok(address)) = (parse(network), address.parse::<IpAddr>()) else {
        return false;
    };
    network.contains(&address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mesh_core::{clock::SystemClock, id::Ids};
    use proptest::{prop_assert, proptest};

    use super::{contains, hash, hint, id_of, mint, parse};

    fn key() -> (String, String) {
        let ids = Ids::seeded(Arc::new(SystemClock), 1);
        let id = ids.id("key");
        let text = mint(&id, &ids);
        (id, text)
    }

    #[test]
    fn a_key_names_its_id_and_never_its_hash() {
        let (id, text) = key();
        assert_eq!(id_of(&text), Some(id));
        assert!(text.starts_with("tm_") && text.starts_with(&hint(&text)) && !text.contains(&hash(&text)));
    }

    #[test]
    fn one_wrong_letter_is_a_typing_error() {
        let (_, text) = key();
        for position in 3..text.len() {
            let wrong = if &text[position..=position] == "0" { "1" } else { "0" };
            let damaged = format!("{}{wrong}{}", &text[..position], &text[position + 1..]);
            assert_eq!(id_of(&damaged), None, "{damaged}");
        }
        assert_eq!(id_of(&text[..text.len() - 1]), None);
    }

    #[test]
    fn networks_hold_their_own_addresses_only() {
        assert!(contains("192.0.2.0/24", "192.0.2.7") && !contains("192.0.2.0/24", "192.0.3.7"));
        assert!(contains("192.0.2.7", "::ffff:192.0.2.7") && !contains("192.0.2.7", "192.0.2.8"));
        assert!(contains("2001:db8::/48", "2001:db8::1") && !contains("2001:db8::/48", "2001:db9::1"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(!contains("192.0.2.0/24", ""));
        assert!(parse("192.0.2.0/33").is_none() && parse("desk").is_none());
    }

    proptest! {
        #[test]
        fn nothing_anybody_types_is_a_key(typed in "\\PC{0,120}") {
            prop_assert!(id_of(&typed).is_none());
        }
    }
}
