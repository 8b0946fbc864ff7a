//! Pictures of every page, taken from the demonstration in Chromium, for whoever changes a page to look at.
//!
//! Which pages, and as whom, stands in the example `screens` of the package `ticketmesh`.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::alone::{Alone, Store};
use crate::packages::{self, Package};
use crate::product::{DEMO_PASSWORD, Product, local};
use crate::services::free_port;
use crate::workspace::{cargo, root, run, target};

const START: Duration = Duration::from_secs(20);

#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Pictures of a release build: the paint times that are printed beside them mean something
    #[arg(long)]
    release: bool,
}

/// Chromium's driver; killed when dropped, which closes its browsers.
struct Driver {
    child: Child,
    port: u16,
}

/// Takes all pictures into `target/screens/`.
pub(crate) fn all(options: Options) -> Result<()> {
    packages::ensure(&[Package::Chromium])?;
    let product = Product::build(options.release)?;
    run(&mut cargo(["build", "--workspace", "--example", "screens"]))?;
    let alone = Store::new(&product, &target().join("screens-store"), Vec::new())?.run()?;
    product.seed(&alone.role)?;
    photograph(&alone, &Driver::start()?, &root().join("target/screens"))
}

fn photograph(alone: &Alone, driver: &Driver, folder: &Path) -> Result<()> {
    let mut screens = Command::new(target().join("debug/examples/screens"));
    screens.arg(format!("--address=http://{}", alone.role.listen));
    screens.arg(format!("--webdriver=http://{}", local(driver.port)));
    screens.arg(format!("--password={DEMO_PASSWORD}"));
    run(screens.arg("--folder").arg(folder))
}

impl Driver {
    fn start() -> Result<Self> {
        let program = packages::chromedriver().context("chromedriver is missing")?;
        let port = free_port()?;
        let mut command = Command::new(program);
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = Self { child: command.spawn().context("cannot start chromedriver")?, port };
        let start = Instant::now();
        while TcpStream::connect(local(port)).is_err() {
            ensure!(start.elapsed() < START, "chromedriver does not answer after {START:?}");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}
