//! API keys at the front door: `authorization: Bearer tm_…` becomes the access token it stands for.
//!
//! A key is exchanged once and its token used until it runs out, so identity sees a busy program every ten minutes. Keys are kept
//! only as hashes. A wrong key is exchanged anew each time it comes, which the sign-in limit makes slow.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use mesh_core::{clock::SharedClock, error::Result, peer::Peer, service::Process, token::Verifier};
use proto::identity::v1::{ExchangeApiKeyRequest, auth_service_client::AuthServiceClient};
use quick_cache::sync::Cache;

use crate::origin::Origin;

/// How keys begin; access tokens do not.
pub(crate) const PREFIX: &str = "tm_";

/// Tokens kept.
const KEYS: usize = 10_000;
/// A token with less time left is exchanged anew.
const RENEW_BEFORE: i64 = 30;

/// Exchanges keys for tokens.
pub(crate) struct Keys {
    clock: SharedClock,
    verifier: Verifier,
    identity: Peer,
    tokens: Cache<[u8; 32], String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// No key is known yet.
    pub(crate) fn new(process: &Process, identity: Peer) -> Self {
        Self {
            clock: process.clock.clone(),
            verifier: process.verifier.clone(),
            identity,
            tokens: Cache::new(KEYS),
        }
    }

    /// The token of a key that was exchanged from there before and is still good.
    pub(crate) async fn known(&self, key: &str, origin: Origin) -> Option<String> {
        let hash = hash(key, origin);
        let token = self.tokens.get(&hash)?;
        let now = self.clock.now().as_second();
        if self.verifier.verify(&token).await.is_ok_and(|claims| claims.exp - now > RENEW_BEFORE) {
            return Some(token);
        }
        self.tokens.remove(&hash);
        None
    }

    /// The token for a key; parallel calls with the same key wait for one exchange.
    pub(crate) async fn exchange(&self, key: &str, origin: Origin) -> Result<String> {
        self.tokens.get_or_insert_async(&hash(key, origin), self.buy(key, origin)).await
    }

    async fn buy(&self, key: &str, origin: Origin) -> Result<String> {
        let ask = origin.calls(ExchangeApiKeyRequest { api_key: key.to_owned() });
        let bought = AuthServiceClient::new(self.identity.for_worker()).exchange_api_key(ask).await?;
        Ok(bought.into_inner().access_token)
    }
}

/// A key may be bound to networks, so what it was exchanged for counts only where it came from.
fn hash(key: &str, origin: Origin) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, format!("{} {key}", origin.address).as_bytes()).as_ref());
    hash
}
