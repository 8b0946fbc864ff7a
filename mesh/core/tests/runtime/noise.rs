//! Whatever somebody sends in place of a token, or makes of a good one, is refused as what it is: never a panic, never our fault.

use mesh_core::{
    clock::Clock as _,
    db::Engine,
    error::Error,
    page::PageKey,
    stack::Limits,
    testing::World,
    token::{LinkKey, Verifier},
};
use proptest::{prelude::*, test_runner::TestRunner};
use proto::tickets::v1::ListTicketsRequest;

use crate::shop::{claims, process, token};

/// What is made of a good token.
#[derive(Clone, Debug)]
enum Noise {
    /// Something else entirely.
    Anything(String),
    /// Three parts of base64url, the first two JSON, as a JWT has them.
    Dressed(String, String, Vec<u8>),
    /// One of its bytes is another.
    Altered(prop::sample::Index, char),
    /// It ends early.
    Cut(prop::sample::Index),
    /// It goes on.
    Longer(String),
}

fn noise() -> impl Strategy<Value = Noise> {
    let claim = prop::sample::select(vec!["sub", "exp", "aud", "iss", "alg", "kid", "typ", "perm", "crit"]);
    let value = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        Just("null".to_owned()),
        Just("{\"x\":[]}".to_owned()),
        "[a-zA-Z0-9]{0,8}".prop_map(|text| format!("\"{text}\"")),
        Just("\"EdDSA\"".to_owned()),
        Just("\"none\"".to_owned()),
    ];
    let object = prop::collection::vec((claim, value), 0..5).prop_map(|pairs| {
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", pairs.join(","))
    });
    prop_oneof![
        any::<String>().prop_map(Noise::Anything),
        "[A-Za-z0-9_.-]{0,120}".prop_map(Noise::Anything),
        (object.clone(), object, prop::collection::vec(any::<u8>(), 0..70))
            .prop_map(|(head, claims, signature)| Noise::Dressed(head, claims, signature)),
        (any::<prop::sample::Index>(), prop::char::range('-', 'z'))
            .prop_map(|(at, letter)| Noise::Altered(at, letter)),
        any::<prop::sample::Index>().prop_map(Noise::Cut),
        "[A-Za-z0-9_.=-]{1,20}".prop_map(Noise::Longer),
    ]
}

impl Noise {
    /// The token it makes of a good one; none when that is the good one itself.
    fn of(&self, good: &str) -> Option<String> {
        use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
        let made = match self {
            Self::Anything(text) => text.clone(),
            Self::Dressed(head, claims, signature) => {
                [head.as_bytes(), claims.as_bytes(), signature].map(|part| BASE64.encode(part)).join(".")
            }
            Self::Altered(at, letter) => {
                let at = at.index(good.len());
                format!("{}{letter}{}", &good[..at], &good[at + 1..])
            }
            Self::Cut(at) => good[..at.index(good.len())].to_owned(),
            Self::Longer(more) => format!("{good}{more}"),
        };
        (made != good).then_some(made)
    }
}

#[test]
fn no_noise_is_taken_for_a_token_of_somebody() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (process, clock) = process(Limits::default());
    let good = token(&claims(clock.now()));
    let verifier: &Verifier = &process.verifier;
    runtime.block_on(verifier.verify(&good)).expect("the good one is");
    let inner = process.mesh_key.sign("tickets").expect("a token");
    let outcome = TestRunner::default().run(&noise(), |noise| {
        if let Some(made) = noise.of(&good) {
            let refused = runtime.block_on(verifier.verify(&made)).expect_err("no token");
            prop_assert!(matches!(refused, Error::Unauthenticated { .. }), "{made:?}: {refused:?}");
        }
        if let Some(made) = noise.of(&inner) {
            let refused = process.mesh_key.verify(&made).expect_err("no token of the mesh");
            prop_assert!(matches!(refused, Error::Unauthenticated { .. }), "{made:?}: {refused:?}");
        }
        Ok(())
    });
    outcome.expect("noise is refused");
}

#[test]
fn no_noise_is_taken_for_a_place_in_a_list_or_for_a_link() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let world = runtime.block_on(World::new(Engine::Sqlite, "noise"));
    let (process, caller) = (world.process(), world.person("usr_ada").caller());
    let (pages, query) = (PageKey::new(&process.mesh_key), ListTicketsRequest::default());
    let good = pages.seal(&caller, &query, &(7_i64, "tkt_1")).expect("a token");
    let links = LinkKey::new(&process.mesh_key, "rating");
    let link = links.seal(&"tkt_1", jiff::Timestamp::MAX).expect("a link");
    let outcome = TestRunner::default().run(&noise(), |noise| {
        if let Some(made) = noise.of(&good).filter(|made| !made.is_empty()) {
            let refused = pages.open::<(i64, String)>(&caller, &query, &made).expect_err("no place");
            prop_assert!(matches!(refused, Error::Invalid { .. }), "{made:?}: {refused:?}");
        }
        if let Some(made) = noise.of(&link) {
            prop_assert_eq!(links.open::<String>(&made, process.clock.now()), None);
        }
        Ok(())
    });
    outcome.expect("noise is refused");
}
