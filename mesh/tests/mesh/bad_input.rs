//! What somebody meets who calls wrongly, through gRPC and JSON alike: the reason for programs, and for people a sentence that
//! names the field and the remedy.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use jiff::SignedDuration;
use mesh_core::{
    clock::{Clock as _, SystemClock},
    db::Engine,
    error::current_of,
    service::Process,
    testing::{World, eventually},
    token::{MeshKey, Verifier, parse_seed},
};
use proto::{
    identity::v1::{SignInRequest, auth_service_client::AuthServiceClient, sign_in_response::Outcome},
    tickets::v1::{
        CommentKind, CreateTicketRequest, ListTicketsRequest, Ticket, TicketQuery, UpdateTicketRequest,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    deeds::fresh,
    faces::{Faces, Refusal},
    people::{Office, Person, sign_in},
    running::{ADMIN, Mesh, Mode, PASSWORD},
};

const SIGN_IN: &str = "identity.v1.AuthService/SignIn";
const CREATE: &str = "tickets.v1.TicketService/CreateTicket";
const GET: &str = "tickets.v1.TicketService/GetTicket";
const UPDATE: &str = "tickets.v1.TicketService/UpdateTicket";
const LIST: &str = "tickets.v1.TicketService/ListTickets";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_can_not_prove_who_he_is_hears_why(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mut mesh = Mesh::laid_out(mode).await;
    let expired = token_of_an_hour_ago(&mesh).await;
    mesh.open().await;
    let faces = Faces::of(&mesh);

    let wrong =
        faces.refuse("", SIGN_IN, &json!({ "email": ADMIN, "password": "ten purple lanterns" })).await;
    wrong.says("unauthenticated", "WRONG_CREDENTIALS", &["e-mail address or the password is wrong"]);
    let nobody =
        faces.refuse("", SIGN_IN, &json!({ "email": "nobody@demo.test", "password": PASSWORD })).await;
    assert_eq!(nobody, wrong, "nobody learns which addresses there are");

    let ask = json!({ "id": "TX-1001" });
    faces.refuse("", GET, &ask).await.says("unauthenticated", "UNAUTHENTICATED", &["sign in"]);
    faces.refuse(&expired, GET, &ask).await.says(
        "unauthenticated",
        "TOKEN_EXPIRED",
        &["time is over", "refresh the session"],
    );
    let admin = sign_in(&mesh, ADMIN).await;
    for forged in forgeries(&mesh, &admin.token) {
        faces.refuse(&forged, GET, &ask).await.says(
            "unauthenticated",
            "TOKEN_INVALID",
            &["the token", "sign in again"],
        );
    }
    faces.refuse(&admin.token, GET, &ask).await.says(
        "not_found",
        "NOT_FOUND",
        &["there is no ticket TX-1001"],
    );
}

/// A token this mesh's identity really signed, an hour before now: it began to serve then.
async fn token_of_an_hour_ago(mesh: &Mesh) -> String {
    let world = World::new(Engine::Sqlite, "past").await;
    world.clock().set(SystemClock.now() - SignedDuration::from_hours(1));
    let process = Process { verifier: Verifier::local(world.process().clock), ..world.process() };
    let master_key = parse_seed(&mesh.key("master.key")).expect("a key");
    let config = identity::Config { database_url: mesh.database_url("identity") };
    let deps = identity::Deps { process, master_key, public_url: "http://localhost".into() };
    let identity = identity::Bootstrap::open(config, deps).await.expect("identity opens");
    let early = identity::NewAdmin {
        email: "early@demo.test".into(),
        display_name: "Early".into(),
        password: PASSWORD.into(),
    };
    identity.create_admin(early.clone()).await.expect("an administrator");
    let ask = SignInRequest { email: early.email, password: early.password, ..SignInRequest::default() };
    let answer = AuthServiceClient::new(world.peer(identity.service()).as_mesh())
        .sign_in(ask)
        .await
        .expect("he signs in");
    let Some(Outcome::Tokens(tokens)) = answer.into_inner().outcome else {
        panic!("more than a password is asked for")
    };
    tokens.access_token
}

/// What somebody might try who has a good token and knows how tokens are made, but not the key.
fn forgeries(mesh: &Mesh, good: &str) -> Vec<String> {
    let [head, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let changed = |part: &str, field: &str, value: Value| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        let mut object: Value = serde_json::from_slice(&bytes).expect("JSON");
        object[field] = value;
        BASE64_URL_SAFE_NO_PAD.encode(object.to_string())
    };
    let mesh_key = MeshKey::parse(&mesh.key("mesh.key"), std::sync::Arc::new(SystemClock)).expect("a key");
    vec![
        format!("{head}.{}.{signature}", changed(claims, "sub", json!("usr_01h00000000000000000000000"))),
        format!("{head}.{}.{signature}", changed(claims, "exp", json!(32_503_680_000_i64))),
        format!("{}.{claims}.", changed(head, "alg", json!("none"))),
        format!("{}.{claims}.{signature}", changed(head, "alg", json!("HS256"))),
        format!("{}.{claims}.{signature}", changed(head, "kid", json!("../../dev/null"))),
        mesh_key.sign("gateway").expect("a token for the mesh itself"),
        "a.b.c".into(),
        "no token at all".into(),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_named_with_its_remedy(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mesh = Mesh::start(mode).await;
    let office = Office::open(&mesh).await;
    let faces = Faces::of(&mesh);
    let admin = sign_in(&mesh, ADMIN).await.token;

    let long = json!({ "ticket": { "subject": "x".repeat(1_000_000), "departmentId": office.department_id }, "requestId": fresh() });
    let refused = faces.refuse(&office.requester.token, CREATE, &long).await;
    refused.says("invalid_argument", "INVALID_FIELDS", &["ticket.subject is too long"]);
    refused.names("ticket.subject", &["too long", "give at most 255 characters"]);

    let address = format!("{}@demo.test", "x".repeat(10_000));
    let refused = faces.refuse("", SIGN_IN, &json!({ "email": address, "password": PASSWORD })).await;
    refused.says("invalid_argument", "INVALID_FIELDS", &[]);
    refused.names("email", &["too long", "give at most 254 characters"]);
    let user = json!({ "kind": "USER_KIND_PERSON", "email": address, "displayName": "Long" });
    let refused = faces
        .refuse(
            &admin,
            "identity.v1.DirectoryService/CreateUser",
            &json!({ "user": user, "requestId": fresh() }),
        )
        .await;
    refused.says("invalid_argument", "INVALID_FIELDS", &[]);
    refused.names("user.email", &["too long", "give at most 254 characters"]);

    a_page_token_belongs_to_its_caller(&faces, &office).await;
    a_request_id_belongs_to_one_body(&faces, &office).await;
}

async fn a_page_token_belongs_to_its_caller(faces: &Faces, office: &Office) {
    for subject in ["One", "Two"] {
        office.requester.file(subject, &office.department_id).await;
    }
    let ask = ListTicketsRequest {
        query: Some(TicketQuery::default()),
        page_size: 1,
        ..ListTicketsRequest::default()
    };
    let page = office.requester.tickets().list_tickets(ask).await.expect("a list").into_inner();
    let next = json!({ "query": {}, "pageSize": 1, "pageToken": page.next_page_token });
    for (person, ask) in [
        (&office.agent, next.clone()),
        (
            &office.requester,
            json!({ "query": { "unassigned": true }, "pageSize": 1, "pageToken": page.next_page_token }),
        ),
        (&office.requester, json!({ "query": {}, "pageToken": "made up" })),
    ] {
        let refused = faces.refuse(&person.token, LIST, &ask).await;
        refused.says("invalid_argument", "PAGE_TOKEN_INVALID", &[]);
        refused.names("page_token", &["belongs to another caller or query", "start from the first page"]);
    }
    faces.grpc(&office.requester.token, LIST, &next).await.expect("its own caller goes on");
}

async fn a_request_id_belongs_to_one_body(faces: &Faces, office: &Office) {
    let token = &office.requester.token;
    let ticket = |subject: &str| json!({ "subject": subject, "departmentId": office.department_id });
    let request_id = fresh();
    let once = json!({ "ticket": ticket("Once"), "requestId": request_id });
    let ask = CreateTicketRequest {
        ticket: Some(Ticket {
            subject: "Once".into(),
            department_id: office.department_id.clone(),
            ..Ticket::default()
        }),
        request_id: request_id.clone(),
        ..CreateTicketRequest::default()
    };
    let by_grpc = office.requester.tickets().create_ticket(ask).await.expect("a ticket").into_inner();
    let by_json = faces.json(token, CREATE, once.to_string()).await;
    assert_eq!(
        (by_json.status, &by_json.said()["id"]),
        (StatusCode::OK, &json!(by_grpc.id)),
        "the same ticket again"
    );

    let refused =
        faces.refuse(token, CREATE, &json!({ "ticket": ticket("Twice"), "requestId": request_id })).await;
    refused.says("invalid_argument", "REQUEST_ID_REUSED", &[]);
    refused.names("request_id", &["was used for a call with another body", "send a fresh UUID"]);
    let refused = faces.refuse(token, CREATE, &json!({ "ticket": ticket("Never") })).await;
    refused.says("invalid_argument", "INVALID_FIELDS", &[]);
    refused.names("request_id", &["is missing", "send a fresh UUID"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn anothers_ticket_is_not_there_and_a_stale_change_shows_how_it_is_now(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::start(mode).await;
    let office = Office::open(&mesh).await;
    let faces = Faces::of(&mesh);
    let ticket = office.requester.file("Mine", &office.department_id).await;
    nobody_elses_business(&faces, &office.stranger, &ticket).await;
    let placed = eventually("its workflow has placed it", async || {
        let now = office.requester.see(&ticket.id).await.ok()?;
        (!now.run_id.is_empty()).then_some(now)
    })
    .await;
    stale_changes(&faces, &office.requester, placed).await;
}

async fn nobody_elses_business(faces: &Faces, stranger: &Person, ticket: &Ticket) {
    let comment =
        json!({ "ticketId": ticket.id, "kind": CommentKind::Public.as_str_name(), "text": "Mine now" });
    let draft = json!({ "ticketId": ticket.id, "kind": "DRAFT_KIND_REPLY", "text": "Mine now" });
    for (method, ask) in [
        (GET, json!({ "id": ticket.id })),
        (GET, json!({ "id": ticket.number })),
        (
            UPDATE,
            json!({ "ticket": { "id": ticket.id, "subject": "Mine now", "etag": ticket.etag }, "updateMask": "subject", "requestId": fresh() }),
        ),
        ("tickets.v1.TicketService/ListTimeline", json!({ "ticketId": ticket.id })),
        ("tickets.v1.TicketService/AddComment", json!({ "comment": comment, "requestId": fresh() })),
        ("tickets.v1.TicketService/SaveDraft", json!({ "draft": draft })),
        ("workflow.v1.RunService/GetRun", json!({ "ticketId": ticket.id })),
        ("workflow.v1.RunService/ListTransitions", json!({ "ticketId": ticket.id })),
        (
            "workflow.v1.RunService/Transition",
            json!({ "ticketId": ticket.id, "transitionKey": "withdraw", "comment": "Bye", "etag": "1", "requestId": fresh() }),
        ),
        (
            "gateway.v1.LiveService/SetActivity",
            json!({ "ticketId": ticket.id, "kind": "ACTIVITY_KIND_VIEWING" }),
        ),
    ] {
        let refused = faces.refuse(&stranger.token, method, &ask).await;
        refused.says("not_found", "NOT_FOUND", &["there is no"]);
        let elsewhere = |text: &str| text.replace(&ticket.id, NO_TICKET).replace(&ticket.number, NO_NUMBER);
        let ask = serde_json::from_str(&elsewhere(&ask.to_string())).expect("JSON");
        let never_was = faces.refuse(&stranger.token, method, &ask).await;
        assert_eq!(
            never_was,
            refused.reworded(elsewhere),
            "a ticket that is somebody else's looks like one that never was"
        );
    }
}

async fn stale_changes(faces: &Faces, requester: &Person, read: Ticket) {
    let change = |subject: &str, etag: &str| UpdateTicketRequest {
        ticket: Some(Ticket {
            id: read.id.clone(),
            subject: subject.into(),
            etag: etag.into(),
            ..Ticket::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["subject".into()] }),
        request_id: fresh(),
        cause: String::new(),
    };
    let update = async |ask| requester.tickets().update_ticket(ask).await;
    let now = update(change("First", &read.etag)).await.expect("the first change").into_inner();

    let refused = update(change("Second", &read.etag)).await.expect_err("the second change is stale");
    Refusal::of_status(&refused).says(
        "aborted",
        "STALE_ETAG",
        &["changed by somebody else", "read it again"],
    );
    let current: Ticket = current_of(&refused).expect("the ticket as it is now");
    assert_eq!((current.subject.as_str(), current.etag), ("First", now.etag));

    let body = |etag: &str| json!({ "ticket": { "id": read.id, "subject": "Third", "etag": etag }, "updateMask": "subject", "requestId": fresh() });
    let stale = faces.json(&requester.token, UPDATE, body(&read.etag).to_string()).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    Refusal::of_reply(&stale).says("aborted", "STALE_ETAG", &["changed by somebody else", "read it again"]);
    assert_eq!(
        stale.detail("ticketmesh.tickets.v1.Ticket").expect("the ticket as it is now")["subject"],
        "First"
    );

    let refused = faces.refuse(&requester.token, UPDATE, &body("")).await;
    refused.says("invalid_argument", "ETAG_REQUIRED", &["etag"]);
}

/// Names of no ticket.
const NO_TICKET: &str = "tkt_01h00000000000000000000000";
const NO_NUMBER: &str = "TX-999999";

/// A message whose first field is text that need not be text.
#[derive(Clone, PartialEq, prost::Message)]
struct Bytes {
    #[prost(bytes = "vec", tag = "1")]
    first: Vec<u8>,
}

/// `ÿþ`, as no UTF-8 has it.
const NO_TEXT: [u8; 2] = [0xff, 0xfe];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_none_is_refused_before_anything_is_done(
    #[values(Mode::All, Mode::Roles)] mode: Mode,
) {
    let mesh = Mesh::start(mode).await;
    let token = sign_in(&mesh, ADMIN).await.token;
    let faces = Faces::of(&mesh);
    bytes_that_are_no_text(&faces, &token).await;
    methods_nobody_has(&faces, &token).await;
    bodies_over_the_limit(&faces, &token).await;
    sign_in(&mesh, ADMIN).await;
}

async fn bytes_that_are_no_text(faces: &Faces, token: &str) {
    let message = Bytes { first: NO_TEXT.to_vec() };
    let native = faces.grpc_message(token, GET, message.clone()).await.expect_err("no text");
    Refusal::of_status(&native).says("invalid_argument", "INVALID_FIELDS", &["id", "UTF-8"]);

    let mut frame = vec![0, 0, 0, 0, 4];
    frame.extend(prost::Message::encode_to_vec(&message));
    let path = format!("/ticketmesh.{GET}");
    let web = faces.post(&path, "application/grpc-web+proto", token, frame).await;
    let said = format!("{:?} {}", web.headers, String::from_utf8_lossy(&web.body));
    assert!(
        said.contains("grpc-status:3") || web.headers.get("grpc-status").is_some_and(|code| code == "3"),
        "{said}"
    );
    assert!(said.contains("UTF-8"), "{said}");

    let json = faces.json(token, GET, [b"{\"id\":\"", &NO_TEXT[..], b"\"}"].concat()).await;
    assert_eq!(json.status, StatusCode::BAD_REQUEST);
    Refusal::of_reply(&json).says("invalid_argument", "JSON_INVALID", &["body", "invalid unicode"]);
}

async fn methods_nobody_has(faces: &Faces, token: &str) {
    for method in ["tickets.v1.TicketService/Fly", "nothing.v1.NothingService/Get"] {
        let native = faces.grpc_message(token, method, Bytes::default()).await.expect_err("no method");
        Refusal::of_status(&native).says("unimplemented", "UNIMPLEMENTED", &["there is no method", method]);
        let json = faces.json(token, method, "{}").await;
        assert_eq!(json.status, StatusCode::NOT_IMPLEMENTED);
        Refusal::of_reply(&json).says("unimplemented", "UNIMPLEMENTED", &["there is no method", method]);
    }
}

async fn bodies_over_the_limit(faces: &Faces, token: &str) {
    let ticket = json!({ "subject": "Long", "description": "x".repeat(5 * 1024 * 1024) });
    for (method, ask) in [
        (CREATE, json!({ "ticket": ticket, "requestId": fresh() })),
        (SIGN_IN, json!({ "email": ADMIN, "password": "x".repeat(20_000) })),
    ] {
        let native = faces.grpc(token, method, &ask).await.expect_err("too large");
        Refusal::of_status(&native).says(
            "resource_exhausted",
            "BODY_TOO_LARGE",
            &["bytes", "send less at a time"],
        );
        let json = faces.json(token, method, ask.to_string()).await;
        assert_eq!(json.status, StatusCode::PAYLOAD_TOO_LARGE);
        Refusal::of_reply(&json).says(
            "resource_exhausted",
            "BODY_TOO_LARGE",
            &["bytes", "send less at a time"],
        );
    }
}
