//! Everything CI runs, in one go: the checks, then every test against private servers and a real browser.
//!
//! Invariant: a part that cannot run counts as failed.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::chart;
use crate::check;
use crate::image;
use crate::ops;
use crate::packages::{self, Package};
use crate::product::Product;
use crate::readme;
use crate::services::{Given, Services};
use crate::tally::{Counts, Tally};
use crate::tools::{self, NEXTEST};
use crate::ui;
use crate::workspace::target;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only these parts; all of them when absent
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// A binary that is built already, for the parts `image` and `ops`
    #[arg(long)]
    binary: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Format, lints, documentation, licences, generated files, size budgets
    Check,
    /// Every package's own tests, on both engines
    Unit,
    /// Whole-system tests: one process, and five of them; what the README tells services to do
    Mesh,
    /// Journeys in Chromium
    Browser,
    /// The chart and the manifests, rendered and judged
    Chart,
    /// The image, built and started
    Image,
    /// What the chart says, done: install, replace under load, watch, restore
    Ops,
}

/// Where the browser journeys find axe, which judges whether everybody can use a page.
const AXE: &str = "TICKETMESH_TEST_AXE";
/// Where they find the driver of Chromium.
const CHROMEDRIVER: &str = "TICKETMESH_TEST_CHROMEDRIVER";

/// Parts that are tests of the runner's.
const TESTS: [Part; 3] = [Part::Unit, Part::Mesh, Part::Browser];
/// Parts that need servers.
const SERVED: [Part; 4] = [Part::Unit, Part::Mesh, Part::Browser, Part::Ops];
/// Parts that need the product built.
const BUILT: [Part; 5] = [Part::Unit, Part::Mesh, Part::Browser, Part::Image, Part::Ops];

impl Part {
    /// Which tests are this part's, in nextest's language.
    fn filter(self) -> &'static str {
        match self {
            Self::Check | Self::Chart | Self::Image | Self::Ops => "none()",
            Self::Unit => "not (package(ticketmesh) & kind(test))",
            Self::Mesh => "package(ticketmesh) & kind(test) & not binary(/^browser/)",
            Self::Browser => "package(ticketmesh) & kind(test) & binary(/^browser/)",
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Runs the parts asked for, to the end, and fails if anything did.
pub(crate) fn all(options: &Options) -> Result<()> {
    let chosen = |part: &Part| options.only.is_empty() || options.only.contains(part);
    let mut tally = Tally::default();
    let early = |tally: &mut Tally| {
        if SERVED.iter().any(chosen) {
            tally.step("programs", || fetch(options, chosen));
        }
        if chosen(&Part::Chart) {
            chart::steps(tally);
        }
    };
    if chosen(&Part::Check) {
        check::steps(&mut tally, early);
    } else if BUILT.iter().any(chosen) && options.binary.is_none() {
        tally.step("ui", || ui::build(ui::Options { release: true }).map(drop));
    }
    if !chosen(&Part::Check) {
        early(&mut tally);
    }
    let parts: Vec<_> = BUILT.into_iter().filter(chosen).collect();
    if !parts.is_empty() {
        built(&parts, options, &mut tally);
    }
    tally.close()
}

/// Brings the programs that parts run: while others still compile, and one package manager at a time.
fn fetch(options: &Options, chosen: impl Fn(&Part) -> bool) -> Result<()> {
    if chosen(&Part::Browser) {
        packages::ensure(&[Package::Chromium])?;
        tools::axe()?;
    }
    if chosen(&Part::Image) {
        packages::ensure(&[Package::Containers])?;
    }
    options.given.fetch_others()
}

/// The parts that need the binary.
fn built(parts: &[Part], options: &Options, tally: &mut Tally) {
    // Built before the servers start, so that these do not idle.
    let build =
        || options.binary.clone().map_or_else(Product::compile_with_tests, |path| Ok(Product::at(path)));
    let Some(product) = tally.step("build", build) else { return };
    let image = |tally: &mut Tally| {
        if parts.contains(&Part::Image) {
            image::steps(&product, tally);
        }
    };
    tally.beside(image, |tally| {
        if parts.iter().any(|part| SERVED.contains(part)) {
            served(parts, &product, options.given.clone(), tally);
        }
    });
}

/// The parts that need servers besides.
fn served(parts: &[Part], product: &Product, given: Given, tally: &mut Tally) {
    let Some(services) = tally.step("servers", || Services::start(given)) else {
        return;
    };
    let tests: Vec<_> = parts.iter().copied().filter(|part| TESTS.contains(part)).collect();
    if !tests.is_empty() {
        let names: Vec<_> = tests.iter().map(|part| part.name()).collect();
        tally.counted(&names.join(", "), || nextest(&tests, &services));
    }
    if parts.contains(&Part::Mesh) {
        tally.step("commands of the README", || readme::check(product));
    }
    if parts.contains(&Part::Ops) {
        ops::steps(product, &services, tally);
    }
}

/// Runs the tests of some parts in one go: `.config/nextest.toml` says what goes beside what. The runner prints its own summary, the counts
/// come from its report.
fn nextest(parts: &[Part], services: &Services) -> Result<Counts> {
    let report = target().join("nextest/default/junit.xml");
    match std::fs::remove_file(&report) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let filters: Vec<_> = parts.iter().map(|part| format!("({})", part.filter())).collect();
    let mut command =
        NEXTEST.command(&["run", "--workspace", "--cargo-quiet", "-E", &filters.join(" | ")])?;
    // One more than there are cores: whole systems go first, and wait more than they work.
    let threads = thread::available_parallelism()?.get() + 1;
    command.args(["--test-threads", &threads.to_string()]).envs(services.environment());
    if parts.contains(&Part::Browser) {
        packages::ensure(&[Package::Chromium])?;
        command.env(AXE, tools::axe()?);
        command.env(CHROMEDRIVER, packages::chromedriver().context("chromedriver is missing")?);
    }
    let status = command.status().context("cannot start cargo nextest")?;
    let report = std::fs::read_to_string(report).with_context(|| format!("no test ran ({status})"))?;
    let counts = counts(&report).context("the test runner's report has no counts")?;
    ensure!(status.success() || counts.failed > 0, "the test runner failed ({status}), no test did");
    Ok(counts)
}

/// The counts that stand in the root element of a `JUnit` report.
fn counts(report: &str) -> Option<Counts> {
    let (_, after) = report.split_once("<testsuites ")?;
    let (attributes, _) = after.split_once('>')?;
    let number = |name: &str| {
        let (_, after) = attributes.split_once(&format!("{name}=\""))?;
        after.split_once('"')?.0.parse::<u32>().ok()
    };
    let failed = number("failures")? + number("errors")?;
    Some(Counts { passed: number("tests")?.checked_sub(failed)?, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_runners_report() {
        let report = r#"<?xml version="1.0"?><testsuites name="nextest-run" tests="12" failures="2" errors="1" uuid="x">"#;
        assert_eq!(counts(report), Some(Counts { passed: 9, failed: 3 }));
    }

    #[test]
    fn a_report_without_counts_is_no_report() {
        assert_eq!(counts("<testsuites name=\"nextest-run\"/>"), None);
    }
}
