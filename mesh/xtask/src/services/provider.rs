//! An OpenID provider made for this run: the certified one of npm, with a script of ours that answers its questions.

use std::path::Path;

use anyhow::{Context, Result};

use super::Server;
use crate::keeper::{Keeper, Settings};
use crate::tools;

/// Starts the provider with a folder of its own for what it says.
pub(super) fn start(folder: &Path) -> Result<Server> {
    let script = tools::oidc_provider()?.join("provider.mjs");
    std::fs::write(&script, include_str!("provider.mjs"))
        .with_context(|| format!("cannot write {}", script.display()))?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let settings: Settings =
        vec![("KEEPER_FOLDER".to_owned(), folder.into()), ("KEEPER_SCRIPT".to_owned(), script.into())];
    let keeper = Keeper::start("the OpenID provider", include_str!("provider.sh"), settings)?;
    // Its address is known when it is up.
    Ok(Server { url: String::new(), keeper: Some((keeper, folder.join("log"))) })
}
