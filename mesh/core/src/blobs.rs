//! Files. [`Blobs`] is a port over `object_store`, whose stores (a directory, memory, S3) are its adapters.
//!
//! The invariant: a blob is named by the SHA-256 of its bytes and is either whole or not there. An upload goes to a place of
//! its own and is moved to its name only when the last byte was read, counted and checked; half an upload leaves nothing.

mod check;

use std::{fmt::Debug, ops::Range, path::Path as FilePath, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, WriteMultipart, local::LocalFileSystem,
    memory::InMemory, path::Path,
};
use sha2::{Digest, Sha256};

pub use check::Expected;

use crate::{
    clock::SharedClock,
    error::{Error, Result},
    id::Ids,
};

/// Parts of one upload that may be on their way at a time; the reader waits beyond that.
const PARTS_AT_A_TIME: usize = 2;
/// Where uploads are until they are whole.
const INCOMING: &str = "incoming";

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

/// Blobs in an object store.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    ids: Ids,
    clock: SharedClock,
}

/// Where files are kept.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Files")]
#[group(skip)]
pub struct Settings {
    /// Where attachments are kept: `file:///folder`. Without it they go to the data folder.
    #[arg(long, env = "TM_BLOBS_URL")]
    pub blobs_url: Option<String>,
}

impl Settings {
    /// Opens what the settings say; `folder` keeps the files when they say nothing.
    pub fn open(&self, folder: &FilePath, ids: &Ids, clock: &SharedClock) -> Result<Arc<dyn Blobs>> {
        let folder = match &self.blobs_url {
            None => folder,
            Some(url) => url.strip_prefix("file://").map(FilePath::new).ok_or_else(|| {
                Error::invalid("TM_BLOBS_URL", format!("is {url}, which is not known; give file:///folder"))
            })?,
        };
        Ok(Arc::new(Store::directory(folder, ids, clock)?))
    }
}

impl Store {
    /// Files in a folder, which is made when it is not there.
    pub fn directory(folder: &FilePath, ids: &Ids, clock: &SharedClock) -> Result<Self> {
        let refused = |error: &dyn std::fmt::Display| {
            Error::invalid(
                "TM_BLOBS_URL",
                format!("names the folder {}, which can't be used: {error}", folder.display()),
            )
        };
        std::fs::create_dir_all(folder).map_err(|error| refused(&error))?;
        let objects = LocalFileSystem::new_with_prefix(folder).map_err(|error| refused(&error))?;
        Ok(Self::over(Arc::new(objects.with_fsync(true)), ids, clock))
    }

    /// Files in memory, gone with the process.
    pub fn memory(ids: &Ids, clock: &SharedClock) -> Self {
        Self::over(Arc::new(InMemory::new()), ids, clock)
    }

    /// Files in any object store.
    pub fn over(objects: Arc<dyn ObjectStore>, ids: &Ids, clock: &SharedClock) -> Self {
        Self { objects, ids: ids.clone(), clock: clock.clone() }
    }

    /// Streams into `upload`; whoever calls ends or aborts it.
    async fn receive(
        &self,
        upload: &mut WriteMultipart,
        expected: &Expected,
        mut bytes: BoxStream<'_, Result<Bytes>>,
    ) -> Result<Stored> {
        let mut check = expected.begin();
        let mut digest = Sha256::new();
        while let Some(chunk) = bytes.try_next().await? {
            check.see(&chunk)?;
            digest.update(&chunk);
            upload.wait_for_capacity(PARTS_AT_A_TIME).await.map_err(outcome)?;
            upload.put(chunk);
        }
        let sha256 = hex::encode(digest.finalize());
        Ok(Stored { size: check.end(&sha256)?, sha256 })
    }
}

#[async_trait]
impl Blobs for Store {
    async fn put(&self, expected: &Expected, bytes: BoxStream<'_, Result<Bytes>>) -> Result<Stored> {
        let incoming = Path::from_iter([INCOMING, &self.ids.id("upl")]);
        let mut upload = WriteMultipart::new(self.objects.put_multipart(&incoming).await.map_err(outcome)?);
        let stored = match self.receive(&mut upload, expected, bytes).await {
            Ok(stored) => stored,
            Err(error) => {
                upload.abort().await.map_err(outcome)?;
                return Err(error);
            }
        };
        upload.finish().await.map_err(outcome)?;
        self.objects.rename(&incoming, &place(&stored.sha256)?).await.map_err(outcome)?;
        Ok(stored)
    }

    async fn get(&self, sha256: &str, range: Option<Range<u64>>) -> Result<Blob> {
        let options = GetOptions::new().with_range(range.map(GetRange::Bounded));
        let found = match self.objects.get_opts(&place(sha256)?, options).await {
            Err(object_store::Error::NotFound { .. }) => return Err(Error::not_found("file", sha256)),
            found => found.map_err(outcome)?,
        };
        Ok(Blob { size: found.meta.size, bytes: found.into_stream().map_err(outcome).boxed() })
    }

    async fn delete(&self, sha256: &str) -> Result<()> {
        match self.objects.delete(&place(sha256)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(outcome(error)),
        }
    }

    async fn sweep(&self, age: Duration) -> Result<usize> {
        let horizon = self
            .clock
            .now()
            .as_millisecond()
            .saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let mut uploads = self.objects.list(Some(&Path::from(INCOMING)));
        let mut swept = 0;
        while let Some(upload) = uploads.try_next().await.map_err(outcome)? {
            if upload.last_modified.timestamp_millis() < horizon {
                self.objects.delete(&upload.location).await.map_err(outcome)?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    async fn ping(&self) -> Result<()> {
        let mut listed = self.objects.list(Some(&Path::from(INCOMING)));
        listed.try_next().await.map(drop).map_err(outcome)
    }
}

/// `sha256/ab/cdef…`: the digest, fanned out so that no folder grows too large. Anything but a digest has no place.
fn place(sha256: &str) -> Result<Path> {
    let is_digest =
        sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_digest {
        return Err(Error::invalid("sha256", "is no SHA-256; give 64 lower case hexadecimal digits"));
    }
    let (first, rest) = sha256.split_at(2);
    Ok(Path::from_iter(["sha256", first, rest]))
}

fn outcome(error: object_store::Error) -> Error {
    Error::unavailable_because("the file store can't be used", error)
}
