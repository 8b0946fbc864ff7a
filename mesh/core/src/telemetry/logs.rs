//! What is logged and how it looks.

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::Targets,
    fmt::{self, MakeWriter, format::JsonFields},
    registry::LookupSpan,
};

use super::json::Json;
use crate::error::{Error, Result};

/// Transports that talk a lot; a filter may turn each of them up again. What lapin warns of (an event nobody waits for) is no news.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,tonic=warn,tower=warn,lapin=error,sqlx=warn,rustls=warn,opentelemetry=warn";
/// What carries spans to the collector must not make spans of its own, or every export would cause the next.
const UNTRACED: [&str; 7] =
    ["h2", "hyper", "hyper_util", "tonic", "tower", "opentelemetry_sdk", "opentelemetry_otlp"];

/// The filter behind `TM_LOG`.
pub(super) fn filter(said: &str) -> Result<EnvFilter> {
    let wrong =
        |error| Error::invalid("TM_LOG", format!("can't be read: {error}; give a level or target=level,…"));
    EnvFilter::builder().parse(format!("{QUIET},{said}")).map_err(wrong)
}

/// Which spans are traced.
pub(super) fn traced() -> Targets {
    let loud = Targets::new().with_default(LevelFilter::INFO);
    UNTRACED.into_iter().fold(loud, |targets, target| targets.with_target(target, LevelFilter::OFF))
}

/// Lines on standard error: standard output belongs to what a command answers.
pub(super) fn layer<S>(is_json: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    if is_json {
        json(std::io::stderr).boxed()
    } else {
        fmt::layer().with_target(false).with_writer(std::io::stderr).boxed()
    }
}

/// Lines for machines.
pub(super) fn json<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    fmt::layer().fmt_fields(JsonFields::new()).event_format(Json).with_writer(writer)
}
