//! The virus scanner: a program, a `clamd`, or both. Without one every file is taken as clean.
//!
//! The invariant: a file counts as clean only when every scanner there is said so. One that can't be asked is asked again.

mod clamd;
mod command;

use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use mesh_core::{
    blobs::Blobs,
    error::{Error, Result},
};

use self::{clamd::Clamd, command::Command};

/// How long a scanner may think about one file.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a scanner says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Clean,
    Infected,
}

/// A file on its way to a scanner.
type Content = BoxStream<'static, Result<Bytes>>;

/// The scanners there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scanner {
    command: Option<Command>,
    clamd: Option<Clamd>,
}

impl Scanner {
    /// The scanners that settings name.
    pub(crate) fn new(command: Option<&str>, clamd: Option<&str>) -> Result<Self> {
        Ok(Self {
            command: command.map(Command::new).transpose()?,
            clamd: clamd.map(|address| Clamd(address.to_owned())),
        })
    }

    /// Whether there is none.
    pub(crate) const fn is_none(&self) -> bool {
        self.command.is_none() && self.clamd.is_none()
    }

    /// What they say of a file in the store.
    pub(crate) async fn scan(&self, blobs: &dyn Blobs, sha256: &str) -> Result<Verdict> {
        if let Some(command) = &self.command {
            let content = blobs.get(sha256, None).await?.bytes;
            if in_time(command.scan(content)).await? == Verdict::Infected {
                return Ok(Verdict::Infected);
            }
        }
        if let Some(clamd) = &self.clamd {
            let content = blobs.get(sha256, None).await?.bytes;
            return in_time(clamd.scan(content)).await;
        }
        Ok(Verdict::Clean)
    }
}

async fn in_time(scan: impl Future<Output = Result<Verdict>>) -> Result<Verdict> {
    let late = || Error::unavailable("the virus scanner did not answer in five minutes");
    tokio::time::timeout(PATIENCE, scan).await.map_err(|_| late())?
}

/// A scanner that can't be asked now.
fn out_of_reach(error: std::io::Error) -> Error {
    Error::unavailable_because("the virus scanner can't be asked", error)
}
