//! What happens to files beside the calls: uploads nobody used expire, what came is scanned, contents no file refers to go.
//!
//! The invariants: each is a job, enqueued in the transaction that makes it necessary, and done twice changes nothing. A content
//! goes only a day after its last file, so that a backup of the database finds the contents of its moment a little later.

mod collecting;
mod expiring;
mod scanning;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{TryStreamExt as _, stream::BoxStream};
use jiff::SignedDuration;
use mesh_core::{
    blobs::Blobs,
    db::Tx,
    error::Result,
    jobs::{self, Job},
    service::{Process, Worker},
};
use sha2::{Digest as _, Sha256};

use crate::{
    attachment::{Attachment, kind::HEAD, unusable},
    scanner::Scanner,
    store::{
        Store,
        attachments::{self, Target},
    },
};

/// How long after its last file a content is kept.
const SPARED: SignedDuration = SignedDuration::from_hours(24);
/// How often what crashes left in the file store is looked for, and how old it is by then.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
const SWEEP_OLDER_THAN: Duration = Duration::from_hours(48);

/// How files are taken.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Config {
    /// Bytes a file may have.
    #[arg(long = "attachment-max-bytes", env = "TM_ATTACHMENT_MAX_BYTES", default_value_t = 25 * 1024 * 1024)]
    pub attachment_max_bytes: u64,
    /// A virus scanner: a program and its arguments. It gets each file on its standard input, or in place of an argument `{}`
    /// its path, and ends with 0 for a clean file and 1 for an infected one.
    #[arg(long = "scan-command", env = "TM_SCAN_COMMAND")]
    pub scan_command: Option<String>,
    /// A virus scanner across the network: `host:port` of a clamd.
    #[arg(long = "scan-clamd", env = "TM_SCAN_CLAMD")]
    pub scan_clamd: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self { attachment_max_bytes: 25 * 1024 * 1024, scan_command: None, scan_clamd: None }
    }
}

/// Files as the calls and jobs of this service handle them. Clones share the store.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) store: Store,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) scanner: Scanner,
    pub(crate) most_bytes: u64,
}

/// What the bytes of a file turned out to be.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) sha256: String,
    /// Its beginning.
    pub(crate) head: Vec<u8>,
}

impl Files {
    /// Files in this process's store, under these settings.
    pub(crate) fn new(config: &Config, store: Store, process: &Process) -> Result<Self> {
        let scanner = Scanner::new(config.scan_command.as_deref(), config.scan_clamd.as_deref())?;
        Ok(Self { store, blobs: process.blobs.clone(), scanner, most_bytes: config.attachment_max_bytes })
    }

    /// The runner with the jobs of files.
    pub(crate) fn jobs(&self, runner: jobs::Runner) -> jobs::Runner {
        let files = Arc::new(self.clone());
        runner
            .on(expiring::KIND, Arc::new(expiring::Expiring(files.clone())))
            .on(scanning::KIND, Arc::new(scanning::Scanning(files.clone())))
            .on(collecting::KIND, Arc::new(collecting::Collecting(files)))
    }

    /// The worker that removes what crashes left in the file store.
    pub(crate) fn sweeping(&self) -> Worker {
        let blobs = self.blobs.clone();
        Worker::new("tickets.sweep", move |stop| {
            let blobs = blobs.clone();
            async move {
                let mut ticks = tokio::time::interval(SWEEP_EVERY);
                while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                    let swept = blobs.sweep(SWEEP_OLDER_THAN).await?;
                    if swept > 0 {
                        tracing::info!(swept, "uploads that never ended were removed");
                    }
                }
                Ok(())
            }
        })
    }

    /// Forgets the bytes of an upload that came to nothing. What can't be removed now is swept away later.
    pub(crate) async fn discard(&self, id: &str) {
        if let Err(error) = self.blobs.discard(id).await {
            tracing::warn!(
                upload = id,
                error = error.with_causes(),
                "an upload's bytes stay until they are swept"
            );
        }
    }
}

/// Reads a content to its end.
pub(crate) async fn read(mut bytes: BoxStream<'static, Result<Bytes>>) -> Result<Content> {
    let (mut digest, mut head) = (Sha256::new(), Vec::new());
    while let Some(chunk) = bytes.try_next().await? {
        digest.update(&chunk);
        head.extend(chunk.iter().take(HEAD - head.len()));
    }
    Ok(Content { sha256: hex::encode(digest.finalize()), head })
}

/// Has an upload forgotten when it expires unused.
pub(crate) async fn expire_later(tx: &mut Tx, file: &Attachment) -> Result<()> {
    expiring::enqueue(tx, file).await
}

/// Has the scanner look at a file.
pub(crate) async fn scan_soon(tx: &mut Tx, id: &str) -> Result<()> {
    let (key, due) = (id.to_owned(), tx.now());
    jobs::enqueue(tx, Job { kind: scanning::KIND, key, due, payload: vec![] }).await?;
    Ok(())
}

/// Has contents that lost a file collected, unless another file refers to them by then.
pub(crate) async fn collect_later(tx: &mut Tx, contents: Vec<String>) -> Result<()> {
    for key in contents.into_iter().filter(|sha256| !sha256.is_empty()) {
        let due = tx.now().saturating_add(SPARED).unwrap_or(jiff::Timestamp::MAX);
        jobs::enqueue(tx, Job { kind: collecting::KIND, key, due, payload: vec![] }).await?;
    }
    Ok(())
}

/// Uses files with a comment or a ticket, all of them or none; they are as they are then.
pub(crate) async fn bind(tx: &mut Tx, ids: &[String], target: Target<'_>) -> Result<Vec<Attachment>> {
    let mut bound = Vec::with_capacity(ids.len());
    for (position, id) in (0..).zip(ids) {
        if !attachments::bind(tx, id, target, position).await? {
            return Err(unusable(format!(
                "{id} is no file of yours that has arrived and is used nowhere yet; send it again"
            )));
        }
        jobs::cancel(tx, expiring::KIND, id).await?;
        bound.extend(attachments::attachment(tx, id).await?);
    }
    Ok(bound)
}
