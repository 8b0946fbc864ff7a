//! Where a journey is played: a mesh in one process, chromedriver, and a browser for everybody who takes part.
//!
//! The invariant: however a journey ends, its browsers are closed; when it fails, each leaves a picture first.

use std::{
    fs,
    panic::{AssertUnwindSafe, resume_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

use fantoccini::Client;
use futures::FutureExt as _;
use tokio::process::Command;

use crate::{
    chromium::{self, Look},
    process::Process,
    running::{Mesh, Mode, PASSWORD},
    visitor::Visitor,
};

/// Where chromedriver is.
const CHROMEDRIVER: &str = "TICKETMESH_TEST_CHROMEDRIVER";
/// Where pictures of failures go.
const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screens");

/// The stage of one journey.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) mesh: Mesh,
    webdriver: String,
    _driver: Process,
    pages: Mutex<Vec<Client>>,
}

/// Plays a journey in a mesh that has an administrator.
pub(crate) async fn play(journey: impl AsyncFnOnce(&mut Stage)) {
    play_in(Mesh::start(Mode::All).await, journey).await;
}

/// Plays a journey in this mesh.
pub(crate) async fn play_in(mesh: Mesh, journey: impl AsyncFnOnce(&mut Stage)) {
    let mut stage = Stage::set(mesh).await;
    let played = AssertUnwindSafe(journey(&mut stage)).catch_unwind().await;
    let pages = stage.pages.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (page, file) in pages.into_iter().zip(pictures()) {
        // Also the one of a failure long mended.
        fs::remove_file(&file).ok();
        if played.is_err() {
            photograph(&page, &file).await;
        }
        page.close().await.expect("the browser closes");
    }
    if let Err(failure) = played {
        resume_unwind(failure);
    }
}

impl Stage {
    async fn set(mesh: Mesh) -> Self {
        let mut command = Command::new(named(CHROMEDRIVER));
        command.arg("--port=0").kill_on_drop(true);
        let mut driver = Process::start(command);
        let port = driver.says("started successfully on port ").await;
        let webdriver = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
        Self { mesh, webdriver, _driver: driver, pages: Mutex::default() }
    }

    /// Somebody who has never been here.
    pub(crate) async fn visitor(&self, look: Look) -> Visitor {
        let profile = tempfile::tempdir().expect("a folder");
        let page = chromium::open(&self.webdriver, look, profile.path()).await.expect("Chromium starts");
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).push(page.clone());
        Visitor::new(page, self.mesh.address(), profile)
    }

    /// Somebody who has just signed in.
    pub(crate) async fn signed_in(&self, email: &str, look: Look) -> Visitor {
        let visitor = self.visitor(look).await;
        visitor.opens("/").await;
        visitor.signs_in(email, PASSWORD).await;
        visitor.may_press(&format!("Account of {email}")).await;
        visitor
    }

    /// An agent who is at his desk and takes work.
    pub(crate) async fn agent_at_work(&self, email: &str) -> Visitor {
        let agent = self.signed_in(email, Look::Light).await;
        agent.presses("Whether you take work").await;
        agent.presses("Online: takes new tickets").await;
        agent.sees("Online").await;
        agent
    }
}

/// Files for pictures of a failure, named after the test and the browser in the order they were opened.
fn pictures() -> impl Iterator<Item = PathBuf> {
    let test = thread::current().name().unwrap_or("journey").replace("::", "-");
    (1..).map(move |number| Path::new(PICTURES).join(format!("failed-{test}-{number}.png")))
}

async fn photograph(page: &Client, file: &Path) {
    let picture = page.screenshot().await.expect("a picture");
    fs::create_dir_all(PICTURES).and_then(|()| fs::write(file, picture)).expect("the picture is kept");
    eprintln!("the page as it was then: {}", file.display());
}

/// Where the runner of the tests says that something is.
#[expect(clippy::disallowed_methods, reason = "tests are told by their runner where the programs are")]
pub(crate) fn named(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set; run `cargo xtask test --only browser`, which finds what it names")
    })
}
