//! The disaster drill of `docs/operations.md`, done: a backup of every database, everything gone, restored elsewhere, and work goes on.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::cluster::{Cluster, empty_databases};
use super::{ROLES, web};
use crate::packages::postgres_programs;
use crate::services::Services;
use crate::workspace::{output, run};

/// Follows the words that `ticketmesh backup` and `ticketmesh restore` print, as a person would.
pub(super) fn check(cluster: &mut Cluster, services: &Services) -> Result<()> {
    let token = web::sign_in(cluster.door()?)?;
    let before = web::count(cluster.door()?, &token, "")?;
    ensure!(before > 0, "there is nothing to lose");
    let backup = cluster.folder.join("backup");
    follow(cluster, &["backup", "--to", &backup.display().to_string()])?;

    cluster.lose_all_pods()?;
    empty_databases(services)?;
    follow(cluster, &["restore", "--from", &backup.display().to_string()])?;
    for role in ROLES {
        cluster.add_pod(role)?;
    }
    for role in ROLES {
        cluster.wait_until(role, "readinessProbe")?;
    }
    let (door, token) = (cluster.door()?, web::sign_in(cluster.door()?)?);
    let after = web::count(door, &token, "")?;
    ensure!(before == after, "{before} tickets were saved, {after} are back");
    let department = web::department(door, &token)?;
    web::file(door, &token, &department, "After the disaster").context("work does not go on")?;
    ensure!(web::count(door, &token, "disaster")? == 1, "what was filed after the disaster is not there");
    Ok(())
}

/// Runs a command of the product, and then every command it prints.
fn follow(cluster: &Cluster, arguments: &[&str]) -> Result<()> {
    let mut command = cluster.command(arguments);
    let mut addresses = Vec::new();
    for role in &ROLES[..4] {
        addresses.push((format!("TM_{}_DATABASE_URL", role.to_uppercase()), cluster.database(role)?));
    }
    command.env("TM_DATA_DIR", cluster.folder.join("nowhere"));
    let said = output(command.envs(addresses.iter().cloned()))?;
    let programs = postgres_programs().context("PostgreSQL's programs are missing")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)))?;
    let commands: Vec<_> = said.lines().filter_map(|line| line.split_once(": pg_")).collect();
    ensure!(commands.len() == 4, "{arguments:?} does not say what to do about four databases: {said}");
    for (_, rest) in commands {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("pg_{rest}")).env("PATH", &path);
        run(shell.envs(addresses.iter().cloned()))?;
    }
    Ok(())
}
