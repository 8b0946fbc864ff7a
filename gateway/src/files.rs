//! Files over HTTP, for whoever is signed in by cookie, token or key.
//!
//! | request | what it does |
//! |---|---|
//! | `PUT /files/uploads/{id}` | takes the bytes of an upload that was prepared with `CreateUpload`, whole or from `Upload-Offset` on |
//! | `HEAD /files/uploads/{id}` | says in `Upload-Offset` how many bytes have come |
//! | `GET`, `HEAD /files/{id}` | hands a file out, whole or in part |
//!
//! The invariants: bytes go between the connection and the file store and never through another service; whose they are is
//! decided by tickets, asked through the same door as every call; nothing a browser could run is ever shown in place.

mod download;
mod range;
mod upload;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use mesh_core::{blobs::Blobs, error::Result, peer::Peer};
use prost::Message as _;
use proto::tickets::v1::{Attachment, GetAttachmentRequest};
use tonic::{Status, body::Body};

use crate::{
    door::Door,
    json::Json,
    live::Seats,
    ui::plain,
    unary::{self, Answer},
};

/// Where files are.
pub(crate) const PREFIX: &str = "/files/";

/// Where they come in.
const UPLOADS: &str = "/files/uploads/";
const GET_ATTACHMENT: &str = "/ticketmesh.tickets.v1.AttachmentService/GetAttachment";
/// Uploads of one person at a time.
const UPLOADS_EACH: usize = 4;

/// Takes files in and hands them out. Clones share the seats.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    door: Door,
    json: Json,
    blobs: Arc<dyn Blobs>,
    tickets: Peer,
    seats: Seats,
    /// How long an upload may be silent.
    silence: Duration,
}

/// What is known of a file, and the cookies that came with the answer.
struct Known {
    file: std::result::Result<Attachment, Status>,
    cookies: HeaderMap,
}

impl Files {
    pub(crate) fn new(
        door: Door,
        json: Json,
        blobs: Arc<dyn Blobs>,
        tickets: Peer,
        silence: Duration,
    ) -> Self {
        Self { door, json, blobs, tickets, seats: Seats::new(UPLOADS_EACH, "uploads"), silence }
    }

    /// The answer to a request below [`PREFIX`].
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let path = request.uri().path();
        if let Some(id) = path.strip_prefix(UPLOADS) {
            let id = id.to_owned();
            return match *request.method() {
                Method::PUT => self.take(&id, request).await,
                Method::HEAD => self.tell(&id, request).await,
                _ => only("PUT, HEAD", "send the bytes with PUT, or ask with HEAD how many have come\n"),
            };
        }
        let id = path.strip_prefix(PREFIX).unwrap_or_default().to_owned();
        match *request.method() {
            Method::GET | Method::HEAD => self.hand_out(&id, request).await,
            _ => only("GET, HEAD", "only GET is answered here\n"),
        }
    }

    /// Asks tickets for a file on behalf of whoever the request proves.
    async fn known(&self, id: &str, head: http::request::Parts) -> Result<Known> {
        let ask = GetAttachmentRequest { id: id.to_owned() }.encode_to_vec();
        let Answer { headers, message, .. } =
            unary::call(&self.door, head, GET_ATTACHMENT.to_owned(), &ask).await?;
        let decode = |bytes: bytes::Bytes| {
            Attachment::decode(bytes).map_err(|error| Status::internal(error.to_string()))
        };
        // The session may have been renewed on the way.
        let lines = headers.get_all(header::SET_COOKIE).iter().cloned();
        let cookies = lines.map(|line| (header::SET_COOKIE, line)).collect();
        Ok(Known { file: message.and_then(decode), cookies })
    }
}

/// Another method is wanted here.
fn only(methods: &'static str, words: &'static str) -> Response<Body> {
    let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, words);
    refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    refused
}
