//! The device somebody signs in on: what it is known by, and whether its owner was seen on it before.
//!
//! A device that signed in once carries a token with our stamp; one without is told by its network and what it says of itself,
//! which is enough not to warn somebody of his own browser, and is never taken for proof. A token is no secret between people:
//! whoever signs in with his own device at somebody else's account is new there.

use mesh_core::{caller::Caller, db::Tx, error::Result, id::Ids, neighbourhood::Neighbourhood};
use sha2::{Digest, Sha256};

use crate::{store::devices, vault::Vault};

const PREFIX: &str = "tmd_";

/// A device, once somebody has proved on it who he is.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// What it carries from now on.
    pub(crate) token: String,
    id: String,
    /// It came with its token.
    carried: bool,
    /// What it looks like without one; `None` where nobody knows from where it calls.
    look: Option<String>,
}

impl Device {
    /// The device of a call; `token` is what it says it is. It keeps its token, or gets its first.
    pub(crate) fn new(caller: &Caller, token: &str, vault: &Vault, ids: &Ids) -> Self {
        Self::looking_like(look(caller), token, vault, ids)
    }

    fn looking_like(look: Option<String>, token: &str, vault: &Vault, ids: &Ids) -> Self {
        if let Some(id) = id_of(token, vault) {
            return Self { token: token.into(), id: id.into(), carried: true, look };
        }
        let id = ids.id("dev");
        let token = format!("{PREFIX}{id}.{}", vault.stamp(&stamped(&id)));
        Self { token, id, carried: false, look }
    }

    /// Remembers that somebody signed in on it. Answers whether that is news to him: he was seen on others before, never on this
    /// one. What can't be told from others is no news, and neither is his first.
    pub(crate) async fn remember(&self, tx: &mut Tx, user_id: &str) -> Result<bool> {
        let own = self.carried.then_some(self.id.as_str());
        let known_by: Vec<_> = own.into_iter().chain(self.look.as_deref()).collect();
        let seen = devices::seen(tx, user_id, &known_by).await?;
        for mark in [Some(self.id.as_str()), self.look.as_deref()].into_iter().flatten() {
            devices::remember(tx, user_id, mark).await?;
        }
        devices::forget(tx, user_id).await?;
        Ok(!known_by.is_empty() && seen.any && !seen.here)
    }
}

/// The id of a device whose token is ours.
pub(crate) fn id_of<'a>(token: &'a str, vault: &Vault) -> Option<&'a str> {
    let (id, stamp) = token.strip_prefix(PREFIX)?.split_once('.')?;
    (proto::id::is("dev", id) && vault.is_stamped(&stamped(id), stamp)).then_some(id)
}

/// A hash of the network and of what the device says of itself.
fn look(caller: &Caller) -> Option<String> {
    let network = caller.address().parse::<Neighbourhood>().ok()?;
    Some(hex::encode(Sha256::digest(format!("{network} {}", caller.device()))))
}

fn stamped(id: &str) -> String {
    format!("device {id}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mesh_core::{clock::SystemClock, id::Ids};

    use super::{Device, id_of};
    use crate::vault::Vault;

    fn ids() -> Ids {
        Ids::seeded(Arc::new(SystemClock), 1)
    }

    fn vault(master: u8) -> Vault {
        Vault::new(&[master; 32], ids()).expect("a vault")
    }

    #[test]
    fn a_device_keeps_its_token_and_nobody_makes_one_up() {
        let carrying = |token: &str| Device::looking_like(None, token, &vault(1), &ids()).token;
        let token = carrying("");
        let id = id_of(&token, &vault(1)).expect("ours");
        assert_eq!(id_of(&token, &vault(2)), None);
        let another = token.replace(id, &proto::id::encode("dev", 1));
        for forged in [another.as_str(), "", "tmd_", "tmd_x.y", id] {
            assert_eq!(id_of(forged, &vault(1)), None, "{forged}");
            assert_ne!(carrying(forged), forged);
        }
        assert_eq!(carrying(&token), token);
    }
}
