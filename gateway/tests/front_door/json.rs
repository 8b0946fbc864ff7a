//! Methods as JSON, for scripts.

use http::{Method, StatusCode};
use serde_json::json;

use crate::house::{House, Reply};

const TICKETS: &str = "/api/ticketmesh.tickets.v1.TicketService";

async fn post(house: &House, path: &str, body: impl Into<bytes::Bytes>) -> Reply {
    let token = house.identity.sign(&house.identity.claims("ada", "ses_ada"));
    let headers = [("content-type", "application/json"), ("authorization", &format!("Bearer {token}"))];
    house.http(Method::POST, path, &headers, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_calls_a_method_with_json() {
    let house = House::open().await;
    let ask =
        json!({ "ticket": { "subject": "Der Drucker brennt", "requesterId": "usr_x" }, "requestId": "1" })
            .to_string();
    let reply = post(&house, &format!("{TICKETS}/CreateTicket"), ask).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/json"));
    assert_eq!(reply.json(), json!({ "subject": "Der Drucker brennt", "requesterId": "usr_ada" }));
    assert!(!reply.header("x-ratelimit-limit").is_empty() && !reply.header("x-request-id").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_its_code_its_reason_and_its_details() {
    let house = House::open().await;
    let reply = post(&house, &format!("{TICKETS}/GetTicket"), r#"{"id":"tkt_z"}"#).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let said = reply.json();
    assert_eq!(said["code"], "not_found");
    assert_eq!(said["details"][0]["type"], "google.rpc.ErrorInfo");
    assert_eq!(said["details"][0]["debug"], json!({ "reason": "NOT_FOUND", "domain": "ticketmesh" }));

    let anonymous = house
        .http(Method::POST, &format!("{TICKETS}/GetTicket"), &[("content-type", "application/json")], "{}")
        .await;
    assert_eq!(
        (anonymous.status, anonymous.json()["code"].clone()),
        (StatusCode::UNAUTHORIZED, json!("unauthenticated"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_does_not_fit_is_named() {
    let house = House::open().await;
    for wrong in [r#"{"id":1}"#, r#"{"idd":"x"}"#, "{", "[]", "{} {}", "\u{0}", r#"{"id":"\ud800"}"#] {
        let reply = post(&house, &format!("{TICKETS}/GetTicket"), wrong).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}: {reply:?}");
        assert_eq!(reply.json()["details"][0]["debug"]["reason"], "JSON_INVALID", "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_json_cannot_carry_is_refused_with_the_right_code() {
    let house = House::open().await;
    assert_eq!(
        post(&house, &format!("{TICKETS}/ExportTickets"), "{}").await.status,
        StatusCode::NOT_IMPLEMENTED
    );
    assert_eq!(post(&house, &format!("{TICKETS}/Fly"), "{}").await.status, StatusCode::NOT_IMPLEMENTED);
    assert_eq!(post(&house, "/api/", "{}").await.status, StatusCode::NOT_IMPLEMENTED);
    let internal = post(&house, "/api/ticketmesh.tickets.v1.ProjectionService/ProjectRun", "{}").await;
    assert_eq!(internal.status, StatusCode::FORBIDDEN);
    assert_eq!(house.get(&format!("{TICKETS}/GetTicket")).await.status, StatusCode::NOT_IMPLEMENTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn public_keys_are_served_where_verifiers_look_for_them() {
    let house = House::open().await;
    let reply = house.get("/.well-known/jwks.json").await;
    assert_eq!(reply.json()["keys"][0]["kid"], "fake");
    assert!(reply.header("cache-control").contains("max-age"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_described_for_tools() {
    let house = House::open().await;
    let document = house.get("/api/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths");
    let get = &paths[&format!("{TICKETS}/GetTicket")]["post"];
    assert_eq!(get["operationId"], "TicketService_GetTicket");
    assert!(!get["description"].as_str().expect("a comment").is_empty());
    assert!(!paths.keys().any(|path| path.contains("ProjectRun") || path.ends_with("/Watch")));
    let text = document.to_string();
    let mut references =
        text.split("\"$ref\":\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
    assert!(references.all(|name| document["components"]["schemas"][name].is_object()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_and_a_secret_over_its_own_much_earlier() {
    let house = House::open().await;
    let large = post(&house, &format!("{TICKETS}/CreateTicket"), vec![b' '; 9 * 1024 * 1024]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = json!({ "ticket": { "description": "x".repeat(5 * 1024 * 1024) } }).to_string();
    assert_eq!(
        post(&house, &format!("{TICKETS}/CreateTicket"), long).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let secret = json!({ "password": "x".repeat(20_000) }).to_string();
    let signing_in = post(&house, "/api/ticketmesh.identity.v1.AuthService/SignIn", secret).await;
    assert_eq!(signing_in.status, StatusCode::PAYLOAD_TOO_LARGE);
}
