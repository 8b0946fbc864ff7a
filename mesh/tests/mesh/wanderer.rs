//! A browser that goes from site to site where it is led, with the cookies of each, and says at a provider who sits before it.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use url::Url;

/// More steps than any sign-in has.
const MOST_STEPS: usize = 12;

/// The browser. Nobody sits before it unless somebody is named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanderer {
    account: String,
    /// By site and name.
    cookies: BTreeMap<(String, String), String>,
}

/// What a site answered.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Bytes,
}

impl Stop {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Where it leads, if it leads on.
    pub(crate) fn next(&self) -> Option<Url> {
        let leads = self.status.is_redirection() && self.headers.contains_key(header::LOCATION);
        leads.then(|| self.url.join(self.header("location")).expect("an address"))
    }
}

impl Wanderer {
    /// A browser before which somebody sits of whom the provider knows these claims.
    pub(crate) fn of(claims: &Value) -> Self {
        Self { account: claims.to_string(), cookies: BTreeMap::new() }
    }

    /// Goes to an address and where it leads, up to the first stop that leads nowhere or for which `until` holds.
    pub(crate) async fn wander(&mut self, from: Url, until: impl Fn(&Url) -> bool) -> Stop {
        let mut stop = self.get(from).await;
        for _ in 0..MOST_STEPS {
            match stop.next() {
                Some(next) if until(&next) => return stop,
                Some(next) => stop = self.get(next).await,
                None => return stop,
            }
        }
        panic!("led in circles, at last to {stop:?}")
    }

    pub(crate) async fn get(&mut self, url: Url) -> Stop {
        self.send(Method::GET, url, &[], Bytes::new()).await
    }

    /// One request, with the cookies of the site.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        url: Url,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Stop {
        let site = site(&url);
        let stream = TcpStream::connect(&site).await.expect("the site is there");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(&url[url::Position::BeforePath..]);
        let cookies = self.cookies_of(&site);
        let own =
            [("host", site.as_str()), ("cookie", cookies.as_str()), ("x-account", self.account.as_str())];
        for (name, value) in own.iter().chain(headers).filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let (head, body) = sender.send_request(request).await.expect("an answer").into_parts();
        self.keep(&site, &head.headers);
        let body = body.collect().await.expect("a whole answer").to_bytes();
        Stop { url, status: head.status, headers: head.headers, body }
    }

    fn cookies_of(&self, site: &str) -> String {
        let of_site = self.cookies.iter().filter(|((of, _), _)| of == site);
        of_site.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, site: &str, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            let place = (site.to_owned(), name.to_owned());
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.cookies.remove(&place);
            } else {
                self.cookies.insert(place, value.to_owned());
            }
        }
    }
}

fn site(url: &Url) -> String {
    url[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
}
