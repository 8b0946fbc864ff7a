//! What can be said on the command line. Every setting is an environment variable too; the help text is the reference.

mod upkeep;

use std::{net::SocketAddr, path::PathBuf};

use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, error::ErrorKind,
};
use clap_complete::Shell;
use mesh_core::config::{self, Secret, Shared};

pub(crate) use upkeep::{
    Audit, Backup, Config, CreateAdmin, Databases, Dead, Health, ListDead, Make, RebuildProjections, Restore,
    Seed, TheDead, VerifyAudit,
};

/// A whole help desk in one process, or one role of the mesh.
#[derive(Debug, Parser)]
#[command(name = "ticketmesh", version, about, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    all: All,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Everything in one process (also without a command).
    All(All),
    /// People, roles, sessions, keys.
    Identity(Identity),
    /// Tickets and their conversation.
    Tickets(Tickets),
    /// Stages, transitions, routing.
    Workflow(Workflow),
    /// Notifications.
    Notify(Notify),
    /// The front door.
    Gateway(Gateway),
    /// Bring the databases to this version's schema.
    Migrate(Databases),
    /// Make the demonstration's people and tickets behind a running front door, or with `--tickets` very many straight into the
    /// databases of a mesh that is one process and does not run.
    Seed(Box<Seed>),
    /// Ask a running process whether it is ready; for probes.
    Health(Health),
    /// Show the settings in effect, of the whole and of each role, secrets redacted; or make keys.
    Config(Config),
    /// Copy databases, keys and files into a folder while the mesh runs.
    Backup(Backup),
    /// Put a backup into an empty data folder.
    Restore(Restore),
    /// Make an administrator without a browser.
    CreateAdmin(CreateAdmin),
    /// Look after the audit log.
    Audit {
        /// What is to be done with it.
        #[command(subcommand)]
        deed: Audit,
    },
    /// Events and jobs that failed so often that they were given up.
    Dead {
        /// What is to be done with them.
        #[command(subcommand)]
        deed: Dead,
    },
    /// Carry every run's stage and assignee to its ticket again, and agents from identity; have the words of tickets taken in again. In
    /// a mesh of roles: the first with workflow's settings, the last with those of tickets, best in their pods.
    RebuildProjections(RebuildProjections),
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

/// Everything in one process.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct All {
    /// Address of the front door.
    #[arg(long, env = "TM_LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Folder of databases, keys and files.
    #[arg(long, env = "TM_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
    /// Make demonstration people, departments and tickets, once.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Password of all demonstration people; without it one is made up at the first start and kept beside the keys.
    #[arg(long, env = "TM_DEMO_PASSWORD", hide_env_values = true)]
    pub(crate) demo_password: Option<Secret>,
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(flatten)]
    pub(crate) identity: identity::Config,
    #[command(flatten)]
    pub(crate) tickets: tickets::Config,
    #[command(flatten)]
    pub(crate) workflow: workflow::Config,
    #[command(flatten)]
    pub(crate) notify: notify::Config,
    #[command(flatten)]
    pub(crate) gateway: gateway::Config,
}

/// What every single role takes.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Role {
    /// Address calls come in at.
    #[arg(long, env = "TM_LISTEN", default_value = "0.0.0.0:50051", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Who brings the database to this version's schema.
    #[arg(long, env = "TM_MIGRATE", value_enum, default_value_t = Migrate::Start)]
    pub(crate) migrate: Migrate,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// Who brings a role's database to its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Migrate {
    /// The role itself when it starts.
    Start,
    /// Somebody else, with `ticketmesh migrate`: the role waits for it, alive and not ready.
    Wait,
}

/// Where identity is.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct IdentityAt {
    /// Where identity is: `http://identity:50051`.
    #[arg(long, env = "TM_IDENTITY_URL")]
    pub(crate) identity_url: String,
}

/// Where tickets is.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct TicketsAt {
    /// Where tickets is: `http://tickets:50051`.
    #[arg(long, env = "TM_TICKETS_URL")]
    pub(crate) tickets_url: String,
}

/// The role `identity`.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Identity {
    #[command(flatten)]
    pub(crate) role: Role,
    #[command(flatten)]
    pub(crate) config: identity::Config,
}

/// The role `tickets`.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Tickets {
    #[command(flatten)]
    pub(crate) role: Role,
    #[command(flatten)]
    pub(crate) identity: IdentityAt,
    #[command(flatten)]
    pub(crate) config: tickets::Config,
}

/// The role `workflow`.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Workflow {
    #[command(flatten)]
    pub(crate) role: Role,
    #[command(flatten)]
    pub(crate) identity: IdentityAt,
    #[command(flatten)]
    pub(crate) tickets: TicketsAt,
    #[command(flatten)]
    pub(crate) config: workflow::Config,
}

/// The role `notify`.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Notify {
    #[command(flatten)]
    pub(crate) role: Role,
    #[command(flatten)]
    pub(crate) identity: IdentityAt,
    #[command(flatten)]
    pub(crate) config: notify::Config,
}

/// The role `gateway`.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Gateway {
    /// Address of the front door.
    #[arg(long, env = "TM_LISTEN", default_value = "0.0.0.0:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(flatten)]
    pub(crate) identity: IdentityAt,
    #[command(flatten)]
    pub(crate) tickets: TicketsAt,
    /// Where workflow is: `http://workflow:50051`.
    #[arg(long, env = "TM_WORKFLOW_URL")]
    pub(crate) workflow_url: String,
    /// Where notify is: `http://notify:50051`.
    #[arg(long, env = "TM_NOTIFY_URL")]
    pub(crate) notify_url: String,
    #[command(flatten)]
    pub(crate) config: gateway::Config,
}

/// Reads `127.0.0.1:8080` as an argument. A name is none: it may stand for several addresses.
fn address(text: &str) -> Result<SocketAddr, String> {
    let problem = "is no address and port in numbers; give one like 127.0.0.1:8080, or [::1]:8080";
    text.parse().map_err(|_| problem.to_owned())
}

/// What was said, and the command with every setting's origin.
pub(crate) struct Said {
    pub(crate) command: clap::Command,
    pub(crate) matches: ArgMatches,
}

/// What is to be done; a wrong word or variable is an error that clap knows how to print.
pub(crate) fn parse() -> Result<(Command, Said), clap::Error> {
    let mut command = config::prepare(Cli::command(), std::env::vars_os())
        .map_err(|error| Cli::command().error(ErrorKind::InvalidValue, error))?;
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok((cli.command.unwrap_or(Command::All(cli.all)), Said { command, matches }))
}
