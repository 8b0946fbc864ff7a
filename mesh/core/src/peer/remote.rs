//! A peer across the network: HTTP/2 connections that are kept alive, spread over every address the name has.

use std::{
    error::Error as StdError,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tonic::{
    Code, Status, TimeoutExpired,
    body::Body,
    transport::{self, Certificate, Channel, ClientTlsConfig, Endpoint},
};
use tower::{Service, ServiceExt};

use super::{
    Balancing, Settings,
    discover::{Discovery, Resolve},
};
use crate::error::{Error, Result};

/// How often a silent connection is asked whether it is still there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(20);
/// How long it may take to answer that.
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(5);
/// Changes of addresses that may wait to be taken up.
const CHANGES: usize = 64;

/// How a certificate in PEM begins.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

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
        match settings.balancing {
            Balancing::Dns => {
                let target = Target::parse(url, settings)?;
                let (host, port) = (target.host.clone(), target.port);
                let resolve: Resolve = Box::new(move || {
                    let name = (host.clone(), port);
                    Box::pin(async move { Ok(tokio::net::lookup_host(name).await?.collect()) })
                });
                Self::balanced(url, settings, resolve)
            }
            Balancing::None => {
                let target = Target::parse(url, settings)?;
                let channel = target.endpoint(&format!("{}:{}", target.host, target.port))?.connect_lazy();
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
        let target = Target::parse(url, settings)?;
        let (channel, changes) = Channel::balance_channel(CHANGES);
        let (count, known) = watch::channel(0);
        let look_again = Arc::<Notify>::default();
        let discovery = Discovery::new(target, resolve, changes, count);
        tokio::spawn(discovery.run(look_again.clone(), settings.resolve_every));
        Ok(Self { channel, known: Some(known), look_again, patience: settings.connect_timeout })
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
    tls: Option<ClientTlsConfig>,
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
            Some(tls) => endpoint.tls_config(tls.clone()).map_err(Error::internal),
            None => Ok(endpoint),
        }
    }
}

fn tls(host: &str, settings: &Settings) -> Result<ClientTlsConfig> {
    let path = settings.ca_file.as_ref().ok_or_else(|| {
        Error::invalid(
            "TM_PEER_CA_FILE",
            "is not set, but a peer is at https://; name the file with its certificate authority",
        )
    })?;
    let wrong = |why: &str| {
        let path = path.display();
        Error::invalid("TM_PEER_CA_FILE", format!("names {path}, which {why}; give certificates in PEM"))
    };
    let pem = std::fs::read_to_string(path).map_err(|error| wrong(&format!("can't be read ({error})")))?;
    if !pem.contains(CERTIFICATE) {
        return Err(wrong("holds no certificate"));
    }
    Ok(ClientTlsConfig::new().domain_name(host).ca_certificate(Certificate::from_pem(pem)))
}
