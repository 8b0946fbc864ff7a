//! Files that are written by a program and kept under version control, so that people can read and diff them.
//!
//! Invariant: each equals what its program says now. A new one is a line in [`GENERATED`].

mod commands;
mod licenses;
mod permissions;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::contract;
use crate::chart;
use crate::product::Product;
use crate::workspace::root;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only those made of the chart, which need no build of the product
    #[arg(long)]
    chart: bool,
    /// Only the compiled contract, which needs no build of the product either
    #[arg(long, conflicts_with = "chart")]
    contract: bool,
    /// A binary that is built already
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Writes the text of one file.
type Generator = fn(&Product) -> Result<String>;

const GENERATED: &[(&str, Generator)] = &[
    (commands::SETTINGS, commands::settings),
    (commands::OTHERS, commands::others),
    (licenses::PAGE, licenses::page),
    (permissions::PAGE, permissions::page),
];

/// Names the files that are stale.
pub(super) fn check() -> Result<()> {
    let product = Product::compile_with_tests()?;
    let mut stale = Vec::new();
    for (file, generate) in GENERATED {
        let committed = fs::read_to_string(root().join(file)).unwrap_or_default();
        if committed != generate(&product)? {
            stale.push(*file);
        }
    }
    ensure!(stale.is_empty(), "stale: {}; run `cargo xtask generate`", stale.join(", "));
    Ok(())
}

/// Writes every file anew; those of contract and chart first, which need no build.
pub(crate) fn write(options: &Options) -> Result<()> {
    if !options.chart {
        contract::write()?;
    }
    if !options.contract {
        chart::golden::write()?;
    }
    if options.chart || options.contract {
        return Ok(());
    }
    let binary = options.binary.clone();
    let product = binary.map_or_else(Product::compile_with_tests, |path| Ok(Product::at(path)))?;
    for (file, generate) in GENERATED {
        let path = root().join(file);
        fs::write(&path, generate(&product)?).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{file}");
    }
    Ok(())
}
