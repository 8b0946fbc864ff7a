//! Calls to the gateway: the only place that makes clients, and the one that turns a refusal into a sentence.
//!
//! Same origin, gRPC-Web, cookies. Every call carries the header that proves it comes from this UI, and a time limit. A call
//! that never reached the server is made again: reads are harmless and every write carries a `request_id`, so a repetition
//! never does a thing twice.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod automations;
pub(crate) mod bulk;
mod call;
pub(crate) mod catalog;
pub(crate) mod directory;
pub(crate) mod files;
pub(crate) mod flows;
pub(crate) mod inbox;
pub(crate) mod knowledge;
pub(crate) mod levels;
pub(crate) mod reports;
pub(crate) mod runs;
pub(crate) mod security;
pub(crate) mod session;
pub(crate) mod tickets;
pub(crate) mod transfer;
mod trouble;
pub(crate) mod views;

use std::time::Duration;

use prost::Message;
use prost_types::FieldMask;
use proto::method::Method;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Request, Status};
use tonic_web_wasm_client::Client;
use tonic_web_wasm_client::options::FetchOptions;

use crate::browser;

use call::{ask, hear};

pub(crate) use trouble::{Kind, Trouble};

/// What a call brings.
pub(crate) type Answer<T> = Result<T, Trouble>;

/// The transport under every client.
pub(crate) type Channel = InterceptedService<Client, FromThisUi>;

const TIME_LIMIT: Duration = Duration::from_secs(20);
/// Waits before a call that got no answer is made again.
const PATIENCE: [u32; 2] = [300, 1200];

/// The header that says that a call is made by the UI itself; a form on another site cannot set it.
const MARK: (&str, &str) = ("x-tm-csrf", "1");

/// Marks every call, and names the trace it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FromThisUi;

impl Interceptor for FromThisUi {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(MARK.0, MetadataValue::from_static(MARK.1));
        if let Some(traceparent) = browser::traceparent().and_then(|line| line.parse().ok()) {
            request.metadata_mut().insert("traceparent", traceparent);
        }
        Ok(request)
    }
}

/// For calls with one answer.
fn channel() -> Channel {
    let options = FetchOptions::new().timeout(TIME_LIMIT);
    InterceptedService::new(Client::new_with_options(browser::origin(), options), FromThisUi)
}

/// A call to a method of tickets (`TicketService/SaveDraft`), as JSON, whose answer nobody waits for: the page is about to go.
fn last_word(method: &str, json: &str) {
    let path = format!("/api/ticketmesh.tickets.v1.{method}");
    browser::post_last(&path, &[("content-type", "application/json"), MARK], json);
}

/// A call whose answer nobody waits for: the page is about to go. Browsers send 64 KiB at most then.
fn last_call<Q: Message, A>(method: Method<Q, A>, question: &Q) {
    let bytes = question.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
    frame.extend(bytes);
    let headers = [("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1"), MARK];
    browser::post_last(method.path(), &headers, js_sys::Uint8Array::from(frame.as_slice()));
}

/// For streams, which last.
pub(crate) fn endless_channel() -> Channel {
    InterceptedService::new(Client::new(browser::origin()), FromThisUi)
}

/// The fields a change is about.
fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

/// A fresh `request_id`: keep it while the same thing is tried again.
pub(crate) fn request_id() -> String {
    uuid(browser::random_bytes().unwrap_or_default())
}

/// The version 4 UUID of sixteen random bytes.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = browser::hex(&bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn a_request_id_is_a_version_4_uuid() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
