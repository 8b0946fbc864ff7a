//! Chromium as journeys and pictures open it: without a window, without anything of its own on the network, on a profile nobody
//! has used.

use std::path::Path;

use fantoccini::{Client, ClientBuilder, error::NewSessionError, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// Nothing but the page: no window, no sandbox (containers have none to give), no calls home.
const ARGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
];

/// The folder in a profile that takes what is downloaded.
pub(crate) const DOWNLOADS: &str = "downloads";

/// How a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
    Phone,
}

/// Opens a browser through the chromedriver at `webdriver`. The profile is an empty folder that outlives it.
pub(crate) async fn open(webdriver: &str, look: Look, profile: &Path) -> Result<Client, NewSessionError> {
    let capabilities = capabilities(look, profile);
    ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(webdriver).await
}

fn capabilities(look: Look, profile: &Path) -> Capabilities {
    // Blink's `PreferredColorScheme`: 0 is dark, 1 is light.
    let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(look != Look::Dark));
    let data = format!("--user-data-dir={}", profile.display());
    let args: Vec<_> = ARGS.into_iter().chain([scheme.as_str(), &data]).collect();
    let phone = look == Look::Phone;
    let (width, height) = if phone { (390, 844) } else { (1440, 900) };
    let chrome = json!({
        "args": args,
        "prefs": { "intl.accept_languages": "en", "download.default_directory": profile.join(DOWNLOADS) },
        "mobileEmulation": { "deviceMetrics": {
            "width": width, "height": height, "pixelRatio": if phone { 2.0 } else { 1.0 }, "touch": phone, "mobile": phone,
        } },
    });
    Capabilities::from_iter([("goog:chromeOptions".to_owned(), chrome)])
}
