//! Tells people what they should know.
//!
//! News from the other services comes in by the bus; the rules in `news.rs` say who should hear of it; what they should hear is
//! written to their inbox together with the note that the event was taken in, so that each person is told once.
//!
//! Invariants: nobody is told of what he did himself; nobody is told more than he may see; the count of unread notifications is
//! exact in every answer and event that carries one.

mod events;
mod forgetting;
mod news;
mod rpc;
mod store;

use std::sync::Arc;

use mesh_core::{
    audit::{self, Courier},
    bus::{Group, Subscription},
    db::{Db, Migration},
    error::Result,
    jobs,
    page::PageKey,
    peer::Peer,
    service::{Process, Service},
};
use proto::notify::v1::{
    inbox_service_server::InboxServiceServer, mail_service_server::MailServiceServer,
    webhook_service_server::WebhookServiceServer,
};
use tonic::service::Routes;

use crate::{events::Consumer, forgetting::Forgetting, store::Store};

/// The migrations of this service's database, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql"), engine: None },
    Migration {
        version: 2,
        name: "actor_names",
        sql: include_str!("../migrations/0002_actor_names.sql"),
        engine: None,
    },
];

/// The bus group of this service and the events it waits for.
pub const LISTENS: (&str, &[&str]) = (events::CONSUMER, events::KEYS);

/// What the service is told at start.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Config {
    /// Database of notify: `sqlite://…` or `postgres://…`.
    #[arg(
        id = "notify_database_url",
        long = "notify-database-url",
        env = "TM_NOTIFY_DATABASE_URL",
        hide_env_values = true,
        default_value = ""
    )]
    pub database_url: String,
}

/// What the service is given.
#[derive(Clone, Debug)]
pub struct Deps {
    /// What every service of the process shares.
    pub process: Process,
    /// Identity, below it, whose audit log hears what commands did to this database.
    pub identity: Peer,
}

/// Builds the service: opens and migrates its database, subscribes to the others' news.
pub async fn build(config: Config, deps: Deps) -> Result<Service> {
    let Deps { process, identity } = deps;
    let db = Db::open(&config.database_url, &process.ids, &process.clock)?;
    db.migrate(MIGRATIONS).await?;
    let store = Store::new(db.clone());
    let inbox = rpc::Inbox { store: store.clone(), pages: PageKey::new(&process.mesh_key) };
    let (group, keys) = LISTENS;
    let forgetting = Arc::new(Forgetting(store.clone()));
    let jobs = jobs::Runner::new(db.clone(), process.clock.clone())
        .on(forgetting::KIND, forgetting)
        .on(audit::KIND, Arc::new(Courier(identity)));
    let subscription =
        Subscription { group: Group::Durable(group), keys, handler: Arc::new(Consumer { store }) };
    let mut routes = Routes::builder();
    routes
        .add_service(InboxServiceServer::new(inbox))
        .add_service(MailServiceServer::new(rpc::Mail))
        .add_service(WebhookServiceServer::new(rpc::Webhooks));
    let listening = process.bus.subscribe(subscription);
    let service = Service::over("notify", routes.routes(), &db, MIGRATIONS, &process);
    Ok(service.beside(process.bus.graves(group, &db)).beside([listening, jobs.worker()]))
}
