//! The face of a service: what `build()` gets ([`Process`]) and what it gives back ([`Service`]).
//!
//! The invariant: a service is inert until somebody serves it. `build()` starts no task and opens no port; [`serve()`] runs
//! the workers beside the server and ends them after the last call.

mod port;
mod serve;
mod worker;

use std::{borrow::Cow, fmt, sync::Arc};

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub use port::Port;
pub use serve::{Shutdown, serve};
pub use worker::Worker;
pub(crate) use worker::panic_sentence;

use crate::{
    blobs::Blobs,
    bus::Bus,
    clock::SharedClock,
    db::{Db, Migration},
    error::Result,
    id::Ids,
    mail::Mail,
    outbox,
    peer::Peer,
    retention,
    stack::{Guard, Limits},
    token::{MeshKey, Verifier},
    vitals,
};

/// What every service of a process shares. Cloning is cheap.
#[derive(Clone)]
pub struct Process {
    /// The time.
    pub clock: SharedClock,
    /// Ids and secrets.
    pub ids: Ids,
    /// Where news goes and comes from.
    pub bus: Arc<dyn Bus>,
    /// How letters leave.
    pub mail: Arc<dyn Mail>,
    /// Where files are kept.
    pub blobs: Arc<dyn Blobs>,
    /// Checks access tokens.
    pub verifier: Verifier,
    /// Signs and checks the mesh's own tokens.
    pub mesh_key: MeshKey,
    /// How much the process takes on at a time.
    pub limits: Limits,
    /// Cancelled when the process begins to stop. Streams without an end of their own end here; calls in flight do not.
    pub stopping: CancellationToken,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A built service: routes to call, workers to run, checks to ask.
#[derive(Clone, Debug)]
pub struct Service {
    /// The role's name, as in `ticketmesh tickets`.
    pub name: &'static str,
    /// The gRPC services, without layers.
    pub routes: Routes,
    /// What runs beside the calls.
    pub workers: Vec<Worker>,
    /// What has to work for the service to be ready.
    pub checks: Vec<Check>,
}

impl Service {
    /// A service with a database of its own: its news leave, what is too old goes, its vital signs are taken, and it is ready
    /// as long as the database answers and has the schema of these migrations.
    pub fn over(
        name: &'static str,
        routes: Routes,
        db: &Db,
        migrations: &'static [Migration],
        process: &Process,
    ) -> Self {
        let Process { bus, clock, .. } = process;
        let workers = vec![
            outbox::relay(db.clone(), bus.clone(), clock.clone()),
            retention::worker(db.clone(), clock.clone()),
            vitals::worker(name, db.clone(), clock.clone()),
        ];
        Self { name, routes, workers, checks: vec![db.check(name, migrations)] }
    }

    /// The service with more that runs beside its calls.
    pub fn beside(mut self, workers: impl IntoIterator<Item = Worker>) -> Self {
        self.workers.extend(workers);
        self
    }

    /// The service, ready only as long as this other one answers.
    pub fn needing(mut self, name: &'static str, peer: &Peer) -> Self {
        let peer = peer.clone();
        self.checks.push(Check::new(name, move || {
            let peer = peer.clone();
            async move { peer.ping().await }
        }));
        self
    }

    /// The routes behind the layers every call passes. Give these to [`crate::peer::Peer::local`].
    pub fn guarded(&self, process: &Process) -> Routes {
        Guard::new(process).around(self.routes.clone())
    }

    /// The same service with its routes [`guarded`](Self::guarded), ready for [`serve()`].
    pub fn guard(self, process: &Process) -> Self {
        Self { routes: self.guarded(process), ..self }
    }

    /// This service in front, with the workers and checks of the services behind it: one process that is all of them. A check
    /// of a name that is there already (two services need the same third one) is left out.
    pub fn in_front_of(mut self, behind: impl IntoIterator<Item = Self>) -> Self {
        for service in behind {
            self.workers.extend(service.workers);
            let more = service.checks.into_iter();
            let new: Vec<_> =
                more.filter(|check| self.checks.iter().all(|known| known.name() != check.name())).collect();
            self.checks.extend(new);
        }
        self
    }
}

/// A dependency that has to work: the database, the broker, a peer. Asked by `/readyz`.
#[derive(Clone)]
pub struct Check {
    name: Cow<'static, str>,
    ask: Arc<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>,
}

impl Check {
    /// A check that asks `ask` each time.
    pub fn new<F>(name: impl Into<Cow<'static, str>>, ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name: name.into(), ask: Arc::new(move || Box::pin(ask())) }
    }

    /// What is asked for: `tickets database`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks now.
    pub async fn ask(&self) -> Result<()> {
        (self.ask)().await
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.name).finish()
    }
}
