//! Logs, traces and metrics.
//!
//! The invariant: telemetry never holds up a call. Buffers are bounded and drop what does not fit, exports happen on threads
//! of their own, and a collector that is down costs a log line. One trace crosses calls, the bus and jobs by the W3C
//! `traceparent`, whether or not anything is exported.

mod context;
mod json;
mod logs;
mod sampling;

use std::{io::IsTerminal, sync::Arc, time::Duration};

use opentelemetry::{Key, KeyValue, metrics::Meter, trace::TracerProvider};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::SdkTracerProvider,
};
use prometheus::{Encoder, Registry, TextEncoder};
use tracing_subscriber::{EnvFilter, prelude::*, reload};

pub use context::{current_traceparent, extract, inject, trace_id, with_parent};
pub(crate) use context::{follow, take};

use crate::error::{Error, Result};
use sampling::Sampler;

/// The name our instruments and spans carry.
const SCOPE: &str = "ticketmesh";
/// What names on `/metrics` begin with, among those of other programs.
const PULLED_AS: &str = "ticketmesh";
/// What OpenTelemetry calls a process that nobody named.
const UNNAMED: &str = "unknown_service";
const SERVICE_NAME: &str = "service.name";
const SERVICE_VERSION: &str = "service.version";

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// One readable line an event.
    Text,
    /// One JSON object an event.
    Json,
}

/// Logs, traces, metrics.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Telemetry")]
#[group(skip)]
pub struct Settings {
    /// What is logged, as `level` or `target=level,…`.
    #[arg(long = "log", env = "TM_LOG", default_value = "info")]
    pub log: String,
    /// How logs look.
    #[arg(long, env = "TM_LOG_FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    pub log_format: LogFormat,
    /// The OTLP collector (gRPC) traces and metrics are pushed to. Other `OTEL_…` variables mean what OpenTelemetry says.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// The collector of traces, in place of that.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    pub otlp_traces_endpoint: Option<String>,
    /// The collector of metrics, in place of that.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")]
    pub otlp_metrics_endpoint: Option<String>,
    /// How often metrics are pushed, in milliseconds.
    #[arg(long, env = "OTEL_METRIC_EXPORT_INTERVAL", default_value_t = 15_000)]
    pub metric_export_interval: u64,
    /// What the process is called among others; `ticketmesh-` and its role unless this or `OTEL_RESOURCE_ATTRIBUTES` says otherwise.
    #[arg(long, env = "OTEL_SERVICE_NAME")]
    pub service_name: Option<String>,
}

impl Settings {
    /// Where traces are pushed to.
    fn traces_to(&self) -> Option<&str> {
        given(self.otlp_traces_endpoint.as_deref()).or_else(|| given(self.otlp_endpoint.as_deref()))
    }

    /// Where metrics are pushed to.
    fn metrics_to(&self) -> Option<&str> {
        given(self.otlp_metrics_endpoint.as_deref()).or_else(|| given(self.otlp_endpoint.as_deref()))
    }
}

/// A setting that says something; OpenTelemetry takes an empty variable for none.
fn given(said: Option<&str>) -> Option<&str> {
    said.filter(|said| !said.is_empty())
}

/// Telemetry that runs. Clones share it.
#[derive(Clone, Debug)]
pub struct Telemetry {
    registry: Registry,
    tracer: SdkTracerProvider,
    meter: SdkMeterProvider,
    filter: Arc<Filter>,
}

/// The log filter, changeable while the process runs.
#[derive(Debug)]
struct Filter(reload::Handle<EnvFilter, tracing_subscriber::Registry>);

/// Starts telemetry for the whole process: installs the global subscriber and meter. `service` is the role's name. Must be
/// called inside a runtime, once.
pub fn start(settings: &Settings, service: &'static str) -> Result<Telemetry> {
    let resource = resource(settings, service);
    let registry = Registry::new();
    let tracer = tracer(settings, resource.clone())?;
    let meter = meters(settings, resource, &registry)?;
    let (filter, handle) = reload::Layer::new(logs::filter(&settings.log)?);
    let json = match settings.log_format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let spans = tracing_opentelemetry::layer().with_tracer(tracer.tracer(SCOPE)).with_filter(logs::traced());
    tracing_subscriber::registry()
        .with(logs::layer(json).with_filter(filter))
        .with(spans)
        .try_init()
        .map_err(Error::internal)?;
    opentelemetry::global::set_meter_provider(meter.clone());
    show_version();
    Ok(Telemetry { registry, tracer, meter, filter: Arc::new(Filter(handle)) })
}

impl Telemetry {
    /// The metrics as Prometheus text.
    pub fn metrics(&self) -> Result<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).map_err(Error::internal)?;
        String::from_utf8(text).map_err(Error::internal)
    }

    /// The registry behind [`metrics`](Self::metrics), for collectors of libraries.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What is logged from now on.
    pub fn set_log(&self, filter: &str) -> Result<()> {
        self.filter.0.reload(logs::filter(filter)?).map_err(Error::internal)
    }

    /// What is logged now.
    pub fn log(&self) -> Result<String> {
        self.filter.0.with_current(EnvFilter::to_string).map_err(Error::internal)
    }

    /// Exports what is left and ends. The providers block, so they do it on a thread of their own.
    pub async fn shutdown(self) {
        let ended =
            tokio::task::spawn_blocking(move || (self.tracer.shutdown(), self.meter.shutdown())).await;
        if let Ok((Err(error), _) | (_, Err(error))) = ended {
            tracing::warn!(%error, "the last traces or metrics may be lost");
        }
    }
}

/// Where instruments come from: `telemetry::meter().f64_gauge("outbox.lag").build()`. Make them after [`start`].
pub fn meter() -> Meter {
    opentelemetry::global::meter(SCOPE)
}

/// Registers a gauge that is read whenever somebody looks at the metrics. `unit` is UCUM: `s`, `By`, `{row}`.
pub fn observe(
    name: &'static str,
    description: &'static str,
    unit: &'static str,
    read: impl Fn() -> f64 + Send + Sync + 'static,
) {
    let meter = meter();
    let gauge = meter.f64_observable_gauge(name).with_description(description).with_unit(unit);
    // The meter keeps the callback; the returned handle carries nothing.
    let _ = gauge.with_callback(move |gauge| gauge.observe(read(), &[])).build();
}

/// Says what a gauge shows from now on, for things that are counted now and then; `labels` are names with their values.
pub fn record(
    name: &'static str,
    description: &'static str,
    labels: &[(&'static str, &'static str)],
    value: i64,
) {
    let labels: Vec<_> = labels.iter().map(|(name, value)| KeyValue::new(*name, *value)).collect();
    meter().i64_gauge(name).with_description(description).build().record(value, &labels);
}

/// A gauge that is always 1 and carries the version, as is the habit among programs that Prometheus reads.
fn show_version() {
    let version = KeyValue::new("version", env!("CARGO_PKG_VERSION"));
    let meter = meter();
    let gauge = meter.u64_observable_gauge("build.info").with_description("1, with the version that runs");
    // The meter keeps the callback; the returned handle carries nothing.
    let _ = gauge.with_callback(move |gauge| gauge.observe(1, std::slice::from_ref(&version))).build();
}

/// What the process is called and which version it is, unless the standard variables say otherwise.
fn resource(settings: &Settings, service: &str) -> Resource {
    let said = Resource::builder().build();
    let says = |key: &'static str| said.get(&Key::from_static_str(key)).map(|value| value.to_string());
    let named = says(SERVICE_NAME).filter(|name| !name.starts_with(UNNAMED));
    let name = given(settings.service_name.as_deref()).map(str::to_owned).or(named);
    let version = says(SERVICE_VERSION).unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    Resource::builder()
        .with_service_name(name.unwrap_or_else(|| format!("ticketmesh-{service}")))
        .with_attribute(KeyValue::new(SERVICE_VERSION, version))
        .build()
}

/// Spans get ids in any case, so that logs can be matched to traces; they are exported when there is a collector.
fn tracer(settings: &Settings, resource: Resource) -> Result<SdkTracerProvider> {
    let builder = SdkTracerProvider::builder().with_resource(resource).with_sampler(Sampler::configured());
    let Some(endpoint) = settings.traces_to() else {
        return Ok(builder.build());
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
    Ok(builder.with_batch_exporter(exporter.map_err(|wrong| refused(&wrong))?).build())
}

fn meters(settings: &Settings, resource: Resource, registry: &Registry) -> Result<SdkMeterProvider> {
    let pulled = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .with_namespace(PULLED_AS)
        .scope_info_enabled(false)
        .build()
        .map_err(Error::internal)?;
    let builder = SdkMeterProvider::builder().with_resource(resource).with_reader(pulled);
    let Some(endpoint) = settings.metrics_to() else {
        return Ok(builder.build());
    };
    let exporter = opentelemetry_otlp::MetricExporter::builder().with_tonic().with_endpoint(endpoint).build();
    let every = Duration::from_millis(settings.metric_export_interval);
    let pushed =
        PeriodicReader::builder(exporter.map_err(|wrong| refused(&wrong))?).with_interval(every).build();
    Ok(builder.with_reader(pushed).build())
}

fn refused(wrong: &opentelemetry_otlp::ExporterBuildError) -> Error {
    Error::invalid("OTEL_EXPORTER_OTLP_ENDPOINT", format!("can't be used: {wrong}; give http://host:4317"))
}
