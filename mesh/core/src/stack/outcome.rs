//! How a call ended: known from the head for refusals, from the trailers for everything else, and "cancelled" when nobody
//! read that far.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Code, Status};

/// Calls `told` once, with the status the call ended with.
pub(super) fn watch(response: Response, told: impl FnOnce(Code) + Send + 'static) -> Response {
    if let Some(status) = Status::from_header_map(response.headers()) {
        told(status.code());
        return response;
    }
    response.map(|body| Body::new(Watched { body, told: Some(Box::new(told)) }))
}

/// A body that tells how it ended.
struct Watched {
    body: Body,
    told: Option<Box<dyn FnOnce(Code) + Send>>,
}

impl Watched {
    fn tell(&mut self, code: Code) {
        if let Some(told) = self.told.take() {
            told(code);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let code = if self.body.is_end_stream() { Code::Ok } else { Code::Cancelled };
        self.tell(code);
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.tell(Status::from_header_map(trailers).map_or(Code::Ok, |status| status.code()));
                }
            }
            Some(Err(_)) => self.tell(Code::Unknown),
            None => self.tell(Code::Ok),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
