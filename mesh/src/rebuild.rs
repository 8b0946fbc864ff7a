//! `rebuild-projections`: copies of other services' facts made anew, in a mesh that is one process or by one role of it.
//!
//! The invariant: it needs no more than the settings of what it works for. A role's other services are asked across the network, so
//! nobody gathers the databases and keys of all.

use std::path::Path;

use mesh_core::{
    error::{Error, Result},
    peer::{Peer, Signer},
    token::Verifier,
};

use crate::{
    all::{KEYS, Mesh, in_folder},
    cli::{All, RebuildProjections},
    keys,
    process::{Start, clock_and_ids},
};

/// What the process is called in logs.
const NAME: &str = "rebuild";

/// Rebuilds all there is, or what is a role's.
pub(crate) async fn run(args: RebuildProjections) -> Result<()> {
    match &args.identity_url {
        None => in_one_process(&args.all).await,
        Some(identity_url) => of_a_role(&args.all, identity_url, args.tickets_url.as_deref()).await,
    }
}

/// In a mesh that is one process.
async fn in_one_process(args: &All) -> Result<()> {
    let (_, ids) = clock_and_ids();
    let keys = keys::given_or_made(&args.shared, &args.data_dir.join(KEYS), &ids)?;
    let start = start(args, &keys.mesh)?;
    let (config, deps) = Mesh::below_workflow(args, &start.process, &keys).await?;
    rebuild_workflow(&config, &deps).await?;
    let mut config = args.tickets.clone();
    in_folder(&mut config.database_url, &args.data_dir, "tickets");
    rebuild_tickets(&config, &start).await
}

/// With the settings of workflow, of tickets, or of both.
async fn of_a_role(args: &All, identity_url: &str, tickets_url: Option<&str>) -> Result<()> {
    let (workflow, tickets) = (&args.workflow, &args.tickets);
    if workflow.database_url.is_empty() && tickets.database_url.is_empty() {
        return Err(Error::invalid(
            "TM_WORKFLOW_DATABASE_URL",
            "is not set, nor is TM_TICKETS_DATABASE_URL; give the settings of the role workflow or tickets, best in its pod",
        ));
    }
    let start = start(args, &keys::mesh(&args.shared)?)?;
    if !workflow.database_url.is_empty() {
        let missing =
            || Error::invalid("TM_TICKETS_URL", "is not set; give where tickets is, as workflow has it");
        let peer = |url: &str| {
            Peer::remote(url, Signer::new(&start.process.mesh_key, "workflow"), &args.shared.peers)
        };
        let deps = workflow::Deps {
            tickets: peer(tickets_url.ok_or_else(missing)?)?,
            identity: peer(identity_url)?,
            process: start.process.clone(),
        };
        rebuild_workflow(workflow, &deps).await?;
    }
    if !tickets.database_url.is_empty() {
        rebuild_tickets(tickets, &start).await?;
    }
    Ok(())
}

fn start(args: &All, mesh_key: &[u8; 32]) -> Result<Start> {
    let folder: &Path = &args.data_dir;
    Start::new(NAME, &args.shared, folder, mesh_key, |clock, _| Ok(Verifier::local(clock.clone())))
}

/// Agents from identity, and every run on its way to its ticket again.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn rebuild_workflow(config: &workflow::Config, deps: &workflow::Deps) -> Result<()> {
    let rebuilt = workflow::rebuild_projections(config, deps).await?;
    println!("{} people, {} departments, {} runs", rebuilt.people, rebuilt.departments, rebuilt.runs);
    Ok(())
}

/// The words of every ticket, once tickets runs.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn rebuild_tickets(config: &tickets::Config, start: &Start) -> Result<()> {
    tickets::rebuild_index(config, &start.process).await?;
    println!("the words of all tickets are taken in again as soon as tickets runs");
    Ok(())
}
