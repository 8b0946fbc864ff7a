//! Ports and peers behind TLS: who gets in, whom one believes, and what becomes of both when certificates are replaced.

use std::{path::PathBuf, time::Duration};

use mesh_core::{
    error::{Result, reason_of},
    peer::{self, Balancing, Peer, Signer},
    service::{Port, Process, serve},
    stack::Limits,
    testing::eventually,
    tls,
};
use proto::tickets::v1::{Ticket, ticket_service_client::TicketServiceClient};
use rstest::rstest;
use tokio::net::TcpListener;
use tonic::{Code, Status};

use crate::{
    authority::{Authority, Folder, shown},
    shop::{Shop, ask, process},
};

/// How often files are looked at in these tests.
const OFTEN: Duration = Duration::from_millis(20);

/// The port of a shop that shows what is in this folder, to callers of this authority only if there is one.
async fn open(process: &Process, own: &Folder, callers: Option<&Folder>) -> u16 {
    let settings = tls::Settings {
        cert_file: Some(own.certificate()),
        key_file: Some(own.key()),
        client_ca_file: callers.map(Folder::authority),
        reload_every: OFTEN,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = Port::new(listener, settings.open().expect("certificates"));
    assert_eq!(port.scheme(), "https");
    let number = port.address().expect("an address").port();
    let shutdown = mesh_core::Shutdown::by_hand(Duration::from_secs(10));
    tokio::spawn(serve(port, Shop::new(process).service().guard(process), shutdown));
    number
}

/// Whom a peer believes and what it shows.
fn settings(balancing: Balancing, authority: PathBuf, own: Option<&Folder>) -> peer::Settings {
    peer::Settings {
        balancing,
        ca_file: Some(authority),
        cert_file: own.map(Folder::certificate),
        key_file: own.map(Folder::key),
        resolve_every: OFTEN,
        ..peer::Settings::default()
    }
}

fn peer(process: &Process, port: u16, settings: &peer::Settings) -> Result<Peer> {
    let url = format!("https://localhost:{port}");
    Peer::remote(&url, Signer::new(&process.mesh_key, "workflow"), settings)
}

async fn call(peer: &Peer) -> Result<Ticket, Status> {
    let answer = TicketServiceClient::new(peer.for_worker()).get_ticket(ask("any", "")).await;
    answer.map(tonic::Response::into_inner)
}

async fn is_answered(peer: &Peer) {
    assert_eq!(call(peer).await.expect("an answer").tags[0], "mesh=true");
}

async fn is_refused(peer: &Peer) {
    let refused = call(peer).await.expect_err("not let in");
    assert_eq!((refused.code(), reason_of(&refused).as_deref()), (Code::Unavailable, Some("UNAVAILABLE")));
    assert_eq!(refused.message(), "a service this needs can't be reached");
}

#[rstest]
#[tokio::test]
async fn a_peer_at_https_is_reached_by_whoever_trusts_its_authority(
    #[values(Balancing::Dns, Balancing::None)] balancing: Balancing,
) {
    let ((process, _), authority) = (process(Limits::default()), Authority::new());
    let own = authority.folder();
    let port = open(&process, &own, None).await;
    is_answered(&peer(&process, port, &settings(balancing, own.authority(), None)).expect("an address"))
        .await;
    let elsewhere = Authority::new().folder();
    is_refused(&peer(&process, port, &settings(balancing, elsewhere.authority(), None)).expect("an address"))
        .await;
}

#[rstest]
#[tokio::test]
async fn callers_get_in_with_a_certificate_of_their_authority_and_with_no_other(
    #[values(Balancing::Dns, Balancing::None)] balancing: Balancing,
) {
    let ((process, _), authority) = (process(Limits::default()), Authority::new());
    let (own, caller, stranger) = (authority.folder(), authority.folder(), Authority::new().folder());
    let port = open(&process, &own, Some(&own)).await;
    let showing =
        |shown| peer(&process, port, &settings(balancing, own.authority(), shown)).expect("an address");
    let known = showing(Some(&caller));
    is_answered(&known).await;
    is_refused(&showing(None)).await;
    is_refused(&showing(Some(&stranger))).await;
    is_answered(&known).await;
}

#[rstest]
#[tokio::test]
async fn a_peer_shows_a_replaced_certificate_without_being_opened_anew(
    #[values(Balancing::Dns, Balancing::None)] balancing: Balancing,
) {
    let ((process, _), authority) = (process(Limits::default()), Authority::new());
    let (own, caller) = (authority.folder(), Authority::new().folder());
    let port = open(&process, &own, Some(&own)).await;
    let peer =
        peer(&process, port, &settings(balancing, own.authority(), Some(&caller))).expect("an address");
    is_refused(&peer).await;
    caller.put(&authority, &authority.issue());
    eventually("it is let in", async || call(&peer).await.ok()).await;
    // Whatever comes after it has become another connection.
    caller.put(&authority, &authority.issue());
    for _ in 0..50 {
        is_answered(&peer).await;
    }
}

#[tokio::test]
async fn a_port_shows_a_replaced_certificate_and_goes_on_with_those_who_are_in() {
    let ((process, _), authority) = (process(Limits::default()), Authority::new());
    let own = authority.folder();
    let port = open(&process, &own, None).await;
    let settings = settings(Balancing::Dns, own.authority(), None);
    let known = peer(&process, port, &settings).expect("an address");
    is_answered(&known).await;
    let renewed = authority.issue();
    own.put(&authority, &renewed);
    eventually("the new one is shown", async || {
        is_answered(&known).await;
        let connection = authority.connect(port, &["h2"]).await.expect("trusted");
        (shown(&connection) == renewed.der()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_port_behind_tls_speaks_whichever_http_is_asked_for() {
    let ((process, _), authority) = (process(Limits::default()), Authority::new());
    let own = authority.folder();
    let port = open(&process, &own, None).await;
    for (asked, agreed) in [(&["h2", "http/1.1"][..], "h2"), (&["http/1.1"][..], "http/1.1")] {
        let connection = authority.connect(port, asked).await.expect("trusted");
        assert_eq!(connection.get_ref().1.alpn_protocol(), Some(agreed.as_bytes()));
    }
    authority.connect(port, &["spdy/3"]).await.expect_err("nothing else");
}

#[tokio::test]
async fn who_never_says_a_word_keeps_nobody_waiting() {
    let ((process, _), authority) = (process(Limits::default()), Authority::new());
    let own = authority.folder();
    let port = open(&process, &own, None).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("accepted"));
    }
    is_answered(&peer(&process, port, &settings(Balancing::Dns, own.authority(), None)).expect("an address"))
        .await;
    drop(silent);
}

/// What is said to a process that is started with these.
fn refusal(said: Result<impl Sized>) -> String {
    said.err().expect("refused").to_string()
}

#[tokio::test]
async fn files_that_are_no_certificates_are_named_at_start() {
    let (process, _) = process(Limits::default());
    let (folder, own) = (tempfile::tempdir().expect("a folder"), Authority::new().folder());
    let (missing, empty) = (folder.path().join("missing"), folder.path().join("empty"));
    std::fs::write(&empty, "no certificate").expect("a file");
    for (file, why) in [(missing, "can't be read"), (empty, "holds no certificate")] {
        let said = refusal(peer(&process, 1, &settings(Balancing::None, file.clone(), None)));
        assert!(said.contains("TM_PEER_CA_FILE") && said.contains(why) && said.contains("PEM"), "{said}");
        let shown =
            tls::Settings { cert_file: Some(file), key_file: Some(own.key()), ..tls::Settings::default() };
        let said = refusal(shown.open());
        assert!(said.contains("TM_TLS_CERT_FILE") && said.contains(why) && said.contains("PEM"), "{said}");
    }
    let other = Authority::new().folder();
    let mixed = tls::Settings {
        cert_file: Some(own.certificate()),
        key_file: Some(other.key()),
        ..tls::Settings::default()
    };
    let said = refusal(mixed.open());
    assert!(said.contains("TM_TLS_KEY_FILE") && said.contains("certificate of TM_TLS_CERT_FILE"), "{said}");
    let mixed = peer::Settings {
        key_file: Some(other.key()),
        ..settings(Balancing::None, own.authority(), Some(&own))
    };
    let said = refusal(peer(&process, 1, &mixed));
    assert!(said.contains("TM_PEER_KEY_FILE") && said.contains("certificate of TM_PEER_CERT_FILE"), "{said}");
}

#[tokio::test]
async fn half_a_pair_is_refused_with_the_name_of_the_other_half() {
    let own = Authority::new().folder();
    let (process, _) = process(Limits::default());
    let alone = tls::Settings { cert_file: Some(own.certificate()), ..tls::Settings::default() };
    assert_eq!(
        refusal(alone.open()),
        "TM_TLS_KEY_FILE is not set, but TM_TLS_CERT_FILE is; name both files, or none"
    );
    let alone = tls::Settings { client_ca_file: Some(own.authority()), ..tls::Settings::default() };
    assert!(refusal(alone.open()).starts_with("TM_TLS_CERT_FILE is not set, but TM_TLS_CLIENT_CA_FILE is"));
    let alone = peer::Settings { cert_file: None, ..settings(Balancing::None, own.authority(), Some(&own)) };
    assert_eq!(
        refusal(peer(&process, 1, &alone)),
        "TM_PEER_CERT_FILE is not set, but TM_PEER_KEY_FILE is; name both files, or none"
    );
    assert!(tls::Settings::default().open().expect("plain").is_none());
}
