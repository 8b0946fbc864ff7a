//! Chromium, driven through WebDriver.

use std::time::Duration;

use fantoccini::{Client, Locator, key::Key};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    Result,
    chromium::{self, Look},
};

/// How long a page may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing may move before a page counts as at rest.
const REST: Duration = Duration::from_millis(400);
/// What a page looks like from outside, or nothing while it still loads.
const STATE: &str = include_str!("../../tests/browser/rest.js");

/// The page's first paint and its largest one.
const PAINTS: &str = "
    const done = arguments[0];
    const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
    new PerformanceObserver((paints) => done([first, paints.getEntries().at(-1).startTime]))
        .observe({ type: 'largest-contentful-paint', buffered: true });";

pub(crate) struct Browser {
    page: Client,
    _profile: TempDir,
}

impl Browser {
    /// A fresh browser that has never been here.
    pub(crate) async fn open(webdriver: &str, look: Look) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let page = chromium::open(webdriver, look, profile.path()).await?;
        Ok(Self { page, _profile: profile })
    }

    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.page.close().await?)
    }

    /// Opens an address and waits until the page is at rest.
    pub(crate) async fn go(&self, address: &str) -> Result<()> {
        self.page.goto(address).await?;
        self.rest().await
    }

    /// Signs in as a person does.
    pub(crate) async fn sign_in(&self, address: &str, email: &str, password: &str) -> Result<()> {
        self.go(&format!("{address}/sign-in")).await?;
        self.page.find(Locator::Css("input[name='email']")).await?.send_keys(email).await?;
        let field = self.page.find(Locator::Css("input[name='password']")).await?;
        field.send_keys(&format!("{password}{}", char::from(Key::Enter))).await?;
        let away = "return location.pathname !== '/sign-in'";
        self.until("the sign-in page to lead on", away, |left| left == &Value::Bool(true)).await
    }

    /// Presses the first thing the selector finds, once it is there.
    pub(crate) async fn follow(&self, selector: &str) -> Result<()> {
        self.page.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await?.click().await?;
        self.rest().await
    }

    /// When the page first showed something, and when the largest thing it shows, in milliseconds after it was asked for.
    pub(crate) async fn paints(&self) -> Result<(f64, f64)> {
        let paints = self.page.execute_async(PAINTS, Vec::new()).await?;
        let [first, largest] = [&paints[0], &paints[1]].map(Value::as_f64);
        Ok((first.ok_or("nothing was painted")?, largest.ok_or("nothing large was painted")?))
    }

    /// What is to be seen.
    pub(crate) async fn picture(&self) -> Result<Vec<u8>> {
        Ok(self.page.screenshot().await?)
    }

    /// Waits until the page is there, waits for nothing, and has stopped changing.
    async fn rest(&self) -> Result<()> {
        let mut before = Value::Null;
        self.until("the page to come to rest", STATE, move |now| {
            let rests = !now.is_null() && *now == before;
            before = now.clone();
            rests
        })
        .await
    }

    async fn until(&self, what: &str, script: &str, mut done: impl FnMut(&Value) -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if done(&self.page.execute(script, Vec::new()).await?) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("waited {PATIENCE:?} in vain for {what}").into());
            }
            sleep(REST).await;
        }
    }
}
