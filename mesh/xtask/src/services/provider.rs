//! An OpenID provider made for this run: the certified one of npm, with a script of ours that answers its questions.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Server, announced};
use crate::tools;

/// Starts the provider with a folder of its own for what it says.
pub(super) fn start(folder: &Path) -> Result<Server> {
    let script = tools::oidc_provider()?.join("provider.mjs");
    std::fs::write(&script, include_str!("provider.mjs"))
        .with_context(|| format!("cannot write {}", script.display()))?;
    announced("the OpenID provider", folder, Path::new("node"), &script)
}
