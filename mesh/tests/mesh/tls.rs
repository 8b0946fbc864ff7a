//! TLS of the binary's own: the front door for browsers and services, and roles that let in nobody but each other.

use std::net::TcpListener;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use mesh_core::testing::eventually;
use proto::{
    identity::v1::{SignInRequest, auth_service_client::AuthServiceClient},
    notify::v1::ListNotificationsRequest,
    tickets::v1::{CommentKind, Status as TicketStatus},
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tonic::{
    Code, Status,
    transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    authority::{Authority, Folder, Issued, shown},
    faces::Reply,
    people::Office,
    process::ticketmesh,
    running::{ADMIN, Certificates, Mesh, Mode, PASSWORD},
};

/// A mesh in one process that shows what is in this folder at its front door.
async fn behind(folder: &Folder, probes: &str) -> Mesh {
    let mut mesh = Mesh::laid_out(Mode::All).await;
    mesh.detour("TM_TLS_CERT_FILE", folder.certificate().display().to_string());
    mesh.detour("TM_TLS_KEY_FILE", folder.key().display().to_string());
    mesh.detour("TM_TLS_RELOAD_EVERY", "100ms".into());
    mesh.detour("TM_ADMIN_LISTEN", probes.into());
    mesh.open().await;
    mesh
}

/// An address nobody listens at yet.
fn unused() -> String {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").to_string()
}

fn port(address: &str) -> u16 {
    let (_, port) = address.rsplit_once(':').expect("an address with a port");
    port.parse().expect("a number")
}

/// What is answered over a connection, by HTTP/1.1.
async fn fetch<S>(stream: S, method: Method, path: &str, body: String) -> Reply
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header("host", "localhost");
    let request = request.header("content-type", "application/json").header("x-tm-csrf", "1");
    let request = request.header("sec-fetch-site", "same-origin").body(Full::new(Bytes::from(body)));
    let answer = sender.send_request(request.expect("a request")).await.expect("an answer");
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    Reply { status: head.status, headers: head.headers, body }
}

/// Signs in by native gRPC over TLS.
async fn sign_in(mesh: &Mesh, authority: &Folder) -> Result<(), Status> {
    let trusted = std::fs::read(authority.authority()).expect("an authority");
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted));
    let door =
        Endpoint::from_shared(mesh.address()).expect("an address").tls_config(tls).expect("an authority");
    let ask = SignInRequest { email: ADMIN.into(), password: PASSWORD.into(), ..SignInRequest::default() };
    AuthServiceClient::new(door.connect_lazy()).sign_in(ask).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_and_services_come_in_by_tls_and_stay_with_it() {
    let authority = Authority::new();
    let folder = authority.folder();
    let mesh = behind(&folder, "127.0.0.1:0").await;
    let port = port(&mesh.address());
    assert!(mesh.address().starts_with("https://localhost:"), "{}", mesh.address());

    let connect = async || authority.connect(port, &["http/1.1"]).await.expect("trusted");
    let page = fetch(connect().await, Method::GET, "/", String::new()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers["strict-transport-security"], "max-age=63072000; includeSubDomains");
    assert!(page.headers["content-type"].to_str().expect("text").starts_with("text/html"));

    let words = json!({ "email": ADMIN, "password": PASSWORD }).to_string();
    let path = "/api/ticketmesh.gateway.v1.SessionService/SignIn";
    let signed_in = fetch(connect().await, Method::POST, path, words).await;
    assert_eq!(signed_in.status, StatusCode::OK, "{:?}", signed_in.said());
    let cookies: Vec<_> =
        signed_in.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("text")).collect();
    let is_safe = |line: &&str| line.starts_with("__Host-tm_session=") && line.contains("; Secure");
    assert!(cookies.iter().any(is_safe), "{cookies:?}");

    sign_in(&mesh, &folder).await.expect("native gRPC comes in, too");
    let refused = sign_in(&mesh, &Authority::new().folder()).await.expect_err("another authority");
    assert_eq!(refused.code(), Code::Unavailable);
}

/// What a metric shows, if it is there.
async fn metric(probes: &str, line: &str) -> Option<String> {
    let stream = TcpStream::connect(probes).await.ok()?;
    let reply = fetch(stream, Method::GET, "/metrics", String::new()).await;
    let text = String::from_utf8(reply.body.to_vec()).expect("text");
    text.lines().find_map(|shown| Some(shown.strip_prefix(line)?.trim().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_makes_no_sense_is_told_and_the_one_before_it_stays() {
    let (authority, probes) = (Authority::new(), unused());
    let folder = authority.folder();
    let mesh = behind(&folder, &probes).await;
    let port = port(&mesh.address());
    let refused = async |expected: &str| {
        eventually(&format!("{expected} is shown"), async || {
            let line = "ticketmesh_tls_files_refused{setting=\"TM_TLS_CERT_FILE\"}";
            (metric(&probes, line).await.as_deref() == Some(expected)).then_some(())
        })
        .await;
    };
    refused("0").await;
    let first = authority.issue();
    folder.put(&authority, &first);
    let is_shown = async |issued: &Issued| {
        shown(&authority.connect(port, &["h2"]).await.expect("trusted")) == issued.der()
    };
    eventually("the first replacement is shown", async || is_shown(&first).await.then_some(())).await;

    folder.put(&authority, &Issued { key: authority.issue().key, ..authority.issue() });
    refused("1").await;
    assert!(is_shown(&first).await, "the one before stays");
    sign_in(&mesh, &folder).await.expect("and calls go on");

    let second = authority.issue();
    folder.put(&authority, &second);
    refused("0").await;
    assert!(is_shown(&second).await);
}

fn certificates(folder: &Folder) -> Certificates {
    Certificates { certificate: folder.certificate(), key: folder.key(), authority: folder.authority() }
}

/// Whether a role's port answers somebody who trusts its authority and shows this.
async fn asks(
    mesh: &Mesh,
    role: &str,
    authority: &Folder,
    shows: Option<&Issued>,
) -> Result<ServingStatus, Status> {
    let trusted = std::fs::read(authority.authority()).expect("an authority");
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted));
    if let Some(Issued { certificate, key }) = shows {
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    let role = Endpoint::from_shared(mesh.address_of(role)).expect("an address").tls_config(tls);
    let mut health = HealthClient::new(role.expect("certificates").connect_lazy());
    Ok(health.check(HealthCheckRequest::default()).await?.into_inner().status())
}

#[tokio::test(flavor = "multi_thread")]
async fn five_roles_carry_a_ticket_by_mutual_tls_and_let_in_nobody_else() {
    let authority = Authority::new();
    let folder = authority.folder();
    let mut mesh = Mesh::laid_out(Mode::Roles).await;
    mesh.certify(certificates(&folder));
    mesh.open().await;
    for role in ["identity", "tickets", "workflow", "notify"] {
        assert!(mesh.address_of(role).starts_with("https://"), "{role}");
        let known = asks(&mesh, role, &folder, Some(&authority.issue())).await;
        assert_eq!(known.expect("its authority signed it"), ServingStatus::Serving);
        for stranger in [None, Some(Authority::new().issue())] {
            asks(&mesh, role, &folder, stranger.as_ref()).await.expect_err("a stranger");
        }
        let plain =
            Endpoint::from_shared(mesh.address_of(role).replace("https", "http")).expect("an address");
        let mut plain = HealthClient::new(plain.connect_lazy());
        plain.check(HealthCheckRequest::default()).await.expect_err("nobody listens to plain words");
    }

    let Office { department_id, agent, requester, .. } = Office::open(&mesh).await;
    agent.come_online().await;
    let mut desk = agent.watch("").await;
    let ticket = requester.file("The lathe hums", &department_id).await;
    assert_eq!(desk.next("workflow.assignment.made").await.subject, ticket.id);
    agent.say(&ticket, CommentKind::Public, "Since when?").await;
    agent.press(&ticket, "ask", "Which speed?").await;
    requester.sees_status(&ticket, TicketStatus::Pending).await;
    eventually("the agent is told", async || {
        let told = agent.inbox().list_notifications(ListNotificationsRequest::default()).await.ok()?;
        (!told.into_inner().notifications.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_roles_are_replaced_while_they_work() {
    let authority = Authority::new();
    let mut mesh = Mesh::laid_out(Mode::Roles).await;
    let folder = authority.folder();
    mesh.certify(certificates(&folder));
    mesh.open().await;
    let Office { department_id, agent, requester, .. } = Office::open(&mesh).await;
    agent.come_online().await;
    let mut desk = agent.watch("").await;

    let renewed = authority.issue();
    folder.put(&authority, &renewed);
    for role in ["identity", "tickets", "workflow", "notify"] {
        let port = port(&mesh.address_of(role));
        eventually(&format!("{role} shows it"), async || {
            requester.all_tickets().await;
            // Whoever shows nothing himself is refused after he has seen what he is shown.
            let connection = authority.connect(port, &["h2"]).await.ok()?;
            (shown(&connection) == renewed.der()).then_some(())
        })
        .await;
    }
    // A role that comes anew is called by connections that are new on both sides.
    mesh.stop("tickets").await;
    mesh.start_again("tickets").await;
    let ticket = requester.file("The lathe hums", &department_id).await;
    assert_eq!(desk.next("workflow.assignment.made").await.subject, ticket.id);
}

/// Exit code and last words of a front door that must not open.
async fn fails(folder: &Folder, more: &[&str]) -> (Option<i32>, String) {
    let place = tempfile::tempdir().expect("a folder");
    let args = ["all", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let mut command = ticketmesh(place.path(), args);
    command.args(more).env("TM_TLS_CERT_FILE", folder.certificate()).env("TM_LOG", "error");
    let done = command.output().await.expect("the binary starts");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).trim().to_owned())
}

#[tokio::test]
async fn a_front_door_that_would_speak_tls_by_halves_does_not_open() {
    let folder = Authority::new().folder();
    let key = folder.key().display().to_string();
    let plain = "http://help.example.org";
    for (more, words) in [
        (vec![], "TM_TLS_KEY_FILE is not set, but TM_TLS_CERT_FILE is"),
        (
            vec!["--tls-key-file", &key, "--public-url", plain],
            "TM_PUBLIC_URL is http://help.example.org, but the front door speaks TLS",
        ),
        (vec!["--tls-key-file", &key, "--demo"], "start once without TM_TLS_CERT_FILE"),
    ] {
        let (code, said) = fails(&folder, &more).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
