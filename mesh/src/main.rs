//! The binary: a whole help desk in one process, or one role of the mesh.
//!
//! `main` only reads what it is told and hands over; each mode is a file of its own. Exit codes: 0 done, 1 failed, 2 bad usage.

mod all;
mod backup;
mod cli;
mod config;
mod dead;
mod demo;
mod keys;
mod process;
mod rebuild;
mod role;
mod seed;
mod upkeep;

use std::process::ExitCode;

use mesh_core::error::{Error, Result};
use mimalloc::MiMalloc;

use crate::cli::{Audit, Command, Said};

/// Many small things are made and dropped on every thread; glibc's allocator took a fifth of the time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Exit code for an argument or a variable that makes no sense.
const BAD_USAGE: u8 = 2;

fn main() -> ExitCode {
    let (command, said) = cli::parse().unwrap_or_else(|error| error.exit());
    let ran = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::internal)
        .and_then(|runtime| runtime.block_on(run(command, &said)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn run(command: Command, said: &Said) -> Result<()> {
    match command {
        Command::All(args) => Box::pin(all::run(args)).await,
        Command::Identity(args) => role::identity(args).await,
        Command::Tickets(args) => Box::pin(role::tickets(args)).await,
        Command::Workflow(args) => Box::pin(role::workflow(args)).await,
        Command::Notify(args) => role::notify(args).await,
        Command::Gateway(args) => role::gateway(args).await,
        Command::Migrate(args) => upkeep::migrate(args).await,
        Command::Seed(args) => Box::pin(seed::run(*args)).await,
        Command::Health(args) => upkeep::health(args).await,
        Command::Config(args) => config::show(args, said),
        Command::Backup(args) => backup::backup(args).await,
        Command::Restore(args) => backup::restore(args).await,
        Command::CreateAdmin(args) => upkeep::create_admin(args).await,
        Command::Audit { deed: Audit::Verify(args) } => upkeep::verify_audit(args).await,
        Command::Dead { deed } => dead::run(deed).await,
        Command::RebuildProjections(args) => rebuild::run(args).await,
        Command::Completions { shell } => {
            upkeep::completions(shell);
            Ok(())
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the last word of a process that failed, also where logs go elsewhere"
)]
fn failed(error: &Error) -> ExitCode {
    eprintln!("ticketmesh: {}", error.with_causes());
    match error {
        Error::Invalid { .. } => ExitCode::from(BAD_USAGE),
        _ => ExitCode::FAILURE,
    }
}
