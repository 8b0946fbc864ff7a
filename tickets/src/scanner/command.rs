//! A program that scans: exit code 0 is clean, 1 is infected, anything else is no answer.

use std::process::Stdio;

use futures::TryStreamExt as _;
use mesh_core::error::{Error, Result};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    process,
};

use super::{Content, Verdict, out_of_reach};

/// The word that stands for the file's path.
const PATH: &str = "{}";

/// A command line. No shell reads it.
#[derive(Clone, Debug)]
pub(super) struct Command {
    program: String,
    arguments: Vec<String>,
}

impl Command {
    /// The program and its arguments, with white space between them.
    pub(super) fn new(line: &str) -> Result<Self> {
        let mut words = line.split_ascii_whitespace().map(str::to_owned);
        let missing = || Error::invalid("TM_SCAN_COMMAND", "is empty; give a program and its arguments");
        Ok(Self { program: words.next().ok_or_else(missing)?, arguments: words.collect() })
    }

    /// What the program says. It gets the file on its standard input, or in a temporary file where an argument asks for that.
    pub(super) async fn scan(&self, content: Content) -> Result<Verdict> {
        if !self.arguments.iter().any(|word| word == PATH) {
            return self.run(&self.arguments, Some(content)).await;
        }
        // Gone when dropped.
        let file = tempfile::NamedTempFile::new().map_err(out_of_reach)?;
        let mut copy = tokio::fs::File::from_std(file.reopen().map_err(out_of_reach)?);
        pour(content, &mut copy).await?;
        copy.sync_all().await.map_err(out_of_reach)?;
        let path = file.path().to_string_lossy();
        let word = |word: &String| if word == PATH { path.to_string() } else { word.clone() };
        self.run(&self.arguments.iter().map(word).collect::<Vec<_>>(), None).await
    }

    async fn run(&self, arguments: &[String], input: Option<Content>) -> Result<Verdict> {
        let mut command = process::Command::new(&self.program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().map_err(out_of_reach)?;
        if let (Some(content), Some(mut stdin)) = (input, child.stdin.take()) {
            match pour(content, &mut stdin).await {
                // A scanner that has seen enough does not read to the end.
                Err(Error::Unavailable { source: Some(source), .. }) if is_broken_pipe(&*source) => {}
                poured => poured?,
            }
        }
        match child.wait().await.map_err(out_of_reach)?.code() {
            Some(0) => Ok(Verdict::Clean),
            Some(1) => Ok(Verdict::Infected),
            code => {
                Err(Error::unavailable(format!("the virus scanner {} ended with {code:?}", self.program)))
            }
        }
    }
}

/// Writes all of it.
async fn pour(mut content: Content, to: &mut (impl AsyncWrite + Unpin)) -> Result<()> {
    while let Some(chunk) = content.try_next().await? {
        to.write_all(&chunk).await.map_err(out_of_reach)?;
    }
    to.flush().await.map_err(out_of_reach)
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
