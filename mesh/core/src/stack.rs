//! The layers before every service, outside in: trace → metrics → catch panic → concurrency limit and load shed → deadline →
//! authenticate → rate limit → body limit → handler.
//!
//! The invariant: a handler behind a [`Guard`] runs only for a known method and a verified caller, within a deadline, and
//! every refusal on the way is a gRPC status with an `ErrorInfo`. Calls from the same process pass the same layers.

mod authenticate;
mod body;
pub mod deadline;
mod metrics;
mod outcome;
mod plain;
mod trace;

use std::{any::Any, fmt::Debug, sync::Arc, time::Duration};

use axum::{
    error_handling::HandleErrorLayer,
    extract::{Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use proto::errors::v1::ErrorReason;
use tonic::{Status, service::Routes};
use tower::{BoxError, ServiceBuilder, limit::GlobalConcurrencyLimitLayer};
use tower_http::catch_panic::CatchPanicLayer;

pub use authenticate::{CLIENT_ADDRESS, CLIENT_DEVICE, FOR_NOBODY, MESH_TOKEN};
pub use trace::REQUEST_ID;

use crate::{
    caller::Caller,
    config,
    error::{Error, Result},
    service::{Process, panic_sentence},
};

/// When a caller who met a full service should come again.
const COME_AGAIN: Duration = Duration::from_secs(1);

/// How much a process takes on at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Limits")]
#[group(skip)]
pub struct Limits {
    /// Calls each service works on at a time; more are refused.
    #[arg(long, env = "TM_MAX_CALLS", default_value_t = Self::DEFAULT.max_calls)]
    pub max_calls: usize,
    /// Bytes one message may have.
    #[arg(long, env = "TM_MAX_MESSAGE_BYTES", default_value_t = Self::DEFAULT.max_message_bytes)]
    pub max_message_bytes: u32,
    /// How long a call may take that brought no deadline.
    #[arg(long, env = "TM_DEFAULT_DEADLINE", default_value = "30s", value_parser = config::duration)]
    pub default_deadline: Duration,
}

impl Limits {
    const DEFAULT: Self = Self {
        max_calls: 1024,
        max_message_bytes: 4 * 1024 * 1024,
        default_deadline: Duration::from_secs(30),
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Decides whether a caller may call now. The hook between authentication and the handler.
pub trait RateLimit: Debug + Send + Sync {
    /// Counts the call; an error ([`Error::resource_exhausted`] with the time to wait) refuses it.
    fn admit(&self, caller: &Caller, method: &str) -> Result<()>;
}

/// Puts the layers around routes.
#[derive(Clone, Debug)]
pub struct Guard {
    process: Process,
    rate_limit: Option<Arc<dyn RateLimit>>,
    for_strangers: bool,
}

impl Guard {
    /// The layers with what this process shares.
    pub fn new(process: &Process) -> Self {
        Self { process: process.clone(), rate_limit: None, for_strangers: false }
    }

    /// Asks `rate_limit` about every call.
    pub fn rate_limit(mut self, rate_limit: Arc<dyn RateLimit>) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// For the front door: whoever calls may name the trace his call belongs to, and say nothing else of it.
    pub fn for_strangers(mut self) -> Self {
        self.for_strangers = true;
        self
    }

    /// The routes behind the layers. Everything around the same routes shares one concurrency limit.
    pub fn around(self, routes: Routes) -> Routes {
        let Self { process, rate_limit, for_strangers } = self;
        let tracing = trace::Tracing { ids: process.ids.clone(), for_strangers };
        let limits = process.limits;
        let layers = ServiceBuilder::new()
            .layer(from_fn_with_state(tracing, trace::layer))
            .layer(from_fn_with_state(metrics::Instruments::new(), metrics::layer))
            .layer(CatchPanicLayer::custom(after_panic))
            .layer(HandleErrorLayer::new(overloaded))
            .load_shed()
            .layer(GlobalConcurrencyLimitLayer::new(limits.max_calls))
            .layer(from_fn_with_state(limits.default_deadline, deadline::layer))
            .layer(from_fn_with_state(process, authenticate::layer))
            .layer(from_fn_with_state(rate_limit, limit_rate))
            .layer(from_fn_with_state(limits.max_message_bytes, body::layer))
            .layer(from_fn(plain::layer));
        Routes::from(routes.into_axum_router().layer(layers))
    }
}

/// A refusal as a response.
pub fn refuse(error: Error) -> Response {
    Status::from(error).into_http()
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    refuse(Error::internal(panic_sentence(&*panic)))
}

/// The only error of the layers inside: no room.
async fn overloaded(_: BoxError) -> Response {
    let message = "too many calls at a time; come again a little later";
    refuse(Error::resource_exhausted(&ErrorReason::Overloaded, message, COME_AGAIN).counting("service"))
}

async fn limit_rate(
    State(limit): State<Option<Arc<dyn RateLimit>>>,
    request: Request,
    next: Next,
) -> Response {
    let admitted = match (&limit, request.extensions().get::<Caller>()) {
        (Some(limit), Some(caller)) => limit.admit(caller, request.uri().path()),
        _ => Ok(()),
    };
    match admitted {
        Ok(()) => next.run(request).await,
        Err(error) => refuse(error),
    }
}
