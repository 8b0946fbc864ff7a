//! The orderly end of a process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mesh_core::{
    error::Error,
    peer::{Peer, Settings, Signer},
    service::{Service, Worker},
    stack::Limits,
};
use proto::tickets::v1::{ExportTicketsRequest, ticket_service_client::TicketServiceClient};
use tokio_util::sync::CancellationToken;
use tonic::{Code, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::shop::{Shop, ask, open, process};

#[tokio::test]
async fn a_call_in_flight_is_answered_before_the_process_ends_and_workers_stop_after_it() {
    let (process, _) = process(Limits::default());
    let shop = Shop::new(&process);
    let worker_stopped = CancellationToken::new();
    let told = worker_stopped.clone();
    let worker = Worker::new("tickets.relay", move |stop: CancellationToken| {
        let told = told.clone();
        async move {
            stop.cancelled().await;
            told.cancel();
            Ok(())
        }
    });
    let open = open(Service { workers: vec![worker], ..shop.service().guard(&process) }).await;
    let peer = Peer::remote(
        &format!("http://{}", open.address),
        Signer::new(&process.mesh_key, "workflow"),
        &Settings::default(),
    );
    let mut client = TicketServiceClient::new(peer.expect("an address").for_worker());
    let in_flight = tokio::spawn(async move { client.get_ticket(ask("held", "")).await });
    shop.has_begun().await;
    open.shutdown.begin();
    assert!(!worker_stopped.is_cancelled() && !open.ended.is_finished());
    shop.go_on.add_permits(1);
    in_flight.await.expect("no panic").expect("answered");
    open.ended.await.expect("no panic").expect("an orderly end");
    assert!(worker_stopped.is_cancelled());
}

#[tokio::test]
async fn a_stream_without_an_end_ends_with_the_process() {
    let (mut process, _) = process(Limits::default());
    let token = CancellationToken::new();
    process.stopping = token.clone();
    let open = open(Shop::new(&process).service().guard(&process)).await;
    let signer = Signer::new(&process.mesh_key, "workflow");
    let peer =
        Peer::remote(&format!("http://{}", open.address), signer, &Settings::default()).expect("an address");
    let stream =
        TicketServiceClient::new(peer.for_worker()).export_tickets(ExportTicketsRequest::default()).await;
    let mut stream = stream.expect("a stream").into_inner();
    assert!(stream.message().await.expect("no error").is_some());
    open.shutdown.begin();
    token.cancel();
    assert!(stream.message().await.expect("no error").is_none());
    open.ended.await.expect("no panic").expect("an orderly end");
}

#[tokio::test]
async fn a_worker_that_fails_or_panics_is_started_again_until_it_is_done() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let worker = Worker::new("tickets.relay", move |_| {
        let run = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            match run {
                0 => Err(Error::unavailable("no broker")),
                1 => panic!("no luck"),
                _ => Ok(()),
            }
        }
    });
    worker.supervise(CancellationToken::new()).await;
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_served_service_has_health_under_its_own_name_and_reflection() {
    let (process, _) = process(Limits::default());
    let open = open(Shop::new(&process).service().guard(&process)).await;
    let channel =
        Channel::from_shared(format!("http://{}", open.address)).expect("an address").connect_lazy();
    let mut health = HealthClient::new(channel.clone());
    let name = "ticketmesh.tickets.v1.TicketService";
    let answer = health.check(HealthCheckRequest { service: name.into() }).await.expect("known").into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    let other =
        health.check(HealthCheckRequest { service: "ticketmesh.notify.v1.InboxService".into() }).await;
    assert_eq!(other.expect_err("another role's").code(), Code::NotFound);
    assert!(services(channel).await.iter().any(|service| service == name));
}

async fn services(channel: Channel) -> Vec<String> {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let list = MessageRequest::ListServices(String::new());
    let ask = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let answers = ServerReflectionClient::new(channel).server_reflection_info(tokio_stream::once(ask)).await;
    let answer =
        answers.expect("a stream").into_inner().message().await.expect("no error").expect("an answer");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        return vec![];
    };
    list.service.into_iter().map(|service| service.name).collect()
}

#[tokio::test]
async fn the_grace_time_is_all_a_call_gets() {
    let (process, _) = process(Limits::default());
    let shop = Shop::new(&process);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let shutdown = mesh_core::Shutdown::by_hand(Duration::from_millis(20));
    let ended = tokio::spawn(mesh_core::serve(listener, shop.service().guard(&process), shutdown.clone()));
    let peer = Peer::remote(&url, Signer::new(&process.mesh_key, "workflow"), &Settings::default())
        .expect("an address");
    let mut client = TicketServiceClient::new(peer.for_worker());
    let never = tokio::spawn(async move { client.get_ticket(ask("held", "")).await });
    shop.has_begun().await;
    shutdown.begin();
    ended.await.expect("no panic").expect("an end all the same");
    never.abort();
}
