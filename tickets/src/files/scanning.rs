//! What came is shown to the virus scanner before anybody gets it.

use std::sync::Arc;

use async_trait::async_trait;
use mesh_core::{
    caller::system,
    error::Result,
    jobs::{self, Job},
    outbox::{self, Cause},
};
use proto::tickets::v1::AttachmentState;

use super::Files;
use crate::{
    events,
    scanner::Verdict,
    store::{attachments, tickets},
};

/// The kind of the jobs; the key is the file.
pub(super) const KIND: &str = "scan_file";

pub(super) struct Scanning(pub(super) Arc<Files>);

#[async_trait]
impl jobs::Handler for Scanning {
    async fn run(&self, job: &Job) -> Result<()> {
        let waits = |file: &crate::attachment::Attachment| file.state == AttachmentState::Scanning;
        let Some(file) = self.0.store.attachment(&job.key).await?.filter(waits) else { return Ok(()) };
        let state = match self.0.scanner.scan(&*self.0.blobs, &file.sha256).await? {
            Verdict::Clean => AttachmentState::Ready,
            Verdict::Infected => AttachmentState::Quarantined,
        };
        if state == AttachmentState::Quarantined {
            tracing::warn!(file = file.id, owner = file.owner_id, "the virus scanner refused a file");
        }
        self.judge(&file.id, state).await
    }
}

impl Scanning {
    /// Writes the verdict, and tells those who see the file.
    async fn judge(&self, id: &str, state: AttachmentState) -> Result<()> {
        let mut tx = self.0.store.db().begin().await?;
        if !attachments::judge(&mut tx, id, state).await? {
            return Ok(());
        }
        if let Some(file) =
            attachments::attachment(&mut tx, id).await?.filter(super::super::attachment::Attachment::is_used)
            && let Some(ticket) = tickets::any_ticket(&mut tx, &file.ticket_id).await?
        {
            let cause = Cause::of_itself(system("scanner"), tx.ids().id("req"));
            outbox::push(&mut tx, &cause, events::attachment_changed(&file, &ticket, false)).await?;
        }
        tx.commit().await
    }
}
