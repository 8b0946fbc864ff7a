//! Logs for machines: one flat JSON object an event, with the fields of the spans around it (`request_id`, `user`, `worker`)
//! and the trace it belongs to.

use std::fmt;

use opentelemetry::{Context, trace::TraceContextExt};
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::{LookupSpan, Scope},
};

/// Span fields with this prefix speak to the exporter, not to readers of logs.
const FOR_EXPORT: &str = "otel.";

/// The format.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line::default();
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>().map(|fields| serde_json::from_str(fields));
            if let Some(Ok(Value::Object(fields))) = fields {
                line.0.extend(fields.into_iter().filter(|(name, _)| !name.starts_with(FOR_EXPORT)));
            }
        }
        event.record(&mut line);
        line.put("level", event.metadata().level().as_str());
        line.put("target", event.metadata().target());
        let trace = Context::current().span().span_context().clone();
        if trace.is_valid() {
            line.put("trace_id", trace.trace_id().to_string());
            line.put("span_id", trace.span_id().to_string());
        }
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        line.put("time", time);
        writeln!(writer, "{}", Value::Object(line.0))
    }
}

/// The object being filled; a later field replaces an earlier one of its name.
#[derive(Default)]
struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use serde_json::Value;
    use tracing::info_span;
    use tracing_subscriber::prelude::*;

    use crate::telemetry::{logs, trace_id};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_carries_its_event_its_spans_and_its_trace() {
        let lines = Lines::default();
        let writer = lines.clone();
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let subscriber = tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(tracer))
            .with(logs::json(move || writer.clone()));
        let id = tracing::subscriber::with_default(subscriber, || {
            let call =
                info_span!("call", otel.kind = "server", request_id = "req_1", user = tracing::field::Empty);
            let _entered = call.enter();
            call.record("user", "usr_ada");
            info_span!("peer call", attempt = 2)
                .in_scope(|| tracing::warn!(left = 1.5, ok = false, "almost"));
            trace_id(&call)
        });
        let line: Value = serde_json::from_slice(&lines.0.lock().unwrap()).expect("one JSON object");
        let expected = serde_json::json!({
            "level": "WARN", "message": "almost", "left": 1.5, "ok": false, "attempt": 2,
            "request_id": "req_1", "user": "usr_ada", "trace_id": id,
            "target": "mesh_core::telemetry::json::tests", "time": line["time"], "span_id": line["span_id"],
        });
        assert_eq!(line, expected);
    }
}
