//! What a browser has beside the page: an authenticator for passkeys, and a word for the provider about who sits before it.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::visitor::Visitor;

/// A command only some drivers know: its place below the session, and its parameters.
#[derive(Debug)]
struct Command(&'static str, Value);

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        driver.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}

/// A command of Chromium's developer tools.
fn developer_tools(cmd: &str, params: &Value) -> Command {
    Command("goog/cdp/execute", json!({ "cmd": cmd, "params": params }))
}

impl Visitor {
    /// Builds an authenticator into the device, which keeps passkeys and knows its owner.
    pub(crate) async fn gets_an_authenticator(&self) {
        let built_in = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "isUserConsenting": true,
        });
        self.commands(Command("webauthn/authenticator", built_in)).await;
    }

    /// From now on every request says at the tests' provider who sits before the browser.
    pub(crate) async fn is_known_by(&self, claims: &Value) {
        let speak = json!({ "headers": { "x-account": claims.to_string() } });
        for (cmd, params) in [("Network.enable", json!({})), ("Network.setExtraHTTPHeaders", speak)] {
            self.commands(developer_tools(cmd, &params)).await;
        }
    }

    /// Makes the window so many pixels wide.
    pub(crate) async fn is_wide(&self, width: u32) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.commands(developer_tools("Emulation.setDeviceMetricsOverride", &size)).await;
    }
}
