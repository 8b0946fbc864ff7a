//! `ticketmesh config`: the settings in effect, and making keys.
//!
//! Invariant: each value that some process of this environment would have is shown once, with those that would have it where not all
//! would; what an argument of this command says goes for all.

use mesh_core::{
    config::{self, Setting},
    error::{Error, Result},
};

use crate::{
    cli::{self, Make, Said},
    keys,
    process::clock_and_ids,
};

/// The single roles, which differ from the whole in some settings.
const ROLES: [&str; 5] = ["identity", "tickets", "workflow", "notify", "gateway"];
const COMMAND_LINE: &str = "command line";

/// A setting, and the roles it is of; the whole is named by none.
struct Shown {
    setting: Setting,
    roles: Vec<&'static str>,
}

/// Shows the settings in effect, or makes keys.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(crate) fn show(args: cli::Config, said: &Said) -> Result<()> {
    if let Some(Make::Keys { folder }) = args.make {
        for file in keys::make(&folder, &clock_and_ids().1)? {
            println!("{}", file.display());
        }
        return Ok(());
    }
    for Shown { setting, roles } in all(said)? {
        let of = if roles.is_empty() { String::new() } else { format!(", {}", roles.join(" ")) };
        println!("{}={}  # {}{of}", setting.variable, setting.value, setting.source);
    }
    Ok(())
}

/// Those of the whole in the order of its help, each followed by what a role has otherwise; then those only roles have.
fn all(said: &Said) -> Result<Vec<Shown>> {
    let below =
        |name: &str| said.command.find_subcommand(name).ok_or_else(|| Error::internal("no such command"));
    let matches = said.matches.subcommand_matches("config").unwrap_or(&said.matches);
    let whole = config::effective(below("config")?, matches);
    let mut shown: Vec<_> = whole.into_iter().map(|setting| Shown { setting, roles: vec![] }).collect();
    for role in ROLES {
        let wrong = |error: clap::Error| Error::invalid(role, error.to_string());
        for setting in config::at_start(below(role)?).map_err(wrong)? {
            add(&mut shown, setting, role);
        }
    }
    Ok(shown)
}

fn add(shown: &mut Vec<Shown>, setting: Setting, role: &'static str) {
    let last = shown.iter().rposition(|known| known.setting.variable == setting.variable);
    let same = |known: &&mut Shown| {
        let named = known.setting.variable == setting.variable;
        named && (known.setting.source == COMMAND_LINE || known.setting.value == setting.value)
    };
    match shown.iter_mut().find(same) {
        Some(known) if known.roles.is_empty() => {}
        Some(known) => known.roles.push(role),
        None => {
            let at = last.map_or(shown.len(), |last| last + 1);
            shown.insert(at, Shown { setting, roles: vec![role] });
        }
    }
}
