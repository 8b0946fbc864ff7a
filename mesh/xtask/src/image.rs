//! The image, built without a registry from the binary that the tests are built with, and started as a cluster would start it.
//!
//! Invariant: what is packed by the last stage of `helm/Dockerfile` here is what it packs in a release; only the root file system
//! comes from another build, laid out by the same script.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::packages::{self, Package};
use crate::product::Product;
use crate::tally::Tally;
use crate::tools::python_tool;
use crate::workspace::{output, root, run, target};

const DOCKERFILE: &str = "helm/Dockerfile";
const COMPOSE: &str = "k8s/compose.yaml";
/// Stands in for the stage that builds from source.
const ROOT: &str = "localhost/ticketmesh-root";
const IMAGE: &str = "localhost/ticketmesh";
/// Who runs in it.
const USER: &str = "10001:10001";

/// All of it; the binary is built already.
pub(crate) fn steps(product: &Product, tally: &mut Tally) {
    tally.step("image: lint", || run(python_tool("hadolint")?.arg(root().join(DOCKERFILE))));
    tally.step("image: compose", || compose(product));
    let store = tally.step("image: build twice", || build(product));
    if let Some(store) = store {
        tally.step("image: run", || store.start());
    }
}

/// A place of images and containers of our own.
#[derive(Debug)]
struct Store(PathBuf);

impl Store {
    fn empty() -> Result<Self> {
        packages::ensure(&[Package::Containers])?;
        let folder = target().join("image");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// A command of `buildah` or `podman` on this store. Copies whole layers: that works on every file system.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("--root").arg(self.0.join("storage")).arg("--runroot").arg(self.0.join("run"));
        command.args(["--storage-driver", "vfs"]);
        command
    }

    fn buildah(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("buildah");
        command.args(arguments);
        command
    }

    /// Runc and plain files: neither systemd nor a newer cgroup is asked for.
    fn podman(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("podman");
        command.args(["--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]);
        command.args(arguments);
        command
    }

    /// The image as a cluster runs it.
    fn run(&self, more: &[&str], arguments: &[&str]) -> Command {
        let mut command = self.podman(&["run", "--read-only", "--cap-drop", "ALL", "--network", "none"]);
        command.args(["--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024"]);
        command.args(["--ulimit", "nproc=4096:4096"]).args(more).arg(IMAGE).args(arguments);
        command
    }

    /// Puts a folder into an image of its own; packed before, because only so its owners stay.
    fn pack(&self, folder: &Path) -> Result<()> {
        let packed = self.0.join("root.tar");
        run(Command::new("tar")
            .arg("--directory")
            .arg(folder)
            .arg("--file")
            .arg(&packed)
            .args(["--create", "."]))?;
        let container = output(&mut self.buildah(&["from", "scratch"]))?;
        let container = container.trim();
        output(self.buildah(&["add", container]).arg(&packed).arg("/image"))?;
        output(&mut self.buildah(&["commit", "--rm", container, ROOT])).map(drop)
    }

    /// Builds the image from nothing that was built before; answers its id.
    fn build(&self) -> Result<String> {
        let mut build =
            self.buildah(&["build", "--isolation", "chroot", "--pull-never", "--no-cache", "--quiet"]);
        build.args(["--timestamp", "0", "--build-arg", &format!("ROOT={ROOT}"), "--tag", IMAGE]);
        let said = output(build.arg("--file").arg(root().join(DOCKERFILE)).arg(self.0.join("root")))?;
        said.lines().last().map(str::to_owned).context("the build told no id")
    }

    /// Runs the whole mesh in it, asks it, and stops it.
    fn start(&self) -> Result<()> {
        let version = output(&mut self.run(&["--rm"], &["--version"]))?;
        ensure!(version.starts_with("ticketmesh "), "the image says {version:?} of its version");
        let shell = self.run(&["--rm", "--entrypoint", "/bin/sh"], &["-c", "true"]).output()?;
        ensure!(!shell.status.success(), "there is a shell in the image");
        let arguments = ["all", "--data-dir", "/var/lib/ticketmesh/data", "--listen", "0.0.0.0:8080"];
        output(&mut self.run(&["--detach", "--name", "mesh"], &arguments))?;
        let ready = output(&mut self.podman(&["exec", "mesh", "/ticketmesh", "health", "--within", "60s"]));
        let stopped = output(&mut self.podman(&["stop", "--time", "60", "mesh"]));
        let code = output(&mut self.podman(&["inspect", "--format", "{{.State.ExitCode}}", "mesh"]));
        let log = output(&mut self.podman(&["logs", "mesh"]));
        ready.with_context(|| format!("the mesh is not ready; it said: {}", log.unwrap_or_default()))?;
        stopped?;
        ensure!(code?.trim() == "0", "the mesh did not stop by itself");
        Ok(())
    }
}

/// Builds twice: the same id, the right user, nothing secret and little else in it.
fn build(product: &Product) -> Result<Store> {
    let store = Store::empty()?;
    let folder = store.0.join("root");
    run(Command::new("sh").arg(root().join("helm/image.sh")).arg(product.path()).arg(&folder))?;
    store.pack(&folder)?;
    let (first, second) = (store.build()?, store.build()?);
    ensure!(first == second, "two builds of the same are two images: {first} and {second}");
    let about =
        |format: &str| output(&mut store.buildah(&["inspect", "--type", "image", "--format", format, IMAGE]));
    let user = about("{{.OCIv1.Config.User}}")?;
    ensure!(user.trim() == USER, "the image runs as {user:?}, not as {USER}");
    let licence = about("{{index .OCIv1.Config.Labels \"org.opencontainers.image.licenses\"}}")?;
    ensure!(licence.trim() == "MIT", "the image says {licence:?} of its licence");
    println!("{}", output(&mut store.buildah(&["images", "--format", "{{.Size}}", IMAGE]))?.trim());
    Ok(store)
}

/// Every setting in the file of compose is one that the product knows.
fn compose(product: &Product) -> Result<()> {
    let text = std::fs::read_to_string(root().join(COMPOSE)).context("k8s/compose.yaml is missing")?;
    let file: Vec<serde_json::Value> =
        serde_saphyr::from_multiple(&text).context("k8s/compose.yaml is no YAML")?;
    let services =
        file.first().and_then(|file| file.get("services")?.as_object()).context("it has no services")?;
    let known = output(&mut product.command(&["help", "all"]))?
        + &output(&mut product.command(&["help", "identity"]))?
        + &output(&mut product.command(&["help", "gateway"]))?;
    let environments = services.values().filter_map(|service| service.get("environment")?.as_object());
    let settings: Vec<_> =
        environments.flat_map(serde_json::Map::keys).filter(|name| name.starts_with("TM_")).collect();
    ensure!(settings.len() > 20, "k8s/compose.yaml says little: {settings:?}");
    for name in settings {
        ensure!(
            known.contains(&format!("[env: {name}")),
            "k8s/compose.yaml sets {name}, which is no setting"
        );
    }
    Ok(())
}
