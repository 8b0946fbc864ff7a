//! A peer across the network: HTTP/2 connections that are kept alive, spread over every address the name has.

use std::{
    error::Error as StdError,
    future::pending,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::timeout,
};
use tonic::{
    Code, Status, TimeoutExpired,
    body::Body,
    transport::{self, Certificate, Channel, ClientTlsConfig, Endpoint, Identity, channel::Change},
};
use tower::{Service, ServiceExt};

use super::{
    Balancing, Settings,
    discover::{Discovery, Resolve},
};
use crate::{
    error::{Error, Result},
    tls::{Pem, Renewed, Source, pair},
};

/// How often a silent connection is asked whether it is still there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(20);
/// How long it may take to answer that.
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(5);
/// Changes of addresses that may wait to be taken up.
const CHANGES: usize = 64;

/// Connections to a peer.
#[derive(Clone)]
pub(super) struct Remote {
    channel: Channel,
    /// How many addresses are known; `None` when nobody looks for them.
    known: Option<watch::Receiver<usize>>,
    /// Rung when an address did not answer.
    look_again: Arc<Notify>,
    patience: Duration,
}

impl Remote {
    /// Opens what `url` and the settings say.
    pub(super) fn open(url: &str, settings: &Settings) -> Result<Self> {
        let target = Target::parse(url, settings)?;
        let (host, port) = (target.host.clone(), target.port);
        match settings.balancing {
            Balancing::Dns => {
                let resolve: Resolve = Box::new(move || {
                    let name = (host.clone(), port);
                    Box::pin(async move { Ok(tokio::net::lookup_host(name).await?.collect()) })
                });
                Ok(Self::spread(target, settings, resolve))
            }
            Balancing::None => {
                let name = format!("{host}:{port}");
                target.endpoint(&name)?;
                let (channel, changes) = Channel::balance_channel(CHANGES);
                tokio::spawn(hold(target, name, changes));
                Ok(Self {
                    channel,
                    known: None,
                    look_again: Arc::default(),
                    patience: settings.connect_timeout,
                })
            }
        }
    }

    /// Spreads calls over the addresses `resolve` finds.
    pub(super) fn balanced(url: &str, settings: &Settings, resolve: Resolve) -> Result<Self> {
        Ok(Self::spread(Target::parse(url, settings)?, settings, resolve))
    }

    fn spread(target: Target, settings: &Settings, resolve: Resolve) -> Self {
        let (channel, changes) = Channel::balance_channel(CHANGES);
        let (count, known) = watch::channel(0);
        let look_again = Arc::<Notify>::default();
        let discovery = Discovery::new(target, resolve, changes, count);
        tokio::spawn(discovery.run(look_again.clone(), settings.resolve_every));
        Self { channel, known: Some(known), look_again, patience: settings.connect_timeout }
    }

    async fn send(mut self, request: Request<Body>) -> Result<Response<Body>, Status> {
        self.wait_for_an_address().await?;
        let channel = self.channel.ready().await.map_err(status)?;
        channel.call(request).await.map_err(|error| {
            let status = status(error);
            if status.code() == Code::Unavailable {
                self.look_again.notify_one();
            }
            status
        })
    }

    /// A balancer without addresses would wait until the deadline and then blame that.
    async fn wait_for_an_address(&mut self) -> Result<(), Status> {
        let Some(known) = &mut self.known else {
            return Ok(());
        };
        match timeout(self.patience, known.wait_for(|known| *known > 0)).await {
            Ok(Ok(_)) => Ok(()),
            _ => {
                Err(Error::unavailable("the name of a service this needs has no address at the moment")
                    .into())
            }
        }
    }
}

impl Service<Request<Body>> for Remote {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

/// One way to a name for as long as anybody calls it, another one when certificates were renewed.
async fn hold(mut target: Target, name: String, changes: mpsc::Sender<Change<(), Endpoint>>) {
    loop {
        match target.endpoint(&name) {
            // Nobody listens any more only when nobody calls, which is seen below.
            Ok(endpoint) => drop(changes.send(Change::Insert((), endpoint)).await),
            Err(error) => tracing::error!(%error, peer = %target.origin, "a peer's address can't be used"),
        }
        tokio::select! {
            () = changes.closed() => return,
            () = target.renewed() => {},
        }
    }
}

/// Tonic's own sentences name addresses and libraries, so callers get ours; the cause stays for the log and for retries.
fn status(error: transport::Error) -> Status {
    if is_caused_by::<TimeoutExpired>(&error) {
        return Error::DeadlineExceeded.into();
    }
    if is_caused_by::<Status>(&error) {
        return Status::from_error(error.into());
    }
    let cause = Arc::new(error);
    let mut status =
        Status::from(Error::unavailable_because("a service this needs can't be reached", cause.clone()));
    status.set_source(cause);
    status
}

/// Whether an `E` is among the causes of an error.
pub(super) fn is_caused_by<E: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<E>() {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Where a peer is and how to get there.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) origin: Uri,
    host: String,
    port: u16,
    tls: Option<Renewed<ClientTlsConfig>>,
    pub(super) connect_timeout: Duration,
}

impl Target {
    fn parse(url: &str, settings: &Settings) -> Result<Self> {
        let wrong =
            || Error::invalid("peer", format!("is at {url}, which is no address; give http://host:port"));
        let origin: Uri = url.parse().map_err(|_| wrong())?;
        let host = origin.host().ok_or_else(wrong)?.to_owned();
        let (tls, port) = match origin.scheme_str() {
            Some("http") => (None, 80),
            Some("https") => (Some(tls(&host, settings)?), 443),
            _ => return Err(wrong()),
        };
        let port = origin.port_u16().unwrap_or(port);
        Ok(Self { origin, host, port, tls, connect_timeout: settings.connect_timeout })
    }

    /// The way to one address.
    pub(super) fn endpoint(&self, address: &str) -> Result<Endpoint> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{address}"))
            .map_err(Error::internal)?
            .origin(self.origin.clone())
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE_EVERY)
            .keep_alive_timeout(KEEP_ALIVE_ANSWER)
            .keep_alive_while_idle(true);
        match &self.tls {
            Some(tls) => endpoint.tls_config(tls.now()).map_err(Error::internal),
            None => Ok(endpoint),
        }
    }

    /// Ends when [`endpoint`](Self::endpoint) answers ways with other certificates; never where there are none.
    pub(super) async fn renewed(&mut self) {
        match &mut self.tls {
            Some(tls) => tls.renewed().await,
            None => pending().await,
        }
    }
}

/// Whom a peer at `host` is believed to be, and what it is shown.
fn tls(host: &str, settings: &Settings) -> Result<Renewed<ClientTlsConfig>> {
    let path = settings.ca_file.as_ref().ok_or_else(|| {
        Error::invalid(
            "TM_PEER_CA_FILE",
            "is not set, but a peer is at https://; name the file with its certificate authority",
        )
    })?;
    let own = pair(
        ("TM_PEER_CERT_FILE", settings.cert_file.as_deref()),
        ("TM_PEER_KEY_FILE", settings.key_file.as_deref()),
    )?;
    let mut files = vec![Source::new("TM_PEER_CA_FILE", path)];
    files.extend(own.into_iter().flatten());
    let (host, patience) = (host.to_owned(), settings.connect_timeout);
    Renewed::open(files, settings.resolve_every, move |pems| client(&host, patience, pems))
}

/// A client that believes this authority, and shows a certificate if it has one.
fn client(host: &str, patience: Duration, pems: &[Pem]) -> Result<ClientTlsConfig> {
    let [authority, own @ ..] = pems else {
        return Err(Error::internal("a peer at https:// without an authority"));
    };
    authority.certificates()?;
    let tls = ClientTlsConfig::new()
        .domain_name(host)
        .timeout(patience)
        .ca_certificate(Certificate::from_pem(authority.bytes()));
    let [certificate, key] = own else {
        return Ok(tls);
    };
    certificate.certificates()?;
    key.key()?;
    let tls = tls.identity(Identity::from_pem(certificate.bytes(), key.bytes()));
    // Looked at now, while what was there before is still in use.
    let tried = Endpoint::from_static("https://peer").tls_config(tls.clone());
    tried.map_err(|error| key.does_not_fit(certificate, causes(&error)))?;
    Ok(tls)
}

/// What tonic's "transport error" is about.
fn causes(error: &transport::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
