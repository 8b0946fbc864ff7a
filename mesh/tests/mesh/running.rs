//! A whole mesh under test, in either mode, that can be killed and started again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use mesh_core::{
    db::Engine,
    testing::{Database, amqp_url},
};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::{Process, ticketmesh};

/// The password of everybody in these tests.
pub(crate) const PASSWORD: &str = "nine purple lanterns";
/// The administrator.
pub(crate) const ADMIN: &str = "admin@demo.test";

/// How the mesh runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// Everything in one process on SQLite.
    All,
    /// A process a role, on PostgreSQL and RabbitMQ.
    Roles,
}

/// The roles in the order they are started: each after those it calls.
const ROLES: [&str; 5] = ["identity", "tickets", "workflow", "notify", "gateway"];

/// Files with what roles show each other, and whom they believe.
#[derive(Clone, Debug)]
pub(crate) struct Certificates {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) authority: PathBuf,
}

/// A running mesh.
#[derive(Debug)]
pub(crate) struct Mesh {
    mode: Mode,
    folder: TempDir,
    databases: BTreeMap<&'static str, Database>,
    /// Settings in place of those it would have, for what is to be reached another way.
    detours: BTreeMap<&'static str, String>,
    /// What roles show each other, if they do.
    certificates: Option<Certificates>,
    /// Where each process listens, also after it was started again.
    addresses: BTreeMap<&'static str, String>,
    processes: BTreeMap<&'static str, Process>,
    prefix: String,
    /// What processes are told besides their role.
    arguments: &'static [&'static str],
}

impl Mesh {
    /// Starts a mesh with an administrator.
    pub(crate) async fn start(mode: Mode) -> Self {
        let mut mesh = Self::laid_out(mode).await;
        mesh.open().await;
        mesh
    }

    /// A mesh that was filled with so many made-up tickets before it was started.
    pub(crate) async fn seeded(mode: Mode, tickets: u64) -> Self {
        let mut mesh = Self::laid_out(mode).await;
        mesh.seed(tickets).await;
        mesh.start_all().await;
        mesh
    }

    /// Fills the databases while nothing runs.
    pub(crate) async fn seed(&self, tickets: u64) {
        let mut command = self.with_databases(["seed", "--tickets", &tickets.to_string()]);
        command.env("TM_MASTER_KEY_FILE", self.folder.path().join("master.key"));
        command.env("TM_MESH_KEY_FILE", self.folder.path().join("mesh.key"));
        command.env("TM_DEMO_PASSWORD", PASSWORD);
        run(command).await;
    }

    /// A command for whoever looks after the mesh: it is told where all databases are.
    pub(crate) fn with_databases<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = ticketmesh(self.folder(), args);
        for (role, database) in &self.databases {
            command.env(format!("TM_{}_DATABASE_URL", role.to_uppercase()), database.url());
        }
        command
    }

    /// A command as it is run in the pod of a role: it is told what the role is told.
    pub(crate) fn beside<'a>(&self, role: &str, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = ticketmesh(self.folder(), args);
        self.settings(&mut command, role);
        command
    }

    /// A mesh with keys and empty databases, in which nothing runs yet.
    pub(crate) async fn laid_out(mode: Mode) -> Self {
        let mut mesh = Self::in_folder(mode, tempfile::tempdir().expect("a folder"));
        run(ticketmesh(mesh.folder(), ["config", "keys", "."])).await;
        match mode {
            Mode::All => std::fs::create_dir(mesh.folder().join("data")).expect("a folder"),
            Mode::Roles => {
                for role in &ROLES[..4] {
                    mesh.databases.insert(role, Database::create(Engine::Postgres, role).await);
                }
            }
        }
        mesh
    }

    /// Makes the administrator of a mesh that is laid out, and starts it.
    pub(crate) async fn open(&mut self) {
        let password = self.folder().join("password");
        std::fs::write(&password, PASSWORD).expect("a file");
        let mut command =
            ticketmesh(self.folder(), ["create-admin", "--email", ADMIN, "--name", "Administrator"]);
        command.arg("--password-file").arg(password);
        self.settings(&mut command, "identity");
        run(command).await;
        self.start_all().await;
    }

    /// Starts an empty mesh in one process that makes the demonstration, and answers the password it prints.
    pub(crate) async fn demonstration() -> (Self, String) {
        let mut mesh = Self::laid_out(Mode::All).await;
        mesh.arguments = &["--demo"];
        mesh.start_all().await;
        let password = mesh.says("all with the password ").await;
        (mesh, password.trim_end_matches(':').to_owned())
    }

    /// The end of the first line its first process prints that contains `beginning`, behind it.
    pub(crate) async fn says(&mut self, beginning: &str) -> String {
        self.first().says(beginning).await
    }

    /// The same, after something that takes its time.
    pub(crate) async fn says_within(&mut self, patience: Duration, beginning: &str) -> String {
        self.first().says_within(patience, beginning).await
    }

    fn first(&mut self) -> &mut Process {
        let name = self.names()[0];
        self.processes.get_mut(name).expect("the process")
    }

    /// Starts the mesh in one process that a folder has the data and keys of.
    pub(crate) async fn of(folder: TempDir) -> Self {
        let mut mesh = Self::in_folder(Mode::All, folder);
        mesh.start_all().await;
        mesh
    }

    /// Starts a mesh in one process that nobody has set up, and answers the secret of the link it prints.
    pub(crate) async fn untouched() -> (Self, String) {
        let mut mesh = Self::laid_out(Mode::All).await;
        mesh.start_all().await;
        let secret = mesh.says("/setup/").await;
        (mesh, secret)
    }

    fn in_folder(mode: Mode, folder: TempDir) -> Self {
        let prefix =
            folder.path().file_name().expect("a name").to_string_lossy().trim_start_matches('.').to_owned();
        let (databases, detours) = (BTreeMap::new(), BTreeMap::new());
        let (addresses, processes) = (BTreeMap::new(), BTreeMap::new());
        let certificates = None;
        Self { mode, folder, databases, detours, certificates, addresses, processes, prefix, arguments: &[] }
    }

    async fn start_all(&mut self) {
        for name in self.names() {
            self.start_again(name).await;
        }
    }

    /// The folder the processes run in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What a key file holds.
    pub(crate) fn key(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder().join(file)).expect("a key")
    }

    /// Where the database of a role is.
    pub(crate) fn database_url(&self, role: &str) -> String {
        let in_folder = || format!("sqlite://{}", self.folder().join(format!("data/{role}.db")).display());
        self.databases.get(role).map_or_else(in_folder, |database| database.url().to_owned())
    }

    /// Gives processes that are started from now on another value of a setting.
    pub(crate) fn detour(&mut self, setting: &'static str, value: String) {
        self.detours.insert(setting, value);
    }

    /// Has roles that are started from now on show these to each other, and let in nobody else.
    pub(crate) fn certify(&mut self, certificates: Certificates) {
        self.certificates = Some(certificates);
    }

    /// The names of its processes, those called by others first.
    pub(crate) fn names(&self) -> &'static [&'static str] {
        match self.mode {
            Mode::All => &["all"],
            Mode::Roles => &ROLES,
        }
    }

    /// Address of the front door.
    pub(crate) fn address(&self) -> String {
        self.address_of(self.names().last().expect("there are processes"))
    }

    /// Address of a process.
    pub(crate) fn address_of(&self, name: &str) -> String {
        self.addresses[name].clone()
    }

    /// Stops a process as an upgrade does.
    pub(crate) async fn stop(&mut self, name: &str) {
        self.processes.get_mut(name).expect("a process of the mesh").stop().await;
    }

    /// Stops a process in its tracks, as if its machine hung.
    pub(crate) async fn pause(&self, name: &str) {
        self.processes[name].signal("STOP").await;
    }

    /// Lets it go on.
    pub(crate) async fn resume(&self, name: &str) {
        self.processes[name].signal("CONT").await;
    }

    /// Kills a process in the middle of whatever it does.
    pub(crate) async fn kill(&mut self, name: &str) {
        self.processes.get_mut(name).expect("a process of the mesh").kill().await;
    }

    /// Starts a process, at the address it had before if it had one. A second one of a role is named after it: `gateway 2`.
    pub(crate) async fn start_again(&mut self, name: &'static str) {
        let mut process = Process::start(self.command(name));
        let address = process.says(" is at ").await;
        self.addresses.insert(name, address);
        self.processes.insert(name, process);
    }

    fn command(&self, name: &'static str) -> Command {
        let role = role_of(name);
        let mut command = ticketmesh(self.folder.path(), [role]);
        command.args(self.arguments);
        let address = self.addresses.get(name).and_then(|address| address.rsplit_once(':'));
        let port = address.map_or("0", |(_, port)| port);
        command.env("TM_LISTEN", format!("127.0.0.1:{port}")).env("TM_ADMIN_LISTEN", "127.0.0.1:0");
        self.settings(&mut command, role);
        command
    }

    /// Keys, database, broker and peers, as far as a process of this name takes them.
    fn settings(&self, command: &mut Command, name: &str) {
        if matches!(name, "all" | "identity") {
            command.env("TM_MASTER_KEY_FILE", self.folder.path().join("master.key"));
        }
        command.env("TM_MESH_KEY_FILE", self.folder.path().join("mesh.key"));
        command.env("TM_LOG", "warn").env("TM_LOG_FORMAT", "text");
        // Tests look for what they wait for, and sign in, more often than people do.
        command.env("TM_LIMIT_PERSON_READS", "off").env("TM_LIMIT_SIGN_IN", "off");
        if matches!(self.mode, Mode::All) {
            command.envs(&self.detours);
            return;
        }
        let beside = |other: &str| other != name && role_of(other) != "gateway";
        command.env("TM_AMQP_URL", amqp_url()).env("TM_AMQP_PREFIX", &self.prefix);
        command.env("TM_PUBLIC_URL", "http://localhost");
        if let Some(database) = self.databases.get(name) {
            command.env(format!("TM_{}_DATABASE_URL", name.to_uppercase()), database.url());
        }
        for (role, address) in self.addresses.iter().filter(|(role, _)| beside(role)) {
            command.env(format!("TM_{}_URL", role.to_uppercase()), address);
        }
        if let Some(certificates) = &self.certificates {
            certify(command, name, certificates);
        }
        command.envs(&self.detours);
    }
}

/// Tells a role what to show to those it calls, and to those that call it, whom people are not among.
fn certify(command: &mut Command, role: &str, Certificates { certificate, key, authority }: &Certificates) {
    command.env("TM_PEER_CA_FILE", authority);
    command.env("TM_PEER_CERT_FILE", certificate).env("TM_PEER_KEY_FILE", key);
    command.env("TM_PEER_RESOLVE_EVERY", "100ms").env("TM_TLS_RELOAD_EVERY", "100ms");
    if role_of(role) != "gateway" {
        command.env("TM_TLS_CERT_FILE", certificate).env("TM_TLS_KEY_FILE", key);
        command.env("TM_TLS_CLIENT_CA_FILE", authority);
    }
}

/// The role of a process by its name.
fn role_of(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

/// Runs a command that must succeed.
async fn run(mut command: Command) {
    let done = command.output().await.expect("the binary starts");
    assert!(done.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
}
