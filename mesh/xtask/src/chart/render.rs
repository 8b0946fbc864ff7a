//! Cases of the chart (`ci/*.yaml`), rendered and read.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{KUBERNETES, folder};
use crate::tools::Helm;
use crate::workspace::output;

/// Name and namespace of every rendered release.
pub(crate) const RELEASE: &str = "ticketmesh";

/// One file of values.
#[derive(Debug, Clone)]
pub(crate) struct Case(PathBuf);

/// What was rendered.
pub(crate) type Objects = Vec<Value>;

impl fmt::Display for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name())
    }
}

impl Case {
    /// Every case, by name.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let folder = folder().join("ci");
        let entries = std::fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))?;
        let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        files.sort();
        Ok(files.into_iter().map(Self).collect())
    }

    pub(crate) fn named(name: &str) -> Self {
        Self(folder().join("ci").join(format!("{name}.yaml")))
    }

    pub(crate) fn name(&self) -> String {
        self.0.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(super) fn lint(&self, helm: Helm) -> Result<()> {
        let mut lint = helm.command()?;
        output(lint.args(["lint", "--strict"]).arg(folder()).arg("--values").arg(&self.0)).map(drop)
    }

    /// The text Helm makes of it.
    pub(crate) fn render(&self, helm: Helm, kubernetes: &str) -> Result<String> {
        output(self.command(helm)?.args(["--kube-version", kubernetes]))
    }

    /// What this Helm makes of it with more settings.
    pub(crate) fn render_with(&self, helm: Helm, settings: &[&str]) -> Result<String> {
        let mut command = self.command(helm)?;
        for setting in settings {
            command.args(["--set-string", setting]);
        }
        output(&mut command)
    }

    /// A command that renders it, to which more can be said.
    pub(super) fn command(&self, helm: Helm) -> Result<Command> {
        let mut command = helm.command()?;
        command.args(["template", RELEASE]).arg(folder()).args(["--namespace", RELEASE]);
        command.arg("--values").arg(&self.0);
        Ok(command)
    }

    /// The values themselves.
    pub(super) fn values(&self) -> Result<Value> {
        let text = std::fs::read_to_string(&self.0).with_context(|| format!("no case {self}"))?;
        serde_saphyr::from_str(&text).with_context(|| format!("{self} is no YAML"))
    }

    /// What the newest Helm makes of it for the newest Kubernetes.
    pub(crate) fn objects(&self) -> Result<Objects> {
        parse(&self.render(Helm::FOUR, KUBERNETES[2])?)
    }
}

/// The documents of a text.
pub(crate) fn parse(text: &str) -> Result<Objects> {
    serde_saphyr::from_multiple(text).context("what was rendered is no YAML")
}

/// A string at a path; empty when it is not there.
pub(crate) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The list at a path; empty when it is not there.
pub(crate) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// `Deployment/ticketmesh-tickets`.
pub(crate) fn title(object: &Value) -> String {
    format!("{}/{}", text(object, "/kind"), text(object, "/metadata/name"))
}

/// The pod an object makes or is, if it does.
pub(crate) fn pod(object: &Value) -> Option<&Value> {
    match text(object, "/kind") {
        "Pod" => object.pointer("/spec"),
        _ => object.pointer("/spec/template/spec"),
    }
}

/// Every container of a pod.
pub(crate) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/initContainers", "/containers"].into_iter().flat_map(|path| list(pod, path))
}
