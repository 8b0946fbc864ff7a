//! Proof of who calls: access tokens of people and service accounts, and the mesh's own short tokens.
//!
//! Both are JWTs signed with Ed25519. The algorithm is ours, never the header's; the time is the injected clock's.

mod access;
mod link;
mod mesh;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use proto::errors::v1::ErrorReason;
use serde::{Serialize, de::DeserializeOwned};

pub use access::{AUDIENCE, AccessClaims, AccessSigner, ISSUER, Source, Verifier, revocations};
pub use link::LinkKey;
pub use mesh::{MeshClaims, MeshKey, parse_seed};

use crate::error::{Error, Result};

/// The header of a key in PKCS #8 version 1 for Ed25519; the seed's 32 bytes follow (RFC 8410).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// How far two machines' clocks may differ, in seconds.
const LEEWAY: i64 = 30;

/// The private half of an Ed25519 key for signing, from its 32 secret bytes.
pub fn signing_key(seed: &[u8; 32]) -> EncodingKey {
    let mut der = PKCS8_PREFIX.to_vec();
    der.extend_from_slice(seed);
    EncodingKey::from_ed_der(&der)
}

/// The public half, base64url, as a JWK's `x`.
pub fn public_key(seed: &[u8; 32]) -> Result<String> {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let pair = Ed25519KeyPair::from_seed_unchecked(seed)
        .map_err(|_| Error::internal("the key's seed is unusable"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(pair.public_key()))
}

fn sign(kid: Option<&str>, claims: &impl Serialize, key: &EncodingKey) -> Result<String> {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, key).map_err(Error::internal)
}

/// The claims of a token with a good signature, audience and issuer; the caller still checks its times.
fn verify<C: DeserializeOwned + Clone>(
    token: &str,
    key: &DecodingKey,
    audience: &str,
    issuer: Option<&str>,
) -> Result<C> {
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["exp", "aud", "sub"]);
    rules.validate_exp = false; // by our own clock, see `expect_current`
    if let Some(issuer) = issuer {
        rules.set_issuer(&[issuer]);
    }
    match jsonwebtoken::decode::<C>(token, key, &rules) {
        Ok(token) => Ok(token.claims),
        Err(error) => Err(Error::unauthenticated(&ErrorReason::TokenInvalid, refusal(error.kind()))),
    }
}

fn refusal(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidAudience | ErrorKind::InvalidIssuer => {
            "the token was made for somebody else; sign in again"
        }
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            "the token's signature is not ours; sign in again"
        }
        _ => "the token is damaged; sign in again",
    }
}

/// Refuses a token whose time is over or not yet come; all in seconds since 1970.
fn expect_current(issued: i64, expires: i64, now: i64) -> Result<()> {
    if now >= expires + LEEWAY {
        return Err(Error::unauthenticated(
            &ErrorReason::TokenExpired,
            "the token's time is over; refresh the session",
        ));
    }
    if issued > now + LEEWAY {
        return Err(Error::unauthenticated(
            &ErrorReason::TokenInvalid,
            "the token is from the future; check the machines' clocks",
        ));
    }
    Ok(())
}
