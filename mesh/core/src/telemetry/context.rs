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

use super::sampling::Stranger;

/// The header and the name of the one line.
const TRACEPARENT: &str = "traceparent";
/// What else says something about a trace, and is taken from nobody outside the mesh.
const BESIDE_IT: [&str; 2] = ["tracestate", "baggage"];
/// Digits of the four parts of a `traceparent`: version, trace, span, flags.
const DIGITS: [usize; 4] = [2, 32, 16, 2];

/// Writes the current span's context into headers.
pub fn inject(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut Headers(headers));
}

/// The context headers carry; nothing of the present one, which in one process is the caller's.
pub fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

/// The context of a call from outside the mesh: the ids in its `traceparent`, if it has a well-formed one. The headers go, so that
/// nothing a stranger says of a trace travels on; whether the trace is exported is decided here ([`sampling`](super::sampling)).
pub(crate) fn take(headers: &mut HeaderMap) -> Context {
    let said = headers.remove(TRACEPARENT);
    for name in BESIDE_IT {
        headers.remove(name);
    }
    let line = said.as_ref().and_then(|said| said.to_str().ok()).filter(|line| is_well_formed(line));
    remembered(line.unwrap_or_default()).with_value(Stranger)
}

/// Four parts of lower-case hexadecimal digits, as W3C has them; the propagator would take shorter ids, too, and judges the rest.
fn is_well_formed(line: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let parts: Vec<_> = line.split('-').take(DIGITS.len()).collect();
    parts.iter().map(|part| part.len()).eq(DIGITS) && parts.into_iter().all(is_hex)
}

/// The context a one-line `traceparent` names.
fn remembered(line: &str) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Line(line.to_owned()))
}

/// The current span's `traceparent`; empty outside a trace.
pub fn current_traceparent() -> String {
    let mut line = Line::default();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut line);
    line.0
}

/// `span` as a child of the trace `traceparent` names; unchanged when that is empty or not a traceparent.
pub fn with_parent(span: Span, traceparent: &str) -> Span {
    follow(&span, remembered(traceparent));
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

    use super::{current_traceparent, extract, inject, take, trace_id, with_parent};

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

    #[test]
    fn of_a_stranger_s_headers_only_a_well_formed_id_is_taken_and_nothing_travels_on() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let taken = |line: &str| {
            let said = [("traceparent", line), ("tracestate", "vendor=1"), ("baggage", "user=ada")];
            let said = said.map(|(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).expect("a value"))
            });
            let mut headers = http::HeaderMap::from_iter(said);
            let context = take(&mut headers);
            assert!(headers.is_empty(), "{headers:?} travels on");
            let parent = opentelemetry::trace::TraceContextExt::span(&context).span_context().clone();
            assert_eq!(parent.trace_state().header(), "");
            parent.is_valid().then(|| parent.trace_id().to_string())
        };
        assert_eq!(taken(&format!("00-{id}-b7ad6b7169203331-01")).as_deref(), Some(id));
        assert_eq!(taken(&format!("01-{id}-b7ad6b7169203331-00-of the future")).as_deref(), Some(id));
        for malformed in [
            "nonsense",
            "",
            "00-1-2-01",
            &format!("00-{id}-b7ad6b7169203331"),
            &format!("00-{id}-b7ad6b7169203331-01-more"),
            &format!("ff-{id}-b7ad6b7169203331-01"),
            &format!("00-{}-b7ad6b7169203331-01", id.to_uppercase()),
            &format!("00-+{}-b7ad6b7169203331-01", &id[1..]),
            &format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            &format!("00-{id}-{}-01", "0".repeat(16)),
        ] {
            assert_eq!(taken(malformed), None, "{malformed}");
        }
    }
}
