//! The front door: one port for browsers, services and scripts.
//!
//! | what comes | where it goes |
//! |---|---|
//! | gRPC (`application/grpc…`), gRPC-Web (`application/grpc-web…`) | `door`: cookie, API key or token → limits → `session`, `live`, or `forward` to a peer |
//! | `POST /api/{package}.{Service}/{Method}` | `json`, which makes it a gRPC call |
//! | `GET /.well-known/jwks.json` | identity's public keys |
//! | `GET /sso/{key}/start`, `GET /sso/{key}/callback` | `sso`: to a provider of single sign-on and back |
//! | `PUT /files/uploads/{id}`, `GET /files/{id}` | `files`: between the connection and the file store, as tickets permits |
//! | `POST /transfer/tickets`, `GET /transfer/tickets` | `transfer`: tickets as a file, in and out |
//! | everything else | `ui`: the pages embedded at build time |
//!
//! Invariants: no token ever reaches a script; nothing a client sends is believed about who or where it is; adding a method to a
//! service needs no edit here. The routes [`build`] answers are guarded already and are served as they are.

mod address;
mod body;
mod door;
mod files;
mod forward;
mod json;
mod keys;
mod limits;
mod live;
mod origin;
mod pictures;
mod router;
mod session;
mod sso;
mod transfer;
mod ui;
mod unary;
mod words;

use std::{sync::Arc, time::Duration};

use axum::Router;
use jiff::SignedDuration;
use mesh_core::{
    config,
    error::Result,
    peer::Peer,
    service::{Check, Process, Service, Worker},
    telemetry,
};
use proto::gateway::v1::{
    live_service_server::LiveServiceServer, session_service_server::SessionServiceServer,
};
use tonic::service::Routes;

pub use address::{ProxyHeader, TrustedProxy};
pub use forward::Peers;
pub use limits::{Rate, Rates};

use address::Addresses;
use body::Allowance;
use door::{Door, Inner};
use files::Files;
use json::Json;
use keys::Keys;
use limits::Limits;
use live::{Hub, Live, Memory, Seats};
use router::Front;
use session::{Keeper, Sessions};
use sso::SignOn;
use transfer::Transfer;
use ui::{Site, Ui};

/// How often what nobody needs any more is dropped.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// The newest events, at hand for streams that follow: none falls behind by more than this while it is well.
const AT_HAND: usize = 2_000;

/// How the front door stands open.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Gateway")]
#[group(id = "gateway")]
pub struct Config {
    /// Networks of proxies in front of the gateway whose word on the client's address is believed.
    #[arg(long = "trusted-proxies", env = "TM_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The header in which they give it.
    #[arg(long = "proxy-header", env = "TM_PROXY_HEADER", value_enum, default_value_t)]
    pub proxy_header: ProxyHeader,
    /// How often a caller may call.
    #[command(flatten)]
    pub rates: Rates,
    /// Bytes one request may send.
    #[arg(long = "max-request-bytes", env = "TM_MAX_REQUEST_BYTES", default_value_t = 16 * 1024 * 1024)]
    pub max_request_bytes: usize,
    /// How long a request that is still coming may be silent.
    #[arg(long = "request-silence", env = "TM_REQUEST_SILENCE", default_value = "30s", value_parser = config::duration)]
    pub request_silence: Duration,
    /// How many events the live stream remembers for clients that come back.
    #[arg(long = "live-memory", env = "TM_LIVE_MEMORY", default_value_t = 50_000)]
    pub live_memory: usize,
    /// How long it remembers them.
    #[arg(long = "live-memory-time", env = "TM_LIVE_MEMORY_TIME", default_value = "10m", value_parser = config::duration)]
    pub live_memory_time: Duration,
    /// How often a silent live stream says that it is alive.
    #[arg(long = "live-heartbeat", env = "TM_LIVE_HEARTBEAT", default_value = "15s", value_parser = config::duration)]
    pub live_heartbeat: Duration,
    /// How many live streams one caller may hold open.
    #[arg(long = "live-streams", env = "TM_LIVE_STREAMS", default_value_t = 64)]
    pub live_streams: usize,
}

/// What the gateway is given.
#[derive(Clone, Debug)]
pub struct Deps {
    /// What every service of the process shares.
    pub process: Process,
    /// Where people reach the mesh (`TM_PUBLIC_URL`). With `https` cookies are secure and browsers are told to stay with it.
    pub public_url: String,
    /// The services behind the door.
    pub peers: Peers,
}

impl Config {
    fn memory(&self) -> Memory {
        let age = SignedDuration::try_from(self.live_memory_time).unwrap_or(SignedDuration::MAX);
        Memory { events: self.live_memory, age, at_hand: AT_HAND }
    }

    fn allowance(&self) -> Allowance {
        Allowance { bytes: self.max_request_bytes, silence: self.request_silence }
    }

    fn addresses(&self) -> Addresses {
        Addresses { proxies: self.trusted_proxies.clone(), header: self.proxy_header }
    }
}

/// Builds the gateway. Its routes are complete: do not guard them again.
#[expect(
    clippy::unused_async,
    reason = "every service is built alike, and the others have a database to open"
)]
pub async fn build(config: Config, deps: Deps) -> Result<Service> {
    let https = deps.public_url.to_ascii_lowercase().starts_with("https://");
    let limits = Arc::new(Limits::new(&config.rates, deps.process.clock.clone()));
    let hub = Hub::new(&deps.process, config.memory());
    let identity = deps.peers.identity.clone();
    let sessions = Arc::new(Keeper::new(&deps.process, identity.clone(), https)?);
    let sign_on = SignOn::new(&deps.process, identity.clone(), sessions.clone(), https)?;
    let inside = inside(&config, &deps, &hub, &sessions);
    let door = Door::new(Inner {
        addresses: config.addresses(),
        own_origin: https.then(|| origin_of(&deps.public_url)),
        keys: Keys::new(&deps.process, identity.clone()),
        sessions,
        allowance: config.allowance(),
        inside: door::guarded(&deps.process, inside, limits.clone()),
        limits: limits.clone(),
    });
    let json = Json::new()?;
    let files = Files::new(
        door.clone(),
        json.clone(),
        deps.process.blobs.clone(),
        deps.peers.tickets.clone(),
        config.request_silence,
    );
    let transfer =
        Transfer::new(door.clone(), json.clone(), deps.peers.tickets.clone(), config.request_silence);
    let front =
        Front { door, json, files, transfer, ui: Ui::new(Site::embedded()), sign_on, identity, https };
    Ok(Service {
        name: "gateway",
        routes: front.routes(),
        workers: vec![deps.process.bus.subscribe(hub.subscription()), tidy(hub, limits)],
        checks: checks(&deps.peers),
    })
}

/// Shows how many live streams are open, for as long as anybody looks at the metrics.
fn show(seats: &Seats) {
    let seats = seats.clone();
    #[expect(clippy::cast_precision_loss, reason = "nobody counts 2⁵² streams")]
    let count = move || seats.taken() as f64;
    telemetry::observe("gateway.live.streams", "Live streams that are open", "{stream}", count);
}

/// The gateway's own services, and the way to everybody else's.
fn inside(config: &Config, deps: &Deps, hub: &Hub, keeper: &Arc<Keeper>) -> Routes {
    let Deps { process, peers, .. } = deps;
    let seats = Seats::new(config.live_streams, "streams");
    show(&seats);
    let live = Live {
        process: process.clone(),
        hub: hub.clone(),
        seats,
        tickets: peers.tickets.clone(),
        heartbeat: config.live_heartbeat,
    };
    let (identity, verifier) = (peers.identity.clone(), process.verifier.clone());
    let session = Sessions { keeper: keeper.clone(), identity, verifier };
    let own = Routes::new(SessionServiceServer::new(session)).add_service(LiveServiceServer::new(live));
    let others = Router::new().fallback(forward::forward).with_state(peers.clone());
    Routes::from(own.into_axum_router().reset_fallback().merge(others))
}

/// Scheme and authority of an address, as browsers write origins.
fn origin_of(url: &str) -> String {
    let lower = url.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://").unwrap_or(("https", &lower));
    let authority = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{}", authority.trim_end_matches(":443"))
}

/// Each service behind the door, since without it part of what people do fails.
fn checks(peers: &Peers) -> Vec<Check> {
    let check = |name: &'static str, peer: &Peer| {
        let peer = peer.clone();
        Check::new(name, move || {
            let peer = peer.clone();
            async move { peer.ping().await }
        })
    };
    vec![
        check("identity", &peers.identity),
        check("tickets", &peers.tickets),
        check("workflow", &peers.workflow),
        check("notify", &peers.notify),
    ]
}

/// Forgets what nobody can ask for any more.
fn tidy(hub: Hub, limits: Arc<Limits>) -> Worker {
    Worker::new("gateway.tidy", move |stop| {
        let (hub, limits) = (hub.clone(), limits.clone());
        async move {
            let mut ticks = tokio::time::interval(TIDY_EVERY);
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                hub.tidy();
                limits.tidy();
            }
            Ok(())
        }
    })
}
