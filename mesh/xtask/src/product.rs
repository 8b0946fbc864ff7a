//! The product's binary, built from this tree and driven from outside, as an operator would.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::keeper::{Keeper, Settings};
use crate::services::free_port;
use crate::tools::NEXTEST;
use crate::ui;
use crate::workspace::{cargo, root, run, target};

/// Password of everybody in a demonstration that ends with the process that started it.
pub(crate) const DEMO_PASSWORD: &str = "demo people of ticketmesh";

const ADMIN: [&str; 4] = ["--email", "admin@demo.test", "--name", "Administrator"];
const START: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A binary that is built.
#[derive(Debug, Clone)]
pub(crate) struct Product(PathBuf);

/// One process of it: which role, and where it listens.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) listen: SocketAddr,
    pub(crate) probes: SocketAddr,
}

/// A running role; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    keeper: Keeper,
    /// The process itself, not its keeper.
    pub(crate) process: u32,
}

impl Product {
    /// Builds the UI, and the binary that carries it.
    pub(crate) fn build(release: bool) -> Result<Self> {
        ui::build(ui::Options { release })?;
        Self::compile(release)
    }

    /// Builds the binary alone; it carries the UI that was built last.
    pub(crate) fn compile(release: bool) -> Result<Self> {
        Self::compile_beside(release, &[])
    }

    /// The same, and other packages of the workspace with it.
    pub(crate) fn compile_beside(release: bool, others: &[&str]) -> Result<Self> {
        let mut build = cargo(["build", "--bins"]);
        if release {
            // Whoever waits for it did not ask for the tools.
            let packages = ["ticketmesh"].iter().chain(others).flat_map(|package| ["--package", package]);
            build.arg("--release").args(packages);
        } else {
            // What the tests are made of: one selection keeps one dependency graph, and nothing is built twice.
            build.arg("--workspace");
        }
        run(&mut build)?;
        Ok(Self(target().join(if release { "release" } else { "debug" }).join("ticketmesh")))
    }

    /// Builds every test, and with them the binary that their processes run: one selection of packages for the tests and
    /// for what is generated, because another would compile every dependency anew.
    pub(crate) fn compile_with_tests() -> Result<Self> {
        run(&mut NEXTEST.command(&["run", "--workspace", "--no-run", "--cargo-quiet"])?)?;
        Ok(Self(target().join("debug").join("ticketmesh")))
    }

    /// A binary that somebody built.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where the binary is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A command of the product.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.current_dir(root()).args(arguments);
        command
    }

    /// Starts a role.
    pub(crate) fn start(&self, role: &Role, mut settings: Settings) -> Result<Running> {
        settings.extend([
            ("KEEPER_BINARY".to_owned(), self.0.clone().into()),
            ("KEEPER_ROLE".to_owned(), role.name.into()),
            ("TM_LISTEN".to_owned(), role.listen.to_string().into()),
            ("TM_ADMIN_LISTEN".to_owned(), role.probes.to_string().into()),
        ]);
        let mut keeper = Keeper::start(role.name, include_str!("role.sh"), settings)?;
        let process = keeper.ready(Path::new(""))?.parse().context("the keeper told no process id")?;
        Ok(Running { keeper, process })
    }

    /// Waits until every role is ready to serve; one that ends instead is an error.
    pub(crate) fn wait_for(&self, roles: &[Role], endings: &Receiver<&'static str>) -> Result<()> {
        let start = Instant::now();
        for role in roles {
            while !self.is_ready(role) {
                if let Ok(ended) = endings.recv_timeout(LOOK_AGAIN) {
                    bail!("{ended} ended before it was ready");
                }
                ensure!(start.elapsed() < START, "{} is not ready after {START:?}", role.name);
            }
        }
        Ok(())
    }

    fn is_ready(&self, role: &Role) -> bool {
        let mut health = self.command(&["health", "--admin-listen", &role.probes.to_string()]);
        health.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Makes the administrator a demonstration begins with.
    pub(crate) fn create_admin(&self, settings: &Settings, folder: &Path) -> Result<()> {
        let password = folder.join("password");
        std::fs::write(&password, DEMO_PASSWORD)
            .with_context(|| format!("cannot write {}", password.display()))?;
        let mut create = self.command(&["create-admin"]);
        create.args(ADMIN).arg("--password-file").arg(&password);
        run(create.envs(settings.iter().cloned()).stdout(Stdio::null()))
    }

    /// Makes the demonstration's people and tickets, through the front door.
    pub(crate) fn seed(&self, role: &Role) -> Result<()> {
        let mut seed = self.command(&["seed", "--url", &format!("http://{}", role.listen)]);
        run(seed.env("TM_DEMO_PASSWORD", DEMO_PASSWORD))
    }
}

impl Role {
    /// A role on ports nobody uses.
    pub(crate) fn anywhere(name: &'static str) -> Result<Self> {
        Ok(Self { name, listen: local(free_port()?), probes: local(free_port()?) })
    }
}

impl Running {
    /// Shows what the role prints, after its name; tells when it ends.
    pub(crate) fn show(&mut self, ended: Sender<&'static str>) {
        self.keeper.show(move |role| {
            // Nobody listens any more once another role has ended.
            ended.send(role).ok();
        });
    }
}

pub(crate) fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
