//! What the README tells services to do, done: its commands, as they stand there, against the product.
//!
//! Invariant: nothing but the address and the password is put in, and the last of them, the stream, brings what happens next.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::alone::Store;
use crate::packages::{self, Package};
use crate::product::{DEMO_PASSWORD, Product};
use crate::tools;
use crate::workspace::{output, root, target};

/// The part of it whose commands are run.
const HEADING: &str = "## Calling it from a service";
/// The address and the password it speaks of.
const ADDRESS: &str = "http://localhost:8080";
const PASSWORD: &str = "…";
/// What its ticket is about, and the request that files it.
const SUBJECT: &str = "Badge printer is jammed";
const REQUEST: &str = "alert-4711";

/// Before them there is a department.
const BEFORE: &str = r#"
set -eumo pipefail
made() { curl -sS --fail "http://localhost:8080/api/ticketmesh.identity.v1.$1" -H 'content-type: application/json' "${@:2}"; }
ADMIN=$(made AuthService/SignIn -d '{"email": "admin@demo.test", "password": "…"}' | jq -r .tokens.accessToken)
made DirectoryService/CreateDepartment -H "authorization: Bearer $ADMIN" -d '{"requestId": "readme", "department": {"displayName": "Workshop"}}'
TOKEN=
"#;

/// Runs the commands; fails with what they said.
pub(crate) fn check(product: &Product) -> Result<()> {
    packages::ensure(&[Package::Curl])?;
    let buf = tools::buf()?;
    let folder = target().join("readme");
    let alone = Store::new(product, &folder, vec![])?.run()?;
    let readme = std::fs::read_to_string(root().join("README.md")).context("no README.md")?;
    let script = script(&commands(&readme)?, alone.role.listen)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths(buf.parent().map(Into::into).into_iter().chain(std::env::split_paths(&path)))?;
    let mut bash = Command::new("timeout");
    bash.args(["--kill-after=5", "60", "bash", "-c", &script]).env("PATH", path).current_dir(&folder);
    let said = output(&mut bash)?;
    ensure!(said.matches(SUBJECT).count() >= 2, "the ticket is neither got nor listed:\n{said}");
    Ok(())
}

/// The commands of the part, in their order.
fn commands(readme: &str) -> Result<Vec<&str>> {
    let (_, part) =
        readme.split_once(HEADING).with_context(|| format!("README.md has no part {HEADING:?}"))?;
    let part = part.split_once("\n## ").map_or(part, |(part, _)| part);
    let commands: Vec<_> = part.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    ensure!(commands.len() > 8, "README.md has few commands: {commands:?}");
    Ok(commands)
}

/// All of them in one shell. The last one goes on by itself, so it runs beside another ticket, which it must tell of.
fn script(commands: &[&str], listen: SocketAddr) -> Result<String> {
    let (stream, before) = commands.split_last().context("no commands")?;
    let file = before.iter().find(|command| command.contains(REQUEST)).context("no ticket is filed")?;
    let again = file.replace(REQUEST, "alert-4712");
    let script = format!(
        "{BEFORE}{}\n{stream} >watched &\n\
         until grep -q ready watched; do sleep 0.1; done\n\
         {again}\n\
         until grep -q \"$TICKET\" watched; do sleep 0.1; done\n\
         kill -- -$!\n",
        before.join("\n")
    );
    Ok(script.replace(ADDRESS, &format!("http://{listen}")).replace(PASSWORD, DEMO_PASSWORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_those_of_the_part_and_only_address_and_password_are_put_in() {
        let lines = (0..7).map(|number| format!("$ echo {number}\n")).collect::<Vec<_>>().concat();
        let readme = format!(
            "$ no\n{HEADING}\n{lines}said\n$ file {REQUEST} … {ADDRESS}\n$ watch {ADDRESS}\n## Next\n$ no\n"
        );
        let commands = commands(&readme).unwrap();
        assert_eq!((commands.len(), commands[0], commands[8]), (9, "echo 0", "watch http://localhost:8080"));
        let script = script(&commands, SocketAddr::from(([127, 0, 0, 1], 7))).unwrap();
        assert!(script.contains(&format!("file {REQUEST} {DEMO_PASSWORD} http://127.0.0.1:7\n")), "{script}");
        assert!(script.contains("watch http://127.0.0.1:7 >watched &\n"), "{script}");
    }
}
