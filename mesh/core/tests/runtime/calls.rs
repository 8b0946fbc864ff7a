//! Calls through the layers: what gets through, what is refused, and how it is said.

use std::{sync::Arc, time::Duration};

use http_body_util::{BodyExt, Empty};
use jiff::SignedDuration;
use mesh_core::{
    caller::Caller,
    error::{Error, Result, reason_of},
    peer::Peer,
    stack::{Guard, Limits, RateLimit},
};
use proto::{
    errors::v1::ErrorReason,
    tickets::v1::{
        GetTicketRequest, ProjectRunRequest, RateTicketRequest, Ticket,
        projection_service_client::ProjectionServiceClient, ticket_service_client::TicketServiceClient,
    },
};
use rstest::rstest;
use tonic::{Code, Request, Status, service::Routes};
use tonic_types::StatusExt;
use tower::Service as _;

use crate::shop::{Shop, Way, ask, claims, forged, process, stranger, token};

/// Code and reason, which is what programs look at.
fn outcome<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.expect_err("refused");
    (status.code(), reason_of(&status).unwrap_or_default())
}

async fn get(peer: &Peer, request: Request<GetTicketRequest>) -> Result<Ticket, Status> {
    TicketServiceClient::new(peer.for_worker()).get_ticket(request).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test]
async fn a_call_that_takes_too_long_ends_with_its_deadline(#[values(Way::Local, Way::Remote)] way: Way) {
    let (process, _) = process(Limits::default());
    let peer = way.to(Shop::new(&process).service(), &process).await;
    let mut request = ask("forever", "");
    request.set_timeout(Duration::from_millis(50));
    assert_eq!(outcome(get(&peer, request).await), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into()));
}

#[tokio::test]
async fn a_stranger_s_call_that_takes_too_long_ends_with_its_deadline() {
    let (process, clock) =
        process(Limits { default_deadline: Duration::from_millis(50), ..Limits::default() });
    let mut client = TicketServiceClient::new(stranger(&process, Shop::new(&process).service()).await);
    let token = token(&claims(mesh_core::clock::Clock::now(&*clock)));
    assert_eq!(
        outcome(client.get_ticket(ask("forever", &token)).await),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into())
    );
}

#[rstest]
#[tokio::test]
async fn a_full_service_refuses_and_says_when_to_come_again(#[values(Way::Local, Way::Remote)] way: Way) {
    let (process, _) = process(Limits { max_calls: 1, ..Limits::default() });
    let shop = Shop::new(&process);
    let peer = way.to(shop.service(), &process).await;
    let held = tokio::spawn({
        let peer = peer.clone();
        async move { get(&peer, ask("held", "")).await }
    });
    shop.has_begun().await;
    let refused = get(&peer, ask("any", "")).await.expect_err("refused");
    assert_eq!(
        (refused.code(), reason_of(&refused).as_deref()),
        (Code::ResourceExhausted, Some("OVERLOADED"))
    );
    assert!(refused.get_details_retry_info().is_some_and(|info| info.retry_delay > Some(Duration::ZERO)));
    shop.go_on.add_permits(1);
    held.await.expect("no panic").expect("the call that was there first is answered");
}

#[rstest]
#[tokio::test]
async fn a_panic_is_answered_without_its_details(#[values(Way::Local, Way::Remote)] way: Way) {
    let (process, _) = process(Limits::default());
    let peer = way.to(Shop::new(&process).service(), &process).await;
    let status = get(&peer, ask("panic", "")).await.expect_err("refused");
    assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
    assert!(!String::from_utf8_lossy(status.details()).contains("salt"));
    get(&peer, ask("any", "")).await.expect("the service goes on");
}

#[tokio::test]
async fn tokens_that_are_not_good_are_refused_with_the_reason() {
    let (process, clock) = process(Limits::default());
    let now = mesh_core::clock::Clock::now(&*clock);
    let good = claims(now);
    let mut expired = good.clone();
    expired.exp = now.as_second() - 31;
    let mut elsewhere = good.clone();
    elsewhere.aud = "another mesh".into();
    let mut impostor = good.clone();
    impostor.iss = "somebody".into();
    let cases = [
        (token(&expired), "TOKEN_EXPIRED"),
        (token(&elsewhere), "TOKEN_INVALID"),
        (token(&impostor), "TOKEN_INVALID"),
        (forged(&good), "TOKEN_INVALID"),
        ("garbage".into(), "TOKEN_INVALID"),
    ];
    let mut client = TicketServiceClient::new(stranger(&process, Shop::new(&process).service()).await);
    for (token, reason) in cases {
        assert_eq!(
            outcome(client.get_ticket(ask("any", &token)).await),
            (Code::Unauthenticated, reason.into())
        );
    }
    let nobody = client.get_ticket(GetTicketRequest::default()).await;
    assert_eq!(outcome(nobody), (Code::Unauthenticated, "UNAUTHENTICATED".into()));
    let known =
        client.get_ticket(ask("any", &token(&good))).await.expect("a good token gets through").into_inner();
    assert_eq!((known.requester_id.as_str(), known.tags[0].as_str()), ("usr_ada", "mesh=false"));
}

#[tokio::test]
async fn a_token_is_good_until_its_time_is_over_or_its_session_is_ended() {
    let (process, clock) = process(Limits::default());
    let token = token(&claims(mesh_core::clock::Clock::now(&*clock)));
    let mut client = TicketServiceClient::new(stranger(&process, Shop::new(&process).service()).await);
    client.get_ticket(ask("any", &token)).await.expect("good");
    process.verifier.revoke_session("ses_1");
    assert_eq!(outcome(client.get_ticket(ask("any", &token)).await).1, "SESSION_REVOKED");
    clock.advance(SignedDuration::from_hours(2));
    assert_eq!(outcome(client.get_ticket(ask("any", &token)).await).1, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_token_made_before_its_rights_changed_is_void() {
    let (process, clock) = process(Limits::default());
    let token = token(&claims(mesh_core::clock::Clock::now(&*clock)));
    let mut client = TicketServiceClient::new(stranger(&process, Shop::new(&process).service()).await);
    process.verifier.revoke_before("usr_ada", 1);
    client.get_ticket(ask("any", &token)).await.expect("made with these rights");
    process.verifier.revoke_before("usr_ada", 2);
    process.verifier.revoke_before("usr_ada", 1);
    assert_eq!(outcome(client.get_ticket(ask("any", &token)).await).1, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_method_of_the_mesh_is_refused_from_outside() {
    let (process, clock) = process(Limits::default());
    let channel = stranger(&process, Shop::new(&process).service()).await;
    let mut request = Request::new(ProjectRunRequest::default());
    let bearer = format!("Bearer {}", token(&claims(mesh_core::clock::Clock::now(&*clock))));
    request.metadata_mut().insert("authorization", bearer.parse().expect("a header"));
    let mut client = ProjectionServiceClient::new(channel);
    assert_eq!(outcome(client.project_run(request).await), (Code::PermissionDenied, "MESH_ONLY".into()));
    let mut forged = Request::new(ProjectRunRequest::default());
    forged.metadata_mut().insert(
        "x-mesh-token",
        token(&claims(mesh_core::clock::Clock::now(&*clock))).parse().expect("a header"),
    );
    assert_eq!(outcome(client.project_run(forged).await), (Code::Unauthenticated, "TOKEN_INVALID".into()));
}

#[rstest]
#[tokio::test]
async fn a_method_of_the_mesh_is_open_to_its_services(#[values(Way::Local, Way::Remote)] way: Way) {
    let (process, _) = process(Limits::default());
    let peer = way.to(Shop::new(&process).service(), &process).await;
    let answer =
        ProjectionServiceClient::new(peer.for_worker()).project_run(ProjectRunRequest::default()).await;
    assert_eq!(answer.expect("open").into_inner().subject, "workflow");
}

#[tokio::test]
async fn a_path_nobody_declared_is_unimplemented() {
    let (process, _) = process(Limits::default());
    let mut routes = Shop::new(&process).service().guarded(&process);
    for path in ["/ticketmesh.tickets.v1.TicketService/Nothing", "/nothing.v1.Nothing/Nothing", "/"] {
        let request = http::Request::post(path).body(Empty::<bytes::Bytes>::new()).expect("a request");
        let response = routes.call(request).await.expect("an answer");
        let status = Status::from_header_map(response.headers()).expect("a gRPC status");
        assert_eq!(
            (status.code(), reason_of(&status).as_deref()),
            (Code::Unimplemented, Some("UNIMPLEMENTED")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_method_that_is_not_built_says_so_with_a_reason() {
    let (process, _) = process(Limits::default());
    let peer = Way::Local.to(Shop::new(&process).service(), &process).await;
    let answer = TicketServiceClient::new(peer.for_worker()).rate_ticket(RateTicketRequest::default()).await;
    assert_eq!(outcome(answer), (Code::Unimplemented, "UNIMPLEMENTED".into()));
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_caller_s_mistake() {
    let (process, _) = process(Limits::default());
    let mut routes = Shop::new(&process).service().guarded(&process);
    let invalid_utf8 = bytes::Bytes::from_static(&[0, 0, 0, 0, 3, 0x0a, 1, 0xff]);
    let request = http::Request::post("/ticketmesh.tickets.v1.TicketService/GetTicket")
        .header("content-type", "application/grpc")
        .header("x-mesh-token", process.mesh_key.sign("gateway").expect("a token"))
        .body(http_body_util::Full::new(invalid_utf8))
        .expect("a request");
    let response = routes.call(request).await.expect("an answer");
    let status = Status::from_header_map(response.headers()).expect("a gRPC status");
    assert_eq!(
        (status.code(), reason_of(&status).as_deref()),
        (Code::InvalidArgument, Some("INVALID_FIELDS"))
    );
    assert!(status.message().contains("UTF-8"), "{status:?}");
}

#[rstest]
#[tokio::test]
async fn a_message_that_is_too_large_is_refused(#[values(Way::Local, Way::Remote)] way: Way) {
    let (process, _) = process(Limits { max_message_bytes: 1024, ..Limits::default() });
    let peer = way.to(Shop::new(&process).service(), &process).await;
    get(&peer, ask(&"x".repeat(1000), "")).await.expect("small enough");
    assert_eq!(
        outcome(get(&peer, ask(&"x".repeat(1100), "")).await),
        (Code::ResourceExhausted, "BODY_TOO_LARGE".into())
    );
}

#[tokio::test]
async fn the_request_id_is_kept_or_made_and_sent_back() {
    let (process, clock) = process(Limits::default());
    let token = token(&claims(mesh_core::clock::Clock::now(&*clock)));
    let mut client = TicketServiceClient::new(stranger(&process, Shop::new(&process).service()).await);
    let mut with_id = ask("any", &token);
    with_id.metadata_mut().insert("x-request-id", "mine-1".parse().expect("a header"));
    let kept = client.get_ticket(with_id).await.expect("an answer");
    assert_eq!(
        kept.metadata().get("x-request-id").map(tonic::metadata::MetadataValue::as_bytes),
        Some(&b"mine-1"[..])
    );
    assert_eq!(kept.get_ref().subject, "mine-1");
    let made = client.get_ticket(ask("any", &token)).await.expect("an answer");
    assert!(made.get_ref().subject.starts_with("req_"));
    assert_eq!(
        made.metadata().get("x-request-id").and_then(|id| id.to_str().ok()),
        Some(made.get_ref().subject.as_str())
    );
    let refused = client.get_ticket(GetTicketRequest::default()).await.expect_err("nobody");
    assert!(refused.metadata().contains_key("x-request-id"));
}

/// Refuses one caller.
#[derive(Debug)]
struct NotAda;

impl RateLimit for NotAda {
    fn admit(&self, caller: &Caller, method: &str) -> Result<()> {
        if caller.user_id()? == "usr_ada" && method.ends_with("/GetTicket") {
            return Err(Error::resource_exhausted(
                &ErrorReason::RateLimited,
                "slow down",
                Duration::from_secs(3),
            ));
        }
        Ok(())
    }
}

#[tokio::test]
async fn the_rate_limit_is_asked_about_the_verified_caller() {
    let (process, clock) = process(Limits::default());
    let routes: Routes =
        Guard::new(&process).rate_limit(Arc::new(NotAda)).around(Shop::new(&process).service().routes);
    let mut ada = claims(mesh_core::clock::Clock::now(&*clock));
    let mut client = TicketServiceClient::new(routes);
    assert_eq!(
        outcome(client.get_ticket(ask("any", &token(&ada))).await),
        (Code::ResourceExhausted, "RATE_LIMITED".into())
    );
    ada.sub = "usr_bob".into();
    client.get_ticket(ask("any", &token(&ada))).await.expect("somebody else gets through");
}

#[tokio::test]
async fn a_method_for_everybody_takes_a_caller_whose_token_is_over() {
    let (process, clock) = process(Limits::default());
    let mut over = claims(mesh_core::clock::Clock::now(&*clock));
    over.exp = over.iat;
    let mut routes = Shop::new(&process).service().guarded(&process);
    let request = http::Request::post("/ticketmesh.identity.v1.AuthService/GetJwks")
        .header("authorization", format!("Bearer {}", token(&over)))
        .body(Empty::<bytes::Bytes>::new())
        .expect("a request");
    let response = routes.call(request).await.expect("an answer");
    let status = Status::from_header_map(response.headers()).expect("a gRPC status");
    // This shop has no such service; what matters is that authentication let it through.
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(response.into_body().collect().await.is_ok());
}
