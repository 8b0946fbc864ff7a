//! Trying again: what never left may always be sent again, what is idempotent also after an `UNAVAILABLE`. A budget keeps
//! retries a small part of the traffic, so that they can't bring down a service that is getting up.

use std::{fmt, sync::Arc, time::Duration};

use http::{Request, Response, request::Parts};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tonic::{Code, ConnectError, Status, body::Body};
use tower::{
    Service,
    retry::budget::{Budget, TpsBudget},
};

use super::{Link, methods::Method, remote::is_caused_by};
use crate::{
    error::{Error, Result},
    retry::Backoff,
    stack::deadline,
};

/// Attempts for one call, the first one counted.
const ATTEMPTS: usize = 5;
/// No attempt begins later than this after the first: a service that took longer to say that it can't has waited for what it
/// needs itself, and every layer that asked again would multiply that wait.
const SOON: Duration = Duration::from_secs(2);
/// Pauses between them grow from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// Retries per second that are always fine, and as a part of all calls beyond that, counted over the window.
const ALWAYS: u32 = 10;
const PART: f32 = 0.2;
const WINDOW: Duration = Duration::from_secs(10);

/// The retries of one peer.
#[derive(Clone)]
pub(super) struct Retries(Arc<TpsBudget>);

impl Default for Retries {
    fn default() -> Self {
        Self(Arc::new(TpsBudget::new(WINDOW, ALWAYS, PART)))
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Retries")
    }
}

impl Retries {
    /// Calls until there is an answer worth having; each attempt gets the time that is left until `deadline`.
    pub(super) async fn call(
        &self,
        link: &Link,
        method: Method,
        mut request: Request<Body>,
        deadline: Option<Instant>,
    ) -> Result<Response<Body>> {
        if !method.is_unary {
            give_what_is_left(request.headers_mut(), deadline);
            return link.call(request).await.map_err(Error::from);
        }
        let (mut parts, body) = request.into_parts();
        let message = body.collect().await?.to_bytes();
        self.0.deposit();
        let began = Instant::now();
        let mut backoff = Backoff::new(PAUSES.0, PAUSES.1);
        let mut attempt = 1;
        loop {
            give_what_is_left(&mut parts.headers, deadline);
            let answer = link.call(again(&parts, Full::new(message.clone()))).await;
            let in_time = attempt < ATTEMPTS && began.elapsed() < SOON;
            let may = in_time && is_worth_it(&answer, method) && self.0.withdraw();
            if !may {
                return answer.map_err(Error::from);
            }
            attempt += 1;
            backoff.pause().await;
        }
    }
}

impl Link {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        match self {
            Self::Local(routes) => {
                let Ok(response) = routes.clone().call(request).await;
                Ok(response)
            }
            Self::Remote(remote) => remote.clone().call(request).await,
        }
    }
}

fn again(parts: &Parts, message: Full<bytes::Bytes>) -> Request<Body> {
    Request::from_parts(parts.clone(), Body::new(message))
}

fn give_what_is_left(headers: &mut http::HeaderMap, deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        deadline::give(headers, deadline.saturating_duration_since(Instant::now()));
    }
}

fn is_worth_it(answer: &Result<Response<Body>, Status>, method: Method) -> bool {
    match answer {
        Ok(response) => {
            let status = Status::from_header_map(response.headers());
            method.is_idempotent && status.is_some_and(|status| status.code() == Code::Unavailable)
        }
        Err(status) => status.code() == Code::Unavailable && (method.is_idempotent || never_left(status)),
    }
}

/// Whether the call failed before anything was sent.
fn never_left(status: &Status) -> bool {
    is_caused_by::<ConnectError>(status)
}
