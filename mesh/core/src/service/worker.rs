//! Work that goes on beside the calls: relays, subscriptions, job runners.
//!
//! The invariant: a worker that fails or panics is started again, ever more slowly, until the process stops; it never takes
//! the process down with it.

use std::{any::Any, borrow::Cow, fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use opentelemetry::KeyValue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    error::{Error, Result},
    retry::Backoff,
    telemetry,
};

/// The first pause before a failed worker starts again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A named piece of work that runs until it is told to stop.
#[derive(Clone)]
pub struct Worker {
    name: Cow<'static, str>,
    run: Arc<dyn Fn(CancellationToken) -> BoxFuture<'static, Result<()>> + Send + Sync>,
}

impl Worker {
    /// A worker called `name` (`tickets.relay`). `run` is called again when it failed, so it keeps what it needs and clones
    /// it into each future. It ends soon after the token is cancelled, with its work in a state that survives a kill.
    pub fn new<F>(
        name: impl Into<Cow<'static, str>>,
        run: impl Fn(CancellationToken) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name: name.into(), run: Arc::new(move |stop| Box::pin(run(stop))) }
    }

    /// The worker's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs it once, to its end or first failure. A panic is a failure.
    pub async fn run(&self, stop: CancellationToken) -> Result<()> {
        let work = AssertUnwindSafe((self.run)(stop));
        work.catch_unwind().await.unwrap_or_else(|panic| Err(Error::internal(panic_sentence(&*panic))))
    }

    /// Runs it until it is done or `stop` is cancelled, again after every failure.
    pub async fn supervise(self, stop: CancellationToken) {
        let meter = telemetry::meter();
        let failures = meter.u64_counter("worker.failures");
        let failures = failures.with_description("How often workers failed and were started again").build();
        let label = [KeyValue::new("worker", self.name.clone())];
        // A counter that is there before the first failure shows the first failure.
        failures.add(0, &label);
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        while !stop.is_cancelled() {
            let started = Instant::now();
            let Err(error) = self.run(stop.clone()).await else {
                return;
            };
            if started.elapsed() > LONGEST_PAUSE {
                backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
            }
            failures.add(1, &label);
            tracing::error!(
                worker = self.name(),
                error = error.with_causes(),
                "a worker failed and will be started again"
            );
            // Whichever comes first; the loop looks at the token.
            let _ = stop.run_until_cancelled(backoff.pause()).await;
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Worker").field(&self.name).finish()
    }
}

/// What a panic said, for the log.
pub(crate) fn panic_sentence(panic: &(dyn Any + Send)) -> String {
    let said =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", said.unwrap_or("without a message"))
}
