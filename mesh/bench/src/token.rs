//! What it costs a service to know who calls: the check of an access token it has seen before, of one it has not, and of one that its own
//! process signed.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use mesh_core::{
    caller::{Grants, Roles},
    clock::{Clock as _, SystemClock},
    token::{AUDIENCE, AccessClaims, AccessSigner, ISSUER, Verifier, public_key},
};
use proto::identity::v1::{Jwk, Jwks};

const SEED: [u8; 32] = [7; 32];
/// Tokens nobody has seen.
const STRANGERS: usize = 20_000;

/// Tokens of the process itself, as many as are remembered at a time.
const OWN: usize = 5_000;

/// Checks one token over and over, then many different ones once each, then many of its own once each.
pub(crate) async fn measure(time: Duration) -> Result<String> {
    let clock = Arc::new(SystemClock);
    let verifier = Verifier::local(clock.clone());
    verifier.trust(&Jwks { keys: vec![key()?] })?;
    let now = clock.now().as_second();
    let signer = AccessSigner::new("bench", &SEED);
    let tokens: Vec<_> =
        (0..STRANGERS).map(|number| signer.sign(&claims(number, now))).collect::<Result<_, _>>()?;

    let (start, mut checks) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        black_box(verifier.verify(&tokens[0]).await?);
        checks += 1;
    }
    let known = start.elapsed() / checks.max(1);

    let start = Instant::now();
    for token in &tokens {
        black_box(verifier.verify(token).await?);
    }
    let strange = start.elapsed() / u32::try_from(STRANGERS)?;
    let own = first_check_of_own(&signer, now).await?;
    Ok(format!(
        "{:.2} µs for a token seen before, {:.1} µs for a new one, {:.2} µs for a new one of this process",
        micros(known),
        micros(strange),
        micros(own)
    ))
}

/// What the first check of a token costs in the process that signed it.
async fn first_check_of_own(signer: &AccessSigner, now: i64) -> Result<Duration> {
    let verifier = Verifier::local(Arc::new(SystemClock));
    let mut tokens = Vec::with_capacity(OWN);
    for number in 0..OWN {
        let claims = claims(number, now);
        let token = signer.sign(&claims)?;
        verifier.remember(&token, claims).await;
        tokens.push(token);
    }
    let start = Instant::now();
    for token in &tokens {
        black_box(verifier.verify(token).await?);
    }
    Ok(start.elapsed() / u32::try_from(OWN)?)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn key() -> Result<Jwk> {
    Ok(Jwk {
        kid: "bench".into(),
        kty: "OKP".into(),
        alg: "EdDSA".into(),
        crv: "Ed25519".into(),
        x: public_key(&SEED)?,
        r#use: "sig".into(),
    })
}

fn claims(number: usize, now: i64) -> AccessClaims {
    AccessClaims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: format!("usr_{number:026}"),
        sid: format!("ses_{number:026}"),
        jti: format!("tok_{number:026}"),
        iat: now,
        exp: now + 600,
        ver: 1,
        perm: Grants::default(),
        roles: Roles::default(),
        tree: 0,
        amr: vec!["pwd".into()],
        key: String::new(),
        name: "Agent of a measurement".into(),
    }
}
