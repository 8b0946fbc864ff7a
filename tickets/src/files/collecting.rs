//! Contents no file refers to are removed from the file store.
//!
//! The row of a content is held from before it is looked at until its bytes are gone. Whoever wants to refer to it meanwhile
//! waits, and then keeps the bytes anew; whoever referred to it before is seen.

use std::sync::Arc;

use async_trait::async_trait;
use mesh_core::{
    error::Result,
    jobs::{self, Job},
};

use super::Files;
use crate::store::contents;

/// The kind of the jobs; the key is the digest.
pub(super) const KIND: &str = "collect_content";

pub(super) struct Collecting(pub(super) Arc<Files>);

#[async_trait]
impl jobs::Handler for Collecting {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut tx = self.0.store.db().begin().await?;
        if contents::collect(&mut tx, &job.key).await? {
            self.0.blobs.delete(&job.key).await?;
        }
        tx.commit().await
    }
}
