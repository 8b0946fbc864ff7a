//! One trace over calls, bus and jobs: the W3C trace context in headers and in the one-line `traceparent` that rows and
//! envelopes carry.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::TraceContextExt,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header and the name of the one line.
const TRACEPARENT: &str = "traceparent";

/// Writes the current span's context into headers.
pub fn inject(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut Headers(headers));
}

/// The context headers carry.
pub fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract(&Headers(headers))
}

/// The current span's `traceparent`; empty outside a trace.
pub fn current_traceparent() -> String {
    let mut line = Line::default();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut line);
    line.0
}

/// `span` as a child of the trace `traceparent` names; unchanged when that is empty or not a traceparent.
pub fn with_parent(span: Span, traceparent: &str) -> Span {
    let parent = TraceContextPropagator::new().extract(&Line(traceparent.to_owned()));
    follow(&span, parent);
    span
}

/// Makes `span` a child of `parent`, when that is in a trace.
pub(crate) fn follow(span: &Span, parent: Context) {
    if parent.span().span_context().is_valid() {
        // Fails only when nothing is traced.
        let _ = span.set_parent(parent);
    }
}

/// The id of the trace the span is in, for log lines; `None` outside a trace.
pub fn trace_id(span: &Span) -> Option<String> {
    let context = span.context();
    let id = context.span().span_context().trace_id();
    (id != opentelemetry::TraceId::INVALID).then(|| id.to_string())
}

/// Headers as a carrier.
struct Headers<H>(H);

impl Injector for Headers<&mut HeaderMap> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_str(key), HeaderValue::from_str(&value)) {
            self.0.insert(name, value);
        }
    }
}

impl Extractor for Headers<&HeaderMap> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// A `traceparent` alone as a carrier.
#[derive(Default)]
struct Line(String);

impl Injector for Line {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = value;
        }
    }
}

impl Extractor for Line {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::info_span;
    use tracing_subscriber::prelude::*;

    use super::{current_traceparent, extract, inject, trace_id, with_parent};

    #[test]
    fn a_trace_goes_on_behind_headers_and_behind_one_line() {
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let subscriber =
            tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
        tracing::subscriber::with_default(subscriber, || {
            let first = info_span!("first");
            let id = trace_id(&first).expect("a trace");
            let (line, headers) = first.in_scope(|| {
                let mut headers = http::HeaderMap::new();
                inject(&mut headers);
                (current_traceparent(), headers)
            });
            assert!(line.contains(&id));
            assert_eq!(trace_id(&with_parent(info_span!("second"), &line)), Some(id.clone()));
            let third = info_span!("third");
            super::follow(&third, extract(&headers));
            assert_eq!(trace_id(&third), Some(id));
        });
    }

    #[test]
    fn nonsense_for_a_parent_leaves_the_span_alone() {
        let span = with_parent(info_span!("alone"), "nonsense");
        assert_eq!(trace_id(&span), None);
        assert_eq!(current_traceparent(), "");
    }
}
