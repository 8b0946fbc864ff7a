//! One span a call, in the trace the caller brought, with the request id everybody logs.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tonic::Code;
use tracing::{Instrument, Span, field::Empty, info_span};

use super::outcome;
use crate::{id::Ids, telemetry};

/// The header with the request id: taken over when it is usable, made otherwise, and sent back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ids from outside are replaced.
const LONGEST_REQUEST_ID: usize = 128;

/// What the layer needs to know.
#[derive(Clone, Debug)]
pub(super) struct Tracing {
    pub(super) ids: Ids,
    /// Whether whoever calls is outside the mesh.
    pub(super) for_strangers: bool,
}

pub(super) async fn layer(
    State(Tracing { ids, for_strangers }): State<Tracing>,
    mut request: Request,
    next: Next,
) -> Response {
    let request_id = request.headers().get(&REQUEST_ID).filter(|id| usable(id)).cloned();
    let request_id = request_id.or_else(|| HeaderValue::try_from(ids.id("req")).ok());
    let parent = if for_strangers {
        telemetry::take(request.headers_mut())
    } else {
        telemetry::extract(request.headers())
    };
    let span = span_of(&request, request_id.as_ref());
    telemetry::follow(&span, parent);
    if let Some(id) = &request_id {
        request.headers_mut().insert(REQUEST_ID, id.clone());
    }
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(id) = request_id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    outcome::watch(response, move |code| record(&span, code))
}

fn usable(id: &HeaderValue) -> bool {
    (1..=LONGEST_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

fn span_of(request: &Request, request_id: Option<&HeaderValue>) -> Span {
    let method = request.uri().path().trim_start_matches('/');
    info_span!(
        "call",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system = "grpc",
        rpc.method = method,
        rpc.grpc.status_code = Empty,
        request_id = request_id.and_then(|id| id.to_str().ok()),
        user = Empty,
    )
}

fn record(span: &Span, code: Code) {
    span.record("rpc.grpc.status_code", code as i32);
    // By OpenTelemetry's conventions only these are the server's fault.
    if matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    ) {
        span.record("otel.status_code", "ERROR");
    }
    tracing::debug!(parent: span, code = ?code, "call ended");
}
