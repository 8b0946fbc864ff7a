//! Serving: a listener, the calls, the workers, and an orderly end.
//!
//! The invariant: after the first signal nothing new is accepted, what was accepted is answered (within the grace time), and
//! only then the workers stop, so that the last call's news still leaves. A second signal exits at once.

use std::{pin::pin, time::Duration};

use proto::DESCRIPTORS;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::{
    service::Routes,
    transport::{self, Server, server::TcpIncoming},
};
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

use super::{Port, Service, Worker};
use crate::{
    error::{Error, Result},
    policy,
};

/// Streams a caller may hold open on one connection.
const STREAMS_PER_CONNECTION: u32 = 1024;
/// Request headers (tokens with many departments are large) a caller may send.
const HEADER_BYTES: u32 = 64 * 1024;
/// How often a silent connection is asked whether it is still there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(30);
/// How long it may take to answer that.
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(10);

/// When and how a process stops.
#[derive(Clone, Debug)]
pub struct Shutdown {
    stopping: CancellationToken,
    grace: Duration,
}

impl Shutdown {
    /// Stops when told by [`begin`](Self::begin). Calls in flight get `grace` to end.
    pub fn by_hand(grace: Duration) -> Self {
        Self { stopping: CancellationToken::new(), grace }
    }

    /// Stops at the first SIGTERM or ctrl-C; the second one exits at once with 1.
    pub fn on_signals(grace: Duration) -> Result<Self> {
        let shutdown = Self::by_hand(grace);
        let terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
        tokio::spawn(listen(terminate, interrupt, shutdown.stopping.clone()));
        Ok(shutdown)
    }

    /// Begins to stop.
    pub fn begin(&self) {
        self.stopping.cancel();
    }

    /// Cancelled when the process begins to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }
}

async fn listen(mut terminate: Signal, mut interrupt: Signal, stopping: CancellationToken) {
    let mut next = async || {
        tokio::select! {
            _ = terminate.recv() => {},
            _ = interrupt.recv() => {},
        }
    };
    next().await;
    tracing::info!("stopping; a second signal exits at once");
    stopping.cancel();
    next().await;
    tracing::warn!("second signal: exiting with calls in flight");
    std::process::exit(1);
}

/// Serves `service` as it is (guard it first) with health and reflection beside it, and runs its workers, until `shutdown`
/// begins and the drain is over.
pub async fn serve(port: impl Into<Port>, service: Service, shutdown: Shutdown) -> Result<()> {
    let Port { listener, tls } = port.into();
    let stop_workers = CancellationToken::new();
    let mut workers = start(service.workers, &stop_workers);
    let health = Announced::new(service.name);
    let routes = with_health_and_reflection(service.routes, &health.reporter)?;
    health.announce(ServingStatus::Serving).await;
    let (server, stop) = (server().add_routes(routes), shutdown.stopping.clone().cancelled_owned());
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let drained = match tls {
        None => drain(server.serve_with_incoming_shutdown(incoming, stop), &shutdown, &health).await,
        Some(tls) => {
            let secure = tls.accept(incoming);
            drain(server.serve_with_incoming_shutdown(secure, stop), &shutdown, &health).await
        }
    };
    stop_workers.cancel();
    let all_stopped = async { while workers.join_next().await.is_some() {} };
    if timeout(shutdown.grace, all_stopped).await.is_err() {
        tracing::warn!("workers did not stop within {:?}; leaving them", shutdown.grace);
    }
    drained
}

fn start(workers: Vec<Worker>, stop: &CancellationToken) -> JoinSet<()> {
    workers.into_iter().map(|worker| worker.supervise(stop.clone())).collect()
}

/// HTTP/2 with limits; HTTP/1.1 too, for browsers and probes in front of the gateway.
fn server() -> Server {
    Server::builder()
        .accept_http1(true)
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .http2_max_header_list_size(HEADER_BYTES)
        .http2_keepalive_interval(Some(KEEP_ALIVE_EVERY))
        .http2_keepalive_timeout(Some(KEEP_ALIVE_ANSWER))
}

/// Waits for the server's end: at once when it fails, else until it drained or the grace time is over.
async fn drain(
    server: impl Future<Output = Result<(), transport::Error>>,
    shutdown: &Shutdown,
    health: &Announced,
) -> Result<()> {
    let patience = async {
        shutdown.stopping.cancelled().await;
        health.announce(ServingStatus::NotServing).await;
        sleep(shutdown.grace).await;
    };
    tokio::select! {
        ended = pin!(server) => ended.map_err(Error::internal),
        () = patience => {
            tracing::warn!("calls still open after {:?}; closing their connections", shutdown.grace);
            Ok(())
        }
    }
}

/// Health under the names of a role's gRPC services and the empty one for all.
struct Announced {
    role: &'static str,
    reporter: HealthReporter,
}

impl Announced {
    fn new(role: &'static str) -> Self {
        Self { role, reporter: HealthReporter::new() }
    }

    async fn announce(&self, status: ServingStatus) {
        for service in std::iter::once("").chain(policy::services_of(self.role)) {
            self.reporter.set_service_status(service, status).await;
        }
    }
}

fn with_health_and_reflection(routes: Routes, health: &HealthReporter) -> Result<Routes> {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(Error::internal)?;
    let health = HealthServer::new(HealthService::from_health_reporter(health.clone()));
    Ok(routes.add_service(health).add_service(reflection))
}
