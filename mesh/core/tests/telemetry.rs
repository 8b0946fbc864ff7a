//! Traces on their way to a collector. Telemetry is one for a process, so this is a program of its own with one test.

#![expect(clippy::expect_used, reason = "a test says what it expects")]

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use mesh_core::telemetry::{self, LogFormat, Settings};
use tokio::{net::TcpListener, sync::mpsc};
use tonic::transport::server::TcpIncoming;
use tonic::{Status, service::Routes, transport::Server};
use tracing::info_span;

/// As much of a collector as this needs: it keeps the bytes and answers with nothing.
async fn take(
    State(taken): State<mpsc::UnboundedSender<(String, Bytes)>>,
    Path(service): Path<String>,
    body: Bytes,
) -> Response {
    taken.send((service, body)).expect("the test listens");
    Status::ok("").into_http()
}

fn names(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// A collector, where it is, and what it was sent.
async fn collector() -> (String, mpsc::UnboundedReceiver<(String, Bytes)>) {
    let (taken, received) = mpsc::unbounded_channel();
    let routes = Router::new().route("/{service}/Export", post(take)).with_state(taken);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let server = Server::builder().add_routes(Routes::from(routes));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    (endpoint, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_and_metrics_reach_the_collector_before_the_process_ends_and_exports_are_not_traced() {
    let (endpoint, mut received) = collector().await;
    let settings = Settings {
        log: "warn".into(),
        log_format: LogFormat::Json,
        otlp_endpoint: None,
        otlp_traces_endpoint: Some(endpoint.clone()),
        otlp_metrics_endpoint: Some(endpoint),
        metric_export_interval: 15_000,
        service_name: Some("help desk of the north".into()),
    };
    let telemetry = telemetry::start(&settings, "tickets").expect("the only one");
    info_span!("the journey").in_scope(|| tracing::info!("on the way"));
    telemetry::meter().u64_counter("steps").build().add(1, &[]);
    telemetry.shutdown().await;

    let sent: Vec<_> = std::iter::from_fn(|| received.try_recv().ok()).collect();
    let sent_to = |service: &str, needle: &str| {
        sent.iter().any(|(name, body)| name.contains(service) && names(body, needle))
    };
    assert!(sent_to("trace", "the journey") && sent_to("trace", "help desk of the north"));
    assert!(sent_to("metrics", "steps"));
    assert!(!sent_to("trace", "Export"), "an export made a span of its own");
}
