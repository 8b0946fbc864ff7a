//! Configuration: command line arguments that are also environment variables (`TM_…`), and secrets in files.
//!
//! The invariant: a process either understands every `TM_` variable it finds or refuses to start with one sentence that
//! names the nearest one it knows. Any variable may be given as a file instead: `TM_SMTP_URL_FILE=/run/secrets/smtp`.

mod effective;

use std::{
    collections::BTreeSet, ffi::OsString, fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration,
};

use clap::Command;
use jiff::SignedDuration;

pub use effective::{Setting, at_start, effective};

use crate::{
    blobs,
    error::{Error, Result},
    mail, peer,
    stack::Limits,
    telemetry, tls,
};

/// Ours begin like this.
const PREFIX: &str = "TM_";
/// The variable's value is in a file.
const FILE: &str = "_FILE";

/// A value that is never shown: `Debug` says `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(value))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What every role takes.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Shared {
    /// Address of probes and metrics.
    #[arg(long, env = "TM_ADMIN_LISTEN", default_value = "127.0.0.1:9090")]
    pub admin_listen: SocketAddr,
    /// How long calls in flight may take to end when the process stops.
    #[arg(long, env = "TM_STOP_GRACE", default_value = "20s", value_parser = duration)]
    pub stop_grace: Duration,
    /// Where people reach the mesh, for links in letters: `https://help.example.org`. `all` takes its own address.
    #[arg(long, env = "TM_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// The broker. Without it news stay inside the process.
    #[arg(long, env = "TM_AMQP_URL", hide_env_values = true)]
    pub amqp_url: Option<Secret>,
    /// What the names of the exchange and the queues on the broker begin with.
    #[arg(long, env = "TM_AMQP_PREFIX", default_value = "ticketmesh")]
    pub amqp_prefix: String,
    /// File with the key that seals secrets at rest; identity alone needs it.
    #[arg(long, env = "TM_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
    /// File with the key the services of the mesh know each other by, and cookies are sealed with.
    #[arg(long, env = "TM_MESH_KEY_FILE")]
    pub mesh_key_file: Option<PathBuf>,
    /// How letters leave.
    #[command(flatten)]
    pub mail: mail::Settings,
    /// Where files are kept.
    #[command(flatten)]
    pub blobs: blobs::Settings,
    /// The certificate of the port calls come in at.
    #[command(flatten)]
    pub tls: tls::Settings,
    /// How other services are called.
    #[command(flatten)]
    pub peers: peer::Settings,
    /// How much is taken on at a time.
    #[command(flatten)]
    pub limits: Limits,
    /// Logs, traces, metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Settings,
}

/// Reads `90s`, `5m`, `1h 30m` as an argument.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().map_err(|_| "is no duration; give one like 30s or 5m")?;
    Duration::try_from(parsed).map_err(|_| "is negative; give a duration like 30s or 5m".to_owned())
}

/// Makes the command ready to read this environment: unknown `TM_` variables are refused, files are read.
pub fn prepare(
    command: Command,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Command> {
    let known = variables(&command);
    let mut files = Vec::new();
    let mut given = BTreeSet::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        given.insert(name.to_owned());
        match name.strip_suffix(FILE).filter(|variable| known.contains(*variable)) {
            _ if known.contains(name) => {}
            Some(variable) => files.push((variable.to_owned(), PathBuf::from(value))),
            None => return Err(unknown(name, &known)),
        }
    }
    files.into_iter().try_fold(command, |command, (variable, path)| {
        if given.contains(&variable) {
            return Err(Error::invalid(
                &variable,
                format!("is set, and {variable}{FILE} too; set only one of them"),
            ));
        }
        let value = std::fs::read_to_string(&path).map_err(|error| {
            Error::invalid(
                format!("{variable}{FILE}"),
                format!("names {}, which can't be read: {error}", path.display()),
            )
        })?;
        Ok(with_default(command, &variable, value.trim_end_matches(['\r', '\n'])))
    })
}

/// Every environment variable of the command and those below it.
fn variables(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str().map(str::to_owned));
    own.chain(command.get_subcommands().flat_map(variables)).collect()
}

fn with_default(command: Command, variable: &str, value: &str) -> Command {
    let command = command.mut_args(|arg| match arg.get_env() {
        Some(env) if env == variable => arg.default_value(value.to_owned()).required(false),
        _ => arg,
    });
    command.mut_subcommands(|below| with_default(below, variable, value))
}

fn unknown(name: &str, known: &BTreeSet<String>) -> Error {
    let bare = name.strip_suffix(FILE).unwrap_or(name);
    let nearest = known.iter().min_by_key(|candidate| {
        strsim::damerau_levenshtein(name, candidate).min(strsim::damerau_levenshtein(bare, candidate))
    });
    let remedy = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
    Error::invalid(name, format!("is no setting of Ticketmesh{remedy}"))
}
