//! Finding a peer's addresses again and again, and telling the balancer what changed.
//!
//! The invariant: a call goes to an address that took a connection a moment ago, as long as there is one. Addresses are given
//! up only for newer ones: a resolver that fails or finds nothing changes nothing, and when nobody answers all are kept.

use std::{collections::BTreeSet, io, net::SocketAddr, sync::Arc, time::Duration};

use futures::future::{BoxFuture, join_all};
use tokio::{
    net::TcpStream,
    sync::{Notify, mpsc, watch},
    time::{sleep, timeout},
};
use tonic::transport::{Endpoint, channel::Change};

use super::remote::Target;

/// How addresses are found.
pub(super) type Resolve = Box<dyn Fn() -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// However much goes wrong, names are not resolved more often.
const AT_MOST_EVERY: Duration = Duration::from_millis(100);

/// Keeps a balancer informed.
pub(super) struct Discovery {
    target: Target,
    resolve: Resolve,
    changes: mpsc::Sender<Change<SocketAddr, Endpoint>>,
    count: watch::Sender<usize>,
    known: BTreeSet<SocketAddr>,
}

impl Discovery {
    pub(super) fn new(
        target: Target,
        resolve: Resolve,
        changes: mpsc::Sender<Change<SocketAddr, Endpoint>>,
        count: watch::Sender<usize>,
    ) -> Self {
        Self { target, resolve, changes, count, known: BTreeSet::new() }
    }

    /// Looks every so often, and at once when `look_again` rings, until nobody uses the balancer any more.
    pub(super) async fn run(mut self, look_again: Arc<Notify>, every: Duration) {
        loop {
            match (self.resolve)().await {
                Ok(found) if !found.is_empty() => {
                    let answering = self.answering(&found).await;
                    self.update(answering).await;
                }
                Ok(_) => tracing::warn!(peer = %self.target.origin, "a peer's name has no address"),
                Err(error) => {
                    tracing::warn!(%error, peer = %self.target.origin, "a peer's name can't be resolved");
                }
            }
            sleep(AT_MOST_EVERY).await;
            tokio::select! {
                () = self.changes.closed() => return,
                () = look_again.notified() => {},
                () = sleep(every) => {},
                () = self.target.renewed() => self.connect_anew().await,
            }
        }
    }

    /// Takes another way to every address: calls that are under way end on the one they have.
    async fn connect_anew(&self) {
        for address in &self.known {
            self.connect(*address).await;
        }
    }

    /// Those of the addresses that take a connection; all of them when none does.
    async fn answering(&self, found: &[SocketAddr]) -> BTreeSet<SocketAddr> {
        let patience = self.target.connect_timeout;
        let knocks = found.iter().map(|address| timeout(patience, TcpStream::connect(address)));
        let knocked = join_all(knocks).await;
        let open = found.iter().zip(knocked).filter(|(_, knocked)| matches!(knocked, Ok(Ok(_))));
        let open: BTreeSet<_> = open.map(|(address, _)| *address).collect();
        if open.is_empty() { found.iter().copied().collect() } else { open }
    }

    async fn update(&mut self, found: BTreeSet<SocketAddr>) {
        for address in found.difference(&self.known) {
            self.connect(*address).await;
        }
        for address in self.known.difference(&found) {
            self.tell(Change::Remove(*address)).await;
        }
        self.known = found;
        self.count.send_replace(self.known.len());
    }

    async fn connect(&self, address: SocketAddr) {
        match self.target.endpoint(&address.to_string()) {
            Ok(endpoint) => self.tell(Change::Insert(address, endpoint)).await,
            Err(error) => tracing::error!(%error, %address, "a peer's address can't be used"),
        }
    }

    /// Nobody listens any more only when the balancer is gone, which `run` sees itself.
    async fn tell(&self, change: Change<SocketAddr, Endpoint>) {
        let _ = self.changes.send(change).await;
    }
}
