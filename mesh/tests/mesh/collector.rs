//! A collector of traces: takes what processes export by OTLP and keeps it to be asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{ResourceSpans, span::SpanKind},
};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

use crate::running::Mesh;

/// The attribute that says which process a span is of.
const PROCESS: &str = "service.name";
/// The attribute of a call that says whose it is.
const USER: &str = "user";

/// A span as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What its process calls itself.
    pub(crate) process: String,
    /// A method, an event, a kind of job.
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    /// Whose call it is, if it is one and of somebody.
    user: Option<String>,
    trace_id: Vec<u8>,
    id: Vec<u8>,
    parent_id: Vec<u8>,
}

/// A collector that runs as long as the test. Clones share what came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collector(Arc<Mutex<Vec<Seen>>>);

/// A trace somebody begins outside of the mesh.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    id: u128,
    /// The span of whoever begins it, which nobody exports.
    span: u64,
}

impl Collector {
    /// One that the processes of a mesh send to, if they are started after this.
    pub(crate) async fn of(mesh: &mut Mesh) -> Self {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = Server::builder().add_service(TraceServiceServer::new(collector.clone()));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        mesh.detour("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("http://{address}"));
        // By itself a process sends what it has every five seconds.
        mesh.detour("OTEL_BSP_SCHEDULE_DELAY", "50".into());
        collector
    }

    /// The spans of a trace that have come.
    pub(crate) fn spans(&self, trace: Trace) -> Vec<Seen> {
        let id = trace.id.to_be_bytes();
        self.0
            .lock()
            .expect("no test panicked here")
            .iter()
            .filter(|seen| seen.trace_id == id)
            .cloned()
            .collect()
    }

    /// Who calls in each trace.
    pub(crate) fn callers(&self) -> Vec<BTreeSet<String>> {
        let seen = self.0.lock().expect("no test panicked here");
        let mut traces: BTreeMap<&[u8], BTreeSet<String>> = BTreeMap::new();
        for seen in seen.iter() {
            traces.entry(&seen.trace_id).or_default().extend(seen.user.clone());
        }
        traces.into_values().collect()
    }

    /// The ways through a trace to its spans of this name and kind, from the first one of the mesh on. A way with a span that has not
    /// come is none.
    pub(crate) fn ways(&self, trace: Trace, name: &str, kind: SpanKind) -> Vec<Vec<Seen>> {
        let spans = self.spans(trace);
        let ends = spans.iter().filter(|seen| seen.name == name && seen.kind == kind);
        ends.filter_map(|end| way(&spans, trace, end)).collect()
    }

    /// The spans of a trace whose parent is not in it.
    pub(crate) fn orphans(&self, trace: Trace) -> Vec<Seen> {
        let spans = self.spans(trace);
        spans.iter().filter(|seen| way(&spans, trace, seen).is_none()).cloned().collect()
    }
}

/// The spans from the first one of the mesh to this one.
fn way(spans: &[Seen], trace: Trace, end: &Seen) -> Option<Vec<Seen>> {
    let mut way = vec![end.clone()];
    loop {
        let first = way.last()?;
        if first.parent_id == trace.span.to_be_bytes() {
            way.reverse();
            return Some(way);
        }
        way.push(spans.iter().find(|seen| seen.id == first.parent_id)?.clone());
    }
}

impl Trace {
    /// The trace with this number.
    pub(crate) fn number(number: u64) -> Self {
        Self { id: (0x7e57 << 64) | u128::from(number), span: number }
    }

    /// How its beginner names it.
    pub(crate) fn traceparent(self, sampled: bool) -> String {
        format!("00-{:032x}-{:016x}-0{}", self.id, self.span, u8::from(sampled))
    }

    /// Whether a `traceparent` is in this trace.
    pub(crate) fn has(self, traceparent: &str) -> bool {
        traceparent.split('-').nth(1) == Some(format!("{:032x}", self.id).as_str())
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let came = request.into_inner().resource_spans.into_iter().flat_map(spans_of);
        self.0.lock().expect("no test panicked here").extend(came);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn spans_of(spans: ResourceSpans) -> impl Iterator<Item = Seen> {
    let process = attributes(&spans.resource.unwrap_or_default().attributes).remove(PROCESS);
    let process = process.unwrap_or_default();
    let spans = spans.scope_spans.into_iter().flat_map(|scope| scope.spans);
    spans.map(move |span| Seen {
        process: process.clone(),
        kind: span.kind(),
        user: attributes(&span.attributes).remove(USER),
        trace_id: span.trace_id,
        id: span.span_id,
        parent_id: span.parent_span_id,
        name: span.name,
    })
}

/// Attributes that are text.
fn attributes(all: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some((attribute.key.clone(), text.clone())),
        _ => None,
    };
    all.iter().filter_map(text).collect()
}
