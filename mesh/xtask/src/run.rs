//! The product, from source, the way a newcomer starts it.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};
use clap::Args;

use crate::product::Product;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Build optimised, as it ships
    #[arg(long)]
    release: bool,
    /// Arguments of `ticketmesh all`, such as `--demo`
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// Builds the UI and the binary, then becomes `ticketmesh all`: signals and the exit code are the product's own.
pub(crate) fn all(options: &Options) -> Result<()> {
    let product = Product::build(options.release)?;
    let error = product.command(&["all"]).args(&options.arguments).exec();
    Err(error).context("cannot start ticketmesh")
}
