//! What can be said on the command line. Every setting is an environment variable too; the help text is the reference.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, error::ErrorKind,
};
use clap_complete::Shell;
use mesh_core::config::{self, Secret, Shared};

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
    /// Show the settings in effect, secrets redacted, or make keys.
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
    /// Carry every run's stage and assignee to its ticket again, and agents from identity.
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
    #[arg(long, env = "TM_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Folder of databases, keys and files.
    #[arg(long, env = "TM_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
    /// Make demonstration people, departments and tickets, once.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Password of all demonstration people; one is made up without it.
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
    #[arg(long, env = "TM_LISTEN", default_value = "0.0.0.0:50051")]
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
    #[arg(long, env = "TM_LISTEN", default_value = "0.0.0.0:8080")]
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

/// The databases an upkeep command works on.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Databases {
    /// Folder of databases that have no address of their own.
    #[arg(long, env = "TM_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
    /// Database of identity: `sqlite://…` or `postgres://…`.
    #[arg(long, env = "TM_IDENTITY_DATABASE_URL", hide_env_values = true)]
    pub(crate) identity_database_url: Option<String>,
    /// Database of tickets.
    #[arg(long, env = "TM_TICKETS_DATABASE_URL", hide_env_values = true)]
    pub(crate) tickets_database_url: Option<String>,
    /// Database of workflow.
    #[arg(long, env = "TM_WORKFLOW_DATABASE_URL", hide_env_values = true)]
    pub(crate) workflow_database_url: Option<String>,
    /// Database of notify.
    #[arg(long, env = "TM_NOTIFY_DATABASE_URL", hide_env_values = true)]
    pub(crate) notify_database_url: Option<String>,
}

/// Makes a backup.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Backup {
    /// The folder to make.
    #[arg(long)]
    pub(crate) to: PathBuf,
    /// Where files are kept when not in the data folder: `file:///folder` is copied, `s3://…` is named.
    #[arg(long, env = "TM_BLOBS_URL")]
    pub(crate) blobs_url: Option<String>,
    #[command(flatten)]
    pub(crate) databases: Databases,
}

/// Takes a backup back.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Restore {
    /// The folder of the backup.
    #[arg(long)]
    pub(crate) from: PathBuf,
    /// Folder of databases, keys and files.
    #[arg(long, env = "TM_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
}

/// Makes the demonstration, or very many tickets. `--demo-password` is that of `admin@demo.test` and of everybody who is made.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Seed {
    /// Address of the front door.
    #[arg(long, default_value = "http://localhost:8080")]
    pub(crate) url: String,
    /// So many made-up tickets of two years, with people, answers, history and runs, instead of the demonstration.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(crate) tickets: Option<u64>,
    /// With `--tickets`: the same number makes the same tickets.
    #[arg(long, default_value_t = 1)]
    pub(crate) random: u64,
    #[command(flatten)]
    pub(crate) all: All,
}

/// Asks a running process.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Health {
    /// Address of its probes; a name will do, too.
    #[arg(long, env = "TM_ADMIN_LISTEN", default_value = "127.0.0.1:9090")]
    pub(crate) admin_listen: String,
    /// What is asked: `readiness` or `liveness`.
    #[arg(long, default_value = "readiness")]
    pub(crate) service: String,
    /// Ask again and again for so long.
    #[arg(long, default_value = "0s", value_parser = config::duration)]
    pub(crate) within: Duration,
}

/// Shows settings or makes keys.
#[derive(Debug, Args)]
#[group(skip)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) make: Option<Make>,
    #[command(flatten)]
    pub(crate) all: All,
}

/// What can be made.
#[derive(Debug, Subcommand)]
pub(crate) enum Make {
    /// Make a master key and a mesh key in a folder, unless they are there.
    Keys {
        /// The folder.
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
}

/// Makes an administrator.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct CreateAdmin {
    /// Do nothing when there is any account.
    #[arg(long)]
    pub(crate) if_nobody: bool,
    /// E-mail address to sign in with.
    #[arg(long)]
    pub(crate) email: String,
    /// Display name.
    #[arg(long)]
    pub(crate) name: String,
    /// File with the password.
    #[arg(long)]
    pub(crate) password_file: PathBuf,
    /// Folder of the database when it has no address of its own.
    #[arg(long, env = "TM_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(flatten)]
    pub(crate) identity: identity::Config,
}

/// What can be done with the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check that every line is as it was written and none is missing; exit code 1 when not.
    Verify(VerifyAudit),
}

/// Checks the audit log, also while the mesh runs.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct VerifyAudit {
    /// Folder of the database when it has no address of its own.
    #[arg(long, env = "TM_DATA_DIR", default_value = "./data")]
    pub(crate) data_dir: PathBuf,
    #[command(flatten)]
    pub(crate) identity: identity::Config,
}

/// Rebuilds projections.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct RebuildProjections {
    #[command(flatten)]
    pub(crate) all: All,
}

/// What was said, with every setting's origin; a wrong word or variable is an error that clap knows how to print.
pub(crate) fn parse() -> Result<(Command, ArgMatches), clap::Error> {
    let mut command = config::prepare(Cli::command(), std::env::vars_os())
        .map_err(|error| Cli::command().error(ErrorKind::InvalidValue, error))?;
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok((cli.command.unwrap_or(Command::All(cli.all)), matches))
}
