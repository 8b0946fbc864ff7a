//! A wire between a process and a server that a test can cut, reset, and mend.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// How the wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    /// Whole; the number changes with every reset.
    Whole(u64),
    /// Nobody gets through.
    Cut,
}

/// A TCP proxy in front of one server.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    wire: Arc<watch::Sender<Wire>>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// A whole wire to `server`, a name and a port.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let wire = Arc::new(watch::Sender::new(Wire::Whole(0)));
        let listening = tokio::spawn(listen(listener, server, wire.clone()));
        Self { address, wire, listening }
    }

    /// The same URL with the proxy in place of its server.
    pub(crate) fn in_front_of(&self, url: &str) -> String {
        url.replacen(&server_of(url), &self.address.to_string(), 1)
    }

    /// Breaks every connection and lets no new one through.
    pub(crate) fn cut(&self) {
        self.wire.send_replace(Wire::Cut);
    }

    /// Breaks every connection once.
    pub(crate) fn reset(&self) {
        self.wire.send_modify(|wire| {
            if let Wire::Whole(times) = wire {
                *times += 1;
            }
        });
    }

    /// Lets everybody through again.
    pub(crate) fn mend(&self) {
        self.wire.send_replace(Wire::Whole(0));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Name and port of the server a URL names.
pub(crate) fn server_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").expect("a URL");
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority).to_owned()
}

async fn listen(listener: TcpListener, server: String, wire: Arc<watch::Sender<Wire>>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(carry(client, server.clone(), wire.subscribe()));
    }
}

/// Carries one connection until an end hangs up or the wire changes; then both ends get a reset.
async fn carry(mut client: TcpStream, server: String, mut wire: watch::Receiver<Wire>) {
    if *wire.borrow_and_update() == Wire::Cut {
        return reset(&client);
    }
    let Ok(mut server) = TcpStream::connect(server).await else { return reset(&client) };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = wire.changed() => {
            reset(&client);
            reset(&server);
        }
    }
}

/// Makes the end of this connection a reset, as from a machine that fell over.
fn reset(stream: &TcpStream) {
    stream.set_zero_linger().expect("an option every TCP socket has");
}
