//! What was asked and what was said: tickets, their conversation and their history.
//!
//! The model: a ticket (`ticket.rs`) has comments and history entries, merged into one timeline. The invariants:
//!
//! - Every change is one transaction: row and version, history entry, request id, event.
//! - Who sees a ticket is one rule (`access.rs`, in SQL `store/visibility.rs`), composed into every list, count, timeline and
//!   read. A ticket one may not see does not exist; a note one may not read leaves no trace.
//! - Where a ticket stands is its run's say (`ticket/projection.rs`); tickets only keeps the copy.

mod access;
mod bulk;
mod canned;
mod column;
mod comment;
mod directory;
mod entry;
mod events;
mod filing;
mod forgetting;
mod markdown;
mod number;
mod rpc;
mod sharing;
mod store;
mod template;
mod ticket;
mod view;
mod wire;

use std::sync::Arc;

use mesh_core::{
    bus::{Group, Subscription},
    db::Db,
    error::Result,
    jobs,
    page::PageKey,
    peer::Peer,
    service::{Process, Service},
};
use proto::tickets::v1::{
    attachment_service_server::AttachmentServiceServer, catalog_service_server::CatalogServiceServer,
    knowledge_service_server::KnowledgeServiceServer, projection_service_server::ProjectionServiceServer,
    ticket_service_server::TicketServiceServer, view_service_server::ViewServiceServer,
};
use tonic::service::Routes;

use crate::{
    directory::Directory,
    filing::Filings,
    forgetting::Forgetting,
    number::Style,
    rpc::{Attachments, Catalog, Knowledge, Projections, Tickets, Views},
    store::Store,
};

pub use store::MIGRATIONS;

/// What this service hears of, and under which name: events wait for it while it is away.
pub const LISTENS: (&str, &[&str]) = (forgetting::CONSUMER, forgetting::KEYS);

/// How tickets is set up.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Tickets")]
pub struct Config {
    /// Database of tickets: `sqlite://…` or `postgres://…`.
    #[arg(
        id = "tickets_database_url",
        long = "tickets-database-url",
        env = "TM_TICKETS_DATABASE_URL",
        hide_env_values = true,
        default_value = ""
    )]
    pub database_url: String,
    /// What ticket numbers begin with: 1 to 10 letters and digits.
    #[arg(long, env = "TM_TICKET_PREFIX", default_value = "TX")]
    pub ticket_prefix: String,
}

/// What the service is given.
#[derive(Clone, Debug)]
pub struct Deps {
    /// What every service of the process shares.
    pub process: Process,
    /// Who people and departments are.
    pub identity: Peer,
}

/// Builds the service: opens and migrates its database.
pub async fn build(config: Config, deps: Deps) -> Result<Service> {
    let Deps { process, identity } = deps;
    let style = Arc::new(Style::new(&config.ticket_prefix)?);
    let db = Db::open(&config.database_url, &process.ids, &process.clock)?;
    db.migrate(MIGRATIONS).await?;
    let store = Store::new(db.clone());
    let tickets = Tickets {
        store: store.clone(),
        style: style.clone(),
        filings: Filings::new(store.clone(), style.clone()),
        directory: Directory::new(identity.clone(), process.clock.clone()),
        pages: PageKey::new(&process.mesh_key),
    };
    let forgetting = Arc::new(Forgetting(store.clone()));
    let (group, keys) = LISTENS;
    let listening = Subscription { group: Group::Durable(group), keys, handler: forgetting.clone() };
    let jobs = jobs::Runner::new(db.clone(), process.clock.clone()).on(forgetting::KIND, forgetting);
    let routes = routes(tickets, Projections { store, style });
    Ok(Service::over("tickets", routes, &db, MIGRATIONS, &process)
        .needing("identity", &identity)
        .beside([process.bus.subscribe(listening), jobs.worker()]))
}

fn routes(tickets: Tickets, projections: Projections) -> Routes {
    let mut routes = Routes::builder();
    routes
        .add_service(TicketServiceServer::new(tickets.clone()))
        .add_service(ProjectionServiceServer::new(projections))
        .add_service(CatalogServiceServer::new(Catalog))
        .add_service(ViewServiceServer::new(Views(tickets)))
        .add_service(AttachmentServiceServer::new(Attachments))
        .add_service(KnowledgeServiceServer::new(Knowledge));
    routes.routes()
}
