//! Access tokens: what is believed and what is not.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mesh_core::{
    db::Engine,
    token::{AccessClaims, AccessSigner},
};
use proto::identity::v1::{GetJwksRequest, Jwk};
use rstest::rstest;

use crate::house::{ADMIN, House, refusal};

async fn jwks(house: &House) -> Vec<Jwk> {
    house.anybody().get_jwks(GetJwksRequest {}).await.expect("anybody may have them").into_inner().keys
}

/// What a good token says.
fn claims(token: &str) -> AccessClaims {
    let body = token.split('.').nth(1).expect("a body");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).expect("base64url")).expect("claims")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let key = jwks(&house).await.remove(0);
    let good = claims(&admin);
    let (head, rest) = admin.split_once('.').expect("a token");
    let none = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, key.kid));
    let body = rest.split_once('.').expect("a body").0;
    // The public key as an HMAC secret, hoping that the header's algorithm is believed.
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(&BASE64_URL_SAFE_NO_PAD.decode(&key.x).expect("a key"));
    let hs256 = jsonwebtoken::encode(&header, &good, &secret).expect("signs");
    let stranger = AccessSigner::new("stranger", &[1; 32]).sign(&good).expect("signs");
    let impostor = AccessSigner::new(&key.kid, &[1; 32]).sign(&good).expect("signs");
    for token in
        [format!("{none}.{body}."), format!("{head}.{body}."), hs256, stranger, impostor, "x.y.z".into()]
    {
        assert_eq!(refusal(house.me(&token).await).1, "TOKEN_INVALID", "{token}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_ten_minutes(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    house.world.advance(SignedDuration::from_mins(10)).await;
    house.me(&admin).await.expect("clocks may differ by half a minute");
    house.world.advance(SignedDuration::from_secs(30)).await;
    assert_eq!(refusal(house.me(&admin).await).1, "TOKEN_EXPIRED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn signing_keys_turn_over_without_anybody_noticing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let first = jwks(&house).await;
    assert_eq!((first.len(), first[0].alg.as_str(), first[0].crv.as_str()), (1, "EdDSA", "Ed25519"));

    house.world.advance(SignedDuration::from_hours(29 * 24 + 1)).await;
    let early = house.sign_in(ADMIN).await;
    let both = jwks(&house).await;
    assert_eq!(both.len(), 2, "the next key is known a day before");
    assert!(early.access_token.starts_with(&header_of(&both[0])), "and the old one still signs");

    house.world.advance(SignedDuration::from_hours(24)).await;
    let late = house.sign_in(ADMIN).await;
    assert!(late.access_token.starts_with(&header_of(&both[1])), "now the next one does");
    house.world.advance(SignedDuration::from_hours(2)).await;
    assert_eq!(jwks(&house).await.iter().map(|key| &key.kid).collect::<Vec<_>>(), [&both[1].kid]);
    house.me(&house.token_of(ADMIN).await).await.expect("is good");
}

/// The first part of every token signed with a key.
fn header_of(key: &Jwk) -> String {
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).expect("serialises"))
}
