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

/// Every setting of a command that has an environment variable, in the order of the help text; not those of commands below it.
pub fn effective(command: &Command, matches: &ArgMatches) -> Vec<Setting> {
    command.get_arguments().filter_map(|arg| setting(arg, matches)).collect()
}

/// The settings a command would have if it were started now without arguments, whether or not that would be enough for it. An error is
/// what it would say to a value that makes no sense.
pub fn at_start(command: &Command) -> Result<Vec<Setting>, clap::Error> {
    let mut bare = command.clone().mut_args(|arg| arg.required(false));
    let matches = bare.try_get_matches_from_mut([command.get_name()])?;
    Ok(effective(command, &matches))
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
