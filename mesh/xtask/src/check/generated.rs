//! Files that are written by a program and kept under version control, so that people can read and diff them.
//!
//! Invariant: each equals what its program says now. A new one is a line in [`GENERATED`].

mod licenses;
mod permissions;

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::contract;
use crate::chart;
use crate::product::Product;
use crate::workspace::{output, root};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only those made of the chart, which need no build of the product
    #[arg(long)]
    chart: bool,
    /// Only the compiled contract, which needs no build of the product either
    #[arg(long, conflicts_with = "chart")]
    contract: bool,
}

/// Writes the text of one file.
type Generator = fn(&Product) -> Result<String>;

const GENERATED: &[(&str, Generator)] = &[
    ("docs/configuration.md", configuration),
    (licenses::PAGE, licenses::page),
    (permissions::PAGE, permissions::page),
];

/// The commands whose settings people look up; the rest is in `ticketmesh --help`.
const COMMANDS: [&str; 7] = ["all", "identity", "tickets", "workflow", "notify", "gateway", "migrate"];

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
    let product = Product::compile_with_tests()?;
    for (file, generate) in GENERATED {
        let path = root().join(file);
        fs::write(&path, generate(&product)?).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{file}");
    }
    Ok(())
}

/// Every setting, as the commands themselves explain it.
fn configuration(product: &Product) -> Result<String> {
    let mut text = String::from(
        "# Configuration\n\n<!-- Written by `cargo xtask generate` from the commands' own help. -->\n\n\
         Every setting is an argument and a variable. A variable may also be given as a file, for secrets: \
         `TM_SMTP_URL_FILE=/run/secrets/smtp`.\nA `TM_` variable that nobody knows is an error. \
         `ticketmesh config` prints the values in effect.\n",
    );
    for command in COMMANDS {
        let help = output(product.command(&[command, "--help"]).env_clear())?;
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        write!(text, "\n## `ticketmesh {command}`\n\n```text\n{}\n```\n", help.join("\n").trim())?;
    }
    Ok(text)
}
