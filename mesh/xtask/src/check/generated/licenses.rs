//! `docs/licenses.md`: what the binary and the UI are made of, and under which licences.
//!
//! Invariant: only what is shipped stands there; tools and tests do not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::product::Product;
use crate::ui;
use crate::workspace::{cargo, output};

pub(super) const PAGE: &str = "docs/licenses.md";
/// What the binary is built for first of all.
const SERVER: &str = "x86_64-unknown-linux-gnu";

/// The page as the lock file is now.
pub(super) fn page(_: &Product) -> Result<String> {
    let shipped: BTreeSet<_> =
        [tree("ticketmesh", SERVER)?, tree("web", ui::TARGET)?].concat().into_iter().collect();
    ensure!(shipped.len() > 100, "only {} packages are shipped", shipped.len());
    let mut licences: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, licence) in &shipped {
        *licences.entry(licence).or_default() += 1;
    }
    let mut text = String::from(
        "# Licences\n\n<!-- Written by `cargo xtask generate` from Cargo.lock. -->\n\n\
         Ticketmesh is under the [MIT licence](../LICENSE). The binary and the UI are made of these packages besides; `cargo xtask check` \
         refuses any under other licences than `deny.toml` names.\n\n| licence | packages |\n|---|---|\n",
    );
    for (licence, count) in licences {
        writeln!(text, "| {licence} | {count} |")?;
    }
    text.push_str("\n| package | licence |\n|---|---|\n");
    for (package, licence) in &shipped {
        writeln!(text, "| {package} | {licence} |")?;
    }
    Ok(text)
}

/// Packages of others that end up in a package of ours, with their licences.
fn tree(package: &str, target: &str) -> Result<Vec<(String, String)>> {
    let mut tree = cargo(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    tree.args(["--package", package, "--target", target, "--format", "{p}|{l}"]);
    let said = output(&mut tree)?;
    // What was told before is told again with a mark.
    let lines = said.lines().map(|line| line.trim_end_matches(" (*)"));
    let lines: BTreeSet<_> = lines.filter(|line| !line.contains(" (/")).collect();
    let split = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        let package = package.trim_end_matches(" (proc-macro)").replace(" v", " ");
        Some((package, licence.replace('/', " OR ")))
    };
    Ok(lines.into_iter().filter_map(split).collect())
}
