//! The size of messages, checked on the way in: a message that says it is too large is refused before it is read.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use proto::errors::v1::ErrorReason;
use tonic::Status;

use crate::error::Error;

pub(super) async fn layer(State(limit): State<u32>, request: Request, next: Next) -> Response {
    next.run(
        request.map(|body| Body::new(Measured { body, limit, prefix: Vec::with_capacity(PREFIX), left: 0 })),
    )
    .await
}

/// What stands before each message: a byte for compression and the length in four.
const PREFIX: usize = 5;

/// A request's body that fails at the first message longer than `limit` bytes.
struct Measured {
    body: Body,
    limit: u32,
    /// The part of the next message's prefix that was seen.
    prefix: Vec<u8>,
    /// Bytes of the current message that are still to come.
    left: usize,
}

impl Measured {
    /// Follows the messages through `data`; the length of the first one that is too long.
    fn follow(&mut self, mut data: &[u8]) -> Option<u32> {
        while !data.is_empty() {
            let (message, rest) = data.split_at(self.left.min(data.len()));
            self.left -= message.len();
            let (prefix, rest) = if self.left == 0 {
                rest.split_at((PREFIX - self.prefix.len()).min(rest.len()))
            } else {
                (&[][..], rest)
            };
            self.prefix.extend_from_slice(prefix);
            if let [_, a, b, c, d] = self.prefix[..] {
                let length = u32::from_be_bytes([a, b, c, d]);
                if length > self.limit {
                    return Some(length);
                }
                self.prefix.clear();
                self.left = length as usize;
            }
            data = rest;
        }
        None
    }
}

impl HttpBody for Measured {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let too_long = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref())
            .and_then(|data| self.follow(data));
        Poll::Ready(match too_long {
            Some(length) => Some(Err(axum::Error::new(refusal(length, self.limit)))),
            None => frame,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn refusal(length: u32, limit: u32) -> Status {
    let message =
        format!("the message has {length} bytes, more than the {limit} that are taken; send less at a time");
    Status::from(Error::resource_exhausted(&ErrorReason::BodyTooLarge, message, std::time::Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::Measured;

    fn measured(limit: u32) -> Measured {
        Measured { body: Body::empty(), limit, prefix: vec![], left: 0 }
    }

    #[test]
    fn messages_are_measured_wherever_the_frames_are_cut() {
        let two_messages = [0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 9];
        for cut in 0..two_messages.len() {
            let (first, second) = two_messages.split_at(cut);
            let mut body = measured(8);
            assert_eq!(body.follow(first).or_else(|| body.follow(second)), Some(9), "cut at {cut}");
            let mut body = measured(9);
            assert_eq!(body.follow(first).or_else(|| body.follow(second)), None, "cut at {cut}");
        }
    }
}
