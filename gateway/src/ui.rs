//! The browser UI's bytes, embedded at build time, and the headers that keep a page from doing what it should not.
//!
//! A file under `assets/` never changes under its name and is cached for ever; everything else is asked for again each time. Any
//! other address is the UI's own and gets the page of the program that has it. Scripts run only from this origin or with a hash that
//! stands in
//! the policy; nothing can frame a page.

mod policy;
mod site;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use tonic::body::Body;

pub(crate) use site::Site;

use site::{Encoding, File};

const YEAR: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Serves the pages.
#[derive(Clone, Debug)]
pub(crate) struct Ui {
    site: Arc<Site>,
    policy: HeaderValue,
}

impl Ui {
    /// The UI with the hashes of its pages' own inline scripts.
    pub(crate) fn new(site: Site) -> Self {
        let policy = policy::content_security(&site.text());
        Self { site: Arc::new(site), policy }
    }

    /// The answer to a request that is for no other part of the gateway.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return only_get();
        }
        let path = request.uri().path();
        let mut response = match self.site.find(path) {
            Some(file) => serve(file, request.headers()),
            None if is_page(path) => serve(self.site.page(path), request.headers()),
            None => plain(StatusCode::NOT_FOUND, "there is nothing here\n"),
        };
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response
    }
}

/// Addresses that are no page of the UI, whether or not something is there.
const NO_PAGES: [&str; 3] = ["/assets/", "/files/", "/."];

/// Files lie at the top and have a dot in their names. What follows a page's first word may have one too: the links that open
/// an account do.
fn is_page(path: &str) -> bool {
    let name = path.trim_start_matches('/');
    !NO_PAGES.iter().any(|prefix| path.starts_with(prefix)) && (name.contains('/') || !name.contains('.'))
}

fn serve(file: &File, asked: &HeaderMap) -> Response<Body> {
    let encoding = Encoding::best(file, asked);
    let bytes = file.bytes(encoding);
    let tag = file.tag(encoding);
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let unchanged =
        known.flat_map(|tags| tags.split(',')).any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response =
        Response::new(if unchanged { Body::empty() } else { Body::new(http_body_util::Full::from(bytes)) });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    let mut put =
        |name, value: &str| HeaderValue::from_str(value).map(|value| headers.insert(name, value)).ok();
    put(header::CONTENT_TYPE, file.content_type());
    put(header::ETAG, &tag);
    put(header::VARY, "accept-encoding");
    put(header::CACHE_CONTROL, if file.is_immutable() { YEAR } else { ASK_AGAIN });
    if let Some(name) = encoding.name() {
        put(header::CONTENT_ENCODING, name);
    }
    response
}

/// Nothing is sent to where this is answered.
pub(crate) fn only_get() -> Response<Body> {
    let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n");
    refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    refused
}

/// A few words instead of what was asked for.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::new(http_body_util::Full::from(text.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What every answer of the front door carries that a browser might take for a page. gRPC is none.
pub(crate) fn protect(headers: &mut HeaderMap, https: bool) {
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
    {
        return;
    }
    // Only what says so itself may stand in a frame, and only in one of ours: a PDF a page shows.
    let framed = headers
        .get(header::CONTENT_SECURITY_POLICY)
        .is_some_and(|policy| policy.as_bytes().ends_with(b"frame-ancestors 'self'"));
    let mut put = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    for (name, value) in policy::EVERYWHERE {
        put(HeaderName::from_static(name), value);
    }
    if framed {
        put(header::X_FRAME_OPTIONS, "SAMEORIGIN");
    }
    if https {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
}
