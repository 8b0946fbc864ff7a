//! `POST /api/{package}.{Service}/{Method}`: every unary method for `curl` and Connect clients.
//!
//! The contract's descriptor is the only thing this module knows, so a new method needs no edit here. A JSON call becomes the same
//! gRPC call a native client makes and passes the same checks; only its outside differs.

mod openapi;
mod outcome;

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use mesh_core::error::{Error, Result, Violation};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use prost_types::FileDescriptorSet;
use proto::{errors::v1, gateway::v1::ErrorReason, reason::Reason as _};
use tonic::{Status, body::Body};

use crate::{body::Allowance, door::Door};

/// Where JSON is spoken.
pub(crate) const PREFIX: &str = "/api/";

/// Where the contract is described.
const OPENAPI: &str = "/api/openapi.json";

/// Bytes of JSON one call may have. The message inside is measured again, and is smaller.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// A compression flag and a length stand before each gRPC message.
const FRAME: usize = 5;

const CONNECT_TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");
/// Headers of the answer that mean the same in JSON.
const KEPT: [HeaderName; 6] = [
    header::SET_COOKIE,
    header::RETRY_AFTER,
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
    HeaderName::from_static("x-request-id"),
];

/// Speaks JSON over the contract.
#[derive(Clone, Debug)]
pub(crate) struct Json {
    pool: DescriptorPool,
    openapi: Bytes,
}

impl Json {
    /// Learns the contract, and the details errors carry.
    pub(crate) fn new() -> Result<Self> {
        let mut pool = DescriptorPool::decode(proto::DESCRIPTORS).map_err(Error::internal)?;
        let mut details =
            FileDescriptorSet::decode(tonic_types::pb::FILE_DESCRIPTOR_SET).map_err(Error::internal)?;
        details.file.retain(|file| pool.get_file_by_name(file.name()).is_none());
        pool.add_file_descriptor_set(details).map_err(Error::internal)?;
        let openapi = openapi::document(&pool).to_string().into();
        Ok(Self { pool, openapi })
    }

    /// The answer to a request below [`PREFIX`].
    pub(crate) async fn answer(&self, door: &Door, request: Request<Body>) -> Response<Body> {
        if request.method() == Method::GET && request.uri().path() == OPENAPI {
            return outcome::document(self.openapi.clone());
        }
        match self.call(door, request).await {
            Ok(response) => response,
            Err(error) => outcome::refused(&self.pool, &error.into(), HeaderMap::new()),
        }
    }

    async fn call(&self, door: &Door, request: Request<Body>) -> Result<Response<Body>> {
        let method = self.method(&request)?;
        let (mut head, body) = request.into_parts();
        let path = path_of(&method);
        let ask = read(method.input(), allowance(door, &path).hold(body)).await?;
        head.uri = http::Uri::try_from(path).map_err(Error::internal)?;
        become_grpc(&mut head.headers);
        let response =
            door.grpc(Request::from_parts(head, Body::new(http_body_util::Full::from(framed(&ask))))).await;
        Ok(self.translate(&method, response).await)
    }

    /// The method a request names, if JSON can carry it.
    fn method<B>(&self, request: &Request<B>) -> Result<MethodDescriptor> {
        if request.method() != Method::POST {
            return Err(unimplemented("call methods with POST"));
        }
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
            return Err(wrong_json("the content type must be application/json"));
        }
        let path = request.uri().path().strip_prefix(PREFIX).unwrap_or_default();
        let (service, method) = path.split_once('/').unwrap_or((path, ""));
        let found = self
            .pool
            .get_service_by_name(service)
            .and_then(|service| service.methods().find(|known| known.name() == method));
        let found = found.ok_or_else(|| unimplemented(format!("there is no method {service}/{method}")))?;
        if found.is_client_streaming() || found.is_server_streaming() {
            return Err(unimplemented(format!(
                "{service}/{method} is a stream; call it by gRPC or gRPC-Web"
            )));
        }
        Ok(found)
    }

    async fn translate(&self, method: &MethodDescriptor, response: Response<Body>) -> Response<Body> {
        let (head, body) = response.into_parts();
        let mut kept = HeaderMap::new();
        for name in KEPT {
            kept.extend(head.headers.get_all(&name).iter().map(|value| (name.clone(), value.clone())));
        }
        match read_answer(&head.headers, body).await.and_then(|bytes| decode(method.output(), &bytes)) {
            Ok(message) => outcome::done(&message, kept),
            Err(status) => outcome::refused(&self.pool, &status, kept),
        }
    }
}

/// What a call may send as JSON.
fn allowance(door: &Door, path: &str) -> Allowance {
    let allowance = door.allowance(path);
    Allowance { bytes: allowance.bytes.min(MAX_BODY), ..allowance }
}

/// The request message in a JSON body. An empty body is an empty message.
async fn read(kind: MessageDescriptor, body: Body) -> Result<DynamicMessage> {
    let bytes = body.collect().await?;
    let bytes = bytes.to_bytes();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(DynamicMessage::new(kind));
    }
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let message =
        DynamicMessage::deserialize(kind, &mut json).map_err(|error| wrong_json(error.to_string()))?;
    json.end().map_err(|error| wrong_json(error.to_string()))?;
    Ok(message)
}

/// The bytes of the one message in an answer, or the status it ended with.
async fn read_answer(head: &HeaderMap, body: Body) -> std::result::Result<Bytes, Status> {
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
        Some(status) if status.code() != tonic::Code::Ok => Err(status),
        _ => Ok(()),
    }
}

fn decode(kind: MessageDescriptor, bytes: &[u8]) -> std::result::Result<DynamicMessage, Status> {
    DynamicMessage::decode(kind, bytes).map_err(|error| Error::internal(error).into())
}

fn framed(message: &DynamicMessage) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(FRAME + length);
    frame.put_u8(0);
    // A message from a body of `MAX_BODY` bytes has far less than 4 GB.
    frame.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    frame.extend_from_slice(&message.encode_to_vec());
    frame.freeze()
}

fn become_grpc(headers: &mut HeaderMap) {
    let milliseconds =
        headers.remove(CONNECT_TIMEOUT).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let Some(timeout) =
        milliseconds.and_then(|time| HeaderValue::try_from(format!("{}m", time.min(99_999_999))).ok())
    {
        headers.insert("grpc-timeout", timeout);
    }
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_ENCODING);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
}

fn path_of(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn unimplemented(message: impl Into<String>) -> Error {
    Error::Unimplemented { message: message.into() }
}

fn wrong_json(problem: impl Into<String>) -> Error {
    let violation = Violation { field: "body".into(), problem: problem.into() };
    Error::Invalid { reason: ErrorReason::JsonInvalid.name(), violations: vec![violation] }
}

/// Whether a status stands for a body that was too large, which HTTP has a code for.
fn is_too_large(status: &Status) -> bool {
    mesh_core::error::reason_of(status).is_some_and(|reason| reason == v1::ErrorReason::BodyTooLarge.name())
}

/// The HTTP code of a status, as the Connect protocol maps them.
fn http_code(status: &Status) -> StatusCode {
    use tonic::Code;
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
