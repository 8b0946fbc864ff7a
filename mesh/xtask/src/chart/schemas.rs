//! Every rendered object against the schema of its kind, strictly: a field nobody knows is wrong.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::{Case, Findings};
use crate::tally::Counts;
use crate::tools::{Helm, python_tool};
use crate::workspace::{output, root, target};

const SCRIPT: &str = include_str!("schemas.py");
/// An object with a field that does not exist, to see that such things are found.
const PLANTED: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: planted}\nspec: {prots: []}\n";

/// Checks what each case is for each of these versions of Kubernetes.
pub(super) fn check(versions: &[&str]) -> Result<Counts> {
    let folder = target().join("chart");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let example = |name: &str| {
        let file = super::folder().join("examples").join(name);
        std::fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))
    };
    let examples = format!("{}---\n{}", example("operators.yaml")?, example("mtls.yaml")?);
    let mut files = Vec::new();
    for version in versions {
        for case in Case::all()? {
            files.push((*version, format!("{case}-{version}"), case.render(Helm::FOUR, version)?));
        }
        for (name, text) in super::golden::manifests()? {
            files.push((*version, format!("{name}-{version}"), text));
        }
        files.push((*version, "planted".to_owned(), PLANTED.to_owned()));
        files.push((*version, format!("examples-{version}"), examples.clone()));
    }
    let mut check = python_tool("python")?;
    check.args(["-c", SCRIPT]).arg(others());
    for (version, name, text) in files {
        let file = folder.join(format!("{name}.yaml"));
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
        check.arg(format!("{minor}={}", file.display()));
    }
    judge(&output(&mut check)?)
}

/// Schemas of kinds that are not Kubernetes' own, beside the project; they are somebody else's, so they are not kept in it.
fn others() -> PathBuf {
    let folder = root().join("../shared/crd-schemas");
    if folder.is_dir() {
        return folder;
    }
    println!("NOT CHECKED: kinds of other projects; their schemas are not at {}", folder.display());
    PathBuf::new()
}

fn judge(said: &str) -> Result<Counts> {
    let (mut findings, mut planted) = (Findings::default(), 0);
    for line in said.lines() {
        let (verdict, what) = line.split_once('\t').context("the schema check said something odd")?;
        match verdict {
            "wrong" if what.contains("Service/planted") => planted += 1,
            "ok" => findings.check(true, String::new),
            "unchecked" => {}
            _ => findings.check(false, || what.to_owned()),
        }
    }
    ensure!(planted > 0, "the schema check finds nothing: it took a field that does not exist");
    Ok(findings.counts())
}
