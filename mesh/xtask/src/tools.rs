//! Programs that cargo, npm and pip can bring: found, or installed in the pinned version.

mod platform;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::packages::{self, Package};
use crate::workspace::{cargo, output, root, run, target};

pub(crate) use platform::{Helm, prometheus, python_tool, readme_generator};

/// A cargo sub-command that is not part of the toolchain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

pub(crate) const NEXTEST: Tool = Tool { name: "nextest", version: "0.9.143" };
pub(crate) const DENY: Tool = Tool { name: "deny", version: "0.20.2" };
pub(crate) const MACHETE: Tool = Tool { name: "machete", version: "0.9.2" };

const AXE: &str = "4.14.1";
const BUF: &str = "1.75.0";
/// The newest of those that run on the Node.js of Debian 12.
const OIDC_PROVIDER: &str = "8.8.1";
/// The S3 server and what it answers with.
const MOTO: &str = "5.2.5";
const MOTO_WITH: [&str; 2] = ["flask==3.1.3", "flask-cors==6.0.5"];

impl Tool {
    /// A command of this tool, after making sure that the tool is there; any version found will do.
    pub(crate) fn command(self, arguments: &[&str]) -> Result<Command> {
        let mut present = cargo([self.name, "--version"]);
        let found = present.stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            self.install()?;
        }
        let mut command = cargo([self.name]);
        command.args(arguments);
        Ok(command)
    }

    /// Unoptimised: compiling the tool is what costs time, not running it.
    fn install(self) -> Result<()> {
        let package = format!("cargo-{}@{}", self.name, self.version);
        println!("installing {package}");
        run(&mut cargo(["install", "--quiet", "--locked", "--debug", &package]))
            .with_context(|| format!("cargo-{} is missing; install it", self.name))
    }
}

/// The protobuf linter, from its npm package.
pub(crate) fn buf() -> Result<PathBuf> {
    let folder = target().join("tools");
    let program = folder.join("node_modules/.bin/buf");
    if output(Command::new(&program).arg("--version")).is_ok_and(|version| version.trim() == BUF) {
        return Ok(program);
    }
    npm_install(&folder, &format!("@bufbuild/buf@{BUF}"))?;
    Ok(program)
}

/// The folder from which a script finds the OpenID provider.
pub(crate) fn oidc_provider() -> Result<PathBuf> {
    npm_package("oidc-provider", OIDC_PROVIDER)
}

/// The script that looks for what keeps people from using a page.
pub(crate) fn axe() -> Result<PathBuf> {
    Ok(npm_package("axe-core", AXE)?.join("node_modules/axe-core/axe.min.js"))
}

/// The folder with an npm package in it. It has one of its own, since npm removes what it was not asked for.
fn npm_package(name: &str, version: &str) -> Result<PathBuf> {
    let folder = target().join("tools").join(name);
    let manifest = folder.join("node_modules").join(name).join("package.json");
    let line = format!("\"version\": \"{version}\"");
    let present = std::fs::read_to_string(manifest).is_ok_and(|manifest| manifest.contains(&line));
    packages::ensure(&[Package::Node])?;
    if !present {
        npm_install(&folder, &format!("{name}@{version}"))?;
    }
    Ok(folder)
}

/// The Python that finds the S3 server.
pub(crate) fn s3_server() -> Result<PathBuf> {
    let wanted = [&format!("moto[s3]=={MOTO}"), MOTO_WITH[0], MOTO_WITH[1]];
    python("moto", &wanted)
}

/// The Python of an environment of its own in which these packages, with their versions, are installed.
fn python(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = target().join("tools").join(name);
    let (program, note) = (folder.join("bin/python"), folder.join("installed"));
    let wanted = packages.join("\n");
    if program.is_file() && std::fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    packages::ensure(&[Package::Python])?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(&program);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    run(&mut pip).with_context(|| format!("{} can't be installed", packages.join(", ")))?;
    std::fs::write(&note, wanted).with_context(|| format!("cannot write {}", note.display()))?;
    Ok(program)
}

fn npm_install(folder: &Path, package: &str) -> Result<()> {
    packages::ensure(&[Package::Node])?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
    run(npm.arg(package).current_dir(root()))
}
