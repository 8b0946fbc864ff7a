//! What a token carries of somebody's rights, and what a service asks identity for beside it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mesh_core::{
    caller::Grants,
    clock::Clock,
    error::{Error, Result},
    stack::Limits,
    token::{AccessClaims, AccessSigner, Source},
};
use proto::{
    identity::v1::{Jwks, ListRevocationsResponse, Permission},
    permission::PermissionSet,
};

use crate::shop::{claims, process, token};

/// Identity as a verifier sees it: departments that can be moved, and a count of how often they were asked for.
#[derive(Clone, Default)]
struct Organisation(Arc<Mutex<Drawn>>);

/// Its departments with those above them, and how often it was asked for them.
type Drawn = (Vec<(String, String)>, usize);

impl Organisation {
    fn arrange(&self, pairs: &[(&str, &str)]) {
        let pairs = pairs.iter().map(|(id, parent)| ((*id).to_owned(), (*parent).to_owned()));
        self.0.lock().expect("no test panicked here").0 = pairs.collect();
    }

    fn asked(&self) -> usize {
        self.0.lock().expect("no test panicked here").1
    }
}

#[async_trait]
impl Source for Organisation {
    async fn keys(&self) -> Result<Jwks> {
        Err(Error::internal("nobody signs with another key here"))
    }

    async fn revocations(&self) -> Result<ListRevocationsResponse> {
        Ok(ListRevocationsResponse::default())
    }

    async fn departments(&self) -> Result<Vec<(String, String)>> {
        let mut inner = self.0.lock().expect("no test panicked here");
        inner.1 += 1;
        Ok(inner.0.clone())
    }
}

/// Somebody who reads tickets in one department, as of this version of the tree.
fn reader(now: jiff::Timestamp, number: i64, version: i64) -> AccessClaims {
    let held = PermissionSet::EMPTY.with(Permission::TicketRead);
    let perm = Grants { departments: [("dep_it".to_owned(), held)].into(), ..Grants::default() };
    AccessClaims { jti: format!("tok_{number}"), perm, tree: version, ..claims(now) }
}

#[tokio::test]
async fn the_departments_below_are_asked_for_once_and_again_for_a_token_that_knows_of_newer_ones() {
    let (process, clock) = process(Limits::default());
    let organisation = Organisation::default();
    process.verifier.ask(organisation.clone());
    organisation.arrange(&[("dep_it", ""), ("dep_desk", "dep_it"), ("dep_hr", "")]);
    let holds = async |number, version, department: &str| {
        let token = token(&reader(clock.now(), number, version));
        let claims = process.verifier.verify(&token).await.expect("a good token");
        claims.perm.holds(Permission::TicketRead, department)
    };
    assert!(holds(1, 3, "dep_desk").await && !holds(1, 3, "dep_hr").await);
    assert!(holds(2, 3, "dep_desk").await && holds(3, 2, "dep_it").await);
    assert_eq!(organisation.asked(), 1, "what is known is new enough");
    organisation.arrange(&[("dep_it", ""), ("dep_desk", ""), ("dep_hr", ""), ("dep_night", "dep_it")]);
    assert!(holds(4, 5, "dep_night").await && !holds(4, 5, "dep_desk").await);
    assert_eq!(organisation.asked(), 2);
    assert!(holds(5, 0, "dep_it").await && !holds(5, 0, "dep_night").await, "it stands for itself alone");
}

#[tokio::test]
async fn a_token_that_this_process_signed_is_known_by_its_text_and_still_ends_when_it_is_taken_back() {
    let (process, clock) = process(Limits::default());
    let verifier = &process.verifier;
    let (own, other) = (reader(clock.now(), 1, 0), reader(clock.now(), 2, 0));
    let signer = AccessSigner::new("a key nobody else knows", &[1; 32]);
    let sign = |claims| signer.sign(claims).expect("a token");
    verifier.remember(&sign(&own), own.clone()).await;
    let known = verifier.verify(&sign(&own)).await.expect("it need not be checked");
    assert_eq!((&known.sub, &known.perm), (&own.sub, &own.perm));
    verifier.verify(&sign(&other)).await.expect_err("another one is, and nobody knows its key");
    verifier.revoke_session(&own.sid);
    verifier.verify(&sign(&own)).await.expect_err("it was taken back");
}
