//! The commands' own help as pages: `docs/configuration.md` has those that run and their settings, `docs/commands.md` the others.
//!
//! Invariant: every command stands in one of them, those below others too. Which there are says the product.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::product::Product;
use crate::workspace::output;

pub(super) const SETTINGS: &str = "docs/configuration.md";
pub(super) const OTHERS: &str = "docs/commands.md";

/// The commands whose settings people look up.
const RUN: [&str; 7] = ["all", "identity", "tickets", "workflow", "notify", "gateway", "migrate"];

/// Every setting, as the commands themselves explain it.
pub(super) fn settings(product: &Product) -> Result<String> {
    let text = "# Configuration\n\n<!-- Written by `cargo xtask generate` from the commands' own help. -->\n\n\
         Every setting is an argument and a variable. A variable may also be given as a file, for secrets: \
         `TM_SMTP_URL_FILE=/run/secrets/smtp`.\nA `TM_` variable that nobody knows is an error. \
         `ticketmesh config` prints the values in effect.\n";
    page(product, text, RUN.into_iter().map(|name| vec![name.to_owned()]))
}

/// What every other command takes.
pub(super) fn others(product: &Product) -> Result<String> {
    let text = "# Commands\n\n<!-- Written by `cargo xtask generate` from the commands' own help. -->\n\n\
         Those that run the product are in [configuration.md](configuration.md). Exit codes: 0 done, 1 failed, 2 bad usage.\n";
    let is_other = |command: &Vec<String>| !RUN.contains(&command.join(" ").as_str());
    let others: Vec<_> = below(product, &[])?.into_iter().filter(is_other).collect();
    ensure!(others.len() > RUN.len(), "the product tells of few commands: {others:?}");
    page(product, text, others)
}

fn page(product: &Product, text: &str, commands: impl IntoIterator<Item = Vec<String>>) -> Result<String> {
    let mut text = text.to_owned();
    for command in commands {
        let help = help(product, &command, "--help")?;
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        write!(
            text,
            "\n## `ticketmesh {}`\n\n```text\n{}\n```\n",
            command.join(" "),
            help.join("\n").trim()
        )?;
    }
    Ok(text)
}

/// The commands below one, each followed by those below it.
fn below(product: &Product, above: &[String]) -> Result<Vec<Vec<String>>> {
    let mut commands = vec![];
    for name in names(&help(product, above, "-h")?) {
        let command = [above, &[name]].concat();
        let further = below(product, &command)?;
        commands.push(command);
        commands.extend(further);
    }
    Ok(commands)
}

/// What the short help lists as commands.
fn names(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    let words = lines.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    words.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn help(product: &Product, command: &[String], kind: &str) -> Result<String> {
    let words: Vec<_> = command.iter().map(String::as_str).chain([kind]).collect();
    output(product.command(&words).env_clear())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn commands_are_read_from_the_help() {
        let help = "What it is\n\nUsage: x [COMMAND]\n\nCommands:\n  all     Everything\n  dead    What was\n            given up\n  help    Print\n\nOptions:\n  -h";
        assert_eq!(names(help), ["all", "dead"]);
        assert!(names("Usage: x\n\nOptions:\n  -h").is_empty());
    }
}
