//! `POST /api/{package}.{Service}/{Method}`: every unary method for `curl` and Connect clients.
//!
//! The contract's descriptor is the only thing this module knows, so a new method needs no edit here. A JSON call becomes the same
//! gRPC call a native client makes and passes the same checks; only its outside differs.

mod openapi;
pub(crate) mod outcome;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use http_body_util::BodyExt;
use mesh_core::error::{Error, Result, Violation};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use prost_types::FileDescriptorSet;
use proto::{gateway::v1::ErrorReason, reason::Reason as _};
use tonic::{Status, body::Body};

use crate::{
    body::Allowance,
    door::Door,
    unary::{self, Answer},
};

/// Where JSON is spoken.
pub(crate) const PREFIX: &str = "/api/";

/// Where the contract is described.
const OPENAPI: &str = "/api/openapi.json";

/// Bytes of JSON one call may have. The message inside is measured again, and is smaller.
const MAX_BODY: usize = 8 * 1024 * 1024;

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

    /// A message of the contract, by its full name and its bytes.
    pub(crate) fn show(&self, name: &str, bytes: &[u8], headers: HeaderMap) -> Response<Body> {
        let kind = self.pool.get_message_by_name(name);
        let kind = kind.ok_or_else(|| Status::from(Error::internal("the contract has no such message")));
        match kind.and_then(|kind| decode(kind, bytes)) {
            Ok(message) => outcome::done(&message, headers),
            Err(status) => self.refuse(&status, headers),
        }
    }

    /// The bytes of a message of the contract that is written as JSON, or what is wrong with it.
    pub(crate) fn read(&self, name: &str, text: &str) -> std::result::Result<Vec<u8>, String> {
        let kind = self.pool.get_message_by_name(name).ok_or("the contract has no such message")?;
        let mut json = serde_json::Deserializer::from_str(text);
        let message = DynamicMessage::deserialize(kind, &mut json).map_err(|error| error.to_string())?;
        json.end().map_err(|error| error.to_string())?;
        Ok(message.encode_to_vec())
    }

    /// A message of the contract as JSON.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<String> {
        let kind = self.pool.get_message_by_name(name);
        let kind = kind.ok_or_else(|| Error::internal("the contract has no such message"))?;
        let message = DynamicMessage::decode(kind, bytes).map_err(Error::internal)?;
        serde_json::to_string(&message).map_err(Error::internal)
    }

    /// A status with everything it says.
    pub(crate) fn refuse(&self, status: &Status, headers: HeaderMap) -> Response<Body> {
        outcome::refused(&self.pool, status, headers)
    }

    async fn call(&self, door: &Door, request: Request<Body>) -> Result<Response<Body>> {
        let method = self.method(&request)?;
        let (mut head, body) = request.into_parts();
        let path = path_of(&method);
        let ask = read(method.input(), allowance(door, &path).hold(body)).await?;
        keep_deadline(&mut head.headers);
        let answer = unary::call(door, head, path, &ask.encode_to_vec()).await?;
        Ok(self.translate(&method, answer))
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

    fn translate(&self, method: &MethodDescriptor, answer: Answer) -> Response<Body> {
        let mut kept = HeaderMap::new();
        for name in KEPT {
            kept.extend(answer.headers.get_all(&name).iter().map(|value| (name.clone(), value.clone())));
        }
        match answer.message.and_then(|bytes| decode(method.output(), &bytes)) {
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

fn decode(kind: MessageDescriptor, bytes: &[u8]) -> std::result::Result<DynamicMessage, Status> {
    DynamicMessage::decode(kind, bytes).map_err(|error| Error::internal(error).into())
}

/// The time a Connect client gives, as gRPC has it.
fn keep_deadline(headers: &mut HeaderMap) {
    let milliseconds =
        headers.remove(CONNECT_TIMEOUT).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let Some(timeout) =
        milliseconds.and_then(|time| HeaderValue::try_from(format!("{}m", time.min(99_999_999))).ok())
    {
        headers.insert("grpc-timeout", timeout);
    }
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
