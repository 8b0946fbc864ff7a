//! The second port, for platforms and operators: probes, metrics, the log level, what was built.
//!
//! | path | answer |
//! |---|---|
//! | `GET /livez` | 200 as long as the process turns its wheels |
//! | `GET /readyz` | 200 or 503, with every dependency and its state |
//! | `GET /metrics` | Prometheus text |
//! | `GET /log`, `PUT /log` | the log filter, in effect at once |
//! | `GET /build` | name and version |
//! | gRPC `grpc.health.v1.Health` | the services `liveness` and `readiness` |
//!
//! The port carries no secrets and no people's data; keep it inside the cluster all the same.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio::{net::TcpListener, time::sleep};
use tonic::{
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

use crate::{
    error::{Error, Result},
    health::{self, Health},
    telemetry::Telemetry,
};

/// How often dependencies are asked for the gRPC service `readiness`.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What the admin port shows.
#[derive(Clone, Debug)]
pub struct Admin {
    /// The role's name.
    pub name: &'static str,
    /// Readiness.
    pub health: Health,
    /// Metrics and the log filter.
    pub telemetry: Telemetry,
}

impl Admin {
    /// Answers on `listener` until the process has stopped; it outlives the begin of stopping, so that probes see it.
    pub async fn serve(self, listener: TcpListener) -> Result<()> {
        let reporter = HealthReporter::new();
        reporter.set_service_status("liveness", ServingStatus::Serving).await;
        let looking = keep_reporting(self.health.clone(), reporter.clone());
        let health = HealthServer::new(HealthService::from_health_reporter(reporter));
        let server = Server::builder()
            .accept_http1(true)
            .add_routes(Routes::from(self.routes()).add_service(health))
            .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
        tokio::select! {
            ended = server => ended.map_err(Error::internal),
            () = looking => Ok(()),
        }
    }

    /// The HTTP half, for tests and for whoever has a server already.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/livez", get(async || "alive\n"))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .route("/log", get(log).put(set_log))
            .route("/build", get(build))
            .with_state(self)
    }
}

/// Publishes readiness as a gRPC health service, at once when the process begins to stop.
async fn keep_reporting(health: Health, reporter: HealthReporter) {
    loop {
        let serving = match health.report().await.state {
            health::State::Ready => ServingStatus::Serving,
            _ => ServingStatus::NotServing,
        };
        reporter.set_service_status("readiness", serving).await;
        reporter.set_service_status("", serving).await;
        if health.stopping().is_cancelled() {
            sleep(LOOK_EVERY).await;
        } else {
            // Whichever comes first; the next turn looks.
            let _ = health.stopping().run_until_cancelled(sleep(LOOK_EVERY)).await;
        }
    }
}

async fn readyz(State(admin): State<Admin>) -> Response {
    let report = admin.health.report().await;
    let code = match report.state {
        health::State::Ready => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, Json(report)).into_response()
}

async fn metrics(State(admin): State<Admin>) -> Response {
    match admin.telemetry.metrics() {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.with_causes()).into_response(),
    }
}

async fn log(State(admin): State<Admin>) -> Result<String, String> {
    admin.telemetry.log().map_err(|error| error.with_causes())
}

async fn set_log(State(admin): State<Admin>, filter: String) -> Response {
    match admin.telemetry.set_log(filter.trim()) {
        Ok(()) => {
            tracing::info!(filter = filter.trim(), "the log filter was changed");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

async fn build(State(admin): State<Admin>) -> Response {
    Json(json!({ "name": admin.name, "version": env!("CARGO_PKG_VERSION") })).into_response()
}
