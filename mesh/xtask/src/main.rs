//! `cargo xtask`: build the UI, run, test, check, bench.
//!
//! Invariant: a task either did all it says or fails; nothing is skipped silently.

#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod alone;
mod bench;
mod chart;
mod check;
mod image;
mod keeper;
mod mesh;
mod ops;
mod packages;
mod product;
mod readme;
mod run;
mod screens;
mod services;
mod tally;
mod test;
mod tools;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser, Debug)]
#[command(name = "cargo xtask", about = "Build the UI, run, test, check, bench")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand, Debug)]
enum Task {
    /// Build the browser UI into `target/ui/`
    Ui(ui::Options),
    /// Build the UI and the binary, then run the whole product in one process
    Run(run::Options),
    /// Build, then run the mesh as five processes on PostgreSQL and RabbitMQ
    Mesh(mesh::Options),
    /// Run everything CI runs
    Test(test::Options),
    /// Check format, lints, documentation, dependencies, contract, generated files, size budgets
    Check,
    /// Write the generated files anew
    Generate(check::generated::Options),
    /// Photograph every page in light, in dark and at the width of a phone, into `target/screens/`
    Screens(screens::Options),
    /// Measure a release build on this machine
    Bench(bench::Options),
    /// Bring up private test servers for a command, or until Ctrl-C
    Services(services::Options),
}

fn main() -> ExitCode {
    match work(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Ui(options) => ui::build(options).map(drop),
        Task::Run(options) => run::all(&options),
        Task::Mesh(options) => mesh::up(options),
        Task::Test(options) => test::all(&options),
        Task::Check => check::all(),
        Task::Generate(options) => check::generated::write(&options),
        Task::Screens(options) => screens::all(options),
        Task::Bench(options) => bench::all(&options),
        Task::Services(options) => services::up(options),
    }
}
