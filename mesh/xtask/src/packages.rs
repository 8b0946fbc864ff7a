//! Programs that come from the operating system: found, installed where that is allowed, or named in one sentence.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::workspace::{output, run};

/// A thing the tests need and cargo cannot bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Package {
    Postgres,
    RabbitMq,
    Chromium,
    Node,
    Python,
    /// What scripts call the product with.
    Curl,
    /// What builds images and runs them.
    Containers,
}

impl Package {
    fn present(self) -> bool {
        match self {
            Self::Postgres => postgres_programs().is_some(),
            Self::RabbitMq => rabbitmq_programs().is_some(),
            Self::Chromium => chromedriver().is_some() && chromium().is_some(),
            Self::Node => on_path("node").is_some() && on_path("npm").is_some(),
            Self::Curl => ["curl", "jq"].iter().all(|program| on_path(program).is_some()),
            Self::Containers => {
                ["buildah", "podman", "runc"].iter().all(|program| on_path(program).is_some())
            }
            Self::Python => {
                let makes_environments = ["-c", "import ensurepip, venv"];
                output(Command::new("python3").args(makes_environments)).is_ok()
            }
        }
    }

    /// What Debian calls it.
    fn debian(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgresql"],
            Self::RabbitMq => &["rabbitmq-server"],
            Self::Chromium => &["chromium", "chromium-driver"],
            Self::Node => &["nodejs", "npm"],
            Self::Python => &["python3", "python3-venv"],
            Self::Curl => &["curl", "jq"],
            Self::Containers => &["buildah", "podman", "runc"],
        }
    }
}

/// Makes sure that all of them are there; on Debian, as root or in CI, by installing what is missing.
pub(crate) fn ensure(wanted: &[Package]) -> Result<()> {
    let missing: Vec<_> = wanted.iter().filter(|package| !package.present()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().flat_map(|package| package.debian()).copied().collect();
    let allowed = on_path("apt-get").is_some() && (is_root() || std::env::var_os("CI").is_some());
    ensure!(allowed, "missing programs; install {} (Debian's names)", names.join(", "));
    println!("installing {}", names.join(", "));
    run(apt_get().arg("update"))?;
    run(apt_get().args(["--yes", "install", "--no-install-recommends"]).args(&names))?;
    let absent: Vec<_> = missing.into_iter().filter(|package| !package.present()).collect();
    ensure!(absent.is_empty(), "{absent:?} installed, yet the programs are not to be found");
    Ok(())
}

/// Unpacks a package of Debian into a folder, without installing it: nothing of it is started, nothing else changes.
pub(crate) fn unpack(package: &str, folder: &Path) -> Result<()> {
    ensure!(on_path("apt-get").is_some(), "{package} is missing, and there is no apt-get to bring it");
    std::fs::create_dir_all(folder)?;
    println!("unpacking {package}");
    let download = || run(Command::new("apt-get").args(["--quiet", "download", package]).current_dir(folder));
    if download().is_err() {
        // There are no lists of packages yet.
        run(apt_get().arg("update"))?;
        download()?;
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("-x").arg(&path).arg(folder))?;
        }
    }
    Ok(())
}

fn apt_get() -> Command {
    let as_root: &[_] = if is_root() { &["env"] } else { &["sudo", "--non-interactive", "env"] };
    let mut command = Command::new(as_root[0]);
    command.args(&as_root[1..]).args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    command
}

/// Whether this process is the superuser's.
pub(crate) fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0)
}

/// The folder of `initdb` and `pg_ctl`: the newest version of Debian's, or the one on the path.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(number);
    let debian = newest.map(|version| version.join("bin")).filter(|folder| folder.join("initdb").is_file());
    debian.or_else(|| folder_of("initdb"))
}

/// The folder of RabbitMQ's scripts. Debian's wrapper on the path insists on a system user, so the real ones go first.
pub(crate) fn rabbitmq_programs() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/lib/rabbitmq/bin");
    if debian.join("rabbitmq-server").is_file() { Some(debian) } else { folder_of("rabbitmq-server") }
}

pub(crate) fn chromedriver() -> Option<PathBuf> {
    on_path("chromedriver")
}

fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path)
}

fn folder_of(program: &str) -> Option<PathBuf> {
    on_path(program)?.parent().map(Path::to_owned)
}

/// Where a program of this name lies.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
