//! Answers and refusals as JSON, in the form of the Connect protocol: `{code, message, details: [{type, value, debug}]}`.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use prost_types::Any;
use serde_json::{Value, json};
use tonic::{Code, Status, body::Body};

use crate::unary::http_code;

/// A document that stays the same until the next release.
pub(super) fn document(json: Bytes) -> Response<Body> {
    let mut response = respond(StatusCode::OK, json, HeaderMap::new());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A message in protobuf's JSON.
pub(super) fn done(message: &DynamicMessage, headers: HeaderMap) -> Response<Body> {
    respond(StatusCode::OK, serde_json::to_vec(message).unwrap_or_default(), headers)
}

/// A status with everything it says.
pub(super) fn refused(pool: &DescriptorPool, status: &Status, headers: HeaderMap) -> Response<Body> {
    let details = tonic_types::pb::Status::decode(status.details()).unwrap_or_default().details;
    let details: Vec<_> = details.iter().map(|detail| described(pool, detail)).collect();
    let body = json!({ "code": name(status.code()), "message": status.message(), "details": details });
    respond(http_code(status), body.to_string().into_bytes(), headers)
}

fn described(pool: &DescriptorPool, detail: &Any) -> Value {
    let kind = detail.type_url.rsplit('/').next().unwrap_or_default();
    let message = pool
        .get_message_by_name(kind)
        .and_then(|kind| DynamicMessage::decode(kind, detail.value.as_slice()).ok());
    let readable = message.and_then(|message| serde_json::to_value(message).ok());
    json!({ "type": kind, "value": BASE64_STANDARD_NO_PAD.encode(&detail.value), "debug": readable })
}

fn respond(code: StatusCode, body: impl Into<Bytes>, headers: HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::from(body.into())));
    *response.status_mut() = code;
    *response.headers_mut() = headers;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(crate) const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "canceled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}
