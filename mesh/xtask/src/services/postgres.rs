//! A PostgreSQL cluster made for this run, and thrown away with it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::Server;
use crate::keeper::{Keeper, Settings};
use crate::packages::{self, Package, is_root, postgres_programs};
use crate::workspace::run;

/// Never waits for the disk: what tests write is thrown away.
pub(super) const FORGETFUL: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";
/// Keeps what it acknowledges, as in production.
const DURABLE: &str = "-c shared_buffers=512MB";

/// A cluster for figures, without a broker beside it; stopped when dropped.
#[derive(Debug)]
pub(crate) struct PrivatePostgres(Server);

impl PrivatePostgres {
    /// Starts a cluster that keeps what it acknowledges.
    pub(crate) fn durable() -> Result<Self> {
        packages::ensure(&[Package::Postgres])?;
        let mut server = start(&super::folder()?.join("postgres"), DURABLE)?;
        server.ready()?;
        Ok(Self(server))
    }

    /// The address of a database.
    pub(crate) fn database(&self, name: &str) -> String {
        database(&self.0.url, name)
    }

    /// Makes an empty database, in place of one of that name.
    pub(crate) fn create_database(&self, name: &str) -> Result<()> {
        create_database(&self.0.url, name)
    }
}

/// The address of a database on the server at `url`.
pub(super) fn database(url: &str, name: &str) -> String {
    let server = url.rsplit_once('/').map_or(url, |(server, _)| server);
    format!("{server}/{name}")
}

/// Makes an empty database on the server at `url`, in place of one of that name. It keeps what it acknowledges when the server ends,
/// whatever the server is told for tests.
pub(super) fn create_database(url: &str, name: &str) -> Result<()> {
    packages::ensure(&[Package::Postgres])?;
    let psql = postgres_programs().context("PostgreSQL's psql is missing")?.join("psql");
    let mut psql = Command::new(psql);
    psql.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]);
    psql.env("PGOPTIONS", "-c client_min_messages=warning");
    psql.arg(format!("--command=drop database if exists {name} with (force)"));
    psql.arg(format!("--command=create database {name}"));
    run(psql.arg(format!("--command=alter database {name} set synchronous_commit = on")))
}

/// Starts the cluster in a folder of its own, with the given server options.
pub(super) fn start(folder: &Path, options: &str) -> Result<Server> {
    let programs = postgres_programs().context("PostgreSQL's initdb is missing")?;
    let port = super::free_port()?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let settings: Settings = vec![
        ("KEEPER_PREFIX".to_owned(), as_server().join(" ").into()),
        ("KEEPER_PROGRAMS".to_owned(), programs.into()),
        ("KEEPER_PORT".to_owned(), port.to_string().into()),
        ("KEEPER_FOLDER".to_owned(), folder.into()),
        ("KEEPER_OPTIONS".to_owned(), options.into()),
    ];
    let keeper = Keeper::start("PostgreSQL", include_str!("postgres.sh"), settings)?;
    let url = format!("postgres://ticketmesh@127.0.0.1:{port}/postgres");
    Ok(Server { url, keeper: Some((keeper, folder.join("log"))) })
}

/// Ends the server in a folder at once and starts it again with the options it had.
pub(super) fn crash(folder: &Path) -> Result<()> {
    let pg_ctl = postgres_programs().context("PostgreSQL's pg_ctl is missing")?.join("pg_ctl");
    let mut words = as_server().into_iter().map(OsString::from).chain([pg_ctl.into_os_string()]);
    let mut restart = Command::new(words.next().unwrap_or_default());
    restart.args(words).args(["--silent", "--wait", "--mode=immediate", "restart"]).current_dir(folder);
    restart.arg("--pgdata").arg(folder.join("data")).arg("--log").arg(folder.join("data/log"));
    run(&mut restart)
}

/// Whether the user the server runs as can get to the folder.
pub(super) fn reaches(folder: &Path) -> bool {
    let words = [as_server(), vec!["test", "-x"]].concat();
    let status = Command::new(words[0]).args(&words[1..]).arg(folder).status();
    status.is_ok_and(|status| status.success())
}

/// PostgreSQL refuses to run as root; its package brings a user for it.
fn as_server() -> Vec<&'static str> {
    if is_root() { vec!["runuser", "--user", "postgres", "--"] } else { Vec::new() }
}
