//! Peers: the same near and far, found again when they move, repeated only when that does no harm.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use futures::future::join_all;
use mesh_core::{
    error::reason_of,
    peer::{Balancing, Peer, Settings, Signer},
    stack::Limits,
};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use proto::tickets::v1::{DiscardDraftRequest, GetTicketRequest, ticket_service_client::TicketServiceClient};
use rstest::rstest;
use tonic::Code;
use tracing::{Instrument, info_span};
use tracing_subscriber::prelude::*;

use crate::shop::{Open, Shop, Way, ask, claims, open, process, token};

#[rstest]
#[tokio::test]
async fn who_calls_and_how_long_he_waits_goes_with_the_call(#[values(Way::Local, Way::Remote)] way: Way) {
    let (process, clock) = process(Limits::default());
    let mut front = Shop::new(&process);
    front.next = Some(way.to(Shop::new(&process).service(), &process).await);
    let mut client = TicketServiceClient::new(front.service().guarded(&process));
    let mut request = ask("forward", &token(&claims(mesh_core::clock::Clock::now(&*clock))));
    request.metadata_mut().insert("x-request-id", "mine-1".parse().expect("a header"));
    request.set_timeout(Duration::from_secs(1000));
    let seen = client.get_ticket(request).await.expect("an answer").into_inner();
    assert_eq!(
        (seen.id.as_str(), seen.requester_id.as_str(), seen.subject.as_str()),
        ("seen", "usr_ada", "mine-1")
    );
    assert_eq!(seen.tags[0], "mesh=true");
    let left: u64 = seen.tags[1].trim_start_matches("left=").parse().expect("seconds");
    assert!((100..1000).contains(&left), "what is left of the caller's time, not a default: {left}");
}

#[rstest]
#[tokio::test]
async fn one_trace_goes_through_every_service(#[values(Way::Local, Way::Remote)] way: Way) {
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let subscriber = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
    let _on_this_thread = tracing::subscriber::set_default(subscriber);
    let (process, _) = process(Limits::default());
    let peer = way.to(Shop::new(&process).service(), &process).await;
    let span = info_span!("click");
    let id = mesh_core::telemetry::trace_id(&span).expect("a trace");
    let answer =
        TicketServiceClient::new(peer.for_worker()).get_ticket(ask("any", "")).instrument(span).await;
    let traceparent = answer.expect("an answer").into_inner().description;
    assert!(traceparent.contains(&id), "{traceparent} is in {id}");
}

#[rstest]
#[tokio::test]
async fn an_answer_that_was_unavailable_is_asked_for_again_when_that_does_no_harm(
    #[values(Way::Local, Way::Remote)] way: Way,
) {
    let (process, _) = process(Limits::default());
    let shop = Shop::new(&process);
    let peer = way.to(shop.service(), &process).await;
    let mut client = TicketServiceClient::new(peer.for_worker());
    client.get_ticket(ask("third time", "")).await.expect("the third attempt");
    assert_eq!(shop.seen.swap(0, Ordering::SeqCst), 3);
    let refused = client.discard_draft(DiscardDraftRequest::default()).await.expect_err("once only");
    assert_eq!((refused.code(), shop.seen.load(Ordering::SeqCst)), (Code::Unavailable, 1));
}

#[rstest]
#[tokio::test]
async fn when_the_budget_for_attempts_is_used_up_the_first_one_is_the_last(
    #[values(Way::Local, Way::Remote)] way: Way,
) {
    let (process, _) = process(Limits::default());
    let shop = Shop::new(&process);
    let peer = way.to(shop.service(), &process).await;
    let fail = async || {
        let mut client = TicketServiceClient::new(peer.for_worker());
        client.get_ticket(ask("never", "")).await.expect_err("never").code()
    };
    assert_eq!(fail().await, Code::Unavailable);
    assert_eq!(shop.seen.swap(0, Ordering::SeqCst), 5, "the budget is untouched");

    let codes = join_all((0..100).map(|_| fail())).await;
    assert!(codes.iter().all(|code| *code == Code::Unavailable));
    // Without a budget it would be five attempts for each of a hundred calls. Ten seconds allow for a hundred more than the first,
    // and every fifth call for one more.
    let seen = shop.seen.swap(0, Ordering::SeqCst);
    assert!(seen <= 225, "{seen} attempts");

    assert_eq!(fail().await, Code::Unavailable);
    assert_eq!(shop.seen.load(Ordering::SeqCst), 1, "a service that is down is left alone");
}

/// A peer whose addresses are in a list, looked up again only when a call met nobody.
fn peer_at(addresses: &Arc<Mutex<Vec<SocketAddr>>>, signer: Signer, patience: Duration) -> Peer {
    let addresses = addresses.clone();
    let settings =
        Settings { resolve_every: Duration::from_hours(1), connect_timeout: patience, ..Settings::default() };
    let resolve = move || {
        let found = addresses.lock().expect("no panic").clone();
        async move { Ok(found) }
    };
    Peer::resolved_by("http://tickets.mesh.test:50051", signer, &settings, resolve).expect("a peer")
}

async fn close(shop: Open) {
    shop.shutdown.begin();
    shop.ended.await.expect("no panic").expect("an orderly end");
}

#[tokio::test]
async fn a_peer_that_died_and_moved_is_found_again() {
    let (process, _) = process(Limits::default());
    let service = || Shop::new(&process).service().guard(&process);
    let first = open(service()).await;
    let addresses = Arc::new(Mutex::new(vec![first.address]));
    let peer = peer_at(&addresses, Signer::new(&process.mesh_key, "workflow"), Duration::from_secs(2));
    let mut client = TicketServiceClient::new(peer.for_worker());
    client.get_ticket(ask("any", "")).await.expect("the first address answers");
    close(first).await;
    let second = open(service()).await;
    *addresses.lock().expect("no panic") = vec![second.address];
    client.get_ticket(ask("any", "")).await.expect("the second address answers");
    peer.ping().await.expect("and serves");
}

#[tokio::test]
async fn calls_are_spread_over_every_address_and_one_dead_one_does_not_hurt() {
    let (process, _) = process(Limits::default());
    let shops = [Shop::new(&process), Shop::new(&process)];
    let mut opened = Vec::new();
    for shop in &shops {
        opened.push(open(shop.service().guard(&process)).await);
    }
    let addresses = Arc::new(Mutex::new(opened.iter().map(|shop| shop.address).collect()));
    let peer = peer_at(&addresses, Signer::new(&process.mesh_key, "workflow"), Duration::from_secs(2));
    let mut client = TicketServiceClient::new(peer.for_worker());
    while shops.iter().any(|shop| shop.seen.load(Ordering::SeqCst) == 0) {
        client.get_ticket(ask("any", "")).await.expect("an answer");
    }
    close(opened.remove(0)).await;
    for _ in 0..20 {
        client.get_ticket(ask("any", "")).await.expect("the other one answers");
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_unavailable_not_a_deadline() {
    let (process, _) = process(Limits::default());
    let signer = Signer::new(&process.mesh_key, "workflow");
    let peer = peer_at(&Arc::default(), signer, Duration::from_millis(10));
    let refused = TicketServiceClient::new(peer.for_worker())
        .get_ticket(GetTicketRequest::default())
        .await
        .expect_err("nobody");
    assert_eq!((refused.code(), reason_of(&refused).as_deref()), (Code::Unavailable, Some("UNAVAILABLE")));
    assert!(peer.ping().await.is_err());
}

#[rstest]
#[tokio::test]
async fn a_peer_that_is_not_there_is_unavailable_and_nothing_inside_is_told(
    #[values(Balancing::Dns, Balancing::None)] balancing: Balancing,
) {
    let (process, _) = process(Limits::default());
    let gone = open(Shop::new(&process).service().guard(&process)).await;
    let url = format!("http://localhost:{}", gone.address.port());
    let settings = Settings { balancing, ..Settings::default() };
    let peer = Peer::remote(&url, Signer::new(&process.mesh_key, "workflow"), &settings).expect("an address");
    let mut client = TicketServiceClient::new(peer.for_worker());
    client.get_ticket(ask("any", "")).await.expect("there");
    close(gone).await;
    let refused = client.get_ticket(ask("any", "")).await.expect_err("gone");
    assert_eq!((refused.code(), reason_of(&refused).as_deref()), (Code::Unavailable, Some("UNAVAILABLE")));
    assert_eq!(refused.message(), "a service this needs can't be reached");
}

#[tokio::test]
async fn an_address_that_is_none_names_the_remedy() {
    let (process, _) = process(Limits::default());
    let signer = || Signer::new(&process.mesh_key, "workflow");
    for (url, remedy) in [("tickets:50051", "http://host:port"), ("https://tickets", "TM_PEER_CA_FILE")] {
        let wrong = Peer::remote(url, signer(), &Settings::default()).expect_err("refused").to_string();
        assert!(wrong.contains(remedy), "{wrong}");
    }
}
