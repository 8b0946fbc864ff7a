//! The servers behind the mesh go away under load and come back, and so do its own processes.
//!
//! Invariant: every ticket that was acknowledged is there once afterwards, and the workflow has heard of each.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::cluster::Cluster;
use super::load::{Load, Manner};
use super::{ROLES, web};
use crate::services::Services;

/// How long the broker is away.
const AWAY: Duration = Duration::from_mins(1);
/// How long a load goes on before a database ends, and after it is back.
const BESIDE: Duration = Duration::from_secs(3);
/// Longer than a killed process keeps what it had claimed from others.
const PATIENCE: Duration = Duration::from_mins(4);

/// The broker is not there for a minute. Nobody who files notices.
pub(super) fn lose_broker(cluster: &Cluster, services: &Services) -> Result<()> {
    let load = Load::begin(cluster.door()?, "brokerless", Manner::Exacting)?;
    let lost = services.close_broker().and_then(|()| {
        thread::sleep(AWAY);
        services.open_broker()
    });
    everything_is_there(cluster, load, lost)
}

/// PostgreSQL ends in the middle of everything and comes back. Who is told to come again does so.
pub(super) fn crash_database(cluster: &Cluster, services: &Services) -> Result<()> {
    let load = Load::begin(cluster.door()?, "databaseless", Manner::Patient)?;
    thread::sleep(BESIDE);
    let crashed = services.crash_postgres();
    thread::sleep(BESIDE);
    everything_is_there(cluster, load, crashed)
}

/// Each role's only pod is killed, one after the other, and another takes its place.
pub(super) fn kill_each(cluster: &mut Cluster) -> Result<()> {
    let load = Load::begin(cluster.door()?, "processless", Manner::Patient)?;
    let killed = ROLES.into_iter().try_for_each(|role| {
        cluster.kill_pod(cluster.listed(role)?)?;
        cluster.add_pod(role)?;
        load.go_to(cluster.door()?);
        cluster.wait_until(role, "readinessProbe")
    });
    everything_is_there(cluster, load, killed)
}

/// Ends the load and waits until the workflow has begun with every ticket.
fn everything_is_there(cluster: &Cluster, load: Load, done: Result<()>) -> Result<()> {
    let subject = load.subject();
    let ended = load.end(done)?;
    let (door, token) = (cluster.door()?, web::sign_in(cluster.door()?)?);
    let kept = web::count(door, &token, subject)?;
    println!("{ended}; {kept} are there");
    ensure!(kept == u64::from(ended.filed), "{} tickets were acknowledged, {kept} are there", ended.filed);
    let start = Instant::now();
    loop {
        let begun = web::count_begun(door, &token, subject)?;
        if begun == kept {
            return Ok(());
        }
        ensure!(start.elapsed() < PATIENCE, "the workflow has heard of {begun} of {kept} tickets only");
        thread::sleep(Duration::from_millis(200));
    }
}
