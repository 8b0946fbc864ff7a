//! How the cost of a call grows with the store: the same calls over stores of several sizes, on both engines.
//!
//! Each store is made anew from the same seed, so the figures of two runs are of the same tickets.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{STORES, curve, folder, machine, unlimited};
use crate::alone::Store;
use crate::keeper::Settings;
use crate::product::{DEMO_PASSWORD, Product, Role};
use crate::services::PrivatePostgres;
use crate::workspace::{output, root, run, target};

/// What is drawn: the name of the figure, and what it is.
pub(super) const FIGURES: [(&str, &str); 5] = [
    ("get", "ticket and timeline, p99"),
    ("list", "50 with exact count, slowest list, p95"),
    ("search", "two words, p95"),
    ("count_views", "50 views counted, p95"),
    ("create", "file one, p95"),
];

/// What only stands in the table: calls a second of 32 callers.
const RATES: [(&str, &str); 3] = [
    ("gets_a_second", "`GetTicket`, 32 callers"),
    ("lists_a_second", "`ListTickets`, 50 with exact count, 32 callers"),
    ("searches_a_second", "`SearchTickets`, two words, 32 callers"),
];

/// Figures of one store by name: milliseconds, or calls a second.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) engine: &'static str,
    pub(super) tickets: u64,
    pub(super) figures: Vec<(String, f64)>,
}

impl Measured {
    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

/// Measures stores of these sizes, prints a table and draws the curve.
pub(super) fn all(sizes: &[u64], seconds: u32, release: bool) -> Result<()> {
    let product = Product::compile_beside(release, &[super::LOAD])?;
    let mut measured = vec![];
    for &tickets in sizes {
        measured.push(on_sqlite(&product, tickets, seconds, release)?);
        measured.push(on_postgres(&product, tickets, seconds, release)?);
    }
    println!("\n{}\n\n{}", machine()?, table(&measured));
    let image = root().join("docs/images/growth.svg");
    std::fs::write(&image, curve::draw(&measured))
        .with_context(|| format!("cannot write {}", image.display()))?;
    println!("drawn into {}", image.display());
    Ok(())
}

fn on_sqlite(product: &Product, tickets: u64, seconds: u32, release: bool) -> Result<Measured> {
    measure(product, "SQLite", &folder("growth-sqlite"), unlimited(), (tickets, seconds, release))
}

fn on_postgres(product: &Product, tickets: u64, seconds: u32, release: bool) -> Result<Measured> {
    let postgres = PrivatePostgres::durable()?;
    let mut settings = unlimited();
    for store in STORES {
        postgres.create_database(store)?;
        settings.push((format!("TM_{}_DATABASE_URL", store.to_uppercase()), postgres.database(store).into()));
    }
    measure(product, "PostgreSQL", &folder("growth-postgres"), settings, (tickets, seconds, release))
}

fn measure(
    product: &Product,
    engine: &'static str,
    folder: &Path,
    settings: Settings,
    (tickets, seconds, release): (u64, u32, bool),
) -> Result<Measured> {
    let store = Store::new(product, folder, settings)?;
    store.fill(tickets)?;
    let alone = store.run()?;
    alone.wait_for_rest()?;
    let said = load(&alone.role, seconds, release)?;
    eprintln!("{engine}, {tickets} tickets:\n{said}");
    let figures: Vec<_> = said.lines().filter_map(figure).collect();
    ensure!(figures.len() >= FIGURES.len(), "mesh-bench did not say all figures: {said}");
    Ok(Measured { engine, tickets, figures })
}

/// What the load generator says, a figure a line.
fn load(front: &Role, seconds: u32, release: bool) -> Result<String> {
    let profile = if release { "release" } else { "debug" };
    let mut load = Command::new(target().join(profile).join(super::LOAD));
    load.arg(format!("--address=http://{}", front.listen)).arg(format!("--password={DEMO_PASSWORD}"));
    Ok(output(load.arg(format!("--seconds={seconds}")).arg("desk"))?.trim().to_owned())
}

/// A line `name milliseconds`.
fn figure(line: &str) -> Option<(String, f64)> {
    let (name, value) = line.split_once(' ')?;
    Some((name.to_owned(), value.parse().ok()?))
}

/// The figures as rows for the documentation.
fn table(measured: &[Measured]) -> String {
    let mut table = String::from("| what | engine |");
    let mut sizes: Vec<_> = measured.iter().map(|one| one.tickets).collect();
    sizes.dedup();
    table.extend(sizes.iter().map(|tickets| format!(" {tickets} |")));
    table += "\n|---|---|";
    table.extend(sizes.iter().map(|_| "---|"));
    for (name, what) in FIGURES {
        table += &row(measured, name, what, |milliseconds| format!("{milliseconds:.1} ms"));
    }
    for (name, what) in RATES {
        table += &row(measured, name, what, |rate| format!("{rate:.0}/s"));
    }
    table
}

/// The lines of a figure, one for each engine.
fn row(measured: &[Measured], name: &str, what: &str, shown: impl Fn(f64) -> String) -> String {
    let mut row = String::new();
    for engine in ["SQLite", "PostgreSQL"] {
        let of_engine = measured.iter().filter(|one| one.engine == engine);
        let cells = of_engine.map(|one| one.figure(name).map_or_else(|| "–".to_owned(), &shown));
        // Writing to a string does not fail.
        let _ = write!(row, "\n| {what} | {engine} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    row
}

impl Store {
    /// Fills it with made-up tickets, before it runs.
    fn fill(&self, tickets: u64) -> Result<()> {
        run(self.command(&["seed", "--tickets", &tickets.to_string()]).env("TM_DEMO_PASSWORD", DEMO_PASSWORD))
    }
}

#[cfg(test)]
mod tests {
    use super::{Measured, figure, table};

    #[test]
    fn figures_are_read_by_name_and_shown_by_size() {
        assert_eq!(figure("list_0_all 1.50"), Some(("list_0_all".to_owned(), 1.5)));
        assert_eq!(figure("nothing"), None);
        let one = |engine, tickets| Measured { engine, tickets, figures: vec![("get".into(), 1.25)] };
        let table = table(&[one("SQLite", 10), one("PostgreSQL", 10), one("SQLite", 20)]);
        assert!(table.starts_with("| what | engine | 10 | 20 |\n|---|---|---|---|\n"), "{table}");
        assert!(table.contains("| ticket and timeline, p99 | SQLite | 1.2 ms | 1.2 ms |"), "{table}");
    }
}
