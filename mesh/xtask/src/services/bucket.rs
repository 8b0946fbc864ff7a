//! A server that speaks S3, made for this run: `moto` of `PyPI`, which keeps everything in memory.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Server, announced};
use crate::tools;

/// Starts the server with a folder of its own for what it says.
pub(super) fn start(folder: &Path) -> Result<Server> {
    let python = tools::s3_server()?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let script = folder.join("bucket.py");
    std::fs::write(&script, include_str!("bucket.py"))
        .with_context(|| format!("cannot write {}", script.display()))?;
    announced("the S3 server", folder, &python, &script)
}
