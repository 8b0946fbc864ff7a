//! Peers behind TLS: reached by whoever names their authority, and by nobody else.

use std::path::PathBuf;

use mesh_core::{
    error::reason_of,
    peer::{Balancing, Peer, Settings, Signer},
    service::Process,
    stack::Limits,
};
use proto::tickets::v1::ticket_service_client::TicketServiceClient;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rstest::rstest;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::{
    Code,
    transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming},
};

use crate::shop::{Shop, ask, process};

/// A certificate authority, with its certificate in a file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Self { issuer: Issuer::new(params, key), folder };
        std::fs::write(authority.file(), certificate.pem()).expect("a file");
        authority
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate of a server at `localhost`, with its key.
    fn identity(&self) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity::from_pem(certificate.pem(), key.serialize_pem())
    }
}

/// Where a shop is open behind a certificate of this authority.
async fn open(process: &Process, authority: &Authority) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let tls = ServerTlsConfig::new().identity(authority.identity());
    let routes = Shop::new(process).service().guarded(process);
    let server = Server::builder().tls_config(tls).expect("a certificate").add_routes(routes);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    url
}

fn peer(
    process: &Process,
    url: &str,
    balancing: Balancing,
    ca_file: PathBuf,
) -> mesh_core::error::Result<Peer> {
    let settings = Settings { balancing, ca_file: Some(ca_file), ..Settings::default() };
    Peer::remote(url, Signer::new(&process.mesh_key, "workflow"), &settings)
}

#[rstest]
#[tokio::test]
async fn a_peer_at_https_is_reached_by_whoever_trusts_its_authority(
    #[values(Balancing::Dns, Balancing::None)] balancing: Balancing,
) {
    let ((process, _), authority) = (process(Limits::default()), Authority::new());
    let url = open(&process, &authority).await;
    let trusting = peer(&process, &url, balancing, authority.file()).expect("an address");
    let seen = TicketServiceClient::new(trusting.for_worker()).get_ticket(ask("any", "")).await;
    assert_eq!(seen.expect("an answer").into_inner().tags[0], "mesh=true");

    let elsewhere = peer(&process, &url, balancing, Authority::new().file());
    let refused = elsewhere.map(|peer| TicketServiceClient::new(peer.for_worker()));
    let refused = refused.expect("an address").get_ticket(ask("any", "")).await.expect_err("not trusted");
    assert_eq!((refused.code(), reason_of(&refused).as_deref()), (Code::Unavailable, Some("UNAVAILABLE")));
    assert_eq!(refused.message(), "a service this needs can't be reached");
}

#[tokio::test]
async fn an_authority_that_is_none_is_named_at_start() {
    let (process, _) = process(Limits::default());
    let folder = tempfile::tempdir().expect("a folder");
    let (missing, empty) = (folder.path().join("missing"), folder.path().join("empty"));
    std::fs::write(&empty, "no certificate").expect("a file");
    for (file, why) in [(missing, "can't be read"), (empty, "holds no certificate")] {
        let wrong = peer(&process, "https://tickets:50051", Balancing::None, file).expect_err("refused");
        let said = wrong.to_string();
        assert!(said.contains("TM_PEER_CA_FILE") && said.contains(why) && said.contains("PEM"), "{said}");
    }
}
