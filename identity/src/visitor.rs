//! Who knocks before anybody has signed in: the network and the device a call comes from, as far as they are known.
//!
//! A device that signed in once carries a token with our stamp (`device.rs`); others are told apart by what they say of themselves,
//! which proves nothing, so their fingerprint counts only together with their network. A token comes with a success only: whoever
//! could have a fresh one for the asking would never be blocked.

use mesh_core::{caller::Caller, neighbourhood::Neighbourhood};
use proto::identity::v1::BlockKind;
use sha2::{Digest, Sha256};

use crate::{device, user::account_key, vault::Vault};

/// What failures are counted under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) kind: BlockKind,
    pub(crate) key: String,
    /// What administrators read.
    pub(crate) subject: String,
}

impl Mark {
    /// The sign-in name, whether or not there is an account with it.
    pub(crate) fn of_account(email: &str) -> Self {
        Self { kind: BlockKind::Account, key: account_key(email), subject: email.into() }
    }
}

/// Somebody before he has signed in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) address: Option<Mark>,
    pub(crate) device: Option<Mark>,
    /// The device's token, if it has a good one.
    token: Option<String>,
}

impl Visitor {
    /// Who makes a call; `token` is what he says his device is, `label` what he calls it.
    pub(crate) fn new(caller: &Caller, token: &str, label: &str, vault: &Vault) -> Self {
        let network = caller.address().parse::<Neighbourhood>().ok().map(|network| network.to_string());
        let known = device::id_of(token, vault);
        let stranger = || Some(hash(&format!("{} {}", network.as_deref()?, some(caller.device())?)));
        let key = known.map(str::to_owned).or_else(stranger);
        let subject = device_name(label, network.as_deref());
        Self {
            device: key.map(|key| Mark { kind: BlockKind::Device, key, subject }),
            address: network.map(|network| Mark {
                kind: BlockKind::Address,
                key: network.clone(),
                subject: network,
            }),
            token: known.map(|_| token.to_owned()),
        }
    }

    /// The token the device came with, or nothing.
    pub(crate) fn token(&self) -> String {
        self.token.clone().unwrap_or_default()
    }
}

fn device_name(label: &str, network: Option<&str>) -> String {
    let label = some(label.trim()).unwrap_or("unnamed device");
    network.map_or_else(|| label.to_owned(), |network| format!("{label}, {network}"))
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::{Mark, device_name};

    #[test]
    fn a_name_is_counted_by_its_hash_and_read_as_it_is() {
        let mark = Mark::of_account("ann@example.org");
        assert_eq!((mark.key.len(), mark.subject.as_str()), (64, "ann@example.org"));
        assert_ne!(mark.key, Mark::of_account("bob@example.org").key);
    }

    #[test]
    fn administrators_read_which_device_it_is() {
        assert_eq!(device_name(" Firefox on Linux ", Some("192.0.2.1")), "Firefox on Linux, 192.0.2.1");
        assert_eq!(device_name("", None), "unnamed device");
    }
}
