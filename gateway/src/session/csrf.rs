//! Proof that a request which rides on the session cookie was made by the UI and not by another site.
//!
//! Two independent proofs, both needed: the custom header, which another origin cannot send without a CORS permission nobody
//! gives it, and the browser's own word on where the request comes from (`Sec-Fetch-Site`, or `Origin` from older browsers).

use http::{HeaderName, Request, header};
use mesh_core::error::{Error, Result};
use proto::{gateway::v1::ErrorReason, reason::Reason as _};

/// The header the UI sends with the value `1`.
pub(crate) const HEADER: &str = "x-tm-csrf";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses an unsafe request that may come from elsewhere. `own` is the UI's origin (`https://desk.example`); without one the
/// request's own host is taken for it.
pub(crate) fn check<B>(request: &Request<B>, own: Option<&str>) -> Result<()> {
    let headers = request.headers();
    if request.method().is_safe() {
        return Ok(());
    }
    if headers.get(HEADER).is_none_or(|value| value != "1") {
        return Err(cross_site("the header `x-tm-csrf: 1` is missing; only the UI may call with its cookie"));
    }
    match headers.get(SEC_FETCH_SITE) {
        Some(site) if site == "same-origin" || site == "none" => Ok(()),
        Some(_) => Err(cross_site("the browser says that another site made this request")),
        None if from_elsewhere(request, own) => Err(cross_site("`Origin` names another site")),
        None => Ok(()),
    }
}

fn from_elsewhere<B>(request: &Request<B>, own: Option<&str>) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return false;
    };
    let Ok(origin) = origin.to_str() else { return true };
    if let Some(own) = own {
        return !origin.eq_ignore_ascii_case(own);
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
    let named = origin.split_once("://").map(|(_, authority)| authority);
    named.is_none() || named != host
}

fn cross_site(message: &str) -> Error {
    Error::PermissionDenied { reason: ErrorReason::CrossSite.name(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use http::{Method, Request};

    use super::check;

    fn request(method: Method, headers: &[(&str, &str)]) -> Request<()> {
        let start = Request::builder().method(method).uri("/");
        headers
            .iter()
            .fold(start, |request, (name, value)| request.header(*name, *value))
            .body(())
            .expect("a request")
    }

    fn post(headers: &[(&str, &str)]) -> Request<()> {
        request(Method::POST, headers)
    }

    #[test]
    fn the_ui_passes_by_either_word_of_the_browser() {
        let own = Some("https://desk.example");
        for proof in
            [("sec-fetch-site", "same-origin"), ("origin", "https://desk.example"), ("accept", "*/*")]
        {
            assert!(check(&post(&[("x-tm-csrf", "1"), proof]), own).is_ok(), "{proof:?}");
        }
        let local = [("x-tm-csrf", "1"), ("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")];
        assert!(check(&post(&local), None).is_ok());
    }

    #[test]
    fn other_sites_and_forms_are_refused() {
        for forged in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("x-tm-csrf", "0"), ("sec-fetch-site", "same-origin")],
            &[("x-tm-csrf", "1"), ("sec-fetch-site", "cross-site")],
            &[("x-tm-csrf", "1"), ("sec-fetch-site", "same-site")],
            &[("x-tm-csrf", "1"), ("origin", "https://evil.example")],
            &[("x-tm-csrf", "1"), ("origin", "null")],
            &[("x-tm-csrf", "1"), ("origin", "http://desk.example")],
        ] {
            assert!(check(&post(forged), Some("https://desk.example")).is_err(), "{forged:?}");
        }
    }

    #[test]
    fn reading_needs_no_proof() {
        assert!(check(&request(Method::GET, &[]), None).is_ok());
    }
}
