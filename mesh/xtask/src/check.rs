//! What is checked without running the product: format, lints, documentation, dependencies, contract, generated files,
//! the shape of the source, and what a first visit weighs.

mod contract;
pub(crate) mod generated;
mod shape;

use std::process::Command;

use anyhow::Result;

use crate::tally::Tally;
use crate::tools::{DENY, MACHETE};
use crate::ui;
use crate::workspace::{cargo, output, run};

/// What the first page of each program may weigh after brotli, in bytes.
const BUDGET: ui::Sizes = ui::Sizes { wasm: 600_000, script: 30_000, styles: 40_000 };

/// Takes every step and fails if one did.
pub(crate) fn all() -> Result<()> {
    let mut tally = Tally::default();
    steps(&mut tally, |_| ());
    tally.close()
}

/// The steps, quick ones first; the UI goes before the lints because the gateway embeds it. Most of its build is one crate after the
/// other, so what needs neither it nor the lock of the other builds is done beside it, `more` with it.
pub(crate) fn steps(tally: &mut Tally, more: impl FnOnce(&mut Tally) + Send) {
    tally.step("format", || run(&mut cargo(["fmt", "--all", "--", "--check", "--files-with-diff"])));
    tally.step("lock file", || output(&mut cargo(["metadata", "--locked", "--format-version=1"])).map(drop));
    tally.step("shape", shape::check);
    tally.step("contract", contract::check);
    let beside = |tally: &mut Tally| {
        tally.step("unused dependencies", || run(&mut MACHETE.command(&[])?));
        tally.step("licences, bans, sources", || run(&mut deny(&["licenses", "bans", "sources"])?));
        tally.step("advisories", check_advisories);
        tally.step("lints in the browser", || lint(&["--package", "web", "--target", ui::TARGET]));
        more(tally);
    };
    tally.beside(beside, |tally| {
        tally.step("ui and its budgets", check_budgets);
    });
    tally.step("lints", || lint(&["--workspace", "--all-targets"]));
    tally.step("documentation", document);
    tally.step("generated files", generated::check);
}

fn lint(selection: &[&str]) -> Result<()> {
    run(cargo(["clippy", "--quiet", "--keep-going"]).args(selection).args(["--", "-D", "warnings"]))
}

/// Documents on top of what the lints have checked: with the dependencies of an example the features are those of all targets. Were they
/// different, every dependency would be checked anew.
fn document() -> Result<()> {
    let mut doc =
        cargo(["doc", "--workspace", "--no-deps", "--document-private-items", "--keep-going", "--quiet"]);
    doc.args([
        "--lib",
        "--bin",
        "ticketmesh",
        "--bin",
        "xtask",
        "--bin",
        "mesh-bench",
        "--example",
        "screens",
    ]);
    // The pages are read with private items in them, so links to those are what they should be.
    run(doc.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links"))
}

fn deny(checks: &[&str]) -> Result<Command> {
    let mut command = DENY.command(&["--log-level", "warn", "check", "--hide-inclusion-graph"])?;
    command.args(checks);
    Ok(command)
}

/// The advisory database lives on the network. Where that is out of reach the lock file cannot be judged, and saying so
/// beats failing every offline build.
fn check_advisories() -> Result<()> {
    let fetched = DENY.command(&["--log-level", "off", "fetch", "db"])?.status()?;
    if !fetched.success() {
        println!("NOT CHECKED: the advisory database cannot be reached from here");
        return Ok(());
    }
    run(deny(&["advisories"])?.arg("--disable-fetch"))
}

fn check_budgets() -> Result<()> {
    ui::build(ui::Options { release: true })?.ensure_within(BUDGET)
}
