//! Files. [`Blobs`] is a port over `object_store`, whose stores (a directory, memory, S3) are its adapters.
//!
//! The invariants: a blob is named by the SHA-256 of its bytes and is either whole or not there; whatever is written goes to a
//! place nobody else knows and never changes there, so that what was counted and hashed is what gets the name. An upload may
//! come in stretches, which are kept until they are made a blob, [discarded](Blobs::discard) or [swept](Blobs::sweep) away.

mod check;
mod s3;
mod store;

use std::{fmt::Debug, ops::Range, path::Path as FilePath, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;

pub use check::{Expected, is_program, sniff};
pub use s3::Bucket;
pub use store::Store;

use crate::{
    clock::SharedClock,
    error::{Error, Result},
    id::Ids,
};

/// Keeps files.
#[async_trait]
pub trait Blobs: Debug + Send + Sync {
    /// Reads `bytes` to the end, checking them against `expected`, and keeps them under their digest. Keeping the same bytes
    /// twice is keeping them once. Any error, also of the stream, leaves nothing behind.
    async fn put(&self, expected: &Expected, bytes: BoxStream<'_, Result<Bytes>>) -> Result<Stored>;

    /// The blob with this digest, or a part of it.
    async fn get(&self, sha256: &str, range: Option<Range<u64>>) -> Result<Blob>;

    /// Forgets the blob. Forgetting what is not there is no error.
    async fn delete(&self, sha256: &str) -> Result<()>;

    /// An address at which the blob can be fetched for a minute without us, where the store has such and is told to use them.
    async fn link(&self, sha256: &str, served: &Served) -> Result<Option<String>>;

    /// Keeps the next stretch of an upload. When the stream breaks off, what came is kept; a stretch that is too long or of
    /// the wrong type leaves nothing.
    async fn append(&self, stretch: Stretch<'_>, bytes: BoxStream<'_, Result<Bytes>>) -> Result<Appended>;

    /// What has come of an upload; nothing of one that never began.
    async fn arrived(&self, upload: &str) -> Result<Arrived>;

    /// The bytes that have come, from the first one on.
    async fn read(&self, arrived: &Arrived) -> Result<BoxStream<'static, Result<Bytes>>>;

    /// Makes what has come the blob with this digest, which is that of these bytes.
    async fn keep(&self, arrived: &Arrived, sha256: &str) -> Result<()>;

    /// Forgets what has come of an upload.
    async fn discard(&self, upload: &str) -> Result<()>;

    /// Removes uploads that began more than `age` ago and never ended. Returns how many.
    async fn sweep(&self, age: Duration) -> Result<usize>;

    /// Whether files could be kept now.
    async fn ping(&self) -> Result<()>;
}

/// What was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The digest of the bytes, lower case hexadecimal: the blob's name.
    pub sha256: String,
    /// How many bytes.
    pub size: u64,
}

/// A file being read.
pub struct Blob {
    /// The size of the whole file in bytes.
    pub size: u64,
    /// The bytes asked for.
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

impl Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob").field("size", &self.size).finish_non_exhaustive()
    }
}

/// How a file is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its `Content-Type`.
    pub content_type: String,
    /// Its `Content-Disposition`.
    pub disposition: String,
}

/// Where in an upload the next bytes belong.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The upload's id.
    pub upload: &'a str,
    /// How many bytes come before these.
    pub at: u64,
    /// What the whole must be.
    pub expected: &'a Expected,
}

/// How far an upload is after a stretch.
#[derive(Debug)]
pub struct Appended {
    /// Bytes that have come without a gap.
    pub size: u64,
    /// Why the stretch ended before the stream did.
    pub stopped: Option<Error>,
}

/// What has come of an upload without a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// How many bytes.
    pub size: u64,
    /// Where they are, in order. What lies there never changes.
    stretches: Vec<Path>,
}

impl Arrived {
    /// In how many stretches it came.
    pub fn stretches(&self) -> usize {
        self.stretches.len()
    }
}

/// Where files are kept.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Files")]
#[group(skip)]
pub struct Settings {
    /// Where attachments are kept: `file:///folder`, or `s3://bucket/prefix` with the usual `AWS_…` variables (`AWS_REGION`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_ENDPOINT_URL` for other servers than Amazon's). Without it they go
    /// to the data folder. Gateway and tickets need the same place.
    #[arg(long, env = "TM_BLOBS_URL")]
    pub blobs_url: Option<String>,
    /// Send browsers to S3 for downloads, by an address that is good for a minute. They must be able to reach it.
    #[arg(long, env = "TM_BLOBS_REDIRECT")]
    pub blobs_redirect: bool,
}

impl Settings {
    /// Opens what the settings say; `folder` keeps the files when they say nothing.
    pub fn open(&self, folder: &FilePath, ids: &Ids, clock: &SharedClock) -> Result<Arc<dyn Blobs>> {
        let Some(url) = &self.blobs_url else {
            return Ok(Arc::new(Store::directory(folder, ids, clock)?));
        };
        if let Some(folder) = url.strip_prefix("file://") {
            return Ok(Arc::new(Store::directory(FilePath::new(folder), ids, clock)?));
        }
        if url.starts_with("s3://") {
            return Ok(Arc::new(Bucket::of_environment(url)?.open(self.blobs_redirect, ids, clock)?));
        }
        let problem = format!("is {url}, which is not known; give file:///folder or s3://bucket/prefix");
        Err(Error::invalid("TM_BLOBS_URL", problem))
    }
}
