//! Connections that come in, as far as their handshakes.
//!
//! The invariant: a caller that is slow, silent or refused keeps nobody else waiting, and ends nothing but his own connection.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt as _};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, rustls, server::TlsStream};
use tonic::transport::server::{Connected, TcpConnectInfo, TcpIncoming};

use super::Tls;

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Handshakes that are under way at a time; the system keeps those after them waiting.
const AT_A_TIME: usize = 4096;

impl Tls {
    /// Those of the connections that come through their handshake, with the certificate that counts when they come.
    pub(crate) fn accept(self, incoming: TcpIncoming) -> impl Stream<Item = io::Result<Secure>> {
        let shaken = incoming.map(move |came| {
            let (acceptor, asks) = (TlsAcceptor::from(self.configs.now()), self.asks);
            // On tasks of their own, since each is some work.
            tokio::spawn(async move {
                match came {
                    Ok(stream) => shake(stream, acceptor, asks).await.map(Ok),
                    Err(error) => Some(Err(error)),
                }
            })
        });
        shaken.buffer_unordered(AT_A_TIME).filter_map(async |done| done.ok().flatten()).boxed()
    }
}

async fn shake(stream: TcpStream, acceptor: TlsAcceptor, asks: bool) -> Option<Secure> {
    let caller = stream.peer_addr().ok()?;
    let refused = match timeout(PATIENCE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some(Secure(stream)),
        Ok(Err(error)) => error,
        Err(_) => io::ErrorKind::TimedOut.into(),
    };
    if asks && is_about_certificates(&refused) {
        tracing::warn!(
            %caller,
            error = %refused,
            "a caller does not get in: he has to show a certificate of the authority in TM_TLS_CLIENT_CA_FILE, and to trust ours"
        );
    } else {
        tracing::debug!(%caller, error = %refused, "a connection ended before it was secure");
    }
    None
}

/// Whoever only knocks hangs up, or speaks no TLS.
fn is_about_certificates(error: &io::Error) -> bool {
    let said = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    said.is_some_and(|said| !matches!(said, rustls::Error::InvalidMessage(_)))
}

/// A connection after its handshake. To whoever serves it, it comes from where the one below it does.
pub(crate) struct Secure(TlsStream<TcpStream>);

impl Connected for Secure {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.0.get_ref().0.connect_info()
    }
}

impl AsyncRead for Secure {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for Secure {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
