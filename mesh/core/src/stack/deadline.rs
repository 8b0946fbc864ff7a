//! Deadlines: a call ends when the caller no longer waits, and what it calls gets only the time that is left.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http::HeaderValue;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tonic::Status;

use super::refuse;
use crate::error::Error;

/// The header with the time a caller gives, as a number and a unit.
const GRPC_TIMEOUT: &str = "grpc-timeout";
/// The most digits the number has.
const DIGITS: usize = 8;

tokio::task_local! {
    /// When the call being worked on is over.
    static DEADLINE: Instant;
}

/// The time the call being worked on still has; `None` outside a call.
pub fn left() -> Option<Duration> {
    DEADLINE.try_with(|deadline| deadline.saturating_duration_since(Instant::now())).ok()
}

/// The time a caller gives in his headers; `None` when he says nothing readable.
pub fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok().filter(|_| number.len() <= DIGITS)?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Gives the callee this much time, in the finest unit that fits.
pub fn give(headers: &mut HeaderMap, time: Duration) {
    let fits = |number: u128| number < 10_u128.pow(8);
    let text = match (time.as_micros(), time.as_millis()) {
        (micros, _) if fits(micros) => format!("{micros}u"),
        (_, millis) if fits(millis) => format!("{millis}m"),
        _ => format!("{}S", time.as_secs().min(99_999_999)),
    };
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(GRPC_TIMEOUT, value);
    }
}

/// Without a `grpc-timeout` the head of the answer has to be there in `default`; with one the whole answer has to.
pub(super) async fn layer(State(default): State<Duration>, request: Request, next: Next) -> Response {
    let asked = asked(request.headers());
    let deadline = Instant::now() + asked.unwrap_or(default);
    if asked.is_some_and(|time| time.is_zero()) {
        return refuse(Error::DeadlineExceeded);
    }
    match timeout_at(deadline, DEADLINE.scope(deadline, next.run(request))).await {
        Ok(response) if asked.is_some() => response.map(|body| Body::new(Bounded::until(deadline, body))),
        Ok(response) => response,
        Err(_) => refuse(Error::DeadlineExceeded),
    }
}

/// A body that ends with `DEADLINE_EXCEEDED` when its time is over.
struct Bounded {
    body: Body,
    over: Option<Pin<Box<Sleep>>>,
}

impl Bounded {
    fn until(deadline: Instant, body: Body) -> Self {
        Self { body, over: Some(Box::pin(sleep_until(deadline))) }
    }
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(over) = self.over.as_mut() else {
            return Poll::Ready(None);
        };
        if over.as_mut().poll(context).is_ready() {
            self.over = None;
            return Poll::Ready(Some(Ok(Frame::trailers(trailers()))));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.over.is_none() || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn trailers() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // Ours are plain texts and always fit into headers.
    let _ = Status::from(Error::DeadlineExceeded).add_header(&mut trailers);
    trailers
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue};

    use super::{asked, give};

    #[test]
    fn a_given_time_is_read_back_to_the_unit_it_fits_in() {
        for time in [
            Duration::ZERO,
            Duration::from_micros(1_500),
            Duration::from_secs(99),
            Duration::from_mins(50),
            Duration::from_hours(48),
        ] {
            let mut headers = HeaderMap::new();
            give(&mut headers, time);
            assert_eq!(asked(&headers), Some(time));
        }
    }

    #[test]
    fn unreadable_times_are_no_deadline() {
        for text in ["", "m", "1", "-1S", "1.5S", "1x", "123456789S"] {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-timeout"),
                HeaderValue::from_static(text),
            )]);
            assert_eq!(asked(&headers), None, "{text}");
        }
    }
}
