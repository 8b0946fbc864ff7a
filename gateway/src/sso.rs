//! Single sign-on in a browser: away to a provider with a sealed cookie, back with a session.
//!
//! The invariants: only the browser that began a sign-in can end it, and only once; nobody is led to another site but to his
//! provider; what went wrong is told as one short word, which the sign-in page puts into sentences.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header, uri::PathAndQuery},
};
use mesh_core::{
    error::{Error, Result, reason_of},
    peer::{Peer, PeerChannel},
    service::Process,
};
use proto::{
    identity::v1::{ErrorReason, FinishSsoRequest, StartSsoRequest, auth_service_client::AuthServiceClient},
    reason::Reason as _,
};
use tonic::{Code, Status};

use crate::{
    origin::Origin,
    session::{
        Keeper,
        cookie::SignOnCookie,
        seal::{Purpose, Seal},
    },
};

/// The problem of an address that tries too often.
pub(crate) const TOO_MANY: &str = "too-many-tries";
/// What the cookie's key is derived for.
const KEY_PURPOSE: &[u8] = b"gateway sign-on cookie";
/// Separates the parts of the cookie; none of them has one.
const SEPARATOR: char = '\n';
/// The longest name of a device.
const LONGEST_LABEL: usize = 120;
/// The longest way back that fits into a cookie.
const LONGEST_RETURN: usize = 1_024;

/// Sends browsers to providers and takes them back. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SignOn(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Peer,
    sessions: Arc<Keeper>,
    seal: Seal,
    cookie: SignOnCookie,
}

/// A browser that is away at a provider.
struct Away {
    provider_key: String,
    attempt: String,
    /// Where it goes in the end: a path of ours.
    return_to: String,
}

impl SignOn {
    pub(crate) fn new(process: &Process, identity: Peer, sessions: Arc<Keeper>, https: bool) -> Result<Self> {
        let seal = Seal::new(&process.mesh_key.derive(KEY_PURPOSE), Purpose::SignOn)?;
        Ok(Self(Arc::new(Inner { identity, sessions, seal, cookie: SignOnCookie::new(https) })))
    }

    /// Sends the browser to the provider with this key. `keep=1` makes a session that outlives the window, `device` names it,
    /// `return` is where it goes in the end.
    pub(crate) async fn start(
        &self,
        origin: Origin,
        key: String,
        asked: &HashMap<String, String>,
    ) -> Response<Body> {
        let word = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let ask = StartSsoRequest {
            provider_key: key.clone(),
            keep_signed_in: word("keep") == "1",
            device_label: word("device").chars().take(LONGEST_LABEL).collect(),
        };
        match self.auth().start_sso(origin.calls(ask)).await {
            Ok(started) => {
                let started = started.into_inner();
                let away = Away {
                    provider_key: key,
                    attempt: started.attempt,
                    return_to: own_path(&word("return")),
                };
                self.0.leave(&started.authorize_url, &away).unwrap_or_else(|_| self.problem("sso-failed"))
            }
            Err(status) => self.problem(problem_of(&status)),
        }
    }

    /// Takes a browser back with what the provider gave it.
    pub(crate) async fn finish(
        &self,
        origin: Origin,
        key: &str,
        headers: &HeaderMap,
        mut brought: HashMap<String, String>,
    ) -> Response<Body> {
        let Some(away) = self.0.away(headers).filter(|away| away.provider_key == key) else {
            return self.problem("sso-expired");
        };
        let mut word = |name: &str| brought.remove(name).unwrap_or_default();
        let ask = FinishSsoRequest {
            attempt: away.attempt,
            state: word("state"),
            code: word("code"),
            error: word("error"),
            device_token: self.0.sessions.device(headers),
        };
        let is_refused = !ask.error.is_empty();
        match self.auth().finish_sso(origin.calls(ask)).await {
            Ok(finished) => {
                let kept = self.0.sessions.keep(finished.into_inner().tokens.unwrap_or_default());
                kept.map_or_else(
                    |_| self.problem("sso-failed"),
                    |(_, lines)| self.0.arrive(&away.return_to, lines),
                )
            }
            Err(_) if is_refused => self.problem("sso-refused"),
            Err(status) => self.problem(problem_of(&status)),
        }
    }

    /// Leads the browser to the sign-in page, which says what went wrong.
    pub(crate) fn problem(&self, word: &str) -> Response<Body> {
        self.0.arrive(&format!("/sign-in?problem={word}"), vec![])
    }

    fn auth(&self) -> AuthServiceClient<PeerChannel> {
        AuthServiceClient::new(self.0.identity.for_worker())
    }
}

impl Inner {
    /// Leads the browser away.
    fn leave(&self, authorize_url: &str, away: &Away) -> Result<Response<Body>> {
        let Away { provider_key, attempt, return_to } = away;
        let text = [provider_key.as_str(), attempt, return_to].join(&SEPARATOR.to_string());
        let line = self.cookie.set(&self.seal.close_text(&text)?);
        let location = HeaderValue::try_from(authorize_url).map_err(Error::internal)?;
        Ok(led(StatusCode::FOUND, location, line))
    }

    /// Leads the browser on within this site; it is not away any more.
    fn arrive(&self, path: &str, lines: Vec<HeaderValue>) -> Response<Body> {
        let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
        led(StatusCode::SEE_OTHER, location, lines.into_iter().chain(self.cookie.remove()))
    }

    /// The sign-in for which this browser went away.
    fn away(&self, headers: &HeaderMap) -> Option<Away> {
        let text = self.seal.open_text(&self.cookie.read(headers)?)?;
        let mut parts = text.splitn(3, SEPARATOR).map(str::to_owned);
        Some(Away { provider_key: parts.next()?, attempt: parts.next()?, return_to: parts.next()? })
    }
}

fn led(
    status: StatusCode,
    location: HeaderValue,
    lines: impl IntoIterator<Item = HeaderValue>,
) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(lines.into_iter().map(|line| (header::SET_COOKIE, line)));
    response
}

/// The path if it stays on this site, else the home page. `//host` and `/\host` are other sites to browsers.
fn own_path(path: &str) -> String {
    let is_own = path.len() <= LONGEST_RETURN
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && PathAndQuery::try_from(path).is_ok();
    if is_own { path.to_owned() } else { "/".to_owned() }
}

/// The word the sign-in page knows a refusal by.
fn problem_of(status: &Status) -> &'static str {
    let no_account = reason_of(status).is_some_and(|reason| reason == ErrorReason::SsoNoAccount.name());
    match status.code() {
        Code::Unauthenticated if no_account => "sso-no-account",
        Code::NotFound => "sso-unknown",
        Code::Unavailable | Code::DeadlineExceeded => "sso-unavailable",
        Code::ResourceExhausted => TOO_MANY,
        _ => "sso-failed",
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn the_way_back_never_leads_to_another_site() {
        for own in ["/", "/tickets/tkt_1?tab=history", "/a//b", "/%2F%2Fevil.example"] {
            assert_eq!(own_path(own), own);
        }
        let long = format!("/{}", "a".repeat(2_000));
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "tickets",
            "/a\r\nset-cookie: b=c",
            "/\t/evil.example",
            "/tickets\n",
            &long,
        ] {
            assert_eq!(own_path(other), "/", "{other:?}");
        }
    }
}
