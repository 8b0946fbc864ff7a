//! The settings as they are in effect, without the secrets among them.

use clap::{Arg, ArgMatches, Command, parser::ValueSource};

/// What stands for a secret.
const REDACTED: &str = "[redacted]";

/// One setting in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its environment variable.
    pub variable: String,
    /// Its value; secrets and passwords inside URLs are redacted. Empty when it is not set.
    pub value: String,
    /// Where it comes from: `default`, `environment` or `command line`.
    pub source: &'static str,
}

/// Every setting that has an environment variable, in the order of the help text, down to the chosen sub-command.
pub fn effective(command: &Command, matches: &ArgMatches) -> Vec<Setting> {
    let mut settings: Vec<Setting> =
        command.get_arguments().filter_map(|arg| setting(arg, matches)).collect();
    let chosen = matches.subcommand().and_then(|(name, below)| Some((command.find_subcommand(name)?, below)));
    if let Some((below, matches)) = chosen {
        settings.extend(effective(below, matches));
    }
    settings
}

fn setting(arg: &Arg, matches: &ArgMatches) -> Option<Setting> {
    let variable = arg.get_env()?.to_str()?.to_owned();
    let id = arg.get_id().as_str();
    let values = matches.try_get_raw(id).ok().flatten().into_iter().flatten();
    let value = values.map(|value| shown(arg, &value.to_string_lossy())).collect::<Vec<_>>().join(",");
    let source = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => "command line",
        Some(ValueSource::EnvVariable) => "environment",
        _ => "default",
    };
    Some(Setting { variable, value, source })
}

fn shown(arg: &Arg, value: &str) -> String {
    match without_password(value) {
        Some(url) => url,
        None if arg.is_hide_env_values_set() => REDACTED.to_owned(),
        None => value.to_owned(),
    }
}

/// `scheme://user:password@rest` with the password redacted; `None` when the value is no URL with one.
fn without_password(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once("://")?;
    let (credentials, host) = rest.rsplit_once('@')?;
    let user = credentials.split_once(':').map_or(credentials, |(user, _)| user);
    Some(format!("{scheme}://{user}:{REDACTED}@{host}"))
}
