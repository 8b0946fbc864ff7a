//! Whatever is sent to the front door is answered, refused as the caller's mistake, or not understood: never a panic, never our
//! fault, and the next call is served.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Method, StatusCode};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    calls::{GET_TICKET, first, status_of, tickets, with_key},
    house::{House, Reply},
};

const CREATE_TICKET: &str = "/ticketmesh.tickets.v1.TicketService/CreateTicket";
const SIGN_IN: &str = "/ticketmesh.gateway.v1.SessionService/SignIn";
const WATCH: &str = "/ticketmesh.gateway.v1.LiveService/Watch";
/// What gRPC calls our fault: unknown, internal, data loss.
const OURS: [&str; 3] = ["2", "13", "15"];

/// The house, somebody in it, and what drives it.
struct Stand {
    runtime: Runtime,
    house: House,
    bearer: String,
}

impl Stand {
    fn new(arguments: &[&str]) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let unlimited =
            ["--limit-person-reads", "off", "--limit-person-writes", "off", "--limit-sign-in", "off"];
        let house = runtime.block_on(House::with(&[&unlimited, arguments].concat()));
        let bearer = format!("Bearer {}", house.identity.sign(&house.identity.claims("ada", "ses_ada")));
        Self { runtime, house, bearer }
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<bytes::Bytes>) -> Reply {
        self.runtime.block_on(self.house.http(Method::POST, path, headers, body))
    }

    /// Runs the property over what is made up, and a good call after all of it.
    fn hold<S: Strategy>(&self, made_up: &S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
        TestRunner::new(config).run(made_up, check).expect("noise is the caller's mistake");
        let served = self.runtime.block_on(async {
            let token = self.bearer.trim_start_matches("Bearer ");
            tickets(&self.house).await.get_ticket(with_key(first(), token)).await
        });
        served.expect("the gateway lives on");
    }
}

/// Asserts that an answer of gRPC-Web blames nobody here.
fn is_no_fault_of_ours(reply: &Reply) -> Result<(), TestCaseError> {
    let status = status_of(reply);
    prop_assert!(!OURS.contains(&status.as_str()), "{reply:?}");
    prop_assert!(!reply.status.is_server_error(), "{reply:?}");
    Ok(())
}

/// Bytes as a client might send them that is not ours: frames with any flags and lengths, and what is no frame.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let message = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (any::<u8>(), prop::collection::vec(any::<u8>(), 0..20))
            .prop_map(|(tag, rest)| [&[tag], &rest[..]].concat()),
        Just(vec![0x0a, 3, b't', b'k', b't']),
        Just([0x0a].repeat(30)),
    ];
    let flags = prop_oneof![Just(0_u8), Just(1), Just(0x80), any::<u8>()];
    let lie = prop_oneof![6 => Just(None), 1 => any::<u32>().prop_map(Some)];
    let frame = (flags, message, lie).prop_map(|(flags, message, lie)| {
        let length = lie.unwrap_or_else(|| u32::try_from(message.len()).expect("short"));
        [&[flags][..], &length.to_be_bytes(), &message].concat()
    });
    prop_oneof![
        4 => prop::collection::vec(frame, 0..3).prop_map(|frames| frames.concat()),
        1 => prop::collection::vec(any::<u8>(), 0..60),
    ]
}

#[test]
fn no_frame_of_grpc_web_is_more_than_the_callers_mistake() {
    let stand = Stand::new(&[]);
    let paths = prop::sample::select(vec![GET_TICKET, CREATE_TICKET, SIGN_IN, WATCH]);
    stand.hold(&(paths, frames(), any::<bool>(), any::<bool>()), |(path, body, as_text, is_known)| {
        let kind = if as_text { "application/grpc-web-text+proto" } else { "application/grpc-web+proto" };
        let body = if as_text { BASE64_STANDARD.encode(&body).into_bytes() } else { body };
        let mut headers = vec![("content-type", kind), ("x-tm-csrf", "1"), ("sec-fetch-site", "same-origin")];
        // A stream that is good goes on; nobody waits here for its end.
        if is_known && path != WATCH {
            headers.push(("authorization", &stand.bearer));
        }
        is_no_fault_of_ours(&stand.post(path, &headers, body))
    });
}

#[test]
fn no_text_that_is_no_base64_is_more_than_the_callers_mistake() {
    let stand = Stand::new(&[]);
    stand.hold(&"[A-Za-z0-9+/=]{0,40}\\PC{0,8}", |body| {
        let kind = "application/grpc-web-text";
        let headers = [("content-type", kind), ("accept", kind), ("authorization", stand.bearer.as_str())];
        is_no_fault_of_ours(&stand.post(GET_TICKET, &headers, body))
    });
}

/// JSON with names of the contract in it, and others.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "tkt_1",
            "STATUS_OPEN",
            "2026-05-01T10:00:00Z",
            "9e999",
            "-1s",
            "NaN",
            "a,b",
            "@type"
        ])
        .prop_map(Value::from),
    ];
    let names = prop_oneof![
        8 => prop::sample::select(vec![
            "id", "ticket", "subject", "description", "status", "createTime", "create_time", "updateMask", "fields", "requestId", "ccIds",
            "stage", "view", "priority", "mergedIntoId", "text", "date", "money", "units",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

#[test]
fn no_json_is_more_than_the_callers_mistake() {
    let stand = Stand::new(&[]);
    let text = prop_oneof![
        6 => json_value().prop_map(|value| value.to_string().into_bytes()),
        3 => json_value().prop_map(|value| json!({ "ticket": value, "requestId": "1" }).to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..60),
        1 => "[\\[{\"]{0,300}".prop_map(String::into_bytes),
    ];
    let paths = prop::sample::select(vec![GET_TICKET, CREATE_TICKET, SIGN_IN, "/no.Service/Get", "/", "//"]);
    stand.hold(&(paths, text), |(path, body)| {
        let headers = [("content-type", "application/json"), ("authorization", stand.bearer.as_str())];
        let reply = stand.post(&format!("/api{path}"), &headers, body);
        let is_fine = !reply.status.is_server_error() || reply.status == StatusCode::NOT_IMPLEMENTED;
        prop_assert!(is_fine, "{reply:?}");
        prop_assert!(serde_json::from_slice::<Value>(&reply.body).is_ok(), "{reply:?}");
        Ok(())
    });
}

/// Cookies that were never set, names of headers somebody here reads, and what may stand in them.
fn headers() -> impl Strategy<Value = (String, &'static str, String)> {
    let session = prop_oneof![
        "[A-Za-z0-9_-]{0,80}".prop_map(|text| format!("tm_session={text}")),
        "[A-Za-z0-9_-]{0,40}".prop_map(|text| {
            format!("tm_session={text}; tm_session.1={text}; tm_device={text}; tm_sso={text}")
        }),
        "[ -~]{0,60}",
    ];
    let value = prop_oneof![
        "[ -~]{0,60}",
        Just("99999999999999999999S".to_owned()),
        Just("bytes=18446744073709551615-0,-1,5-".to_owned()),
        Just("for=\"[::1]:9999999\";proto=,by==".to_owned()),
        Just("Bearer a.b.c".to_owned()),
    ];
    (session, prop::sample::select(&READ[..]), value)
}

/// Headers that are read.
#[rustfmt::skip]
const READ: [&str; 14] = [
    "authorization", "x-forwarded-for", "forwarded", "grpc-timeout", "connect-timeout-ms", "range", "if-none-match", "origin",
    "accept-language", "accept-encoding", "traceparent", "x-request-id", "grpc-encoding", "x-tm-csrf",
];

#[test]
fn no_header_is_more_than_the_callers_mistake() {
    let stand = Stand::new(&["--trusted-proxies", "127.0.0.0/8"]);
    let paths =
        prop::sample::select(vec![GET_TICKET, SIGN_IN, "/api/ticketmesh.tickets.v1.TicketService/GetTicket"]);
    stand.hold(&(paths, headers()), |(path, (cookie, name, value))| {
        let is_json = path.starts_with("/api");
        let kind = if is_json { "application/json" } else { "application/grpc-web+proto" };
        let body: &'static [u8] = if is_json { b"{}" } else { &[0; 5] };
        let headers = [("content-type", kind), ("cookie", cookie.as_str()), (name, value.as_str())];
        let reply = stand.post(path, &headers, body);
        prop_assert!(!OURS.contains(&status_of(&reply).as_str()), "{reply:?}");
        prop_assert!(reply.status != StatusCode::INTERNAL_SERVER_ERROR, "{reply:?}");
        Ok(())
    });
}
