//! What every mode of the binary starts with: clock, keys, bus, mail, files, telemetry, and how it all stops.

use std::{path::Path, sync::Arc};

use mesh_core::{
    admin::Admin,
    bus::{self, Bus, amqp},
    clock::{SharedClock, SystemClock},
    config::Shared,
    error::{Error, Result},
    health::Health,
    id::Ids,
    service::{Port, Process, Service, Shutdown, Worker},
    telemetry::{self, Telemetry},
    token::{self, MeshKey, Verifier},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A process about to serve.
pub(crate) struct Start {
    pub(crate) process: Process,
    pub(crate) shutdown: Shutdown,
    pub(crate) health: Health,
    name: &'static str,
    telemetry: Telemetry,
    /// What answers probes, once somebody wants it to.
    probes: Option<JoinHandle<Result<()>>>,
    /// Workers of the process itself, beside those of its services.
    workers: Vec<Worker>,
}

/// The clock and the source of ids and secrets of this process.
pub(crate) fn clock_and_ids() -> (SharedClock, Ids) {
    let clock: SharedClock = Arc::new(SystemClock);
    let ids = Ids::system(clock.clone());
    (clock, ids)
}

impl Start {
    /// Opens what every service shares. Letters and files go below `folder` unless the settings name a place.
    pub(crate) fn new(
        name: &'static str,
        shared: &Shared,
        folder: &Path,
        mesh_key: &[u8; 32],
        verifier: impl FnOnce(&SharedClock, &MeshKey) -> Result<Verifier>,
    ) -> Result<Self> {
        let telemetry = telemetry::start(&shared.telemetry, name)?;
        let shutdown = Shutdown::on_signals(shared.stop_grace)?;
        let (clock, ids) = clock_and_ids();
        let mesh_key = MeshKey::new(mesh_key, clock.clone())?;
        let process = Process {
            bus: open_bus(shared)?,
            mail: shared.mail.open(&folder.join("mail"), &clock)?,
            blobs: shared.blobs.open(&folder.join("blobs"), &ids, &clock)?,
            verifier: verifier(&clock, &mesh_key)?,
            mesh_key,
            limits: shared.limits,
            stopping: shutdown.stopping(),
            clock,
            ids,
        };
        let workers = vec![process.bus.subscribe(token::revocations(&process.verifier))];
        let health = Health::new(shutdown.stopping());
        Ok(Self { process, shutdown, health, name, telemetry, probes: None, workers })
    }

    /// Answers probes and shows metrics from now on, long before it serves: what starts is alive, and says what it waits for.
    pub(crate) fn answer_probes(&mut self, listener: TcpListener) {
        let (health, telemetry) = (self.health.clone(), self.telemetry.clone());
        let admin = Admin { name: self.name, health, telemetry };
        self.probes = Some(tokio::spawn(admin.serve(listener)));
    }

    /// Serves until told to stop.
    pub(crate) async fn serve(self, port: Port, mut service: Service) -> Result<()> {
        service.workers.extend(self.workers);
        self.health.started(service.checks.clone());
        let served = mesh_core::serve(port, service, self.shutdown).await;
        if let Some(probes) = self.probes {
            probes.abort();
        }
        self.telemetry.shutdown().await;
        served
    }
}

/// Everybody for whom events wait while he is away, with what he waits for.
const LISTENERS: &[(&str, &[&str])] = &[tickets::LISTENS, workflow::LISTENS, notify::LISTENS];

/// RabbitMQ when an address is given, else the bus inside the process.
fn open_bus(shared: &Shared) -> Result<Arc<dyn Bus>> {
    Ok(match &shared.amqp_url {
        Some(url) => {
            let settings = amqp::Settings { prefix: shared.amqp_prefix.clone(), ..amqp::Settings::default() };
            Arc::new(bus::Amqp::with_settings(url.reveal(), LISTENERS, settings)?)
        }
        None => Arc::new(bus::Local::new()),
    })
}

/// The address people open, which decides whether cookies are secure: behind TLS of our own it can't be a plain one.
pub(crate) fn front(public_url: String, own_tls: bool) -> Result<String> {
    if own_tls && !public_url.to_ascii_lowercase().starts_with("https://") {
        return Err(Error::invalid(
            "TM_PUBLIC_URL",
            format!(
                "is {public_url}, but the front door speaks TLS (TM_TLS_CERT_FILE); give an https:// address"
            ),
        ));
    }
    Ok(public_url)
}

/// A listener at an address, or a sentence that names the setting.
pub(crate) async fn listen(setting: &str, address: std::net::SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::invalid(
            setting,
            format!("is {address}, which can't be listened at: {error}; stop what uses it or choose another"),
        )
    })
}
