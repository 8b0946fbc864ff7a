//! A process that stops a program when this one is gone.
//!
//! Each program is started by a small shell script in a process group of its own, which then reads its standard input to
//! the end. The other end of that pipe is held here: when it is dropped, or closed by the kernel because this process was
//! interrupted or killed, the script goes on to stop its program and to remove its files.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

/// Holds one program up; dropping it stops the program and waits for that.
#[derive(Debug)]
pub(crate) struct Keeper {
    program: &'static str,
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

/// The environment of a script.
pub(crate) type Settings = Vec<(String, OsString)>;

impl Keeper {
    /// Starts a script: it must print `ready` when its program runs, read its input to the end, and then
    /// stop the program.
    pub(crate) fn start(program: &'static str, script: &str, settings: Settings) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, program]).envs(settings).process_group(0);
        let mut child = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start the keeper of {program}"))?;
        let output = child.stdout.take().map(BufReader::new);
        Ok(Self { program, child, output })
    }

    /// Waits until the program runs; one that does not is an error with the end of its log. Answers what else the script
    /// said, such as a process id.
    pub(crate) fn ready(&mut self, log: &Path) -> Result<String> {
        let mut said = String::new();
        if let Some(output) = &mut self.output {
            output.read_line(&mut said)?;
        }
        let Some(more) = said.trim().strip_prefix("ready") else {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            bail!("{} did not start; its log ends:\n{}", self.program, tail(&log));
        };
        Ok(more.trim().to_owned())
    }

    /// Shows what the program prints, line by line after its name, and calls back when it ends.
    pub(crate) fn show(&mut self, ended: impl FnOnce(&'static str) + Send + 'static) {
        let (program, output) = (self.program, self.output.take());
        thread::spawn(move || {
            for line in output.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
                println!("{program:>8} | {line}");
            }
            ended(program);
        });
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            eprintln!("{} may still run: {error}", self.program);
        }
    }
}

/// The last twenty lines.
fn tail(log: &str) -> &str {
    let ends = log.char_indices().rev().filter(|(_, letter)| *letter == '\n');
    ends.skip(20).map(|(at, _)| &log[at + 1..]).next().unwrap_or(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "echo ready 42; cat >/dev/null; echo stopped >\"$KEPT\"";

    #[test]
    fn a_dropped_keeper_has_stopped_its_program() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        let mut keeper =
            Keeper::start("server", SCRIPT, vec![("KEPT".to_owned(), kept.clone().into())]).unwrap();
        assert_eq!(keeper.ready(Path::new("")).unwrap(), "42");
        assert!(!kept.exists());
        drop(keeper);
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "stopped\n");
    }

    #[test]
    fn a_program_that_does_not_start_is_shown_with_the_end_of_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::write(&log, "first\nthe port is taken\n").unwrap();
        let mut keeper = Keeper::start("server", "exit 1", Settings::new()).unwrap();
        let error = keeper.ready(&log).unwrap_err().to_string();
        assert!(error.ends_with("the port is taken\n"), "{error}");
    }

    #[test]
    fn only_the_last_lines_of_a_long_log_are_shown() {
        let lines: Vec<String> = (1..=100).map(|line| line.to_string()).collect();
        let log = lines.join("\n") + "\n";
        assert!(tail(&log).starts_with("81\n"), "{}", tail(&log));
    }
}
