//! Who knocks before anybody has signed in: the network and the device a call comes from, as far as they are known.
//!
//! A device that signed in once carries a token with our stamp; others are told apart by what they say of themselves, which
//! proves nothing, so their fingerprint counts only together with their network. A token comes with a success only: whoever
//! could have a fresh one for the asking would never be blocked.

use mesh_core::{caller::Caller, id::Ids, neighbourhood::Neighbourhood};
use proto::identity::v1::BlockKind;
use sha2::{Digest, Sha256};

use crate::{user::account_key, vault::Vault};

const PREFIX: &str = "tmd_";

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
        let known = known_device(token, vault);
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

    /// The token of a device that signed in: the one it has, or its first.
    pub(crate) fn token_or_new(self, vault: &Vault, ids: &Ids) -> String {
        self.token.unwrap_or_else(|| {
            let id = ids.id("dev");
            format!("{PREFIX}{id}.{}", vault.stamp(&stamped(&id)))
        })
    }
}

/// The id of a device whose token is ours.
fn known_device<'a>(token: &'a str, vault: &Vault) -> Option<&'a str> {
    let (id, stamp) = token.strip_prefix(PREFIX)?.split_once('.')?;
    (proto::id::is("dev", id) && vault.is_stamped(&stamped(id), stamp)).then_some(id)
}

fn stamped(id: &str) -> String {
    format!("device {id}")
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
    use std::sync::Arc;

    use mesh_core::{clock::SystemClock, id::Ids};

    use super::{Mark, Visitor, device_name, known_device};
    use crate::vault::Vault;

    fn ids() -> Ids {
        Ids::seeded(Arc::new(SystemClock), 1)
    }

    fn vault(master: u8) -> Vault {
        Vault::new(&[master; 32], ids()).expect("a vault")
    }

    fn stranger() -> Visitor {
        Visitor { address: None, device: None, token: None }
    }

    #[test]
    fn a_device_keeps_its_token_and_nobody_makes_one_up() {
        let token = stranger().token_or_new(&vault(1), &ids());
        let id = known_device(&token, &vault(1)).expect("ours");
        assert_eq!(known_device(&token, &vault(2)), None);
        let another = token.replace(id, &proto::id::encode("dev", 1));
        for forged in [another.as_str(), "", "tmd_", "tmd_x.y", id] {
            assert_eq!(known_device(forged, &vault(1)), None, "{forged}");
        }
        let back = Visitor { token: Some(token.clone()), ..stranger() };
        assert_eq!(back.token_or_new(&vault(1), &ids()), token);
    }

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
