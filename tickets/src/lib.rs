//! What was asked and what was said: tickets, their conversation and their history.
//!
//! The model: a ticket (`ticket.rs`) has comments and history entries, merged into one timeline; its category and the fields of its
//! form are the catalogue's (`catalogue.rs`). The invariants:
//!
//! - Every change is one transaction: row and version, history entry, request id, event.
//! - Who sees a ticket is one rule (`access.rs`, in SQL `store/visibility.rs`), composed into every list, count, timeline and
//!   read. A ticket one may not see does not exist; a note one may not read leaves no trace.
//! - A file is seen by whoever may read what it came with, and by nobody before it is scanned (`attachment.rs`, `files.rs`).
//! - Where a ticket stands is its run's say (`ticket/projection.rs`); tickets only keeps the copy.

mod access;
mod article;
mod attachment;
mod bulk;
mod canned;
mod catalogue;
mod census;
mod column;
mod comment;
mod directory;
mod draft;
mod entry;
mod events;
mod files;
mod filing;
mod forgetting;
mod import;
mod indexing;
mod link;
mod markdown;
mod mention;
mod merge;
mod number;
mod rpc;
mod scanner;
mod search;
mod seeding;
mod sharing;
mod store;
mod template;
mod ticket;
mod view;
mod wire;

use std::sync::Arc;

use mesh_core::{
    audit::{self, Courier, Deed},
    bus::{Group, Subscription},
    db::Db,
    error::Result,
    jobs,
    page::PageKey,
    peer::Peer,
    service::{Process, Service},
    token::LinkKey,
};
use proto::tickets::v1::{
    attachment_service_server::AttachmentServiceServer, catalog_service_server::CatalogServiceServer,
    knowledge_service_server::KnowledgeServiceServer, projection_service_server::ProjectionServiceServer,
    ticket_service_server::TicketServiceServer, upload_service_server::UploadServiceServer,
    view_service_server::ViewServiceServer,
};
use tonic::service::Routes;

use crate::{
    directory::Directory,
    files::Files,
    filing::Filings,
    forgetting::Forgetting,
    indexing::Indexing,
    number::Style,
    rpc::{Attachments, Catalog, Knowledge, Projections, Tickets, Uploads, Views},
    store::{Store, catalogue::Catalogues},
};

pub use files::Config as FilesConfig;
pub use seeding::{Seeded, SeededCategory, SeededDue, Seeding};
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
    /// How files are taken.
    #[command(flatten)]
    pub files: FilesConfig,
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
        catalogues: Catalogues::new(store.clone()),
        pages: PageKey::new(&process.mesh_key),
        links: LinkKey::new(&process.mesh_key, rpc::rate::PURPOSE),
    };
    let (catalog, knowledge) = (Catalog::beside(&tickets), Knowledge::beside(&tickets));
    let files = Files::new(&config.files, store.clone(), &process)?;
    let forgetting = Arc::new(Forgetting(store.clone()));
    let (group, keys) = LISTENS;
    let listening = Subscription { group: Group::Durable(group), keys, handler: forgetting.clone() };
    let jobs = jobs::Runner::new(db.clone(), process.clock.clone())
        .on(forgetting::KIND, forgetting)
        .on(indexing::KIND, Arc::new(Indexing(store.clone())))
        .on(audit::KIND, Arc::new(Courier(identity.clone())));
    let jobs = files.jobs(jobs);
    let sweeping = files.sweeping();
    let (filings, links) = (tickets.filings.clone(), tickets.links.clone());
    let projections = Projections { store, style, filings, links };
    let routes = routes(tickets, catalog, projections, files, knowledge);
    let service = Service::over("tickets", routes, &db, MIGRATIONS, &process).needing("identity", &identity);
    Ok(service.beside(process.bus.graves(group, &db)).beside([
        process.bus.subscribe(listening),
        jobs.worker(),
        sweeping,
        census::worker(db.clone()),
    ]))
}

/// Has every ticket taken into the index of words anew, once the service runs.
pub async fn rebuild_index(config: &Config, process: &Process) -> Result<()> {
    let db = Db::open(&config.database_url, &process.ids, &process.clock)?;
    db.migrate(MIGRATIONS).await?;
    let mut tx = db.begin().await?;
    indexing::begin(&mut tx).await?;
    Deed::new("projection.rebuilt", "tickets").note_command(&mut tx).await?;
    tx.commit().await?;
    db.close().await;
    Ok(())
}

fn routes(
    tickets: Tickets,
    catalog: Catalog,
    projections: Projections,
    files: Files,
    knowledge: Knowledge,
) -> Routes {
    let attachments = Attachments { desk: tickets.clone(), files: files.clone() };
    let mut routes = Routes::builder();
    routes
        .add_service(TicketServiceServer::new(tickets.clone()))
        .add_service(ProjectionServiceServer::new(projections))
        .add_service(CatalogServiceServer::new(catalog))
        .add_service(ViewServiceServer::new(Views(tickets)))
        .add_service(AttachmentServiceServer::new(attachments))
        .add_service(UploadServiceServer::new(Uploads(files)))
        .add_service(KnowledgeServiceServer::new(knowledge));
    routes.routes()
}
