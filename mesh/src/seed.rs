//! `seed --tickets N`: so many made-up tickets, straight into the databases, for stores to try things on and to measure.
//!
//! The invariant: the same seed makes the same people, words, statuses and moves, dated back from today's midnight; what is
//! there already stays, and a second run with another seed adds to it. The mesh should not run meanwhile.

mod forms;
mod people;
mod plan;
mod words;

use jiff::Timestamp;
use mesh_core::{
    config::Secret,
    error::{Error, Result},
    token::Verifier,
};
use tickets::{Seeded, SeededDue};
use tokio::sync::mpsc;

use crate::{
    all::{KEYS, Mesh, in_folder},
    cli::Seed,
    demo, keys,
    process::{Start, clock_and_ids},
};
use people::Cast;
use plan::{Places, Plan};
use words::TEMPLATES;

/// Tickets made and written at a time.
const CHUNK: u64 = 500;
/// Tickets between two words on how far it is.
const TOLD_EVERY: u64 = 50_000;

/// The databases a seed goes into.
struct Stores {
    tickets: tickets::Seeding,
    workflow: workflow::Seeding,
}

/// The command `seed`: the demonstration behind a front door, or very many tickets.
pub(crate) async fn run(args: Seed) -> Result<()> {
    let password = password(&args)?;
    match args.tickets {
        Some(count) => Box::pin(make(&args, count, &password)).await,
        None => demo::make(&args.url, &password).await,
    }
}

/// Makes people, departments and `count` tickets.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn make(args: &Seed, count: u64, password: &Secret) -> Result<()> {
    let (clock, ids) = clock_and_ids();
    let all = &args.all;
    let keys = keys::given_or_made(&all.shared, &all.data_dir.join(KEYS), &ids)?;
    let start = Start::new("seed", &all.shared, &all.data_dir, &keys.mesh, |clock, _| {
        Ok(Verifier::local(clock.clone()))
    })?;
    let (identity, config, deps) = Mesh::below(all, &start.process, &keys).await?;
    demo::make_admin(&identity, password).await?;
    let cast = people::make(&identity, &deps.identity, count, password.reveal()).await?;

    let mut tickets_config = all.tickets.clone();
    in_folder(&mut tickets_config.database_url, &all.data_dir, "tickets");
    let mut tickets = tickets::Seeding::open(&tickets_config, &start.process).await?;
    let workflow = workflow::Seeding::open(&config, &deps).await?;
    let places = places(&mut tickets, &workflow, &cast).await?;
    let first = tickets.reserve(i64::try_from(count).map_err(Error::internal)?).await?;
    let numbers = tickets.number(first);
    let plan = Plan::new(args.random, count, midnight(clock.now())?, (first, numbers), cast, places);
    fill(Stores { tickets, workflow }, plan, count).await?;
    println!("{count} tickets made; start the mesh, sign in as {}", demo::ADMIN);
    Ok(())
}

fn password(args: &Seed) -> Result<Secret> {
    let problem = "is missing; everybody who is made can sign in with it";
    args.all.demo_password.clone().ok_or_else(|| Error::invalid("--demo-password", problem))
}

/// Today's first instant in UTC.
fn midnight(now: Timestamp) -> Result<Timestamp> {
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(24 * 60 * 60)).map_err(Error::internal)
}

/// Where tickets are sorted, wait and stand.
async fn places(tickets: &mut tickets::Seeding, workflow: &workflow::Seeding, cast: &Cast) -> Result<Places> {
    let mut queues = Vec::with_capacity(cast.departments.len());
    let mut categories = Vec::with_capacity(cast.departments.len());
    for (department_id, templates) in cast.departments.iter().zip(TEMPLATES) {
        queues.push(workflow.queue_of(department_id).await?);
        categories.push(tickets.adopt(department_id, templates).await?);
    }
    Ok(Places { queues, categories, stages: workflow.stages().await? })
}

/// Writes chunk after chunk, the next one being made meanwhile.
async fn fill(stores: Stores, mut plan: Plan, count: u64) -> Result<()> {
    let (sender, mut made) = mpsc::channel::<Vec<Seeded>>(2);
    let making = tokio::task::spawn_blocking(move || {
        let mut left = count;
        while left > 0 {
            let chunk = plan.chunk(left.min(CHUNK));
            left -= left.min(CHUNK);
            if sender.blocking_send(chunk).is_err() {
                return;
            }
        }
    });
    let mut done = 0;
    while let Some(chunk) = made.recv().await {
        let runs: Vec<_> = chunk.iter().map(|one| (&one.ticket, one.entries.as_slice())).collect();
        tokio::try_join!(stores.tickets.keep(&chunk), stores.workflow.keep(&runs))?;
        let before = done;
        done += u64::try_from(chunk.len()).unwrap_or(CHUNK);
        if done / TOLD_EVERY > before / TOLD_EVERY {
            tracing::info!(done, count, "tickets made");
        }
    }
    making.await.map_err(Error::internal)?;
    let promised = stores.workflow.promise().await?.into_iter();
    let due = promised.map(|workflow::Promised { ticket_id, response, resolve }| SeededDue {
        ticket_id,
        response,
        resolve,
    });
    stores.tickets.due(&due.collect::<Vec<_>>()).await?;
    stores.tickets.finish(count).await?;
    stores.workflow.finish().await
}
