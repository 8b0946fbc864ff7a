//! Uploads nobody used are forgotten after a day.

use std::sync::Arc;

use async_trait::async_trait;
use mesh_core::{
    clock,
    db::Tx,
    error::Result,
    jobs::{self, Job},
};

use super::{Files, collect_later};
use crate::{attachment::Attachment, store::attachments};

/// The kind of the jobs; the key is the file.
pub(super) const KIND: &str = "expire_upload";

pub(super) struct Expiring(pub(super) Arc<Files>);

#[async_trait]
impl jobs::Handler for Expiring {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut tx = self.0.store.db().begin().await?;
        let Some(content) = attachments::expire(&mut tx, &job.key).await? else { return Ok(()) };
        collect_later(&mut tx, vec![content]).await?;
        tx.commit().await?;
        self.0.discard(&job.key).await;
        Ok(())
    }
}

pub(super) async fn enqueue(tx: &mut Tx, file: &Attachment) -> Result<()> {
    let (key, due) = (file.id.clone(), clock::from_micros(file.expire_time));
    jobs::enqueue(tx, Job { kind: KIND, key, due, payload: vec![] }).await?;
    Ok(())
}
