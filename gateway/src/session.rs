//! Browser sessions: the tokens stay sealed in an `HttpOnly` cookie, the page only learns who is signed in.
//!
//! A request that rides on the cookie leaves here with an access token that is good for a while yet, or not at all. Renewing
//! happens once, however many requests notice at the same time that it is due.

pub(crate) mod cookie;
pub(crate) mod csrf;
mod rpc;
pub(crate) mod seal;

use std::fmt;

use ::cookie::time;
use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    clock::{SharedClock, from_proto},
    error::{Error, Result},
    peer::Peer,
    service::Process,
    token::Verifier,
};
use proto::{
    errors::v1::ErrorReason,
    identity::v1::{RefreshSessionRequest, SessionTokens, auth_service_client::AuthServiceClient},
    reason::Reason as _,
};
use quick_cache::sync::Cache;

pub(crate) use rpc::Sessions;

use self::{
    cookie::{DeviceCookie, SessionCookie},
    seal::{Purpose, Seal, Tokens},
};
use crate::origin::Origin;

/// A token with less time left is renewed before it is used.
const RENEW_BEFORE: i64 = 60;
/// How long parallel requests with the cookie of before share one renewal; identity is as patient.
const SHARED_FOR: SignedDuration = SignedDuration::from_secs(30);
/// Renewals kept for that.
const RENEWALS: usize = 10_000;
/// What the cookie's key is derived for.
const KEY_PURPOSE: &[u8] = b"gateway session cookie";

/// Keeps sessions between browsers and identity.
pub(crate) struct Keeper {
    clock: SharedClock,
    verifier: Verifier,
    identity: Peer,
    seal: Seal,
    cookie: SessionCookie,
    device: DeviceCookie,
    renewals: Cache<String, Renewal>,
}

/// A pair of tokens that replaced another one.
#[derive(Clone)]
struct Renewal {
    made: Timestamp,
    tokens: Tokens,
    /// When the refresh token ends.
    ends: Option<Timestamp>,
}

/// What a request's cookie amounts to.
#[derive(Clone, Debug)]
pub(crate) enum Rider {
    /// There is no cookie.
    Nobody,
    /// A session in force. `Set-Cookie` lines are not empty when it was renewed just now.
    Session(Tokens, Vec<HeaderValue>),
    /// A cookie that is none of ours or whose session has ended, and what to say to calls that need one.
    Broken(tonic::Status),
}

impl fmt::Debug for Keeper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keeper").field("cookie", &self.cookie).finish_non_exhaustive()
    }
}

impl Keeper {
    /// A keeper whose cookies every gateway of the mesh can open.
    pub(crate) fn new(process: &Process, identity: Peer, https: bool) -> Result<Self> {
        Ok(Self {
            clock: process.clock.clone(),
            verifier: process.verifier.clone(),
            identity,
            seal: Seal::new(&process.mesh_key.derive(KEY_PURPOSE), Purpose::Session)?,
            cookie: SessionCookie::new(https),
            device: DeviceCookie::new(https),
            renewals: Cache::new(RENEWALS),
        })
    }

    /// What the cookie of a request amounts to. Fails only when identity, asked for new tokens, can't answer.
    pub(crate) async fn rider(&self, headers: &HeaderMap, origin: Origin) -> Result<Rider> {
        let Some(text) = self.cookie.read(headers) else {
            return Ok(Rider::Nobody);
        };
        let Some(tokens) = self.seal.open(&text) else {
            let error = Error::unauthenticated(
                &ErrorReason::TokenInvalid,
                "the session cookie is not ours; sign in again",
            );
            return Ok(Rider::Broken(error.into()));
        };
        match self.in_force(tokens, origin).await {
            Ok((tokens, lines)) => Ok(Rider::Session(tokens, lines)),
            Err(error) => {
                let status = tonic::Status::from(error);
                if status.code() == tonic::Code::Unauthenticated {
                    Ok(Rider::Broken(status))
                } else {
                    Err(status.into())
                }
            }
        }
    }

    /// The tokens if they are good for a while yet, else new ones with the lines that set their cookie.
    async fn in_force(&self, tokens: Tokens, origin: Origin) -> Result<(Tokens, Vec<HeaderValue>)> {
        match self.verifier.verify(&tokens.access).await {
            Ok(claims) if claims.exp - self.clock.now().as_second() > RENEW_BEFORE => Ok((tokens, vec![])),
            Ok(_) => match self.renew(&tokens, origin).await {
                // The old token still is good for the moment.
                Err(error) if error.is_transient() => Ok((tokens, vec![])),
                renewed => renewed,
            },
            Err(error) if is_final(&error) => Err(error),
            Err(_) => self.renew(&tokens, origin).await,
        }
    }

    /// New tokens for old ones, bought once for all requests that ask at the same time.
    pub(crate) async fn renew(&self, old: &Tokens, origin: Origin) -> Result<(Tokens, Vec<HeaderValue>)> {
        let now = self.clock.now();
        if self.renewals.get(&old.refresh).is_some_and(|renewal| now > renewal.made + SHARED_FOR) {
            self.renewals.remove(&old.refresh);
        }
        let renewal =
            self.renewals.get_or_insert_async(&old.refresh, self.buy(&old.refresh, now, origin)).await?;
        let lines = self.lines(&renewal.tokens, renewal.ends)?;
        Ok((renewal.tokens, lines))
    }

    async fn buy(&self, refresh_token: &str, now: Timestamp, origin: Origin) -> Result<Renewal> {
        let ask = origin.calls(RefreshSessionRequest { refresh_token: refresh_token.to_owned() });
        let bought =
            AuthServiceClient::new(self.identity.for_worker()).refresh_session(ask).await?.into_inner();
        let ends = bought.refresh_expire_time.as_ref().and_then(from_proto);
        Ok(Renewal { made: now, tokens: Tokens::of(bought), ends })
    }

    /// The lines that put a session's tokens into the browser, and identity's word for the device.
    pub(crate) fn keep(&self, bought: SessionTokens) -> Result<(Tokens, Vec<HeaderValue>)> {
        let ends = bought.refresh_expire_time.as_ref().and_then(from_proto);
        let known = self.remember_device(&bought.device_token);
        let tokens = Tokens::of(bought);
        let mut lines = self.lines(&tokens, ends)?;
        lines.extend(known);
        Ok((tokens, lines))
    }

    /// The lines that make the browser forget.
    pub(crate) fn forget(&self) -> Vec<HeaderValue> {
        self.cookie.remove()
    }

    /// What identity calls this device, from the request of a former visitor.
    pub(crate) fn device(&self, headers: &HeaderMap) -> String {
        self.device.read(headers).unwrap_or_default()
    }

    /// The line by which the device is known again; none when identity has no word for it.
    pub(crate) fn remember_device(&self, word: &str) -> Vec<HeaderValue> {
        if word.is_empty() { vec![] } else { self.device.set(word).into_iter().collect() }
    }

    fn lines(&self, tokens: &Tokens, ends: Option<Timestamp>) -> Result<Vec<HeaderValue>> {
        let left = ends.map(|ends| time::Duration::seconds(ends.duration_since(self.clock.now()).as_secs()));
        self.cookie.set(&self.seal.close(tokens)?, left.filter(|_| tokens.persistent))
    }
}

impl Tokens {
    fn of(bought: SessionTokens) -> Self {
        Self { access: bought.access_token, refresh: bought.refresh_token, persistent: bought.persistent }
    }
}

/// Whether no renewal helps any more.
fn is_final(error: &Error) -> bool {
    matches!(error, Error::Unauthenticated { reason, .. } if *reason == ErrorReason::SessionRevoked.name())
}
