//! The commands that do one thing and end.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use mesh_core::config::{self, Shared};

use super::All;

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

/// What can be done with what was given up; also while the mesh runs.
#[derive(Debug, Subcommand)]
pub(crate) enum Dead {
    /// List them, the latest first: service, id, what, about what, attempts, when, why.
    List(ListDead),
    /// Send events and run jobs again, from the first attempt on. What comes twice changes nothing.
    Revive(TheDead),
    /// Drop events and jobs for good.
    Discard(TheDead),
}

/// Lists what was given up.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct ListDead {
    /// At most so many events and so many jobs of each service.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub(crate) most: i64,
    #[command(flatten)]
    pub(crate) databases: Databases,
}

/// Names some of what was given up, or all of it.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct TheDead {
    /// Ids as `ticketmesh dead list` shows them: `evt_…`, `job_…`.
    #[arg(required_unless_present = "all")]
    pub(crate) ids: Vec<String>,
    /// Everything there is.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) databases: Databases,
}

/// Rebuilds projections.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct RebuildProjections {
    /// In a mesh of roles, where identity is: `http://identity:50051`.
    #[arg(long, env = "TM_IDENTITY_URL")]
    pub(crate) identity_url: Option<String>,
    /// In a mesh of roles, where tickets is: `http://tickets:50051`.
    #[arg(long, env = "TM_TICKETS_URL")]
    pub(crate) tickets_url: Option<String>,
    #[command(flatten)]
    pub(crate) all: All,
}
