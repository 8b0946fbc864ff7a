//! Where calls come in: a listener, plain or behind TLS.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::{
    error::{Error, Result},
    tls::Tls,
};

/// A port that is open, and waits.
#[derive(Debug)]
pub struct Port {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<Tls>,
}

impl Port {
    /// A listener behind TLS, or without.
    pub fn new(listener: TcpListener, tls: Option<Tls>) -> Self {
        Self { listener, tls }
    }

    /// How its addresses begin.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The address it listens at.
    pub fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().map_err(Error::internal)
    }
}

impl From<TcpListener> for Port {
    fn from(listener: TcpListener) -> Self {
        Self::new(listener, None)
    }
}
