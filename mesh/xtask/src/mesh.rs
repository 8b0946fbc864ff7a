//! The mesh as it runs in a cluster, on this machine: five processes, PostgreSQL and RabbitMQ, with the demonstration in it.
//!
//! Invariant: all of it ends together, whether by Ctrl-C, by a role that stops, or by this process being killed.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::keeper::Settings;
use crate::product::{DEMO_PASSWORD, Product, Role, local};
use crate::services::{Given, Services};
use crate::workspace::{run, target};

/// In the order in which they need each other; the gateway, last, has the address people know.
const ROLES: [&str; 5] = ["identity", "tickets", "workflow", "notify", "gateway"];

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Build optimised, as it ships
    #[arg(long)]
    release: bool,
    /// Port of the gateway on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    #[command(flatten)]
    given: Given,
}

/// Builds, starts everything, fills it, and runs until Ctrl-C.
pub(crate) fn up(options: Options) -> Result<()> {
    let product = Product::build(options.release)?;
    let services = Services::start(options.given)?;
    let roles = plan(options.port)?;
    let folder = folder()?;
    let settings = settings(&services, &roles, &folder);
    prepare(&product, &services, &settings, &folder)?;

    let (ended, endings) = mpsc::channel();
    // Dropped from the front: the gateway first, so that nobody calls a role that is gone.
    let mut running = VecDeque::new();
    for role in &roles {
        let mut role = product.start(role, settings.clone())?;
        role.show(ended.clone());
        running.push_front(role);
    }
    product.wait_for(&roles, &endings)?;
    println!("the mesh is up: http://localhost:{} (Ctrl-C stops it)", options.port);
    println!("sign in as admin@demo.test, agent1@demo.test or requester1@demo.test with `{DEMO_PASSWORD}`");
    roles.last().map_or(Ok(()), |gateway| product.seed(gateway))?;
    println!("the demonstration stands");
    let role = endings.recv().context("no role is watched")?;
    bail!("{role} ended; the rest was stopped")
}

/// Who listens where.
fn plan(port: u16) -> Result<Vec<Role>> {
    let mut roles = ROLES.into_iter().map(Role::anywhere).collect::<Result<Vec<_>>>()?;
    if let Some(gateway) = roles.last_mut() {
        gateway.listen = local(port);
    }
    Ok(roles)
}

/// What every role is told; each takes from it what is its own, the master key too.
fn settings(services: &Services, roles: &[Role], folder: &Path) -> Settings {
    let mut settings: Settings = vec![
        ("TM_AMQP_URL".to_owned(), services.amqp_url().into()),
        ("TM_MASTER_KEY_FILE".to_owned(), folder.join("keys/master.key").into()),
        ("TM_MESH_KEY_FILE".to_owned(), folder.join("keys/mesh.key").into()),
        ("TM_BLOBS_URL".to_owned(), format!("file://{}", folder.join("blobs").display()).into()),
        ("TM_LOG_FORMAT".to_owned(), "text".into()),
    ];
    for role in roles {
        let name = role.name.to_uppercase();
        let address = format!("http://{}", role.listen);
        if role.name == "gateway" {
            settings.push(("TM_PUBLIC_URL".to_owned(), address.into()));
        } else {
            settings.push((format!("TM_{name}_URL"), address.into()));
            settings
                .push((format!("TM_{name}_DATABASE_URL"), services.database(&database(role.name)).into()));
        }
    }
    settings
}

/// Databases, keys, and somebody to sign in.
fn prepare(product: &Product, services: &Services, settings: &Settings, folder: &Path) -> Result<()> {
    run(product.command(&["config", "keys"]).arg(folder.join("keys")))?;
    for role in ROLES.into_iter().filter(|role| *role != "gateway") {
        services.create_database(&database(role))?;
    }
    product.create_admin(settings, folder)
}

fn folder() -> Result<PathBuf> {
    let folder = target().join("mesh");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

fn database(role: &str) -> String {
    format!("ticketmesh_{role}")
}
