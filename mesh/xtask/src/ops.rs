//! The chart kept to its word: what it says of env, arguments and probes drives the real binary against the real PostgreSQL and
//! RabbitMQ; roles are replaced, servers lost and processes killed under load; alerts and dashboards ask a real Prometheus; a backup is all that is left, and enough.
//!
//! Invariant: nothing is run in a way that the rendered manifests do not say, but for addresses and the places of files.

mod cluster;
mod drill;
mod faults;
mod load;
mod watch;
mod web;

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::packages::postgres_programs;
use crate::product::Product;
use crate::services::Services;
use crate::tally::Tally;
use crate::tools::prometheus;
use crate::workspace::{root, run};

use cluster::Cluster;

/// A migration of a version to come: it adds, and takes nothing away.
const EXPANSION: &str = "create table of_a_version_to_come (id text primary key); \
    alter table jobs add column of_a_version_to_come text; \
    insert into applied_migrations (scope, version, name, checksum, applied_at) values ('service', 999999, 'to come', '', 0)";

/// The roles in the order in which they call each other.
pub(crate) const ROLES: [&str; 5] = ["identity", "tickets", "workflow", "notify", "gateway"];

/// All of it; binary and servers are there.
pub(crate) fn steps(product: &Product, services: &Services, tally: &mut Tally) {
    tally.step("ops: alerts", alerts);
    let Some(mut cluster) = tally.step("ops: install", || install(product, services)) else { return };
    tally.step("ops: metrics", || watch::check(&cluster));
    tally.step("ops: newer schema", || expand(&cluster));
    tally.step("ops: replace under load", || load::replace_each(&mut cluster));
    tally.step("ops: broker away under load", || faults::lose_broker(&cluster, services));
    tally.step("ops: database crashes under load", || faults::crash_database(&cluster, services));
    tally.step("ops: roles killed under load", || faults::kill_each(&mut cluster));
    tally.step("ops: backup and restore", || drill::check(&mut cluster, services));
}

/// How a process gets mounts of its own: names of services are given to each pod by a file of its own in place of `/etc/hosts`. Whoever
/// is not root is made root of a namespace of users that he alone is in.
pub(crate) fn own_mounts() -> Result<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let works = |way: &&&[&str]| {
        let tried = Command::new("unshare").args(**way).arg("true").stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    let refused = "the kernel refuses mounts of one's own; be root, or allow namespaces of users";
    WAYS.iter().find(works).copied().context(refused)
}

/// Rules are well formed, and each is heard when it should be and silent when not.
fn alerts() -> Result<()> {
    let files = |folder: &str| -> Result<Vec<_>> {
        let entries = std::fs::read_dir(root().join(folder)).with_context(|| format!("no {folder}"))?;
        entries.map(|entry| Ok(entry?.path())).collect()
    };
    let check = |verb: &str, folder: &str| -> Result<()> {
        let said = prometheus("promtool")?.args([verb, "rules"]).args(files(folder)?).output()?;
        ensure!(said.status.success(), "promtool {verb}: {}", String::from_utf8_lossy(&said.stdout));
        Ok(())
    };
    check("check", "helm/ticketmesh/alerts")?;
    check("test", "helm/tests/alerts")
}

/// What a newer version's migration leaves behind: more than this version knows. Its migration finds nothing to do on that, as after a
/// rollback, and the pods that replace others from here on start on it.
fn expand(cluster: &Cluster) -> Result<()> {
    let psql = postgres_programs().context("PostgreSQL's psql is missing")?.join("psql");
    for service in &ROLES[..4] {
        let mut expand = Command::new(&psql);
        expand.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", cluster.database(service)?]);
        run(expand.args(["--command", EXPANSION]))?;
    }
    cluster.run_job("migrate").context("this version can't be rolled back to")
}

/// An installation as Kubernetes makes it: everything at once. Roles are alive and wait for the schema; then the Jobs run.
fn install(product: &Product, services: &Services) -> Result<Cluster> {
    let mut cluster = Cluster::lay_out(product, services, own_mounts()?)?;
    for role in ROLES {
        cluster.add_pod(role)?;
    }
    for role in ROLES {
        cluster.wait_until(role, "livenessProbe")?;
    }
    for role in ROLES.into_iter().filter(|role| *role != "gateway") {
        ensure!(!cluster.probe(role, "readinessProbe")?, "{role} is ready on a schema that is not there");
    }
    cluster.run_job("migrate")?;
    for role in ROLES {
        cluster.wait_until(role, "readinessProbe")?;
    }
    cluster.run_job("migrate").context("a schema that is there is migrated again")?;
    cluster.run_parts().context("an address in parts")?;
    cluster.run_job("admin")?;
    cluster.run_job("admin").context("an administrator who is there is made again")?;
    cluster.run_job("test")?;
    cluster.seed()?;
    run(&mut cluster.command(&[
        "health",
        "--admin-listen",
        &format!("{}:9090", cluster.address("tickets")?),
    ]))?;
    Ok(cluster)
}
