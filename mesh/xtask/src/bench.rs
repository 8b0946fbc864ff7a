//! Figures of a release build on this machine, as rows for `docs/benchmarks.md`. Measured on demand, never in CI.
//!
//! Invariant: beside each figure that hangs on a database stands what the database alone does in the same run, on the same
//! rows, with the same promise to keep them.

mod baseline;
mod curve;
mod growth;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::alone::Store;
use crate::keeper::Settings;
use crate::product::{DEMO_PASSWORD, Product, Role};
use crate::services::PrivatePostgres;
use crate::ui;
use crate::workspace::{output, root, target};

/// Services with a database of their own.
const STORES: [&str; 4] = ["identity", "tickets", "workflow", "notify"];
/// What makes the load.
const LOAD: &str = "mesh-bench";
/// Tickets of a store that is in use.
const TICKETS: &str = "100000";
/// How long a start is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);

#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// Callers at a time
    #[arg(long, default_value_t = 32)]
    callers: u32,
    /// How long each load lasts
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    /// Only measure how calls grow with the store, over stores of so many tickets: `10000,100000,1000000`; draws
    /// `docs/images/growth.svg`
    #[arg(long, value_delimiter = ',')]
    growth: Vec<u64>,
    /// With `--growth`: a debug build, to try it
    #[arg(long, requires = "growth")]
    debug: bool,
}

/// One row of the table.
struct Figure {
    what: &'static str,
    value: String,
}

/// Measures everything and prints the table.
pub(crate) fn all(options: &Options) -> Result<()> {
    if !options.growth.is_empty() {
        return growth::all(&options.growth, options.seconds, !options.debug);
    }
    ui::build(ui::Options { release: true })?;
    let product = Product::compile_beside(true, &[LOAD])?;
    let mut figures = at_rest(&product)?;
    figures.extend(on_sqlite(&product, options)?);
    figures.extend(on_postgres(&product, options)?);
    println!("\n{}\n\n| what | figure |\n|---|---|", machine()?);
    for Figure { what, value } in figures {
        println!("| {what} | {value} |");
    }
    Ok(())
}

/// Start and memory on a store that exists and holds one person.
fn at_rest(product: &Product) -> Result<Vec<Figure>> {
    let store = Store::new(product, &folder("rest"), Settings::new())?;
    drop(store.run()?);
    let alone = store.run()?;
    thread::sleep(IDLE);
    let start = format!("{} ms", alone.start_time.as_millis());
    let memory = format!("{:.1} MB", megabytes(alone.running.process)?);
    Ok(vec![
        Figure { what: "start to first answer, `all`, existing store", value: start },
        Figure { what: "resident memory, `all`, empty", value: memory },
    ])
}

fn on_sqlite(product: &Product, options: &Options) -> Result<Vec<Figure>> {
    let alone = Store::new(product, &folder("sqlite"), unlimited())?.run()?;
    let assigned = load(&alone.role, options, &["assigned"])?;
    let created = load(&alone.role, options, &["create"])?;
    let signed_in = load(&alone.role, options, &["sign-in"])?;
    let imported = load(&alone.role, options, &["import"])?;
    let revoked = load(&alone.role, options, &["revoked"])?;
    load(&alone.role, options, &["fill", TICKETS])?;
    let behind = alone.wait_for_rest()?;
    let listed = load(&alone.role, options, &["list"])?;
    thread::sleep(IDLE);
    Ok(vec![
        Figure { what: "`CreateTicket`, `all`, SQLite", value: created },
        Figure {
            what: "every run placed and shown after the last of 100,000 was filed, SQLite",
            value: format!("{} s", behind.as_secs()),
        },
        Figure {
            what: "filed → assigned and shown live, 200 tickets a second, `all`, SQLite",
            value: assigned,
        },
        Figure { what: "`SignIn`, `all`, SQLite", value: signed_in },
        Figure { what: "`ImportTickets`, one row in a hundred wrong, `all`, SQLite", value: imported },
        Figure { what: "session ended → its token refused by tickets, `all`, SQLite", value: revoked },
        Figure {
            what: "`ListTickets`, 50 open ones with exact count, over 100,000 tickets, SQLite",
            value: listed,
        },
        Figure {
            what: "resident memory, `all`, over 100,000 tickets",
            value: format!("{:.1} MB", megabytes(alone.running.process)?),
        },
    ])
}

fn on_postgres(product: &Product, options: &Options) -> Result<Vec<Figure>> {
    let postgres = PrivatePostgres::durable()?;
    let mut settings = unlimited();
    for store in STORES {
        postgres.create_database(store)?;
        settings.push((format!("TM_{}_DATABASE_URL", store.to_uppercase()), postgres.database(store).into()));
    }
    let alone = Store::new(product, &folder("postgres"), settings)?.run()?;
    let tickets = postgres.database("tickets");
    let assigned = load(&alone.role, options, &["assigned"])?;
    baseline::keep_news(&tickets)?;
    let ours = load(&alone.role, options, &["create"])?;
    drop(alone);
    let theirs = baseline::same_inserts(&tickets, &folder("postgres"), options)?;
    Ok(vec![
        Figure { what: "`CreateTicket`, `all`, PostgreSQL", value: ours },
        Figure { what: "pgbench, the rows of one `CreateTicket`", value: theirs },
        Figure {
            what: "filed → assigned and shown live, 200 tickets a second, `all`, PostgreSQL",
            value: assigned,
        },
    ])
}

/// No limits on callers: what is measured is the system, not its brakes.
fn unlimited() -> Settings {
    ["TM_LIMIT_ADMIN_WRITES", "TM_LIMIT_PERSON_READS", "TM_LIMIT_SIGN_IN"]
        .map(|limit| (limit.to_owned(), "1000000/s".into()))
        .into()
}

/// What the load generator says of one kind of call.
fn load(front: &Role, options: &Options, what: &[&str]) -> Result<String> {
    let mut load = Command::new(target().join("release").join(LOAD));
    load.arg(format!("--address=http://{}", front.listen));
    load.arg(format!("--password={DEMO_PASSWORD}"));
    load.arg(format!("--callers={}", options.callers))
        .arg(format!("--seconds={}", options.seconds))
        .args(what);
    let figures = output(&mut load)?.trim().to_owned();
    eprintln!("{}: {figures}", what.join(" "));
    Ok(figures)
}

/// Resident set of a process.
fn megabytes(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("the product is gone")?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in its status")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}

/// What it was measured on.
fn machine() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let count = thread::available_parallelism()?;
    let commit = output(Command::new("git").current_dir(root()).args(["describe", "--always", "--dirty"]))?;
    Ok(format!("{} × {}, commit {}", count, model.trim_start_matches(['\t', ':', ' ']), commit.trim()))
}

fn folder(name: &str) -> PathBuf {
    target().join("bench").join(name)
}
