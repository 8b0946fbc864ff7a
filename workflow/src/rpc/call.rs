//! A call that changes a run: who asks, once under which request id, about which ticket, with which version in hand.

use mesh_core::{caller::Caller, error::Result, idempotency::RequestKey};
use prost::Message;

/// A call that changes a run.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) caller: &'a Caller,
    pub(super) key: RequestKey,
    pub(super) ticket_id: &'a str,
    pub(super) etag: &'a str,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        caller: &'a Caller,
        method: &'static str,
        request_id: &str,
        ask: &impl Message,
        ticket_id: &'a str,
        etag: &'a str,
    ) -> Result<Self> {
        Ok(Self { caller, key: RequestKey::new(caller, method, request_id, ask)?, ticket_id, etag })
    }
}
