//! The port for platforms.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use mesh_core::{
    admin::Admin,
    error::Error,
    health::{Health, State},
    service::Check,
    stack::Limits,
    telemetry::{self, LogFormat, Settings},
};
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::ServiceExt;

use crate::shop::{Shop, Way, ask, process};

fn settings() -> Settings {
    Settings {
        log: "warn".into(),
        log_format: LogFormat::Json,
        otlp_endpoint: None,
        otlp_traces_endpoint: None,
        otlp_metrics_endpoint: None,
        metric_export_interval: 15_000,
        service_name: None,
    }
}

async fn fetch(admin: &Admin, request: Request<Body>) -> (StatusCode, String) {
    let response = admin.clone().routes().oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

async fn get(admin: &Admin, path: &str) -> (StatusCode, String) {
    fetch(admin, Request::get(path).body(Body::empty()).expect("a request")).await
}

/// Telemetry is one for a process, so what needs it is one test.
#[tokio::test]
async fn the_admin_port_tells_what_a_platform_asks() {
    let telemetry = telemetry::start(&settings(), "tickets").expect("the first one in this process");
    let stopping = CancellationToken::new();
    let admin = Admin { name: "tickets", health: Health::new(stopping.clone()), telemetry };
    let (process, _) = process(Limits::default());
    let peer = Way::Local.to(Shop::new(&process).service(), &process).await;
    TicketServiceClient::new(peer.for_worker()).get_ticket(ask("any", "")).await.expect("a call to count");
    telemetry::observe("outbox.lag", "How old the oldest waiting event is", "s", || 1.5);
    let (status, metrics) = get(&admin, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    let labels = r#"rpc_grpc_status_code="0",rpc_method="GetTicket",rpc_service="ticketmesh.tickets.v1.TicketService""#;
    assert!(
        metrics.contains(&format!("ticketmesh_rpc_server_duration_seconds_count{{{labels}}} 1")),
        "{metrics}"
    );
    assert!(metrics.contains("ticketmesh_outbox_lag_seconds 1.5"), "{metrics}");
    assert_eq!(get(&admin, "/livez").await.0, StatusCode::OK);
    assert!(get(&admin, "/build").await.1.contains(r#""name":"tickets""#));
    log_level_changes(&admin).await;
    probes_see_over_grpc_when_the_process_begins_to_stop(admin.clone(), stopping).await;
    admin.telemetry.shutdown().await;
}

async fn log_level_changes(admin: &Admin) {
    let put = |filter: &'static str| Request::put("/log").body(Body::from(filter)).expect("a request");
    assert_eq!(fetch(admin, put("debug,tickets=trace")).await.0, StatusCode::NO_CONTENT);
    assert!(get(admin, "/log").await.1.contains("tickets=trace"));
    let (status, said) = fetch(admin, put("loud=very")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(said.starts_with("TM_LOG can't be read"), "{said}");
}

/// A dependency that works as long as the flag says so.
fn switched(works: &Arc<AtomicBool>) -> Check {
    let works = works.clone();
    Check::new("database", move || {
        let works = works.load(Ordering::SeqCst);
        async move { if works { Ok(()) } else { Err(Error::unavailable("the database can't be reached")) } }
    })
}

#[tokio::test]
async fn a_process_is_ready_between_its_start_and_its_stop_while_what_it_needs_works() {
    let stopping = CancellationToken::new();
    let health = Health::new(stopping.clone());
    assert_eq!(health.report().await.state, State::Starting);
    let works = Arc::new(AtomicBool::new(true));
    health.waits_for(vec![switched(&works)]);
    let report = health.report().await;
    assert_eq!((report.state, report.dependencies.len()), (State::Starting, 1));
    health.started(vec![switched(&works)]);
    assert_eq!(health.report().await.state, State::Ready);
    works.store(false, Ordering::SeqCst);
    let report = health.report().await;
    assert_eq!(report.state, State::NotReady);
    assert_eq!(report.dependencies[0].problem.as_deref(), Some("the database can't be reached"));
    works.store(true, Ordering::SeqCst);
    stopping.cancel();
    assert_eq!(health.report().await.state, State::Stopping);
}

async fn probes_see_over_grpc_when_the_process_begins_to_stop(admin: Admin, stopping: CancellationToken) {
    admin.health.started(vec![]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = tokio::spawn(admin.serve(listener));
    let mut client = HealthClient::new(Channel::from_shared(url).expect("an address").connect_lazy());
    let readiness = HealthCheckRequest { service: "readiness".into() };
    let mut watched = client.watch(readiness).await.expect("a stream").into_inner();
    let mut next = async || watched.message().await.expect("no error").expect("a status").status();
    while next().await != ServingStatus::Serving {}
    stopping.cancel();
    while next().await != ServingStatus::NotServing {}
    let alive =
        client.check(HealthCheckRequest { service: "liveness".into() }).await.expect("known").into_inner();
    assert_eq!(alive.status(), ServingStatus::Serving);
    serving.abort();
}
