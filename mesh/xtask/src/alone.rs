//! The whole product in one process, on a store of its own below `target/`, for pictures and figures.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::slice;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::keeper::Settings;
use crate::product::{Product, Role, Running};

const START: Duration = Duration::from_mins(1);
/// How long what a load left behind may take.
const REST: Duration = Duration::from_mins(10);
/// How finely the start is timed.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A store, and the settings to run on it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    product: Product,
    settings: Settings,
}

/// The product on a store; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Alone {
    pub(crate) role: Role,
    pub(crate) running: Running,
    /// From the start of the process to its first answer.
    pub(crate) start_time: Duration,
}

impl Store {
    /// An empty folder with an administrator in it.
    pub(crate) fn new(product: &Product, folder: &Path, more: Settings) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let mut settings: Settings = vec![
            ("TM_DATA_DIR".to_owned(), folder.join("data").into()),
            ("TM_LOG_FORMAT".to_owned(), "text".into()),
        ];
        settings.extend(more);
        product.create_admin(&settings, folder)?;
        Ok(Self { product: product.clone(), settings })
    }

    /// A command of the product on this store.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.product.command(arguments);
        command.envs(self.settings.iter().cloned());
        command
    }

    /// Runs the product until its front door answers and every check of its own is good.
    pub(crate) fn run(&self) -> Result<Alone> {
        let role = Role::anywhere("all")?;
        let start = Instant::now();
        let mut running = self.product.start(&role, self.settings.clone())?;
        let (ended, endings) = mpsc::channel();
        running.show(ended);
        while !answers(&role) {
            ensure!(endings.try_recv().is_err(), "the product ended before it answered");
            ensure!(start.elapsed() < START, "the product does not answer after {START:?}");
            thread::sleep(LOOK_AGAIN);
        }
        let start_time = start.elapsed();
        self.product.wait_for(slice::from_ref(&role), &endings)?;
        Ok(Alone { role, running, start_time })
    }
}

impl Alone {
    /// Waits until no event and no job waits any more; how long that took.
    pub(crate) fn wait_for_rest(&self) -> Result<Duration> {
        let start = Instant::now();
        while self.is_behind()? {
            ensure!(start.elapsed() < REST, "work still waits after {REST:?}");
            thread::sleep(Duration::from_millis(200));
        }
        Ok(start.elapsed())
    }

    fn is_behind(&self) -> Result<bool> {
        let metrics = get(self.role.probes, "/metrics").context("no metrics")?;
        let waiting = ["ticketmesh_outbox_waiting{", "ticketmesh_jobs_lag_seconds{"];
        Ok(metrics
            .lines()
            .any(|line| waiting.iter().any(|name| line.starts_with(name)) && !line.ends_with(" 0")))
    }
}

/// Whether the front door answers at all.
fn answers(role: &Role) -> bool {
    get(role.listen, "/").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// What a path answers, its head included.
fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
