//! What happens next: every ticket has a run, a run stands in one stage of a pinned workflow version, and every decision about
//! it is kept with its reasons.
//!
//! # The model
//! - A `Definition` is an immutable graph of stages and transitions; the built-in one is *Simple*. People draw others: `check` says what
//!   is wrong with a drawing, publishing makes an immutable version, `choosing` says which one takes a new ticket.
//! - A `Run` is one ticket in motion. The pure `engine` says where it may go and why not; the pure `routing` says who works on it
//!   and why not the others. What a run does to its ticket is an `effect`.
//! - A `Change` is the only way to a run's next version: run, history, decisions, news, alarms and the job that tells the ticket
//!   are written in one transaction or not at all.
//! - A `Clock` is a promise about a run (`sla`): when it must be answered and done, and whether it was.
//! - An `Automation` is what is done to tickets when something happens or a time comes, whatever their workflow.
//! - A `Pool` is a queue with its agents; whoever holds one is alone in it, so no ticket is given twice and turns are fair.
//!
//! # How it hangs together
//! `consume` hears of tickets and people (`admission` says what the latter means), `rpc` answers calls, `alarm`, `drain`, `follow_up` and `project` do what is due. All of them make
//! changes; none of them writes a run by itself. `forgetting` takes the names of deleted people out of what was written.

mod absence;
mod admission;
mod agent;
mod alarm;
mod approval;
mod approving;
mod arrival;
mod automating;
mod automation;
mod batch;
mod census;
mod change;
mod check;
mod choosing;
mod conflict;
mod consume;
mod counting;
mod deadline;
mod definition;
mod diff;
mod drain;
mod effect;
mod engine;
mod escalation;
mod events;
mod examples;
mod follow_up;
mod forgetting;
mod form;
mod load;
mod measure;
mod measuring;
mod migration;
#[cfg(test)]
mod month;
mod occasion;
mod offer;
mod passage;
mod period;
mod placing;
mod pool;
mod presence;
mod profile;
mod project;
mod queue;
mod rebuild;
mod report;
mod returning;
mod routing;
mod rpc;
mod run;
mod seeding;
mod shift;
mod shipped;
mod simple;
mod simulation;
mod sla;
mod snooze;
mod store;
mod vocabulary;
mod widening;
mod workflow;

use std::{sync::Arc, time::Duration};

use mesh_core::{
    audit::{self, Courier, Deed},
    config,
    db::{Db, Migration},
    error::Result,
    jobs,
    page::PageKey,
    peer::Peer,
    service::{Process, Service, Worker},
};
use tonic::service::Routes;

pub use rebuild::Rebuilt;
pub use seeding::{Promised, Seeding};

use crate::{
    automating::{errand, schedule},
    period::Periods,
    workflow::Workflow,
};

/// The schema of this service's database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql"), engine: None },
    Migration {
        version: 2,
        name: "parked",
        sql: include_str!("../migrations/0002_parked.sql"),
        engine: None,
    },
    Migration {
        version: 3,
        name: "drafts",
        sql: include_str!("../migrations/0003_drafts.sql"),
        engine: None,
    },
    Migration {
        version: 4,
        name: "clocks",
        sql: include_str!("../migrations/0004_clocks.sql"),
        engine: None,
    },
    Migration {
        version: 5,
        name: "routing",
        sql: include_str!("../migrations/0005_routing.sql"),
        engine: None,
    },
    Migration {
        version: 6,
        name: "reports",
        sql: include_str!("../migrations/0006_reports.sql"),
        engine: None,
    },
    Migration {
        version: 7,
        name: "details",
        sql: include_str!("../migrations/0007_details.sql"),
        engine: None,
    },
    Migration {
        version: 8,
        name: "automations",
        sql: include_str!("../migrations/0008_automations.sql"),
        engine: None,
    },
];

/// The bus group of this service and the events it waits for.
pub const LISTENS: (&str, &[&str]) = (consume::GROUP, consume::KEYS);

/// Settings of this service.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Workflow")]
pub struct Config {
    /// Where runs, queues and history are kept: `sqlite://…` or `postgres://…`.
    #[arg(id = "workflow_database_url", long = "workflow-database-url", env = "TM_WORKFLOW_DATABASE_URL")]
    #[arg(hide_env_values = true, default_value = "")]
    pub database_url: String,
    /// How long a resolved ticket waits for an answer before it closes. One that is resolved already keeps the time it had.
    #[arg(long, env = "TM_CLOSE_AFTER", default_value = "72h", value_parser = config::duration)]
    pub close_after: Duration,
    /// How long after it closed an answer of the requester opens a ticket again; a later one files a new ticket that goes on with it.
    #[arg(long, env = "TM_REOPEN_WITHIN", default_value = "336h", value_parser = config::duration)]
    pub reopen_within: Duration,
    /// How long an agent who is online may say nothing before being shown as away, and who is away before being shown as offline. The
    /// desk says something every few minutes while it is open. 0s is for ever.
    #[arg(long, env = "TM_AWAY_AFTER", default_value = "0s", value_parser = config::duration)]
    pub away_after: Duration,
}

impl Config {
    /// The defaults, with this database.
    pub fn over(database_url: String) -> Self {
        let hours = Duration::from_hours;
        Self { database_url, close_after: hours(72), reopen_within: hours(336), away_after: Duration::ZERO }
    }
}

/// What this service needs from others.
#[derive(Clone, Debug)]
pub struct Deps {
    /// What the process shares.
    pub process: Process,
    /// Tickets, which are told where their runs stand.
    pub tickets: Peer,
    /// Identity, which knows who may work where.
    pub identity: Peer,
}

/// Builds the service: its database brought up to date, its routes, and what runs beside them.
pub async fn build(config: Config, deps: Deps) -> Result<Service> {
    let workflow = open(&config, &deps).await?;
    let Deps { process, tickets, identity } = deps;
    let runner = jobs::Runner::new(workflow.db.clone(), process.clock.clone())
        .on(project::KIND, Arc::new(project::Projector(workflow.clone())))
        .on(follow_up::KIND, Arc::new(follow_up::FollowUps(workflow.clone())))
        .on(effect::KIND, Arc::new(effect::Effects(workflow.clone())))
        .on(migration::KIND, Arc::new(migration::Migrations(workflow.clone())))
        .on(approving::KIND, Arc::new(approving::Deadlines(workflow.clone())))
        .on(alarm::KIND, Arc::new(alarm::Ringer(workflow.clone())))
        .on(sla::bells::KIND, Arc::new(sla::bells::Ringer(workflow.clone())))
        .on(sla::review::KIND, Arc::new(sla::review::Reviewer(workflow.clone())))
        .on(drain::QUEUE, Arc::new(drain::QueueDrain(workflow.clone())))
        .on(drain::AGAIN, Arc::new(drain::SecondLook(workflow.clone())))
        .on(drain::AGENT, Arc::new(drain::AgentDrain(workflow.clone())))
        .on(absence::KIND, Arc::new(absence::Absences(workflow.clone())))
        .on(placing::KIND, Arc::new(placing::Sorting(workflow.clone())))
        .on(offer::KIND, Arc::new(offer::Offers(workflow.clone())))
        .on(presence::KIND, Arc::new(presence::Silence(workflow.clone())))
        .on(returning::KIND, Arc::new(returning::Returns(workflow.clone())))
        .on(shift::KIND, Arc::new(shift::Shifts(workflow.clone())))
        .on(snooze::KIND, Arc::new(snooze::Alarms(workflow.clone())))
        .on(widening::KIND, Arc::new(widening::Widening(workflow.clone())))
        .on(errand::KIND, Arc::new(errand::Errands(workflow.clone())))
        .on(schedule::KIND, Arc::new(schedule::Schedules(workflow.clone())))
        .on(automating::forgetting::KIND, Arc::new(automating::forgetting::Forgetful(workflow.clone())))
        .on(forgetting::KIND, Arc::new(forgetting::Forgetting(workflow.clone())))
        .on(audit::KIND, Arc::new(Courier(identity)));
    let listening = process.bus.subscribe(consume::subscription(&workflow));
    let service = Service::over("workflow", routes(&workflow), &workflow.db, MIGRATIONS, &process)
        .needing("tickets", &tickets)
        .beside(process.bus.graves(consume::GROUP, &workflow.db))
        .beside([listening, runner.worker(), census::worker(workflow.db.clone()), people(workflow)]);
    Ok(service)
}

/// Makes the copies anew that other services' facts have here, and those that tickets have of ours. Tickets hear of it once the
/// service runs.
pub async fn rebuild_projections(config: &Config, deps: &Deps) -> Result<Rebuilt> {
    let workflow = open(config, deps).await?;
    let (people, departments) = workflow.refresh_people().await?;
    let runs = workflow.retell_tickets().await?;
    workflow.remeasure().await?;
    let mut tx = workflow.db.begin().await?;
    let deed = Deed::new("projection.rebuilt", "workflow").saying("people", people);
    deed.saying("departments", departments).saying("runs", runs).note_command(&mut tx).await?;
    tx.commit().await?;
    workflow.db.close().await;
    Ok(Rebuilt { people, departments, runs })
}

async fn open(config: &Config, deps: &Deps) -> Result<Workflow> {
    let Process { ids, clock, mesh_key, .. } = &deps.process;
    let db = Db::open(&config.database_url, ids, clock)?;
    db.migrate(MIGRATIONS).await?;
    let Config { close_after, reopen_within, away_after, .. } = *config;
    let periods = Periods { close_after, reopen_within, away_after };
    let (tickets, identity) = (deps.tickets.clone(), deps.identity.clone());
    let workflow = Workflow::new(db, tickets, identity, PageKey::new(mesh_key), periods);
    workflow.install().await?;
    Ok(workflow)
}

fn routes(workflow: &Workflow) -> Routes {
    let mut routes = Routes::builder();
    rpc::add_to(&mut routes, workflow);
    routes.routes()
}

/// Looks identity's people up once at the start, in case news of them was lost; after that, news is enough.
fn people(workflow: Workflow) -> Worker {
    Worker::new("workflow people", move |_| {
        let workflow = workflow.clone();
        async move {
            let (people, departments) = workflow.refresh_people().await?;
            tracing::info!(people, departments, "knows who may work where");
            Ok(())
        }
    })
}
