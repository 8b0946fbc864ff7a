//! Somebody at a browser: finds things by the words on them, and waits for what is to be seen.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use fantoccini::{
    Client,
    elements::{Element, ElementRef},
    error::CmdError,
    wd::{Locator, WebDriverCompatibleCommand},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::chromium::DOWNLOADS;

/// How long a page may take for anything, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(25);
/// Glances in a row at a page that is as before, until it counts as at rest.
const STILL: u32 = 12;
/// What WebDriver calls a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// What a person can read on the page.
const WORDS: &str = "return document.body.innerText;";

/// A person at a browser of his own.
#[derive(Debug)]
pub(crate) struct Visitor {
    page: Client,
    /// Address of the front door.
    address: String,
    profile: TempDir,
}

impl Visitor {
    pub(crate) fn new(page: Client, address: String, profile: TempDir) -> Self {
        Self { page, address, profile }
    }

    /// Opens a path of the mesh.
    pub(crate) async fn opens(&self, path: &str) {
        self.page.goto(&format!("{}{path}", self.address)).await.expect("the page is loaded");
    }

    /// Loads the page again.
    pub(crate) async fn reloads(&self) {
        self.page.refresh().await.expect("the page is loaded again");
    }

    /// Fills in the sign-in form.
    pub(crate) async fn signs_in(&self, email: &str, password: &str) {
        self.writes("E-mail", email).await;
        self.writes("Password", password).await;
        self.presses("Sign in").await;
    }

    /// Signs out by the menu under one's own picture.
    pub(crate) async fn signs_out(&self, name: &str) {
        self.presses(&format!("Account of {name}")).await;
        self.presses("Sign out").await;
        self.sees("Sign in to Ticketmesh").await;
    }

    /// Presses the button or link with exactly these words on it.
    pub(crate) async fn presses(&self, words: &str) {
        self.uses("button", words, async |button| button.click().await).await;
    }

    /// Follows the first link with these words somewhere on it.
    pub(crate) async fn follows(&self, words: &str) {
        self.uses("link", words, async |link| link.click().await).await;
    }

    /// Waits until something with these words can be pressed.
    pub(crate) async fn may_press(&self, words: &str) {
        self.uses("button", words, async |_| Ok(())).await;
    }

    /// Types into the field with this label, in place of what is there.
    pub(crate) async fn writes(&self, label: &str, text: &str) {
        let write = async |field: Element| {
            field.clear().await?;
            field.send_keys(text).await
        };
        self.uses("field", label, write).await;
    }

    /// Types into the field with this label, behind what is there.
    pub(crate) async fn adds(&self, label: &str, text: &str) {
        self.uses("field", label, async |field| field.send_keys(text).await).await;
    }

    /// Strikes keys wherever the focus is.
    pub(crate) async fn strikes(&self, keys: &str) {
        let strike = async || self.page.active_element().await.ok()?.send_keys(keys).await.ok();
        self.waits("keys can be struck", strike).await;
    }

    /// Finds by typing what an open list offers, and takes the first that fits.
    pub(crate) async fn picks(&self, list: &str, words: &str) {
        self.writes(list, words).await;
        let first = "[popover]:popover-open [role=option]";
        let fits =
            format!("return document.querySelector('{first}')?.innerText.includes({words:?}) === true;");
        self.notices(&format!("{words:?} is offered"), &fits).await;
        self.presses_first(first).await;
    }

    /// Chooses an option of the field with this label.
    pub(crate) async fn chooses(&self, label: &str, option: &str) {
        self.uses("field", label, async |field| field.select_by_label(option).await).await;
    }

    /// Ticks the box with this label, or takes its tick away.
    pub(crate) async fn ticks(&self, label: &str) {
        self.uses("field", label, async |field| field.click().await).await;
    }

    /// Gives a file to the field with this label.
    pub(crate) async fn gives(&self, label: &str, file: &Path) {
        // A browser takes no path with steps back in it.
        let path = file.canonicalize().expect("the file is there").display().to_string();
        self.uses("field", label, async |field| field.send_keys(&path).await).await;
    }

    /// What the field with this label has in it, once there is something.
    pub(crate) async fn copies(&self, label: &str) -> String {
        let filled = async || {
            let text = self.find("field", label).await?.prop("value").await.ok()??;
            (!text.is_empty()).then_some(text)
        };
        self.waits(&format!("{label:?} has something in it"), filled).await
    }

    /// What a script finds on the page: lines of text, once there are any.
    pub(crate) async fn finds(&self, what: &str, script: &str) -> Vec<String> {
        let lines = async || {
            let found = self.asks(script).await?;
            let lines = found.as_array()?.iter().filter_map(|line| Some(line.as_str()?.to_owned()));
            Some(lines.collect::<Vec<_>>()).filter(|lines| !lines.is_empty())
        };
        self.waits(what, lines).await
    }

    /// Waits until the field with this label has this text in it.
    pub(crate) async fn finds_written(&self, label: &str, text: &str) {
        let what = format!("{label:?} says {text:?}");
        self.waits(&what, async || {
            let field = self.find("field", label).await?;
            (field.prop("value").await.ok()?? == text).then_some(())
        })
        .await;
    }

    /// Waits until these words are to be seen.
    pub(crate) async fn sees(&self, words: &str) {
        self.waits(&format!("{words:?} is to be seen"), async || {
            self.reads().await?.contains(words).then_some(())
        })
        .await;
    }

    /// Waits until these words are no longer to be seen.
    pub(crate) async fn sees_no_more(&self, words: &str) {
        let what = format!("{words:?} is gone");
        self.waits(&what, async || (!self.reads().await?.contains(words)).then_some(())).await;
    }

    /// Asserts that the page does not have these words anywhere, not even hidden.
    pub(crate) async fn has_nowhere(&self, words: &str) {
        let source = self.page.source().await.expect("the page has a source");
        assert!(!source.contains(words), "{words:?} is on the page");
    }

    /// Waits until the page is at this path.
    pub(crate) async fn is_at(&self, path: &str) {
        let here = async || (self.page.current_url().await.ok()?.path() == path).then_some(());
        self.waits(&format!("the page is at {path}"), here).await;
    }

    /// When the page was loaded: the same as long as nobody reloaded it.
    pub(crate) async fn loaded_at(&self) -> Value {
        self.asks("return performance.timeOrigin;").await.expect("a page")
    }

    /// Waits until a script's condition holds; what cannot be read as words.
    pub(crate) async fn notices(&self, what: &str, condition: &str) {
        self.waits(what, async || (self.asks(condition).await? == Value::Bool(true)).then_some(())).await;
    }

    /// The folder of what was downloaded.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.profile.path().join(DOWNLOADS)
    }

    /// Waits until the page has loaded all it shows and stays as it is.
    pub(crate) async fn rests(&self) {
        let mut seen = (Value::Null, 0);
        self.waits("the page rests", async || {
            let now = self.asks(include_str!("rest.js")).await?;
            seen = if now == seen.0 && !now.is_null() { (now, seen.1 + 1) } else { (now, 0) };
            (seen.1 == STILL).then_some(())
        })
        .await;
    }

    /// Presses the first thing a selector finds.
    pub(crate) async fn presses_first(&self, selector: &str) {
        let press = async || self.page.find(Locator::Css(selector)).await.ok()?.click().await.ok();
        self.waits(&format!("there is {selector} to press"), press).await;
    }

    /// Adds a script to the page.
    pub(crate) async fn loads(&self, script: &str) {
        self.page.execute(script, Vec::new()).await.expect("the script runs");
    }

    /// Does something to the page that takes a while, and answers what came of it.
    pub(crate) async fn runs(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.page.execute_async(script, arguments).await.expect("the script runs")
    }

    /// Gives the browser a command that is not about the page.
    pub(crate) async fn commands(&self, command: impl WebDriverCompatibleCommand + Send + 'static) {
        self.page.issue_cmd(command).await.expect("the browser obeys");
    }

    /// What a person can read on the page.
    async fn reads(&self) -> Option<String> {
        Some(self.asks(WORDS).await?.as_str()?.to_owned())
    }

    /// A script's answer; none while the page is on its way elsewhere.
    async fn asks(&self, script: &str) -> Option<Value> {
        self.page.execute(script, Vec::new()).await.ok()
    }

    async fn find(&self, kind: &str, words: &str) -> Option<Element> {
        let found = self.page.execute(include_str!("find.js"), vec![kind.into(), words.into()]).await.ok()?;
        let reference = found.get(ELEMENT)?.as_str()?.to_owned();
        Some(Element::from_element_id(self.page.clone(), ElementRef::from(reference)))
    }

    /// Does something with a thing once it is there. A thing that was drawn anew or covered in between is looked for again.
    async fn uses(&self, kind: &str, words: &str, deed: impl AsyncFn(Element) -> Result<(), CmdError>) {
        let what = format!("there is a {kind} {words:?} to use");
        self.waits(&what, async || deed(self.find(kind, words).await?).await.ok()).await;
    }

    async fn waits<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            if Instant::now() > give_up {
                let words = self.reads().await.unwrap_or_default();
                panic!("waited {PATIENCE:?} in vain until {what}; the page says:\n{words}");
            }
            sleep(GLANCE).await;
        }
    }
}
