//! A request's body as the front door takes it: so large and no larger, and never silent for long.
//!
//! A client that sends a byte now and then holds nothing but its own connection: after the idle time the body fails, and with it
//! the call that waits for it.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use mesh_core::error::{Error, Result};
use proto::errors::v1::ErrorReason;
use tokio::time::{Instant, Sleep, sleep};
use tonic::{Status, body::Body};

/// What one request may send, and how slowly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) bytes: usize,
    pub(crate) silence: Duration,
}

impl Allowance {
    /// Refuses a body that says beforehand that it is too large.
    pub(crate) fn check(self, headers: &HeaderMap) -> Result<()> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.bytes) { Err(self.too_large()) } else { Ok(()) }
    }

    /// The body, held to the allowance.
    pub(crate) fn hold(self, body: Body) -> Body {
        Body::new(Held { body, left: self.bytes, allowance: self, silence: Box::pin(sleep(self.silence)) })
    }

    fn too_large(self) -> Error {
        let message = format!(
            "the request has more than the {} bytes that are taken here; send less at a time",
            self.bytes
        );
        Error::resource_exhausted(&ErrorReason::BodyTooLarge, message, Duration::ZERO)
    }
}

struct Held {
    body: Body,
    left: usize,
    allowance: Allowance,
    silence: Pin<Box<Sleep>>,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            ready!(self.silence.as_mut().poll(context));
            return Poll::Ready(Some(Err(Status::cancelled(
                "the request stopped coming; the connection may be too slow",
            ))));
        };
        let rest = Instant::now() + self.allowance.silence;
        self.silence.as_mut().reset(rest);
        let length = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
        Poll::Ready(match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                frame
            }
            None => Some(Err(self.allowance.too_large().into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
