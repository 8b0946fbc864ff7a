//! A gRPC call made of a plain HTTP request. It goes through the same door as a native client's and passes the same checks; only
//! its outside differs.

use bytes::{BufMut, Bytes, BytesMut};
use futures::{StreamExt as _, stream::BoxStream};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header, request};
use http_body_util::{BodyExt, Full};
use mesh_core::{
    caller::Caller,
    error::{Error, Result},
};
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
    /// Who it was, when the call was passed on.
    pub(crate) caller: Option<Caller>,
}

/// What comes back message by message, with the headers before it.
pub(crate) struct Answers {
    pub(crate) headers: HeaderMap,
    pub(crate) messages: std::result::Result<BoxStream<'static, std::result::Result<Bytes, Status>>, Status>,
}

/// Calls the method at `path` with an encoded message, for whoever the headers prove.
pub(crate) async fn call(door: &Door, head: request::Parts, path: String, message: &[u8]) -> Result<Answer> {
    answer(door, head, path, framed(message)).await
}

/// Calls a method that takes a stream with a stream of nothing: whether the caller may, and who he is.
pub(crate) async fn knock(door: &Door, head: request::Parts, path: String) -> Result<Answer> {
    answer(door, head, path, Bytes::new()).await
}

/// The same for a method that answers with a stream.
pub(crate) async fn stream(
    door: &Door,
    head: request::Parts,
    path: String,
    message: &[u8],
) -> Result<Answers> {
    let (head, body) = send(door, head, path, framed(message)).await?.into_parts();
    let messages = expect_ok(Some(&head.headers)).map(|()| messages(body));
    Ok(Answers { headers: head.headers, messages })
}

async fn answer(door: &Door, head: request::Parts, path: String, body: Bytes) -> Result<Answer> {
    let (mut head, body) = send(door, head, path, body).await?.into_parts();
    let message = read(&head.headers, body).await;
    Ok(Answer { headers: head.headers, message, caller: head.extensions.remove() })
}

async fn send(door: &Door, mut head: request::Parts, path: String, body: Bytes) -> Result<Response<Body>> {
    head.uri = Uri::try_from(path).map_err(Error::internal)?;
    if head.method == Method::HEAD {
        // The answer's bytes are read here, and HTTP would leave them out.
        head.method = Method::GET;
    }
    become_grpc(&mut head.headers);
    Ok(door.grpc(Request::from_parts(head, Body::new(Full::from(body)))).await)
}

/// The messages in a body, one by one; the status behind them when it is an error.
fn messages(body: Body) -> BoxStream<'static, std::result::Result<Bytes, Status>> {
    let begun = (body, BytesMut::new());
    let next = |(mut body, mut buffer): (Body, BytesMut)| async move {
        loop {
            if let Some(message) = first(&mut buffer) {
                return Ok(Some((message, (body, buffer))));
            }
            let Some(frame) = body.frame().await else { return Ok(None) };
            match frame?.into_data() {
                Ok(data) => buffer.extend_from_slice(&data),
                Err(frame) => expect_ok(frame.trailers_ref())?,
            }
        }
    };
    futures::stream::try_unfold(begun, next).boxed()
}

/// The first whole message of what has come.
fn first(buffer: &mut BytesMut) -> Option<Bytes> {
    let [_, a, b, c, d] = *buffer.first_chunk::<FRAME>()?;
    let end = FRAME + usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
    (buffer.len() >= end).then(|| buffer.split_to(end).freeze().split_off(FRAME))
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
