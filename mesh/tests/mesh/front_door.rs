//! The front door's own methods refuse like those behind it: through gRPC and JSON alike, with a reason for programs and for people a
//! sentence that names the field and the remedy.

use http::StatusCode;
use proto::gateway::v1::WatchRequest;
use rstest::rstest;
use serde_json::json;

use crate::{
    deeds::fresh,
    faces::{Faces, Refusal},
    people::{Office, holder},
    running::{ADMIN, Mesh, Mode, PASSWORD},
};

const SIGN_IN: &str = "gateway.v1.SessionService/SignIn";
const GET_SESSION: &str = "gateway.v1.SessionService/GetSession";
const SET_ACTIVITY: &str = "gateway.v1.LiveService/SetActivity";

/// A message whose first field is text that need not be text.
#[derive(Clone, PartialEq, prost::Message)]
struct Bytes {
    #[prost(bytes = "vec", tag = "1")]
    first: Vec<u8>,
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_can_not_sign_in_hears_why(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let elsewhere =
        Faces::of(&mesh).refuse("", SIGN_IN, &json!({ "email": ADMIN, "password": PASSWORD })).await;
    elsewhere.says(
        "permission_denied",
        "CROSS_SITE",
        &["the header `x-tm-csrf: 1` is missing", "only the UI"],
    );
    let faces = Faces::of_page(&mesh);
    let wrong =
        faces.refuse("", SIGN_IN, &json!({ "email": ADMIN, "password": "ten purple lanterns" })).await;
    wrong.says("unauthenticated", "WRONG_CREDENTIALS", &["e-mail address or the password is wrong"]);
    let ask = json!({ "email": format!("{}@demo.test", "x".repeat(10_000)), "password": PASSWORD });
    let refused = faces.refuse("", SIGN_IN, &ask).await;
    refused.says("invalid_argument", "INVALID_FIELDS", &[]);
    refused.names("email", &["too long", "give at most 254 characters"]);
    faces.refuse("", GET_SESSION, &json!({})).await.says("unauthenticated", "UNAUTHENTICATED", &["sign in"]);

    let long = json!({ "email": ADMIN, "password": "x".repeat(20_000) });
    let native = faces.grpc("", SIGN_IN, &long).await.expect_err("too large");
    let by_json = faces.json("", SIGN_IN, long.to_string()).await;
    assert_eq!(by_json.status, StatusCode::PAYLOAD_TOO_LARGE);
    for refused in [Refusal::of_status(&native), Refusal::of_reply(&by_json)] {
        refused.says("resource_exhausted", "BODY_TOO_LARGE", &["bytes", "send less at a time"]);
    }

    let noise = Bytes { first: vec![0xff, 0xfe] };
    let native = faces.grpc_message("", SIGN_IN, noise.clone()).await.expect_err("no text");
    Refusal::of_status(&native).says("invalid_argument", "INVALID_FIELDS", &["email", "UTF-8"]);
    let native = faces.grpc_message("", "gateway.v1.SessionService/Fly", noise).await.expect_err("no method");
    Refusal::of_status(&native).says(
        "unimplemented",
        "UNIMPLEMENTED",
        &["there is no method", "SessionService/Fly"],
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_hears_what_is_wrong_with_it(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let office = Office::open(&mesh).await;
    let faces = Faces::of(&mesh);
    let ticket = office.requester.file("Mine", &office.department_id).await;
    let viewing = json!({ "ticketId": ticket.id, "kind": "ACTIVITY_KIND_VIEWING" });
    faces.refuse("", SET_ACTIVITY, &viewing).await.says("unauthenticated", "UNAUTHENTICATED", &["sign in"]);
    faces.refuse("a.b.c", SET_ACTIVITY, &viewing).await.says(
        "unauthenticated",
        "TOKEN_INVALID",
        &["the token", "sign in again"],
    );
    let refused =
        faces.refuse(&office.requester.token, SET_ACTIVITY, &json!({ "ticketId": ticket.id })).await;
    refused.says("invalid_argument", "INVALID_FIELDS", &[]);
    refused.names("kind", &["is unknown", "use VIEWING, TYPING or GONE"]);

    let watched = |ask: WatchRequest| {
        let mut live = office.requester.live();
        async move { Refusal::of_status(&live.watch(ask).await.expect_err("it is refused")) }
    };
    let named = WatchRequest { event_names: vec!["tickets comment".into()], ..WatchRequest::default() };
    watched(named).await.names("event_names", &["is no pattern", "write `tickets.comment.added`"]);
    let wrong = WatchRequest { filter: "nme == \"x\"".into(), ..WatchRequest::default() };
    watched(wrong)
        .await
        .names("filter", &["line 1, column 1", "there is no variable `nme`", "did you mean `name`?"]);
    let long = WatchRequest { filter: "x".repeat(100_000), ..WatchRequest::default() };
    watched(long).await.names("filter", &["is too long", "give at most 1,000 characters"]);
    let nobody =
        holder(&mesh, "tm_stolen").live().watch(WatchRequest::default()).await.expect_err("a wrong key");
    Refusal::of_status(&nobody).says("unauthenticated", "WRONG_API_KEY", &["key"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_and_a_word_that_is_no_json_are_told_so(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::start(mode).await;
    let office = Office::open(&mesh).await;
    let (faces, token) = (Faces::of(&mesh), &office.requester.token);
    let create = "tickets.v1.TicketService/CreateTicket";
    for (body, words) in [
        (r#"{"ticket": {"subjekt": "x"}}"#.to_owned(), "subjekt"),
        (r#"{"ticket": "#.to_owned(), "EOF while parsing"),
        (
            json!({ "ticket": { "priority": "PRIORITY_HIGHEST" }, "requestId": fresh() }).to_string(),
            "PRIORITY_HIGHEST",
        ),
    ] {
        let reply = faces.json(token, create, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
        Refusal::of_reply(&reply).says("invalid_argument", "JSON_INVALID", &["body", words]);
    }
    let form = faces.post(&format!("/api/ticketmesh.{create}"), "text/plain", token, "{}").await;
    Refusal::of_reply(&form).says(
        "invalid_argument",
        "JSON_INVALID",
        &["content type must be application/json"],
    );
    let stream = faces.json(token, "gateway.v1.LiveService/Watch", "{}").await;
    Refusal::of_reply(&stream).says("unimplemented", "UNIMPLEMENTED", &["is a stream", "gRPC-Web"]);
}
