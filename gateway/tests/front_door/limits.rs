//! How much, how slowly and how often somebody may call.

use proto::{
    identity::v1::{SignInRequest, auth_service_client::AuthServiceClient},
    tickets::v1::{CreateTicketRequest, Ticket},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    behind::API_KEY,
    calls::{GET_TICKET, first, refusal, tickets, with_key},
    house::House,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_limit_is_refused_and_a_secret_over_its_own_much_earlier() {
    let house = House::open().await;
    let large = Ticket { description: "x".repeat(5 * 1024 * 1024), ..Ticket::default() };
    let ask = CreateTicketRequest { ticket: Some(large), ..CreateTicketRequest::default() };
    let refused = tickets(&house).await.create_ticket(with_key(ask, API_KEY)).await.expect_err("too large");
    assert_eq!(refusal(&refused), (Code::ResourceExhausted, "BODY_TOO_LARGE".into()));

    let refused = house.browser().try_sign_in("ada", &"x".repeat(20_000)).await.expect_err("too large");
    assert_eq!(refusal(&refused), (Code::ResourceExhausted, "BODY_TOO_LARGE".into()));
    let ask = SignInRequest { password: "x".repeat(20_000), ..SignInRequest::default() };
    let refused = AuthServiceClient::new(house.grpc().await).sign_in(ask).await.expect_err("too large");
    assert_eq!(refusal(&refused), (Code::ResourceExhausted, "BODY_TOO_LARGE".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_stops_half_way_is_given_up() {
    let house = House::with(&["--request-silence", "100ms"]).await;
    for (path, kind) in [
        (GET_TICKET, "application/grpc-web+proto"),
        ("/api/ticketmesh.tickets.v1.TicketService/GetTicket", "application/json"),
    ] {
        let mut stream = TcpStream::connect(house.address).await.expect("connected");
        let token = house.identity.sign(&house.identity.claims("ada", "ses_ada"));
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\nauthorization: Bearer {token}\r\ncontent-length: 100\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("the head is taken");
        stream.write_all(&[0, 0]).await.expect("the beginning is taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.replace("%20", " ").contains("stopped coming"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_calls_too_often_is_told_when_to_come_again() {
    let house = House::with(&["--limit-service", "1/h:2"]).await;
    let mut tickets = tickets(&house).await;
    let answer = tickets.get_ticket(with_key(first(), API_KEY)).await.expect("the first");
    assert_eq!(answer.metadata().get("x-ratelimit-limit").expect("a limit"), "2");
    assert_eq!(answer.metadata().get("x-ratelimit-remaining").expect("what is left"), "1");
    assert!(tickets.get_ticket(with_key(first(), API_KEY)).await.is_ok());
    let refused = tickets.get_ticket(with_key(first(), API_KEY)).await.expect_err("one too many");
    assert_eq!(refusal(&refused), (Code::ResourceExhausted, "RATE_LIMITED".into()));
    assert_eq!(refused.metadata().get("retry-after").expect("when"), "3600");
    assert_eq!(
        refused.get_details_retry_info().and_then(|info| info.retry_delay).expect("when").as_secs(),
        3600
    );
    let quota = refused.get_details_quota_failure().expect("whose");
    assert!(quota.violations[0].subject.starts_with("user:usr_"), "{quota:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_passwords_and_keys_is_slow_for_each_address() {
    let house = House::with(&["--limit-sign-in", "1/h:2"]).await;
    let browser = house.browser();
    for _ in 0..2 {
        assert_eq!(
            browser.try_sign_in("ada", "guess").await.expect_err("wrong").code(),
            Code::Unauthenticated
        );
    }
    let refused = browser.try_sign_in("ada", "guess").await.expect_err("too many");
    assert_eq!(refusal(&refused), (Code::ResourceExhausted, "RATE_LIMITED".into()));
    let refused =
        tickets(&house).await.get_ticket(with_key(first(), "tm_guess")).await.expect_err("too many");
    assert_eq!(refusal(&refused), (Code::ResourceExhausted, "RATE_LIMITED".into()));
}
