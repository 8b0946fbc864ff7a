//! One process of the binary under test: started, killed, stopped, heard.

use std::{ffi::OsStr, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// How long a process may take to say where it is, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running process of the binary.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    says: Lines<BufReader<ChildStdout>>,
}

/// The binary with an environment of its own: nothing of ours leaks into it.
pub(crate) fn ticketmesh<S: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ticketmesh"));
    command.args(args).env_clear().current_dir(folder).kill_on_drop(true);
    command
}

impl Process {
    /// Starts the command and keeps what it says.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let stdout = child.stdout.take().expect("its words are piped");
        Self { child, says: BufReader::new(stdout).lines() }
    }

    /// The end of the first line that contains `beginning`, behind it.
    pub(crate) async fn says(&mut self, beginning: &str) -> String {
        self.says_within(PATIENCE, beginning).await
    }

    /// The same, after something that takes its time.
    pub(crate) async fn says_within(&mut self, patience: Duration, beginning: &str) -> String {
        let heard = timeout(patience, async {
            while let Some(line) = self.says.next_line().await.expect("its words are text") {
                if let Some((_, rest)) = line.split_once(beginning) {
                    return rest.to_owned();
                }
            }
            panic!(
                "the process ended without saying {beginning:?}; it ended with {:?}",
                self.child.wait().await
            );
        });
        heard.await.unwrap_or_else(|_| panic!("the process did not say {beginning:?} within {patience:?}"))
    }

    /// Sends it a signal by its name.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await.expect("there is kill");
        assert!(sent.success(), "the signal {name} was not sent");
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.signal("TERM").await;
        assert_eq!(self.ends().await, Some(0));
    }

    /// Waits until it has ended; its exit code.
    pub(crate) async fn ends(&mut self) -> Option<i32> {
        timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").expect("it ends").code()
    }

    /// Kills it in the middle of whatever it does.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("it can be killed");
    }
}
