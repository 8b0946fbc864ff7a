//! A gRPC call made of a plain HTTP request. It goes through the same door as a native client's and passes the same checks; only
//! its outside differs.

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header, request};
use http_body_util::{BodyExt, Full};
use mesh_core::error::{Error, Result};
use proto::{errors::v1::ErrorReason, reason::Reason as _};
use tonic::{Code, Status, body::Body};

use crate::door::Door;

/// A compression flag and a length stand before each gRPC message.
const FRAME: usize = 5;

/// What came back.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    /// The bytes of the one message, or the status the call ended with.
    pub(crate) message: std::result::Result<Bytes, Status>,
}

/// Calls the method at `path` with an encoded message, for whoever the headers prove.
pub(crate) async fn call(
    door: &Door,
    mut head: request::Parts,
    path: String,
    message: &[u8],
) -> Result<Answer> {
    head.uri = Uri::try_from(path).map_err(Error::internal)?;
    if head.method == Method::HEAD {
        // The answer's bytes are read here, and HTTP would leave them out.
        head.method = Method::GET;
    }
    become_grpc(&mut head.headers);
    let body = Body::new(Full::from(framed(message)));
    let (head, body) = door.grpc(Request::from_parts(head, body)).await.into_parts();
    let message = read(&head.headers, body).await;
    Ok(Answer { headers: head.headers, message })
}

fn become_grpc(headers: &mut HeaderMap) {
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_ENCODING);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
}

fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(FRAME + message.len());
    frame.put_u8(0);
    // What a caller may send is far less than 4 GB.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.extend_from_slice(message);
    frame.freeze()
}

async fn read(head: &HeaderMap, body: Body) -> std::result::Result<Bytes, Status> {
    expect_ok(Some(head))?;
    let whole = body.collect().await.map_err(|error| Status::from_error(error.into()))?;
    expect_ok(whole.trailers())?;
    let mut bytes = whole.to_bytes();
    if bytes.len() < FRAME {
        return Err(Error::internal("a unary method answered without a message").into());
    }
    Ok(bytes.split_off(FRAME))
}

fn expect_ok(headers: Option<&HeaderMap>) -> std::result::Result<(), Status> {
    match headers.and_then(Status::from_header_map) {
        Some(status) if status.code() != Code::Ok => Err(status),
        _ => Ok(()),
    }
}

/// Whether a status stands for a body that was too large, which HTTP has a code for.
fn is_too_large(status: &Status) -> bool {
    mesh_core::error::reason_of(status).is_some_and(|reason| reason == ErrorReason::BodyTooLarge.name())
}

/// The HTTP code of a status, as the Connect protocol maps them.
pub(crate) fn http_code(status: &Status) -> StatusCode {
    if is_too_large(status) {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    match status.code() {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
