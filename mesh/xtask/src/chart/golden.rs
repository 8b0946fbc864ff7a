//! What is made of the chart and kept under version control, so that people read and diff it: the tables of its README, the render
//! of every case, the plain manifests; and what the overlays make of these.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::render::{list, parse, text};
use super::{Case, Findings, KUBERNETES, folder, title};
use crate::tally::Counts;
use crate::tools::{Helm, readme_generator};
use crate::workspace::{output, root, run, target};

/// Objects of Helm's own kind, which plain manifests have no use for.
const HELMS_OWN: [&str; 2] = ["app.kubernetes.io/managed-by: Helm", "helm.sh/chart: "];

/// Names what is stale, and what an overlay lacks.
pub(super) fn check() -> Result<Counts> {
    let mut findings = Findings::default();
    for (file, now) in generated()? {
        let kept = std::fs::read_to_string(root().join(&file)).unwrap_or_default();
        findings.check(kept == now, || format!("{} is stale; run `cargo xtask generate`", file.display()));
    }
    for (name, made) in manifests()? {
        let objects = parse(&made)?;
        let deployments = objects.iter().filter(|object| text(object, "/kind") == "Deployment").count();
        findings.check(deployments >= 5, || format!("{name} has {deployments} of the roles"));
        images(&name, &objects, &mut findings);
    }
    documented(&mut findings)?;
    super::versions::check(&mut findings)?;
    routed(&mut findings)?;
    Ok(findings.counts())
}

/// Every file with what it should say.
pub(crate) fn generated() -> Result<Vec<(PathBuf, String)>> {
    let mut files = vec![(PathBuf::from("helm/ticketmesh/README.md"), readme()?)];
    for case in Case::all()? {
        let golden = Path::new("helm/golden").join(format!("{case}.yaml"));
        files.push((golden, case.render(Helm::FOUR, KUBERNETES[2])?));
    }
    let plain = Case::named("minimal").render(Helm::FOUR, KUBERNETES[2])?;
    files.push((PathBuf::from("k8s/base/ticketmesh.yaml"), without_helm(&plain)));
    Ok(files)
}

/// Writes each.
pub(crate) fn write() -> Result<()> {
    for (file, now) in generated()? {
        let path = root().join(&file);
        std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
        std::fs::write(&path, now).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", file.display());
    }
    Ok(())
}

/// What kustomize makes of each overlay.
pub(super) fn manifests() -> Result<Vec<(String, String)>> {
    let overlays = root().join("k8s/overlays");
    let entries = std::fs::read_dir(&overlays).with_context(|| format!("no {}", overlays.display()))?;
    let mut folders = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    folders.sort();
    let named = |folder: PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let made = output(Helm::FOUR.kubectl()?.arg("kustomize").arg(&folder))?;
        Ok((format!("overlay-{name}"), made))
    };
    folders.into_iter().map(named).collect()
}

/// The README with its tables made anew.
fn readme() -> Result<String> {
    let made = target().join("chart/README.md");
    std::fs::create_dir_all(target().join("chart"))?;
    std::fs::copy(folder().join("README.md"), &made).context("helm/ticketmesh/README.md is missing")?;
    let mut generate = readme_generator()?;
    generate.arg("--values").arg(folder().join("values.yaml")).arg("--readme").arg(&made);
    run(generate.stdout(std::process::Stdio::null()))?;
    std::fs::read_to_string(&made).context("no README was made")
}

/// The objects but the test, without the labels by which Helm knows its own.
fn without_helm(rendered: &str) -> String {
    let documents = rendered.split("---\n").filter(|document| !document.trim().is_empty());
    let ours = documents.filter(|document| !document.contains("helm.sh/hook: test"));
    let line = |line: &&str| !HELMS_OWN.iter().any(|own| line.trim_start().starts_with(own));
    let ours = ours.map(|document| document.lines().filter(line).collect::<Vec<_>>().join("\n"));
    format!(
        "# Written by `cargo xtask generate` from helm/ticketmesh/ci/minimal.yaml; change it by overlays.\n---\n{}\n",
        ours.collect::<Vec<_>>().join("\n---\n")
    )
}

/// An image without a fixed version is another one tomorrow.
fn images(name: &str, objects: &[Value], findings: &mut Findings) {
    for object in objects {
        for container in super::render::pod(object).into_iter().flat_map(super::render::containers) {
            let image = text(container, "/image");
            let fixed = image.contains('@') || image.rsplit_once(':').is_some_and(|(_, tag)| tag != "latest");
            findings.check(fixed, || format!("{name}: {} takes {image}, of no fixed version", title(object)));
        }
    }
}

/// Routes name services one by one: exactly those of the contract, in the chart and in the plain manifests.
fn routed(findings: &mut Findings) -> Result<()> {
    let mut contract = BTreeSet::from([
        "grpc.health.v1.Health".to_owned(),
        "grpc.reflection.v1.ServerReflection".to_owned(),
    ]);
    let found = output(
        Command::new("grep").args(["-rhE", "^(package|service) "]).arg(root().join("proto/ticketmesh")),
    )?;
    let mut package = "";
    for line in found.lines() {
        let name = line.split([' ', ';']).nth(1).unwrap_or_default();
        if line.starts_with("service ") {
            contract.insert(format!("{package}.{name}"));
        } else {
            package = name;
        }
    }
    let plain = parse(&std::fs::read_to_string(root().join("k8s/components/gateway-api/routes.yaml"))?)?;
    for (who, objects) in [("the chart", Case::named("ha").objects()?), ("k8s/components/gateway-api", plain)]
    {
        let route = objects.iter().find(|object| text(object, "/kind") == "GRPCRoute");
        let route = route.with_context(|| format!("{who} has no GRPCRoute"))?;
        let matches = list(route, "/spec/rules/0/matches").iter();
        let named: BTreeSet<_> = matches.map(|one| text(one, "/method/service").to_owned()).collect();
        let differ: Vec<_> = contract.symmetric_difference(&named).collect();
        findings.check(differ.is_empty(), || {
            format!("{who} routes other services than the contract has: {differ:?}")
        });
    }
    Ok(())
}

/// Every alert has a runbook and a test, and every runbook an alert.
fn documented(findings: &mut Findings) -> Result<()> {
    let names = |folder: &str| -> Result<Vec<String>> {
        let entries = std::fs::read_dir(root().join(folder)).with_context(|| format!("no {folder}"))?;
        let mut names = entries
            .map(|entry| Ok(entry?.path().file_stem().unwrap_or_default().to_string_lossy().into_owned()))
            .collect::<Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    };
    let alerts = names("helm/ticketmesh/alerts")?;
    for folder in ["helm/tests/alerts", "docs/runbooks"] {
        findings.check(names(folder)? == alerts, || format!("{folder} does not have exactly the alerts"));
    }
    for alert in &alerts {
        let file = folder().join("alerts").join(format!("{alert}.yaml"));
        let rules = parse(&std::fs::read_to_string(&file)?)?;
        let rules: Vec<_> = rules.iter().flat_map(|file| list(file, "/groups/0/rules")).collect();
        let one = rules.len() == 1 && text(rules[0], "/alert") == alert;
        let runbook = rules
            .iter()
            .all(|rule| text(rule, "/annotations/runbook_url") == format!("docs/runbooks/{alert}.md"));
        findings
            .check(one && runbook, || format!("{alert}.yaml is not one alert of that name with its runbook"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::without_helm;

    #[test]
    fn plain_manifests_have_nothing_of_helms_own() {
        let rendered = "---\nkind: Pod\n  helm.sh/hook: test\n---\nkind: Service\nlabels:\n  helm.sh/chart: a-1\n  app.kubernetes.io/managed-by: Helm\n  app: a\n";
        let plain = without_helm(rendered);
        assert!(plain.ends_with("---\nkind: Service\nlabels:\n  app: a\n"), "{plain}");
        assert!(!plain.contains("Pod"), "{plain}");
    }
}
