//! The contract: its style, and that nothing is taken back that somebody's client relies on.
//!
//! Invariant: `proto/contract.yaml` is the contract as the `.proto` files say it now, and is renewed only by what breaks nobody:
//! neither the binary form nor JSON.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::tools;
use crate::workspace::{output, root, run};

/// The compiled contract without its comments, as text that people read and Git merges.
const KEPT: &str = "contract.yaml";

/// Names what is wrong with the contract.
pub(super) fn check() -> Result<()> {
    run(buf()?.arg("lint"))?;
    let kept =
        fs::read_to_string(folder().join(KEPT)).with_context(|| format!("cannot read proto/{KEPT}"))?;
    breaks_nobody()?;
    ensure!(kept == compiled()?, "stale: proto/{KEPT}; run `cargo xtask generate --contract`");
    Ok(())
}

/// Writes it anew, unless that took something back.
pub(super) fn write() -> Result<()> {
    let kept = folder().join(KEPT);
    if kept.exists() {
        breaks_nobody()?;
    }
    fs::write(&kept, compiled()?).with_context(|| format!("cannot write {}", kept.display()))?;
    println!("proto/{KEPT}");
    Ok(())
}

fn breaks_nobody() -> Result<()> {
    let compared = run(buf()?.args(["breaking", "--against", KEPT]));
    compared.context("clients of the contract as it is would break; add beside it, or make a package v2")
}

fn compiled() -> Result<String> {
    output(buf()?.args(["build", "--exclude-source-info", "--output", "-#format=yaml"]))
}

/// buf, where the contract is.
fn buf() -> Result<Command> {
    let mut buf = Command::new(tools::buf()?);
    buf.current_dir(folder());
    Ok(buf)
}

fn folder() -> PathBuf {
    root().join("proto")
}
