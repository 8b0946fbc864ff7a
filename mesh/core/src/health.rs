//! Whether a process is alive, and whether it should get calls.
//!
//! The invariant: it is ready only after it started, before it stops, and while everything it needs answers.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use serde::Serialize;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::service::Check;

/// How long one dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The health of a process. Clones share it.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    needs: Mutex<Needs>,
    stopping: CancellationToken,
}

/// What the process needs, before it has started and after.
#[derive(Clone, Debug, Default)]
struct Needs {
    started: bool,
    checks: Vec<Check>,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Health").field(&self.needs()).finish()
    }
}

/// Where a process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not built yet; migrations run, or are waited for.
    Starting,
    /// Give it calls.
    Ready,
    /// Something it needs does not answer.
    NotReady,
    /// Calls in flight are being ended.
    Stopping,
}

/// The state with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Where the process is in its life.
    pub state: State,
    /// What it needs, in the order the services declared it.
    pub dependencies: Vec<Dependency>,
}

/// What was found of one dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// `database`, `broker`.
    pub name: String,
    /// Whether it answered.
    pub ok: bool,
    /// What it said instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

impl Health {
    /// A process that starts, and stops with `stopping`.
    pub fn new(stopping: CancellationToken) -> Self {
        Self(Arc::new(Inner { needs: Mutex::default(), stopping }))
    }

    /// The process can't start before these are good. They are shown, and decide nothing.
    pub fn waits_for(&self, checks: Vec<Check>) {
        self.need(Needs { started: false, checks });
    }

    /// The process has started; from now on these checks decide.
    pub fn started(&self, checks: Vec<Check>) {
        self.need(Needs { started: true, checks });
    }

    fn need(&self, needs: Needs) {
        *self.0.needs.lock().unwrap_or_else(PoisonError::into_inner) = needs;
    }

    fn needs(&self) -> Needs {
        self.0.needs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Cancelled when the process begins to stop.
    pub fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Asks every dependency now, all at a time.
    pub async fn report(&self) -> Report {
        let Needs { started, checks } = self.needs();
        let dependencies = join_all(checks.iter().map(ask)).await;
        let state = match dependencies.iter().all(|dependency| dependency.ok) {
            _ if self.0.stopping.is_cancelled() => State::Stopping,
            _ if !started => State::Starting,
            true => State::Ready,
            false => State::NotReady,
        };
        Report { state, dependencies }
    }
}

async fn ask(check: &Check) -> Dependency {
    let started = Instant::now();
    let problem = match timeout(PATIENCE, check.ask()).await {
        Ok(answer) => answer.err().map(|error| error.to_string()),
        Err(_) => Some(format!("no answer within {PATIENCE:?}")),
    };
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Dependency { name: check.name().to_owned(), ok: problem.is_none(), problem, millis }
}
