//! One role of the mesh: its peers are across the network, its news goes through RabbitMQ.

use std::{net::SocketAddr, path::Path, time::Duration};

use gateway::Peers;
use mesh_core::{
    config::Shared,
    db::{Db, Migration},
    error::{Error, Result},
    peer::{Peer, Signer},
    service::{Port, Service},
    tls::Tls,
    token::Verifier,
};

use tokio::time::sleep;

use crate::{
    cli::{self, Migrate},
    keys,
    process::{Start, front, listen},
};

/// Letters of a role without a mail server, and files without a place of their own.
const FOLDER: &str = "./data";

/// A role about to be built.
struct Role<'a> {
    name: &'static str,
    shared: &'a Shared,
    listen: SocketAddr,
    tls: Option<Tls>,
    start: Start,
}

/// How often a schema that is behind is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl<'a> Role<'a> {
    /// Starts the process of a role that asks `identity_url` for the keys of access tokens; identity itself has them.
    async fn start(
        name: &'static str,
        shared: &'a Shared,
        address: SocketAddr,
        identity_url: Option<&str>,
    ) -> Result<Self> {
        if shared.amqp_url.is_none() {
            return Err(Error::invalid(
                "TM_AMQP_URL",
                "is not set; a single role needs the broker, `ticketmesh all` does not",
            ));
        }
        let key = keys::mesh(shared)?;
        let mut start = Start::new(name, shared, Path::new(FOLDER), &key, |clock, mesh_key| {
            Ok(match identity_url {
                None => Verifier::local(clock.clone()),
                Some(url) => {
                    let identity = Peer::remote(url, Signer::new(mesh_key, name), &shared.peers)?;
                    Verifier::remote(clock.clone(), identity)
                }
            })
        })?;
        let tls = shared.tls.open()?;
        start.answer_probes(listen("TM_ADMIN_LISTEN", shared.admin_listen).await?);
        Ok(Self { name, shared, listen: address, tls, start })
    }

    /// Whether the database has this version's schema, or gets it now; false when the role is told to stop before.
    async fn has_schema(
        &self,
        migrate: Migrate,
        url: &str,
        variable: &str,
        migrations: &'static [Migration],
    ) -> Result<bool> {
        needs_database(url, variable)?;
        if migrate == Migrate::Start {
            return Ok(true);
        }
        let Start { process, health, .. } = &self.start;
        let db = Db::open(url, &process.ids, &process.clock)?;
        let check = db.check(self.name, migrations);
        health.waits_for(vec![check.clone()]);
        let mut said = String::new();
        while let Err(error) = check.ask().await {
            let waits_for = error.to_string();
            if waits_for != said {
                tracing::warn!(waits_for, "not ready; goes on by itself");
                said = waits_for;
            }
            if process.stopping.run_until_cancelled(sleep(LOOK_AGAIN)).await.is_none() {
                return Ok(false);
            }
        }
        db.close().await;
        Ok(true)
    }

    /// The service at `url`, called as this role.
    fn peer(&self, url: &str) -> Result<Peer> {
        Peer::remote(url, Signer::new(&self.start.process.mesh_key, self.name), &self.shared.peers)
    }

    /// Where people reach the mesh, which a single role can't guess.
    fn public_url(&self) -> Result<String> {
        let missing = || {
            Error::invalid(
                "TM_PUBLIC_URL",
                "is not set; give the address people open, like https://help.example.org",
            )
        };
        self.shared.public_url.clone().ok_or_else(missing)
    }

    /// Serves what was built behind the layers every call passes.
    async fn serve_guarded(self, service: Service) -> Result<()> {
        let guarded = service.guard(&self.start.process);
        self.serve(guarded).await
    }

    /// Serves what was built as it is.
    #[expect(clippy::print_stdout, reason = "whoever starts it with port 0 learns here which it got")]
    async fn serve(self, service: Service) -> Result<()> {
        let port = Port::new(listen("TM_LISTEN", self.listen).await?, self.tls);
        println!("Ticketmesh {} is at {}://{}", self.name, port.scheme(), port.address()?);
        self.start.serve(port, service).await
    }
}

/// A role has no data folder to put a database in.
fn needs_database(url: &str, variable: &str) -> Result<()> {
    if url.is_empty() {
        return Err(Error::invalid(
            variable,
            "is not set; give the database of this role, postgres://… or sqlite://…",
        ));
    }
    Ok(())
}

pub(crate) async fn identity(args: cli::Identity) -> Result<()> {
    let role = Role::start("identity", &args.role.shared, args.role.listen, None).await?;
    let (public_url, master_key) = (role.public_url()?, keys::master(&args.role.shared)?);
    let deps = identity::Deps { process: role.start.process.clone(), master_key, public_url };
    let (migrate, url) = (args.role.migrate, &args.config.database_url);
    if !role.has_schema(migrate, url, "TM_IDENTITY_DATABASE_URL", identity::MIGRATIONS).await? {
        return Ok(());
    }
    let service = identity::build(args.config, deps).await?;
    role.serve_guarded(service).await
}

pub(crate) async fn tickets(args: cli::Tickets) -> Result<()> {
    let url = &args.identity.identity_url;
    let role = Role::start("tickets", &args.role.shared, args.role.listen, Some(url)).await?;
    let deps = tickets::Deps { process: role.start.process.clone(), identity: role.peer(url)? };
    let (migrate, url) = (args.role.migrate, &args.config.database_url);
    if !role.has_schema(migrate, url, "TM_TICKETS_DATABASE_URL", tickets::MIGRATIONS).await? {
        return Ok(());
    }
    let service = tickets::build(args.config, deps).await?;
    role.serve_guarded(service).await
}

pub(crate) async fn workflow(args: cli::Workflow) -> Result<()> {
    let url = &args.identity.identity_url;
    let role = Role::start("workflow", &args.role.shared, args.role.listen, Some(url)).await?;
    let deps = workflow::Deps {
        process: role.start.process.clone(),
        tickets: role.peer(&args.tickets.tickets_url)?,
        identity: role.peer(url)?,
    };
    let (migrate, url) = (args.role.migrate, &args.config.database_url);
    if !role.has_schema(migrate, url, "TM_WORKFLOW_DATABASE_URL", workflow::MIGRATIONS).await? {
        return Ok(());
    }
    let service = workflow::build(args.config, deps).await?;
    role.serve_guarded(service).await
}

pub(crate) async fn notify(args: cli::Notify) -> Result<()> {
    let url = &args.identity.identity_url;
    let role = Role::start("notify", &args.role.shared, args.role.listen, Some(url)).await?;
    let deps = notify::Deps { process: role.start.process.clone(), identity: role.peer(url)? };
    let (migrate, url) = (args.role.migrate, &args.config.database_url);
    if !role.has_schema(migrate, url, "TM_NOTIFY_DATABASE_URL", notify::MIGRATIONS).await? {
        return Ok(());
    }
    let service = notify::build(args.config, deps).await?;
    role.serve_guarded(service).await
}

pub(crate) async fn gateway(args: cli::Gateway) -> Result<()> {
    let role = Role::start("gateway", &args.shared, args.listen, Some(&args.identity.identity_url)).await?;
    let peers = Peers {
        identity: role.peer(&args.identity.identity_url)?,
        tickets: role.peer(&args.tickets.tickets_url)?,
        workflow: role.peer(&args.workflow_url)?,
        notify: role.peer(&args.notify_url)?,
    };
    let public_url = front(role.public_url()?, role.tls.is_some())?;
    let deps = gateway::Deps { process: role.start.process.clone(), public_url, peers };
    let service = gateway::build(args.config, deps).await?;
    role.serve(service).await
}
