//! Calling another service: one type, whether it is across the network or in the same process.
//!
//! The invariant: both ways look the same to the caller and to the callee. Every call carries the caller's token, the mesh's
//! token, the request id, the trace, and the time that is left; both pass the callee's whole [`crate::stack`].

mod attempts;
mod discover;
mod methods;
mod remote;

use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header::AUTHORIZATION};
use tokio::time::Instant;
use tonic::{Status, body::Body, service::Routes};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::Service;
use tracing::{Instrument, info_span};

use crate::{
    caller::Caller,
    error::{Error, Result},
    stack::{CLIENT_ADDRESS, CLIENT_DEVICE, FOR_NOBODY, MESH_TOKEN, REQUEST_ID, deadline},
    telemetry,
    token::MeshKey,
};
use attempts::Retries;
use remote::Remote;

/// How long a readiness check waits for a peer.
const PING: Duration = Duration::from_secs(2);

/// How addresses behind a peer's name are found and shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Balancing {
    /// Resolve the name again and again and spread calls over every address (headless services).
    Dns,
    /// One connection to the name; somebody else balances (a service mesh, a proxy).
    None,
}

/// How other services are called.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Peers")]
#[group(skip)]
pub struct Settings {
    /// How calls are spread over a peer's addresses.
    #[arg(long = "peer-balancing", env = "TM_PEER_BALANCING", value_enum, default_value_t = Balancing::Dns)]
    pub balancing: Balancing,
    /// How long connecting may take, and how long a call waits for an address.
    #[arg(long = "peer-connect-timeout", env = "TM_PEER_CONNECT_TIMEOUT", default_value = "2s", value_parser = crate::config::duration)]
    pub connect_timeout: Duration,
    /// How often names are resolved again.
    #[arg(long = "peer-resolve-every", env = "TM_PEER_RESOLVE_EVERY", default_value = "5s", value_parser = crate::config::duration)]
    pub resolve_every: Duration,
    /// How long a call may take when nobody said.
    #[arg(long = "peer-deadline", env = "TM_PEER_DEADLINE", default_value = "10s", value_parser = crate::config::duration)]
    pub deadline: Duration,
    /// The certificate authority (PEM) of peers at `https://` addresses. Looked at again as often as names are, like the two below.
    #[arg(long = "peer-ca-file", env = "TM_PEER_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// The certificate (PEM) this process shows to peers that ask for one.
    #[arg(
        id = "peer_cert_file",
        value_name = "CERT_FILE",
        long = "peer-cert-file",
        env = "TM_PEER_CERT_FILE"
    )]
    pub cert_file: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(id = "peer_key_file", value_name = "KEY_FILE", long = "peer-key-file", env = "TM_PEER_KEY_FILE")]
    pub key_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            balancing: Balancing::Dns,
            connect_timeout: Duration::from_secs(2),
            resolve_every: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            ca_file: None,
            cert_file: None,
            key_file: None,
        }
    }
}

/// Signs calls as coming from one service of the mesh.
#[derive(Clone, Debug)]
pub struct Signer {
    key: MeshKey,
    service: &'static str,
}

impl Signer {
    /// Signs as `service`.
    pub fn new(key: &MeshKey, service: &'static str) -> Self {
        Self { key: key.clone(), service }
    }
}

/// Another service. Clones share connections and the retry budget.
#[derive(Clone, Debug)]
pub struct Peer {
    link: Link,
    signer: Signer,
    retries: Retries,
    deadline: Duration,
}

/// The two ways to it.
#[derive(Clone)]
enum Link {
    Local(Routes),
    Remote(Remote),
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local(_) => "Local",
            Self::Remote(_) => "Remote",
        })
    }
}

impl Peer {
    /// A service of the same process: its [guarded](crate::service::Service::guarded) routes, called as a function.
    pub fn local(routes: Routes, signer: Signer) -> Self {
        Self::over(Link::Local(routes.prepare()), signer, &Settings::default())
    }

    /// A service at `url`: `http://tickets:50051`. Connects with the first call. Must be called inside a runtime.
    pub fn remote(url: &str, signer: Signer, settings: &Settings) -> Result<Self> {
        Ok(Self::over(Link::Remote(Remote::open(url, settings)?), signer, settings))
    }

    /// A service whose addresses `resolve` finds, again and again; DNS is one way to find them.
    pub fn resolved_by<F>(
        url: &str,
        signer: Signer,
        settings: &Settings,
        resolve: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = std::io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let remote = Remote::balanced(url, settings, Box::new(move || Box::pin(resolve())))?;
        Ok(Self::over(Link::Remote(remote), signer, settings))
    }

    fn over(link: Link, signer: Signer, settings: &Settings) -> Self {
        Self { link, signer, retries: Retries::default(), deadline: settings.deadline }
    }

    /// The same peer, called by another service.
    pub(crate) fn signed_as(&self, service: &'static str) -> Self {
        Self { signer: Signer { service, ..self.signer.clone() }, ..self.clone() }
    }

    /// The peer on behalf of a caller: his token, request id and address go with the call.
    pub fn for_caller(&self, caller: &Caller) -> PeerChannel {
        let bearer = caller.access_token().map(|token| format!("Bearer {token}"));
        self.saying([
            (AUTHORIZATION, bearer.as_deref().unwrap_or_default()),
            (REQUEST_ID, caller.request_id()),
            (CLIENT_ADDRESS, caller.address()),
            (CLIENT_DEVICE, caller.device()),
            (FOR_NOBODY, if caller.is_known() { "" } else { "1" }),
        ])
    }

    /// The peer on behalf of whoever an access token was just made for; the callee verifies it. For the gateway, which has
    /// tokens before there is a call that carries them.
    pub fn for_token(&self, token: &str, request_id: &str) -> PeerChannel {
        self.saying([(AUTHORIZATION, &format!("Bearer {token}")), (REQUEST_ID, request_id)])
    }

    /// The peer on behalf of nobody but this service.
    pub fn for_worker(&self) -> PeerChannel {
        self.saying([])
    }

    fn saying<const N: usize>(&self, said: [(HeaderName, &str); N]) -> PeerChannel {
        let said = said.into_iter().filter(|(_, value)| !value.is_empty());
        let said = said.filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)));
        PeerChannel { peer: self.clone(), said: said.collect() }
    }

    /// Whether the peer answers and serves. A service of the same process always does.
    pub async fn ping(&self) -> Result<()> {
        let Link::Remote(remote) = &self.link else {
            return Ok(());
        };
        let mut request = tonic::Request::new(HealthCheckRequest::default());
        request.set_timeout(PING);
        HealthClient::new(remote.clone()).check(request).await?;
        Ok(())
    }
}

/// What a generated client calls through: `TicketServiceClient::new(peer.for_caller(&caller))`.
#[derive(Clone, Debug)]
pub struct PeerChannel {
    peer: Peer,
    /// The headers that say on whose behalf.
    said: HeaderMap,
}

impl Service<Request<Body>> for PeerChannel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let channel = self.clone();
        let name = request.uri().path().trim_start_matches('/');
        let span = info_span!("peer call", otel.name = name, otel.kind = "client", rpc.system = "grpc");
        Box::pin(async move { channel.send(request).await.map_err(Status::from) }.instrument(span))
    }
}

impl PeerChannel {
    async fn send(self, mut request: Request<Body>) -> Result<Response<Body>> {
        self.sign(request.headers_mut())?;
        telemetry::inject(request.headers_mut());
        let method = methods::method(request.uri().path());
        let time = self.time_for(request.headers(), method);
        if time.is_some_and(|time| time.is_zero()) {
            return Err(Error::DeadlineExceeded);
        }
        let deadline = time.map(|time| Instant::now() + time);
        let answer = self.peer.retries.call(&self.peer.link, method, request, deadline);
        match deadline {
            Some(deadline) => {
                tokio::time::timeout_at(deadline, answer).await.map_err(|_| Error::DeadlineExceeded)?
            }
            None => answer.await,
        }
    }

    /// Whatever the request says of who calls is replaced by what this channel knows.
    fn sign(&self, headers: &mut HeaderMap) -> Result<()> {
        let mesh_token = self.peer.signer.key.sign(self.peer.signer.service)?;
        headers.insert(MESH_TOKEN, HeaderValue::try_from(mesh_token).map_err(Error::internal)?);
        headers.remove(AUTHORIZATION);
        headers.extend(self.said.clone());
        Ok(())
    }

    /// The least of: what the request asks, what the call being worked on has left, and, when neither says and the answer
    /// is a single message, the default.
    fn time_for(&self, headers: &HeaderMap, method: methods::Method) -> Option<Duration> {
        let said = deadline::asked(headers).into_iter().chain(deadline::left()).min();
        said.or_else(|| method.is_unary.then_some(self.peer.deadline))
    }
}
