//! Certificates of tests, in folders as Kubernetes fills them, and what a server shows to whoever looks.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

/// A certificate authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key in PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate of whoever is on this machine.
    pub(crate) fn issue(&self) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).expect("names");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Issued { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// A folder with a certificate it has just issued.
    pub(crate) fn folder(&self) -> Folder {
        let folder = Folder { folder: tempfile::tempdir().expect("a folder") };
        for file in Folder::FILES {
            symlink(Path::new("..data").join(file), folder.path(file)).expect("a link");
        }
        folder.put(self, &self.issue());
        folder
    }

    /// A connection to a port of this machine by a client that trusts this authority alone and speaks these protocols.
    pub(crate) async fn connect(
        &self,
        port: u16,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("a certificate"))
            .expect("an authority");
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let name = "localhost".try_into().expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

/// The certificate a server showed.
pub(crate) fn shown(connection: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    let shown = connection.get_ref().1.peer_certificates().expect("the handshake is over");
    shown[0].clone()
}

impl Issued {
    pub(crate) fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("a certificate")
    }
}

/// A folder with certificate, key and authority, all of which are replaced at once.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    const FILES: [&'static str; 3] = ["tls.crt", "tls.key", "ca.crt"];

    /// Fills it anew: the files are links through one link, which is pointed elsewhere.
    pub(crate) fn put(&self, authority: &Authority, issued: &Issued) {
        let new = tempfile::tempdir_in(self.folder.path()).expect("a folder").keep();
        for (file, text) in Self::FILES.into_iter().zip([&issued.certificate, &issued.key, &authority.pem]) {
            std::fs::write(new.join(file), text).expect("a file");
        }
        symlink(&new, self.path("..new")).expect("a link");
        std::fs::rename(self.path("..new"), self.path("..data")).expect("in one step");
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.path("tls.crt")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.path("tls.key")
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.path("ca.crt")
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }
}
