//! TLS of the port calls come in at, from files in PEM as cert-manager writes them.
//!
//! The invariant: a port speaks TLS alone or not at all, and with an authority of callers nobody gets in whom it did not sign. Files
//! that are replaced count for every connection made after that, without a restart.

mod accept;
mod pem;
mod renewed;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio_rustls::rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};

use crate::error::{Error, Result};
pub(crate) use pem::{Pem, Source, pair};
pub(crate) use renewed::Renewed;

/// What is spoken inside: HTTP/2, and HTTP/1.1 with whoever knows no better.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The certificate of a port.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "TLS")]
#[group(skip)]
pub struct Settings {
    /// Certificate (PEM, followed by those between it and its authority) of the port calls come in at, which then speaks TLS alone.
    #[arg(long = "tls-cert-file", env = "TM_TLS_CERT_FILE")]
    pub cert_file: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long = "tls-key-file", env = "TM_TLS_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// Certificate authority (PEM) of callers: who shows no certificate of it does not get in.
    #[arg(long = "tls-client-ca-file", env = "TM_TLS_CLIENT_CA_FILE")]
    pub client_ca_file: Option<PathBuf>,
    /// How often these files are looked at again.
    #[arg(long = "tls-reload-every", env = "TM_TLS_RELOAD_EVERY", default_value = "5s", value_parser = crate::config::duration)]
    pub reload_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cert_file: None, key_file: None, client_ca_file: None, reload_every: Duration::from_secs(5) }
    }
}

impl Settings {
    /// What the port shows; nothing when it is plain. Must be called inside a runtime.
    pub fn open(&self) -> Result<Option<Tls>> {
        let own = pair(
            ("TM_TLS_CERT_FILE", self.cert_file.as_deref()),
            ("TM_TLS_KEY_FILE", self.key_file.as_deref()),
        )?;
        let authority = self.client_ca_file.as_deref().map(|path| Source::new("TM_TLS_CLIENT_CA_FILE", path));
        let Some(own) = own else {
            return match authority {
                None => Ok(None),
                Some(_) => Err(Error::invalid(
                    "TM_TLS_CERT_FILE",
                    "is not set, but TM_TLS_CLIENT_CA_FILE is, and callers show certificates to TLS only; name the port's \
                     own certificate, too",
                )),
            };
        };
        let asks = authority.is_some();
        let configs = Renewed::open(own.into_iter().chain(authority).collect(), self.reload_every, server)?;
        Ok(Some(Tls { configs, asks }))
    }
}

/// What a port behind TLS shows, and whether it asks for as much. Clones share it.
#[derive(Clone, Debug)]
pub struct Tls {
    configs: Renewed<Arc<ServerConfig>>,
    /// Whether callers have to show a certificate.
    asks: bool,
}

/// A server with this certificate and key, and the authority of its callers if it has one.
fn server(pems: &[Pem]) -> Result<Arc<ServerConfig>> {
    let [certificate, key, authority @ ..] = pems else {
        return Err(Error::internal("a certificate without its key"));
    };
    // Named, so that it does not depend on what else is in the binary.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().map_err(Error::internal)?;
    let builder = match authority.first() {
        None => builder.with_no_client_auth(),
        Some(authority) => builder.with_client_cert_verifier(callers(authority, provider)?),
    };
    let mut config = builder
        .with_single_cert(certificate.certificates()?, key.key()?)
        .map_err(|error| key.does_not_fit(certificate, &error))?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Arc::new(config))
}

/// Lets in whom this authority signed.
fn callers(authority: &Pem, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in authority.certificates()? {
        roots.add(certificate).map_err(|error| authority.wrong(format!("is no authority ({error})")))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(Error::internal)
}
