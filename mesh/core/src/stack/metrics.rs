//! Rate, errors and duration of every RPC: `rpc.server.duration` by method and status, and the calls that run now.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use opentelemetry::{
    KeyValue,
    metrics::{Histogram, UpDownCounter},
};
use tokio::time::Instant;

use super::outcome;
use crate::{policy, telemetry};

/// Upper bounds in seconds: from a call inside the process to a slow export.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What paths nobody declared are counted as, so that strangers can't fill the memory with names.
const UNKNOWN: &str = "unknown";

#[derive(Clone, Debug)]
pub(super) struct Instruments {
    duration: Histogram<f64>,
    running: UpDownCounter<i64>,
}

impl Instruments {
    pub(super) fn new() -> Self {
        let meter = telemetry::meter();
        let duration =
            meter.f64_histogram("rpc.server.duration").with_unit("s").with_boundaries(BOUNDS.into());
        let running = meter.i64_up_down_counter("rpc.server.running").with_unit("{call}");
        Self {
            duration: duration.with_description("How long calls took, to the end of the answer").build(),
            running: running.with_description("Calls that run now").build(),
        }
    }
}

pub(super) async fn layer(State(instruments): State<Instruments>, request: Request, next: Next) -> Response {
    let labels = labels_of(request.uri().path());
    let running = Running::begin(&instruments, &labels);
    let started = Instant::now();
    let response = next.run(request).await;
    outcome::watch(response, move |code| {
        let [service, method] = labels;
        let labels = [service, method, KeyValue::new("rpc.grpc.status_code", i64::from(code as i32))];
        instruments.duration.record(started.elapsed().as_secs_f64(), &labels);
        drop(running);
    })
}

fn labels_of(path: &str) -> [KeyValue; 2] {
    let declared = policy::action_of(path).and_then(|_| path.trim_start_matches('/').split_once('/'));
    let (service, method) = declared.unwrap_or((UNKNOWN, UNKNOWN));
    [KeyValue::new("rpc.service", service.to_owned()), KeyValue::new("rpc.method", method.to_owned())]
}

/// Counts a call for as long as it is there, also when it is dropped half way.
struct Running {
    count: UpDownCounter<i64>,
    labels: [KeyValue; 2],
}

impl Running {
    fn begin(instruments: &Instruments, labels: &[KeyValue; 2]) -> Self {
        instruments.running.add(1, labels);
        Self { count: instruments.running.clone(), labels: labels.clone() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.count.add(-1, &self.labels);
    }
}
