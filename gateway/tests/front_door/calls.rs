//! Calls that pass through: native gRPC, gRPC-Web, keys, limits, and what does not pass.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::Method;
use mesh_core::error::reason_of;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use proto::{
    tickets::v1::{
        ExportTicketsRequest, GetTicketRequest, ProjectRunRequest, Ticket,
        projection_service_client::ProjectionServiceClient, ticket_service_client::TicketServiceClient,
    },
    workflow::v1::{GetRunRequest, run_service_client::RunServiceClient},
};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt as _;

use crate::{
    behind::API_KEY,
    house::{House, Reply},
};

pub(crate) const GET_TICKET: &str = "/ticketmesh.tickets.v1.TicketService/GetTicket";

fn with<T>(message: T, headers: &[(&'static str, &str)]) -> Request<T> {
    let mut request = Request::new(message);
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().expect("metadata"));
    }
    request
}

pub(crate) fn with_key<T>(message: T, key: &str) -> Request<T> {
    with(message, &[("authorization", &format!("Bearer {key}"))])
}

pub(crate) fn first() -> GetTicketRequest {
    GetTicketRequest { id: "tkt_1".into(), ..GetTicketRequest::default() }
}

pub(crate) async fn tickets(house: &House) -> TicketServiceClient<Channel> {
    TicketServiceClient::new(house.grpc().await)
}

pub(crate) fn refusal(status: &Status) -> (Code, String) {
    (status.code(), reason_of(status).unwrap_or_default())
}

fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("short");
    [&[0][..], &length.to_be_bytes(), message].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_calls_by_native_grpc_with_an_api_key_that_is_exchanged_once() {
    let house = House::open().await;
    let mut tickets = tickets(&house).await;
    for _ in 0..3 {
        let ticket = tickets.get_ticket(with_key(first(), API_KEY)).await.expect("a ticket").into_inner();
        assert_eq!(ticket.requester_id, "usr_robot");
    }
    assert_eq!(house.identity.exchanges(), 1);
    let refused = tickets.get_ticket(with_key(first(), "tm_stolen")).await.expect_err("a wrong key");
    assert_eq!(refusal(&refused), (Code::Unauthenticated, "WRONG_API_KEY".into()));
    let refused = tickets.get_ticket(first()).await.expect_err("no key");
    assert_eq!(refusal(&refused), (Code::Unauthenticated, "UNAUTHENTICATED".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_arrives_item_by_item_and_its_error_in_the_trailers() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    let native =
        tickets(&house).await.export_tickets(with_key(ExportTicketsRequest::default(), API_KEY)).await;
    let web = TicketServiceClient::new(browser.web()).export_tickets(ExportTicketsRequest::default()).await;
    for answer in [native, web] {
        let mut stream = answer.expect("a stream").into_inner();
        for number in ["TX-1", "TX-2"] {
            let item = stream.message().await.expect("an item").expect("not the end");
            assert_eq!(item.ticket.expect("a ticket").number, number);
        }
        let end = stream.message().await.expect_err("a failure");
        assert_eq!((end.code(), end.message()), (Code::Aborted, "the export fell over: späte Einsicht"));
        assert_eq!(reason_of(&end).as_deref(), Some("CONFLICT"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_web_text_works_like_binary() {
    let house = House::open().await;
    let token = house.identity.sign(&house.identity.claims("ada", "ses_ada"));
    let bearer = format!("Bearer {token}");
    let body = BASE64_STANDARD.encode(frame(&first().encode_to_vec()));
    let kind = "application/grpc-web-text+proto";
    let headers = [("content-type", kind), ("accept", kind), ("authorization", bearer.as_str())];
    let reply = house.http(Method::POST, GET_TICKET, &headers, body).await;
    assert_eq!(reply.header("content-type"), kind);
    let frames = text_frames(&reply);
    assert_eq!(Ticket::decode(&frames[0][5..]).expect("a ticket").requester_id, "usr_ada");
    assert!(String::from_utf8_lossy(&frames[1]).contains("grpc-status:0"), "{frames:?}");
}

/// The frames of a text body, in which each chunk is padded by itself.
fn text_frames(reply: &Reply) -> Vec<Vec<u8>> {
    let text = String::from_utf8(reply.body.to_vec()).expect("text");
    let groups = text.as_bytes().chunks(4).flat_map(|four| BASE64_STANDARD.decode(four).expect("base64"));
    let bytes: Vec<u8> = groups.collect();
    let mut rest = bytes.as_slice();
    let mut frames = Vec::new();
    while let Some((head, _)) = rest.split_at_checked(5) {
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes")) as usize;
        let (frame, after) = rest.split_at(5 + length);
        frames.push(frame.to_vec());
        rest = after;
    }
    frames
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_the_mesh_alone_and_what_does_not_exist_is_refused() {
    let house = House::open().await;
    let channel = house.grpc().await;
    let inside = ProjectionServiceClient::new(channel.clone())
        .project_run(with_key(ProjectRunRequest::default(), API_KEY))
        .await;
    assert_eq!(refusal(&inside.expect_err("mesh only")), (Code::PermissionDenied, "MESH_ONLY".into()));

    let in_german =
        with(GetRunRequest::default(), &[("authorization", "Bearer nonsense"), ("accept-language", "de-AT")]);
    let refused = RunServiceClient::new(channel.clone()).get_run(in_german).await.expect_err("no token");
    let told = refused.get_details_localized_message().expect("a sentence for people");
    assert_eq!((told.locale.as_str(), told.message.starts_with("Ihre Sitzung")), ("de", true));

    let nowhere = RunServiceClient::new(channel).get_run(with_key(GetRunRequest::default(), API_KEY)).await;
    assert_eq!(nowhere.expect_err("not built").code(), Code::Unimplemented);
    for path in [
        "/ticketmesh.tickets.v1.TicketService/Fly",
        "/ticketmesh.nothing.v1.Nothing/Get",
        "/other.Service/Get",
        "/",
    ] {
        let reply = house
            .http(Method::POST, path, &[("content-type", "application/grpc-web+proto")], frame(&[]))
            .await;
        let trailers = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(
            reply.header("grpc-status") == "12" || trailers.contains("grpc-status:12"),
            "{path}: {reply:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_say_who_or_where_it_is() {
    let house = House::open().await;
    let mesh_token = house.process().mesh_key.sign("gateway").expect("a token");
    let forged = [
        ("x-mesh-token", mesh_token.as_str()),
        ("x-client-address", "203.0.113.9"),
        ("x-client-device", "somebody else's"),
        ("x-forwarded-for", "203.0.113.9"),
    ];
    let refused = tickets(&house).await.get_ticket(with(first(), &forged)).await.expect_err("nobody");
    assert_eq!(refused.code(), Code::Unauthenticated);
    let headers = [&forged[..], &[("authorization", "Bearer tm_good")]].concat();
    let ticket =
        tickets(&house).await.get_ticket(with(first(), &headers)).await.expect("a ticket").into_inner();
    assert_eq!(ticket.description, "127.0.0.1");

    let behind_proxy = House::with(&["--trusted-proxies", "127.0.0.0/8"]).await;
    let ticket = tickets(&behind_proxy)
        .await
        .get_ticket(with(first(), &headers))
        .await
        .expect("a ticket")
        .into_inner();
    assert_eq!(ticket.description, "203.0.113.9");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_the_callers_mistake() {
    let house = House::open().await;
    let token = house.identity.sign(&house.identity.claims("ada", "ses_ada"));
    let headers =
        [("content-type", "application/grpc-web+proto"), ("authorization", &format!("Bearer {token}"))];
    let invalid_utf8 = frame(&[0x0a, 2, 0xff, 0xfe]);
    let reply = house.http(Method::POST, GET_TICKET, &headers, invalid_utf8).await;
    assert!(status_of(&reply).starts_with('3'), "{reply:?}");
    for damaged in [vec![], vec![0, 0, 0], vec![0, 0, 0, 0, 9, 1], vec![7; 40]] {
        let reply = house.http(Method::POST, GET_TICKET, &headers, damaged).await;
        assert_ne!(status_of(&reply), "0", "{reply:?}");
    }
    assert!(
        tickets(&house).await.get_ticket(with_key(first(), &token)).await.is_ok(),
        "the gateway lives on"
    );
}

/// The status of a gRPC-Web answer, from its head or its last frame.
pub(crate) fn status_of(reply: &Reply) -> String {
    let trailers = String::from_utf8_lossy(&reply.body).into_owned();
    let in_body =
        trailers.split("grpc-status:").nth(1).and_then(|rest| rest.split("\r\n").next()).map(str::to_owned);
    in_body.unwrap_or_else(|| reply.header("grpc-status").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_answer_on_the_same_port() {
    let house = House::open().await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(house.grpc().await);
    assert!(health.check(tonic_health::pb::HealthCheckRequest::default()).await.is_ok());

    let ask = MessageRequest::FileContainingSymbol("ticketmesh.tickets.v1.TicketService".into());
    let ask = ServerReflectionRequest { message_request: Some(ask), ..ServerReflectionRequest::default() };
    let mut reflection = ServerReflectionClient::new(house.grpc().await);
    let answers = reflection.server_reflection_info(futures::stream::iter([ask])).await.expect("is there");
    let answer = answers.into_inner().message().await.expect("no error").expect("an answer");
    let Some(MessageResponse::FileDescriptorResponse(found)) = answer.message_response else {
        panic!("no file is told: {answer:?}");
    };
    let files = found.file_descriptor_proto.iter();
    let files: Vec<_> = files.map(|file| FileDescriptorProto::decode(&file[..]).expect("a file")).collect();
    let services = files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);
    assert!(services.into_iter().any(|method| method.name() == "CreateTicket"), "{files:?}");
}
