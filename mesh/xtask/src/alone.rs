//! The whole product in one process, on a store of its own below `target/`, for pictures and figures.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::slice;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::keeper::Settings;
use crate::product::{Product, Role, Running};

const START: Duration = Duration::from_mins(1);
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

/// Whether the front door answers at all.
fn answers(role: &Role) -> bool {
    let ask = || -> std::io::Result<[u8; 12]> {
        let mut stream = TcpStream::connect(role.listen)?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status)
    };
    ask().is_ok_and(|status| status.starts_with(b"HTTP/1.1 200"))
}
