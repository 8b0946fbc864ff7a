//! Single sign-on by OpenID Connect: a provider says who somebody is, and rules over what it says decide on his roles.
//!
//! The code flow with PKCE, state and nonce, all three made from the secret of an attempt (`attempt.rs`) that one browser holds
//! and that is good once. What the provider publishes of itself is kept for an hour (`discovery.rs`), its word is believed only
//! under one of its public keys (`id_token.rs`), and whoever it sends is led to his account (`arrival.rs`).
//!
//! The invariants: a provider speaks to us encrypted or on this machine; an account is found or made by an address of which the
//! provider says that it has verified it (or says nothing, where an administrator trusts it so far); roles that come from it are renewed
//! at each sign-in and those given by hand are never touched; where people sign in at a provider alone, one administrator for
//! emergencies still comes in without (`emergency.rs`).

mod arrival;
mod attempt;
mod claims;
mod discovery;
mod http;
mod id_token;
mod mapping;
mod provider;
mod token_endpoint;

use mesh_core::error::{BoxError, Error};
use proto::identity::v1::ErrorReason;

pub(crate) use self::{
    arrival::{Arrival, arrive},
    attempt::{Attempt, Secrets},
    claims::Claims,
    discovery::{Discovery, Document, Known},
    id_token::{Expected, Refusal, verify},
    mapping::{Mapping, matched},
    provider::{MOST as MOST_PROVIDERS, Provider},
    token_endpoint::{Grant, Redeemed, redeem},
};

/// Why a provider can't be used: a sentence with its remedy, for whoever set it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not answer.
    Silent(String),
    /// What it answers does not hold.
    Wrong(String),
}

impl Fault {
    pub(crate) fn wrong(sentence: impl Into<String>) -> Self {
        Self::Wrong(sentence.into())
    }

    /// What happened and what to do.
    pub(crate) fn sentence(&self) -> &str {
        let (Self::Silent(sentence) | Self::Wrong(sentence)) = self;
        sentence
    }
}

/// A sign-in that ends so.
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Silent(sentence) => out_of_reach(sentence),
            Fault::Wrong(sentence) => Self::unauthenticated(&ErrorReason::SsoFailed, sentence),
        }
    }
}

/// The sentence of a provider that does not answer; what it is in detail is the administrator's business.
pub(crate) fn out_of_reach(detail: impl Into<BoxError>) -> Error {
    Error::unavailable_because("the provider can't be reached at the moment; try again later", detail)
}
