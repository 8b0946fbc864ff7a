//! Proof of the chart and the manifests without a cluster: both Helms, three versions of Kubernetes, strict schemas, rules of our
//! own about what was rendered, what is refused, what is kept under version control, use below another chart.
//!
//! Invariant: a case that could not be rendered is a failure, and so is a kind nothing has a schema of.

pub(crate) mod golden;
mod refusals;
mod render;
mod rules;
mod schemas;
mod subchart;
mod versions;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::tally::{Counts, Tally};
use crate::tools::{Helm, python_tool};
use crate::workspace::{root, run};

pub(crate) use render::{Case, Objects, containers, list, parse, pod, text, title};

/// The oldest Kubernetes the chart is for, the newest, and one between.
const KUBERNETES: [&str; 3] = ["1.30.0", "1.33.0", "1.36.0"];

/// What was found wrong, and how much was right.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    passed: u32,
    wrong: Vec<String>,
}

impl Findings {
    /// Takes one thing that is right, or else wrong in this way.
    pub(crate) fn check(&mut self, right: bool, wrong: impl FnOnce() -> String) {
        if right {
            self.passed += 1;
        } else {
            self.wrong.push(wrong());
        }
    }

    /// Prints what is wrong, and counts.
    pub(crate) fn counts(self) -> Counts {
        for wrong in &self.wrong {
            eprintln!("wrong: {wrong}");
        }
        Counts { passed: self.passed, failed: u32::try_from(self.wrong.len()).unwrap_or(u32::MAX) }
    }
}

pub(crate) fn folder() -> PathBuf {
    root().join("helm/ticketmesh")
}

/// All of it.
pub(crate) fn steps(tally: &mut Tally) {
    tally.step("chart: workflows", workflows);
    tally.counted("chart: render", render_all);
    tally.counted("chart: schemas", || schemas::check(&KUBERNETES));
    tally.counted("chart: rules", || {
        let mut findings = Findings::default();
        for case in Case::all()? {
            rules::check(&case, &case.objects()?, &mut findings);
        }
        Ok(findings.counts())
    });
    tally.counted("chart: refusals", refusals::check);
    tally.step("chart: below another chart", subchart::check);
    tally.counted("chart: what is kept", golden::check);
}

/// What the linter of workflows says.
fn workflows() -> Result<()> {
    let folder = root().join(".github/workflows");
    let files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    run(python_tool("actionlint")?.args(files))
}

/// Each case by each Helm for each Kubernetes: twice the same, the same by both, and linted.
fn render_all() -> Result<Counts> {
    let mut findings = Findings::default();
    for case in Case::all()? {
        for helm in [Helm::FOUR, Helm::THREE] {
            case.lint(helm)?;
            for kubernetes in KUBERNETES {
                let (first, second) = (case.render(helm, kubernetes)?, case.render(helm, kubernetes)?);
                findings.check(first == second, || {
                    format!("{case} is rendered differently each time by Helm {}", helm.version)
                });
            }
        }
        let [four, three] = [Helm::FOUR, Helm::THREE].map(|helm| case.render(helm, KUBERNETES[0]));
        let (four, three): (Vec<Value>, Vec<Value>) = (parse(&four?)?, parse(&three?)?);
        findings.check(four == three, || format!("{case} is rendered differently by the two Helms"));
    }
    ensure!(findings.passed > 0, "there is no case in {}", folder().join("ci").display());
    Ok(findings.counts())
}
