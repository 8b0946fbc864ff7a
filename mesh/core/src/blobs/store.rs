//! Blobs in an object store.

use std::{
    io,
    ops::Range,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use http::Method;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt,
    buffered::BufWriter,
    local::LocalFileSystem,
    memory::InMemory,
    path::Path,
    signer::{SignedUrlOptions, Signer},
};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::{Appended, Arrived, Blob, Blobs, Expected, Served, Stored, Stretch, check::Check};
use crate::{
    clock::SharedClock,
    error::{Error, Result},
    id::Ids,
};

/// Bytes sent to the store at a time; less than that is sent as one object without parts.
const PART: usize = 8 * 1024 * 1024;
/// Parts of one upload that may be on their way at a time; the reader waits beyond that.
const PARTS_AT_A_TIME: usize = 2;
/// Where uploads are until they are whole.
const INCOMING: &str = "incoming";
/// How long a link is good.
const LINKED: Duration = Duration::from_mins(1);

/// Blobs in an object store.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    ids: Ids,
    clock: SharedClock,
    /// The folder, where it is one.
    folder: Option<PathBuf>,
    links: Option<Links>,
}

/// Makes addresses at which others fetch objects.
#[derive(Clone, Debug)]
struct Links {
    signer: Arc<dyn Signer>,
    prefix: Path,
}

/// What a stream had.
struct Poured {
    sha256: String,
    size: u64,
    stopped: Option<Error>,
}

/// What becomes of a stream that breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    IsKept,
    IsNothing,
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
        let store = Self::over(Arc::new(objects.with_fsync(true)), ids, clock);
        Ok(Self { folder: Some(folder.to_owned()), ..store })
    }

    /// Files in memory, gone with the process.
    pub fn memory(ids: &Ids, clock: &SharedClock) -> Self {
        Self::over(Arc::new(InMemory::new()), ids, clock)
    }

    /// Files in any object store.
    pub fn over(objects: Arc<dyn ObjectStore>, ids: &Ids, clock: &SharedClock) -> Self {
        Self { objects, ids: ids.clone(), clock: clock.clone(), folder: None, links: None }
    }

    /// The same, handing out links to what is below `prefix`.
    pub(super) fn linking(self, signer: Arc<dyn Signer>, prefix: Path) -> Self {
        Self { links: Some(Links { signer, prefix }), ..self }
    }

    /// Writes a stream to a place nobody else knows, or nothing at all.
    async fn write(
        &self,
        to: Path,
        check: Check<'_>,
        half: Half,
        bytes: BoxStream<'_, Result<Bytes>>,
    ) -> Result<Poured> {
        let writer = BufWriter::with_capacity(self.objects.clone(), to, PART);
        let mut writer = writer.with_max_concurrency(PARTS_AT_A_TIME);
        match pour(&mut writer, check, half, bytes).await {
            Ok(poured) => {
                writer.shutdown().await.map_err(outcome)?;
                Ok(poured)
            }
            Err(error) => {
                if let Err(more) = writer.abort().await {
                    tracing::warn!(error = %more, "a broken upload could not be taken back; sweeping will");
                }
                Err(error)
            }
        }
    }

    /// Writes a whole file to a fresh place; where, and its digest and size.
    async fn write_whole(
        &self,
        expected: &Expected,
        bytes: BoxStream<'_, Result<Bytes>>,
    ) -> Result<(Path, Stored)> {
        let incoming = Path::from_iter([INCOMING, &self.ids.id("upl")]);
        let Poured { sha256, size, .. } =
            self.write(incoming.clone(), expected.begin(0), Half::IsNothing, bytes).await?;
        Ok((incoming, Stored { sha256, size }))
    }

    /// Everything below a place of uploads, by name.
    async fn listed(&self, below: &Path) -> Result<Vec<object_store::ObjectMeta>> {
        let mut found: Vec<_> = self.objects.list(Some(below)).try_collect().await.map_err(outcome)?;
        found.sort_by(|one, other| one.location.cmp(&other.location));
        Ok(found)
    }
}

#[async_trait]
impl Blobs for Store {
    async fn put(&self, expected: &Expected, bytes: BoxStream<'_, Result<Bytes>>) -> Result<Stored> {
        let (incoming, stored) = self.write_whole(expected, bytes).await?;
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
        gone(self.objects.delete(&place(sha256)?).await)
    }

    async fn link(&self, sha256: &str, served: &Served) -> Result<Option<String>> {
        let Some(Links { signer, prefix }) = &self.links else {
            return Ok(None);
        };
        let place = place(sha256)?;
        let whole: Path = prefix.parts().chain(place.parts()).collect();
        let said = SignedUrlOptions::new().with_query([
            ("response-content-type", served.content_type.as_str()),
            ("response-content-disposition", served.disposition.as_str()),
            ("response-cache-control", "private, no-store"),
        ]);
        let link = signer.signed_url_opts(Method::GET, &whole, LINKED, &said).await.map_err(outcome)?;
        Ok(Some(link.into()))
    }

    async fn append(&self, stretch: Stretch<'_>, bytes: BoxStream<'_, Result<Bytes>>) -> Result<Appended> {
        let Stretch { upload, at, expected } = stretch;
        let to = incoming(upload)?.join(format!("{at:020}-{}", self.ids.id("upl")));
        let poured = self.write(to.clone(), expected.begin(at), Half::IsKept, bytes).await?;
        if poured.size == 0 {
            gone(self.objects.delete(&to).await)?;
        }
        Ok(Appended { size: self.arrived(upload).await?.size, stopped: poured.stopped })
    }

    async fn arrived(&self, upload: &str) -> Result<Arrived> {
        let mut arrived = Arrived::default();
        for found in self.listed(&incoming(upload)?).await? {
            // Two stretches may begin at one place when a client was impatient; the first one by name counts.
            let begins = found.location.filename().and_then(|name| name.split('-').next()?.parse().ok());
            if begins == Some(arrived.size) {
                arrived.size += found.size;
                arrived.stretches.push(found.location);
            }
        }
        Ok(arrived)
    }

    async fn read(&self, arrived: &Arrived) -> Result<BoxStream<'static, Result<Bytes>>> {
        let objects = self.objects.clone();
        let stretches = stream::iter(arrived.stretches.clone()).map(Ok::<_, Error>);
        let bytes = stretches.and_then(move |stretch| {
            let objects = objects.clone();
            async move {
                match objects.get(&stretch).await {
                    Err(object_store::Error::NotFound { .. }) => Err(vanished()),
                    found => Ok(found.map_err(outcome)?.into_stream().map_err(outcome)),
                }
            }
        });
        Ok(bytes.try_flatten().boxed())
    }

    async fn keep(&self, arrived: &Arrived, sha256: &str) -> Result<()> {
        let from = if let [only] = arrived.stretches.as_slice() {
            only.clone()
        } else {
            let expected = Expected {
                max_bytes: arrived.size,
                size: Some(arrived.size),
                sha256: Some(sha256.to_owned()),
                ..Expected::default()
            };
            self.write_whole(&expected, self.read(arrived).await?).await?.0
        };
        match self.objects.rename(&from, &place(sha256)?).await {
            Err(object_store::Error::NotFound { .. }) => Err(vanished()),
            renamed => renamed.map_err(outcome),
        }
    }

    async fn discard(&self, upload: &str) -> Result<()> {
        for found in self.listed(&incoming(upload)?).await? {
            gone(self.objects.delete(&found.location).await)?;
        }
        if let Some(folder) = &self.folder {
            // A folder that is not empty is in use again.
            let _ = tokio::fs::remove_dir(folder.join(INCOMING).join(upload)).await;
        }
        Ok(())
    }

    async fn sweep(&self, age: Duration) -> Result<usize> {
        let horizon = self
            .clock
            .now()
            .as_millisecond()
            .saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let mut swept = 0;
        for upload in self.listed(&Path::from(INCOMING)).await? {
            if upload.last_modified.timestamp_millis() < horizon {
                gone(self.objects.delete(&upload.location).await)?;
                swept += 1;
            }
        }
        match self.folder.clone() {
            Some(folder) => {
                let staged =
                    tokio::task::spawn_blocking(move || sweep_staged(&folder.join(INCOMING), horizon));
                Ok(swept + staged.await.map_err(Error::internal)?)
            }
            None => Ok(swept),
        }
    }

    async fn ping(&self) -> Result<()> {
        let mut listed = self.objects.list(Some(&Path::from(INCOMING)));
        listed.try_next().await.map(drop).map_err(outcome)
    }
}

/// Reads the stream into the writer, checking and hashing on the way.
async fn pour(
    writer: &mut BufWriter,
    mut check: Check<'_>,
    half: Half,
    mut bytes: BoxStream<'_, Result<Bytes>>,
) -> Result<Poured> {
    let (mut digest, mut size) = (Sha256::new(), 0);
    let stopped = loop {
        match bytes.next().await {
            None => break None,
            Some(Ok(chunk)) => {
                check.see(&chunk)?;
                digest.update(&chunk);
                size += chunk.len() as u64;
                writer.put(chunk).await.map_err(outcome)?;
            }
            Some(Err(error)) if half == Half::IsKept => break Some(error),
            Some(Err(error)) => return Err(error),
        }
    };
    let sha256 = hex::encode(digest.finalize());
    if half == Half::IsNothing {
        check.end(&sha256)?;
    }
    Ok(Poured { sha256, size, stopped })
}

/// What a killed process left of files it was writing, which the object store itself does not list; how many were removed.
fn sweep_staged(folder: &FilePath, horizon: i64) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sweep = |entry: std::fs::DirEntry| {
        if entry.path().is_dir() {
            let swept = sweep_staged(&entry.path(), horizon);
            // Only an empty one goes.
            let _ = std::fs::remove_dir(entry.path());
            return swept;
        }
        let staged = entry.file_name().to_string_lossy().contains('#');
        usize::from(staged && is_older(&entry, horizon) && std::fs::remove_file(entry.path()).is_ok())
    };
    entries.map(sweep).sum()
}

fn is_older(entry: &std::fs::DirEntry, horizon: i64) -> bool {
    let changed = entry.metadata().and_then(|about| about.modified()).ok();
    let since = changed.and_then(|changed| changed.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).is_some_and(|changed| changed < horizon)
}

/// Where the stretches of an upload are. Anything but an id has no place.
fn incoming(upload: &str) -> Result<Path> {
    if upload.is_empty() || !upload.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(Error::invalid("upload", "is no id; give the one the upload was prepared with"));
    }
    Ok(Path::from_iter([INCOMING, upload]))
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

fn gone(deleted: object_store::Result<()>) -> Result<()> {
    match deleted {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(outcome(error)),
    }
}

fn vanished() -> Error {
    Error::conflict("the upload was ended by another request; ask how far it is")
}

fn outcome(error: impl Into<io::Error>) -> Error {
    Error::unavailable_because("the file store can't be used", error.into())
}
