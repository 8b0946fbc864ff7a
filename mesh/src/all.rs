//! The whole mesh in one process. Calls go down only, so the services are built in one straight line, each given those below it.

use std::{iter, path::Path};

use gateway::Peers;
use identity::Bootstrap;
use mesh_core::{
    config::Secret,
    error::{Error, Result},
    id::Ids,
    peer::{Peer, Signer},
    service::{Port, Process, Service},
    token::Verifier,
};

use crate::{
    cli::All,
    demo,
    keys::{self, Keys},
    process::{Start, clock_and_ids, front, listen},
};

/// The public address of a command that serves nothing: nobody is sent there, but passkeys belong to some host.
pub(crate) const NOWHERE: &str = "http://localhost";
/// Folder of the keys below the data folder.
pub(crate) const KEYS: &str = "keys";

/// Builds everything and serves it on one port.
pub(crate) async fn run(args: All) -> Result<()> {
    plays_without_tls(&args)?;
    let (_, ids) = clock_and_ids();
    let listener = listen("TM_LISTEN", args.listen).await?;
    let probes = listen("TM_ADMIN_LISTEN", args.shared.admin_listen).await?;
    let keys = keys::given_or_made(&args.shared, &args.data_dir.join(KEYS), &ids)?;
    let mut start = Start::new("all", &args.shared, &args.data_dir, &keys.mesh, |clock, _| {
        Ok(Verifier::local(clock.clone()))
    })?;
    start.answer_probes(probes);
    let tls = args.shared.tls.open()?;
    let own_tls = tls.is_some();
    let port = Port::new(listener, tls);
    let address = format!("{}://localhost:{}", port.scheme(), port.address()?.port());
    let public_url = front(args.shared.public_url.clone().unwrap_or_else(|| address.clone()), own_tls)?;
    let mesh = build(&args, &start.process, &keys, &public_url).await?;
    let demonstration = welcome(&args, &mesh.identity, &address, &ids).await?;
    tokio::select! {
        served = start.serve(port, mesh.whole) => served,
        never = demo::play(&address, demonstration) => match never {},
    }
}

/// The people of a demonstration come in by the front door, whose certificate is another host's.
fn plays_without_tls(args: &All) -> Result<()> {
    if args.demo && args.shared.tls.cert_file.is_some() {
        return Err(Error::invalid(
            "--demo",
            "makes its people and tickets through a plain front door; start once without TM_TLS_CERT_FILE, then without --demo",
        ));
    }
    Ok(())
}

/// The mesh, built.
pub(crate) struct Mesh {
    identity: Bootstrap,
    /// The gateway with everything behind it.
    whole: Service,
}

/// The mesh as far as workflow, which `all` goes on from and a rebuild ends at.
struct Lower {
    bootstrap: Bootstrap,
    identity: Service,
    tickets: Service,
    workflow: (workflow::Config, workflow::Deps),
}

/// A service of this process as `caller` reaches it.
fn peer(process: &Process, service: &Service, caller: &'static str) -> Peer {
    Peer::local(service.guarded(process), Signer::new(&process.mesh_key, caller))
}

/// Builds identity and tickets and says what workflow is built with.
async fn build_lower(args: &All, process: &Process, keys: &Keys, public_url: &str) -> Result<Lower> {
    let folder = args.data_dir.as_path();
    let deps = identity::Deps {
        process: process.clone(),
        master_key: keys.master,
        public_url: public_url.to_owned(),
    };
    let bootstrap = Bootstrap::open(identity_config(args.identity.clone(), folder), deps).await?;
    let identity = bootstrap.service();

    let mut config = args.tickets.clone();
    in_folder(&mut config.database_url, folder, "tickets");
    let deps = tickets::Deps { process: process.clone(), identity: peer(process, &identity, "tickets") };
    let tickets = tickets::build(config, deps).await?;

    let mut config = args.workflow.clone();
    in_folder(&mut config.database_url, folder, "workflow");
    let deps = workflow::Deps {
        process: process.clone(),
        tickets: peer(process, &tickets, "workflow"),
        identity: peer(process, &identity, "workflow"),
    };
    Ok(Lower { bootstrap, identity, tickets, workflow: (config, deps) })
}

/// Builds the five services, each with a database of its own and the services below it as peers.
async fn build(args: &All, process: &Process, keys: &Keys, public_url: &str) -> Result<Mesh> {
    let Lower { bootstrap, identity, tickets, workflow: (config, deps) } =
        build_lower(args, process, keys, public_url).await?;
    let workflow = workflow::build(config, deps).await?;

    let mut config = args.notify.clone();
    in_folder(&mut config.database_url, &args.data_dir, "notify");
    let deps = notify::Deps { process: process.clone(), identity: peer(process, &identity, "notify") };
    let notify = notify::build(config, deps).await?;

    let peers = Peers {
        identity: peer(process, &identity, "gateway"),
        tickets: peer(process, &tickets, "gateway"),
        workflow: peer(process, &workflow, "gateway"),
        notify: peer(process, &notify, "gateway"),
    };
    let deps = gateway::Deps { process: process.clone(), public_url: public_url.to_owned(), peers };
    let gateway = gateway::build(args.gateway.clone(), deps).await?;
    Ok(Mesh { identity: bootstrap, whole: gateway.in_front_of([workflow, notify, tickets, identity]) })
}

impl Mesh {
    /// What workflow is built with, for work on its projections while nothing serves.
    pub(crate) async fn below_workflow(
        args: &All,
        process: &Process,
        keys: &Keys,
    ) -> Result<(workflow::Config, workflow::Deps)> {
        Ok(build_lower(args, process, keys, NOWHERE).await?.workflow)
    }

    /// Identity besides, for a command that makes people.
    pub(crate) async fn below(
        args: &All,
        process: &Process,
        keys: &Keys,
    ) -> Result<(Bootstrap, workflow::Config, workflow::Deps)> {
        let Lower { bootstrap, workflow: (config, deps), .. } =
            build_lower(args, process, keys, NOWHERE).await?;
        Ok((bootstrap, config, deps))
    }
}

/// Identity's settings with a database.
pub(crate) fn identity_config(mut config: identity::Config, folder: &Path) -> identity::Config {
    in_folder(&mut config.database_url, folder, "identity");
    config
}

/// Gives a service that was told no database a file in the data folder.
pub(crate) fn in_folder(url: &mut String, folder: &Path, service: &str) {
    if url.is_empty() {
        *url = format!("sqlite://{}", folder.join(format!("{service}.db")).display());
    }
}

/// Says where to go, and on an empty store how to get in. Answers the password of a wanted demonstration.
#[expect(clippy::print_stdout, reason = "this is for whoever started it, not for the log")]
async fn welcome(args: &All, identity: &Bootstrap, address: &str, ids: &Ids) -> Result<Option<Secret>> {
    println!("Ticketmesh is at {address}");
    if args.demo {
        let (keys, empty) = (args.data_dir.join(KEYS), identity.is_untouched().await?);
        let password = demo::password(args.demo_password.as_ref(), &keys, empty, ids)?;
        demo::make_admin(identity, &password).await?;
        println!("Demonstration sign-ins, all with the password {}:", password.reveal());
        for address in iter::once(demo::ADMIN.to_owned()).chain(demo::addresses()) {
            println!("  {address}");
        }
        return Ok(Some(password));
    }
    if let Some(link) = identity.setup_link().await? {
        println!("There is nobody yet. Set up the first administrator, once, at\n  {link}");
    }
    Ok(None)
}
