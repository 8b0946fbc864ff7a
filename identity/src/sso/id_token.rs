//! Whether an ID token holds: made by this provider, for us, for this attempt, now, under one of its public keys.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Header, Validation, decode, decode_header, jwk::Jwk,
};
use serde_json::{Map, Value};

use super::{Claims, Fault};

/// How far the provider's clock may differ from ours, in seconds.
const LEEWAY: i64 = 60;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
    /// Seconds since 1970.
    pub(crate) now: i64,
}

/// Why a token does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It names a key that is not known; the provider may have changed its keys.
    UnknownKey,
    /// It never will.
    Final(Fault),
}

/// What a token says, if it holds.
pub(crate) fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Claims, Refusal> {
    // A token without a signature names the algorithm `none`, which is no algorithm here.
    let header = decode_header(token).map_err(|_| wrong("is damaged or not signed"))?;
    if header.alg.family() == AlgorithmFamily::Hmac {
        return Err(wrong("is signed with a shared secret; have the provider sign with RS256 or ES256"));
    }
    let claims = signed(token, &header, keys)?;
    expect(&claims, expected).map_err(Refusal::Final)?;
    Ok(claims.into())
}

/// The claims under a signature of one of the keys.
fn signed(token: &str, header: &Header, keys: &[Jwk]) -> Result<Map<String, Value>, Refusal> {
    let mut candidates = keys.iter().filter(|key| is_meant(key, header)).peekable();
    if candidates.peek().is_none() {
        return Err(Refusal::UnknownKey);
    }
    let rules = rules(header.alg);
    let mut verified = candidates.filter_map(|key| {
        let key = DecodingKey::from_jwk(key).ok().filter(|key| key.family() == header.alg.family())?;
        decode::<Map<String, Value>>(token, &key, &rules).ok()
    });
    verified
        .next()
        .map(|token| token.claims)
        .ok_or_else(|| wrong("has a signature that is not the provider's"))
}

/// Whether a key may have signed: the one that is named, or any when none is.
fn is_meant(key: &Jwk, header: &Header) -> bool {
    header.kid.is_none() || key.common.key_id == header.kid
}

/// The signature alone: issuer, audience and times are looked at by [`expect`], by our clock.
fn rules(algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm);
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_aud) = (false, false);
    rules
}

/// OpenID Connect Core 3.1.3.7.
fn expect(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Fault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let seconds = |name: &str| claims.get(name).and_then(Value::as_i64);
    let fine = |holds: bool, problem: &str| if holds { Ok(()) } else { Err(fault(problem)) };
    fine(text("iss") == expected.issuer, "was made by another issuer")?;
    fine(is_for(claims, expected.client_id), "was made for another client")?;
    fine(text("nonce") == expected.nonce, "was made for another sign-in")?;
    fine(
        seconds("exp").is_some_and(|end| expected.now < end.saturating_add(LEEWAY)),
        "is over; check the machines' clocks",
    )?;
    fine(
        seconds("iat").is_some_and(|made| made <= expected.now + LEEWAY),
        "is from the future; check the machines' clocks",
    )?;
    fine(!text("sub").is_empty() && text("sub").len() <= 255, "does not say whom it is about")
}

/// Whether we are the audience, and the party it was issued to when there are several.
fn is_for(claims: &Map<String, Value>, client_id: &str) -> bool {
    let party = claims.get("azp").map(Value::as_str);
    match claims.get("aud") {
        Some(Value::String(audience)) => {
            audience == client_id && party.is_none_or(|party| party == Some(client_id))
        }
        Some(Value::Array(audiences)) => {
            let several = audiences.len() > 1;
            audiences.iter().any(|audience| audience == client_id)
                && party.map_or(!several, |party| party == Some(client_id))
        }
        _ => false,
    }
}

fn fault(problem: &str) -> Fault {
    Fault::Wrong(format!("the provider's ID token {problem}"))
}

fn wrong(problem: &str) -> Refusal {
    Refusal::Final(fault(problem))
}
