//! The mesh's own tokens: one role proves to another that it belongs to the mesh.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};

use super::{expect_current, public_key, sign, signing_key, verify};
use crate::{
    clock::SharedClock,
    error::{Error, Result},
};

const AUDIENCE: &str = "mesh";
/// How long a token is good, in seconds.
const LIFETIME: i64 = 60;
/// A token is used again until so many seconds before its end.
const RENEW_BEFORE: i64 = 30;
/// Verified tokens kept: two for each replica that calls are enough.
const CACHED_TOKENS: usize = 1_000;

/// What a mesh token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MeshClaims {
    /// The service that calls.
    pub sub: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// The key every role of a mesh has (`TM_MESH_KEY_FILE`): it signs and verifies mesh tokens.
#[derive(Clone)]
pub struct MeshKey(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    secret: hmac::Key,
    private: EncodingKey,
    public: DecodingKey,
    /// The last token of each service with its end: several services of one process share the key.
    current: Mutex<HashMap<String, (String, i64)>>,
    /// What verified tokens say, so that a signature is checked once.
    verified: Cache<String, Arc<MeshClaims>>,
}

impl fmt::Debug for MeshKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MeshKey(…)")
    }
}

impl MeshKey {
    /// The key behind its 32 secret bytes.
    pub fn new(seed: &[u8; 32], clock: SharedClock) -> Result<Self> {
        let public = DecodingKey::from_ed_components(&public_key(seed)?).map_err(Error::internal)?;
        let inner = Inner {
            clock,
            secret: hmac::Key::new(hmac::HMAC_SHA256, seed),
            private: signing_key(seed),
            public,
            current: Mutex::default(),
            verified: Cache::new(CACHED_TOKENS),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The key behind the text of a key file.
    pub fn parse(text: &str, clock: SharedClock) -> Result<Self> {
        Self::new(&parse_seed(text)?, clock)
    }

    /// 32 bytes for another purpose that every role of the mesh comes to alike.
    pub fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        let mut derived = [0; 32];
        derived.copy_from_slice(hmac::sign(&self.0.secret, purpose).as_ref());
        derived
    }

    /// A token that proves the call comes from `service`, good for a minute.
    pub fn sign(&self, service: &str) -> Result<String> {
        let now = self.0.clock.now().as_second();
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, expires)) = current.get(service)
            && now + RENEW_BEFORE < *expires
        {
            return Ok(token.clone());
        }
        let exp = now + LIFETIME;
        let claims = MeshClaims { sub: service.to_owned(), aud: AUDIENCE.to_owned(), iat: now, exp };
        let token = sign(None, &claims, &self.0.private)?;
        current.insert(service.to_owned(), (token.clone(), exp));
        Ok(token)
    }

    /// What a mesh token says, if it is ours and current.
    pub fn verify(&self, token: &str) -> Result<MeshClaims> {
        let claims = self.0.verified.get_or_insert_with(token, || {
            verify::<MeshClaims>(token, &self.0.public, AUDIENCE, None).map(Arc::new)
        })?;
        expect_current(claims.iat, claims.exp, self.0.clock.now().as_second())?;
        Ok(MeshClaims::clone(&claims))
    }
}

/// The 32 secret bytes in a key file's text: base64url, white space around it ignored.
pub fn parse_seed(text: &str) -> Result<[u8; 32]> {
    BASE64_URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        Error::invalid(
            "key file",
            "holds no key of 32 bytes in base64url; make one with `ticketmesh config keys`",
        )
    })
}
