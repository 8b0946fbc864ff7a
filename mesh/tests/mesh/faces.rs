//! The two faces programs use: native gRPC, and JSON at `/api`. A call is described once, as JSON, and made through both; what
//! one refuses the other must refuse alike.

use bytes::Bytes;
use http::{Method, Request, StatusCode, uri::PathAndQuery};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use mesh_core::error::reason_of;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tonic::{Code, Status, client::Grpc, metadata::MetadataValue, transport::Channel};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use crate::{people::door, running::Mesh};

/// What the names of all packages begin with.
const ROOT: &str = "ticketmesh";

/// Both faces of a mesh.
#[derive(Debug)]
pub(crate) struct Faces {
    contract: DescriptorPool,
    channel: Channel,
    authority: String,
    /// What is said besides in every call.
    besides: &'static [(&'static str, &'static str)],
}

/// What a page of the UI says of itself.
const PAGE: [(&str, &str); 2] = [("x-tm-csrf", "1"), ("sec-fetch-site", "same-origin")];

/// How a call was refused, by either face.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// As Connect calls it: `not_found`.
    code: String,
    reason: String,
    message: String,
    /// Path and problem of each wrong field.
    fields: Vec<(String, String)>,
}

/// An HTTP answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Faces {
    pub(crate) fn of(mesh: &Mesh) -> Self {
        let contract = DescriptorPool::decode(proto::DESCRIPTORS).expect("the contract is readable");
        let authority = mesh.address().trim_start_matches("http://").to_owned();
        Self { contract, channel: door(mesh), authority, besides: &[] }
    }

    /// Both, called as a page of the UI calls.
    pub(crate) fn of_page(mesh: &Mesh) -> Self {
        Self { besides: &PAGE, ..Self::of(mesh) }
    }

    /// Makes a call that both faces must refuse alike. The method is named without `ticketmesh.`.
    pub(crate) async fn refuse(&self, token: &str, method: &str, ask: &Value) -> Refusal {
        let by_grpc = self.grpc(token, method, ask).await.expect_err("gRPC refuses");
        let by_json = self.json(token, method, ask.to_string()).await;
        let (by_grpc, by_json) = (Refusal::of_status(&by_grpc), Refusal::of_reply(&by_json));
        assert_eq!(by_grpc, by_json, "{method} is refused alike by both faces");
        by_grpc
    }

    /// Makes a call by native gRPC.
    pub(crate) async fn grpc(&self, token: &str, method: &str, ask: &Value) -> Result<(), Status> {
        let (service, name) = method.split_once('/').expect("a service and a method");
        let service = self
            .contract
            .get_service_by_name(&format!("{ROOT}.{service}"))
            .expect("a service of the contract");
        let known = service.methods().find(|known| known.name() == name).expect("a method of the service");
        let message = DynamicMessage::deserialize(known.input(), ask).expect("the call fits its message");
        self.grpc_message(token, method, message).await
    }

    /// Makes a call by native gRPC with any message.
    pub(crate) async fn grpc_message<M: prost::Message + 'static>(
        &self,
        token: &str,
        method: &str,
        message: M,
    ) -> Result<(), Status> {
        let mut request = tonic::Request::new(message);
        if !token.is_empty() {
            let bearer = MetadataValue::try_from(format!("Bearer {token}")).expect("a header");
            request.metadata_mut().insert("authorization", bearer);
        }
        for (name, value) in self.besides {
            request.metadata_mut().insert(*name, MetadataValue::from_static(value));
        }
        let path = PathAndQuery::try_from(format!("/{ROOT}.{method}")).expect("a path");
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.expect("the door is open");
        grpc.unary(request, path, ProstCodec::<M, ()>::default()).await.map(drop)
    }

    /// Makes a call by JSON.
    pub(crate) async fn json(&self, token: &str, method: &str, body: impl Into<Bytes>) -> Reply {
        self.post(&format!("/api/{ROOT}.{method}"), "application/json", token, body).await
    }

    /// Posts to the front door.
    pub(crate) async fn post(&self, path: &str, kind: &str, token: &str, body: impl Into<Bytes>) -> Reply {
        self.http(Method::POST, path, kind, token, body).await
    }

    /// Sends to the front door, or fetches from it.
    pub(crate) async fn http(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        token: &str,
        body: impl Into<Bytes>,
    ) -> Reply {
        let stream = TcpStream::connect(&self.authority).await.expect("the door is open");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path);
        let mut request = request.header("host", &self.authority).header("content-type", kind);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in self.besides {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let (head, body) = sender.send_request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a whole answer").to_bytes();
        Reply { status: head.status, headers: head.headers, body }
    }
}

impl Refusal {
    pub(crate) fn of_status(status: &Status) -> Self {
        let wrong = status.get_details_bad_request().map(|wrong| wrong.field_violations).unwrap_or_default();
        Self {
            code: connect_name(status.code()),
            reason: reason_of(status).unwrap_or_default(),
            message: status.message().to_owned(),
            fields: wrong.into_iter().map(|wrong| (wrong.field, wrong.description)).collect(),
        }
    }

    pub(crate) fn of_reply(reply: &Reply) -> Self {
        assert!(!reply.status.is_success(), "JSON refuses: {reply:?}");
        let said = reply.said();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let wrong = reply.detail("google.rpc.BadRequest").unwrap_or_default();
        let violations = wrong["fieldViolations"].as_array().cloned().unwrap_or_default();
        Self {
            code: text(&said["code"]),
            reason: text(&reply.detail("google.rpc.ErrorInfo").unwrap_or_default()["reason"]),
            message: text(&said["message"]),
            fields: violations
                .iter()
                .map(|wrong| (text(&wrong["field"]), text(&wrong["description"])))
                .collect(),
        }
    }

    /// The same refusal in other words.
    pub(crate) fn reworded(self, word: impl Fn(&str) -> String) -> Self {
        Self { message: word(&self.message), ..self }
    }

    /// Asserts code and reason, and that the sentence has these words in it.
    pub(crate) fn says(&self, code: &str, reason: &str, words: &[&str]) {
        assert_eq!((self.code.as_str(), self.reason.as_str()), (code, reason), "{self:?}");
        for word in words {
            assert!(self.message.contains(word), "{word:?} is said: {self:?}");
        }
    }

    /// Asserts that exactly this field is wrong, and that what is said of it has these words in it.
    pub(crate) fn names(&self, field: &str, words: &[&str]) {
        let [(named, problem)] = self.fields.as_slice() else { panic!("one field is named: {self:?}") };
        assert_eq!(named, field, "{self:?}");
        for word in words {
            assert!(problem.contains(word), "{word:?} is said: {self:?}");
        }
    }
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn said(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&self.body)))
    }

    /// The detail of a refusal with this type.
    pub(crate) fn detail(&self, kind: &str) -> Option<Value> {
        let said = self.said();
        let detail = said["details"].as_array()?.iter().find(|detail| detail["type"] == kind)?;
        Some(detail["debug"].clone())
    }
}

/// `InvalidArgument` as Connect spells it: `invalid_argument`.
fn connect_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
