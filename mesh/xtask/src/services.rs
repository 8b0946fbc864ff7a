//! Private servers for tests: a PostgreSQL cluster, a RabbitMQ node, an OpenID provider and an S3 server that nobody else uses.
//!
//! Invariants: nothing outlives this process, however it ends (see [`crate::keeper`]); every port is free when chosen and
//! bound to loopback; servers that the environment already names are used and left alone.

mod bucket;
mod postgres;
mod provider;
mod rabbit;

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::keeper::{Keeper, Settings};
use crate::packages::{self, Package};
use crate::tools;
use crate::workspace::{run, target};

pub(crate) use postgres::PrivatePostgres;

const POSTGRES_URL: &str = "TICKETMESH_TEST_POSTGRES_URL";
const AMQP_URL: &str = "TICKETMESH_TEST_AMQP_URL";
const OIDC_URL: &str = "TICKETMESH_TEST_OIDC_URL";
const S3_URL: &str = "TICKETMESH_TEST_S3_URL";

/// What the environment already offers.
#[derive(Args, Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "they are four addresses")]
pub(crate) struct Given {
    /// A PostgreSQL server whose user may create databases; without one, a private server is started
    #[arg(long, env = POSTGRES_URL)]
    postgres_url: Option<String>,
    /// A RabbitMQ node; without one, a private node is started
    #[arg(long, env = AMQP_URL)]
    amqp_url: Option<String>,
    /// An OpenID provider that runs our script; without one, a private provider is started
    #[arg(long, env = OIDC_URL)]
    oidc_url: Option<String>,
    /// An S3 server with the bucket `ticketmesh`, open to the key `test`; without one, a private server is started
    #[arg(long, env = S3_URL)]
    s3_url: Option<String>,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    #[command(flatten)]
    given: Given,
    /// A command to run with the servers' addresses in its environment; without one they stay up until Ctrl-C
    #[arg(last = true)]
    command: Vec<OsString>,
}

/// Servers that run until this is dropped.
#[derive(Debug)]
pub(crate) struct Services {
    postgres: Server,
    rabbit: Server,
    provider: Server,
    bucket: Server,
}

/// One server; without a keeper it is somebody else's.
#[derive(Debug)]
struct Server {
    url: String,
    keeper: Option<(Keeper, PathBuf)>,
}

/// Brings the servers up for one command, or until Ctrl-C.
pub(crate) fn up(options: Options) -> Result<()> {
    let services = Services::start(options.given)?;
    if let Some((program, arguments)) = options.command.split_first() {
        return run(Command::new(program).args(arguments).envs(services.environment()));
    }
    for (name, value) in services.environment() {
        println!("export {name}={value}");
    }
    println!("# up; Ctrl-C stops what was started here");
    loop {
        std::thread::park();
    }
}

impl Given {
    /// Makes sure of the programs of every server that is not given.
    pub(crate) fn fetch_others(&self) -> Result<()> {
        let mut packages = Vec::new();
        packages.extend(self.postgres_url.is_none().then_some(Package::Postgres));
        packages.extend(self.amqp_url.is_none().then_some(Package::RabbitMq));
        packages::ensure(&packages)?;
        if self.oidc_url.is_none() {
            tools::oidc_provider()?;
        }
        if self.s3_url.is_none() {
            tools::s3_server()?;
        }
        Ok(())
    }
}

impl Services {
    /// Starts what is not given; all servers start at the same time.
    pub(crate) fn start(given: Given) -> Result<Self> {
        given.fetch_others()?;
        let folder = folder()?;
        let own_postgres = || postgres::start(&folder.join("postgres"), postgres::FORGETFUL);
        let own_rabbit = || rabbit::start(&folder.join("rabbitmq"));
        let own_provider = || provider::start(&folder.join("provider"));
        let own_bucket = || bucket::start(&folder.join("bucket"));
        let mut services = Self {
            postgres: given.postgres_url.map_or_else(own_postgres, |url| Ok(Server::somebody_elses(url)))?,
            rabbit: given.amqp_url.map_or_else(own_rabbit, |url| Ok(Server::somebody_elses(url)))?,
            provider: given.oidc_url.map_or_else(own_provider, |url| Ok(Server::somebody_elses(url)))?,
            bucket: given.s3_url.map_or_else(own_bucket, |url| Ok(Server::somebody_elses(url)))?,
        };
        services.postgres.ready()?;
        services.rabbit.ready()?;
        services.provider.ready()?;
        services.bucket.ready()?;
        Ok(services)
    }

    /// The variables the tests read.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 4] {
        [
            (POSTGRES_URL, &self.postgres.url),
            (AMQP_URL, &self.rabbit.url),
            (OIDC_URL, &self.provider.url),
            (S3_URL, &self.bucket.url),
        ]
    }

    pub(crate) fn amqp_url(&self) -> &str {
        &self.rabbit.url
    }

    pub(crate) fn s3_url(&self) -> &str {
        &self.bucket.url
    }

    /// The address of a database on the PostgreSQL server.
    pub(crate) fn database(&self, name: &str) -> String {
        postgres::database(&self.postgres.url, name)
    }

    /// Makes an empty database, in place of one of that name.
    pub(crate) fn create_database(&self, name: &str) -> Result<()> {
        postgres::create_database(&self.postgres.url, name)
    }

    /// Ends PostgreSQL in the middle of everything, as a crash does, and starts it again.
    pub(crate) fn crash_postgres(&self) -> Result<()> {
        postgres::crash(self.postgres.folder()?)
    }

    /// Has RabbitMQ close every connection and take no new one.
    pub(crate) fn close_broker(&self) -> Result<()> {
        rabbit::control(self.rabbit.folder()?, "stop_app")
    }

    /// Has it take connections again.
    pub(crate) fn open_broker(&self) -> Result<()> {
        rabbit::control(self.rabbit.folder()?, "start_app")
    }
}

impl Server {
    fn somebody_elses(url: String) -> Self {
        Self { url, keeper: None }
    }

    /// Where the server lives; one that is somebody else's cannot be meddled with.
    fn folder(&self) -> Result<&Path> {
        let own = self.keeper.as_ref().and_then(|(_, log)| log.parent());
        own.with_context(|| {
            format!("{} is somebody else's and can't be stopped; leave its address out", self.url)
        })
    }

    /// Waits until the server is up; one that chose its address itself says it.
    fn ready(&mut self) -> Result<()> {
        let Some((keeper, log)) = &mut self.keeper else { return Ok(()) };
        let said = keeper.ready(log)?;
        if !said.is_empty() {
            self.url = said;
        }
        Ok(())
    }
}

/// Starts a script that prints `ready` and its address when it listens; its address is known when it is up.
fn announced(name: &'static str, folder: &Path, program: &Path, script: &Path) -> Result<Server> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let settings: Settings = vec![
        ("KEEPER_FOLDER".to_owned(), folder.into()),
        ("KEEPER_PROGRAM".to_owned(), program.into()),
        ("KEEPER_SCRIPT".to_owned(), script.into()),
    ];
    let keeper = Keeper::start(name, include_str!("services/announced.sh"), settings)?;
    Ok(Server { url: String::new(), keeper: Some((keeper, folder.join("log"))) })
}

/// A folder of this run's own; each keeper removes its part.
fn folder() -> Result<PathBuf> {
    let folder = made(&target().join("services"))?;
    if postgres::reaches(&folder) {
        return Ok(folder);
    }
    // A source tree below /root, say, is closed to the user that PostgreSQL has to run as.
    made(&std::env::temp_dir().join("ticketmesh-services"))
}

fn made(parent: &Path) -> Result<PathBuf> {
    let folder = parent.join(std::process::id().to_string());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// A port nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
