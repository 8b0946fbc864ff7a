//! A call that changes a run: who asks, once under which request id, about which ticket, with which version in hand.

use mesh_core::{caller::Caller, db::Tx, error::Result, idempotency::RequestKey};
use prost::Message;
use proto::workflow::v1::Run;

use crate::{change::Change, definition::Definition};

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

    /// Writes the change and, under the request id, its answer.
    pub(super) async fn settle(
        &self,
        mut tx: Tx,
        definition: &Definition,
        change: Change<'_>,
    ) -> Result<Run> {
        let answer = change.save(&mut tx).await?.to_proto(definition);
        self.key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
