//! The cookies on the wire: their names, their attributes, and the parts of the one that holds a session.
//!
//! A browser keeps at most 4,096 bytes a cookie, and the tokens of a person with roles in many departments are longer, so the
//! sealed text is cut into `name`, `name.1`, `name.2`, … A part after the last one is removed with every setting, so an old
//! tail is never read as the end of a new text. A text that does not fit is refused, never cut off: half a session opens nothing.

use std::fmt::Write as _;

use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, header};
use mesh_core::error::{Error, Result};

/// Text in one cookie, with room for its name and attributes below 4,096 bytes.
const PART: usize = 3_800;
/// More than that is no cookie of ours.
const MAX_PARTS: usize = 8;

/// How this gateway's session cookie is named and marked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionCookie {
    name: &'static str,
    secure: bool,
}

impl SessionCookie {
    /// `__Host-` and `Secure` when browsers reach the gateway by https, a plain name for http on loopback.
    pub(crate) const fn new(https: bool) -> Self {
        Self { name: if https { "__Host-tm_session" } else { "tm_session" }, secure: https }
    }

    /// The sealed text in a request's cookies, put together from its parts.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<String> {
        let mut whole = part(headers, self.name)?;
        for number in 1..MAX_PARTS {
            let Some(more) = part(headers, &self.name_of(number)) else {
                break;
            };
            // Writing to a string does not fail.
            let _ = whole.write_str(&more);
        }
        Some(whole)
    }

    /// The `Set-Cookie` lines that keep `text` for `max_age`, or until the browser closes.
    pub(crate) fn set(self, text: &str, max_age: Option<Duration>) -> Result<Vec<HeaderValue>> {
        if text.len() > PART * MAX_PARTS {
            return Err(Error::internal(format!("a session of {} bytes fits into no cookie", text.len())));
        }
        let mut parts = text.as_bytes().chunks(PART).map(String::from_utf8_lossy).collect::<Vec<_>>();
        let count = parts.len();
        let mut lines: Vec<_> = parts
            .drain(..)
            .enumerate()
            .filter_map(|(number, part)| self.line(number, part.into_owned(), max_age))
            .collect();
        lines.extend(
            (count < MAX_PARTS).then(|| self.line(count, String::new(), Some(Duration::ZERO))).flatten(),
        );
        Ok(lines)
    }

    /// The `Set-Cookie` lines that make the browser forget the session.
    pub(crate) fn remove(self) -> Vec<HeaderValue> {
        (0..2).filter_map(|number| self.line(number, String::new(), Some(Duration::ZERO))).collect()
    }

    fn line(self, number: usize, value: String, max_age: Option<Duration>) -> Option<HeaderValue> {
        line(self.name_of(number), value, max_age, self.secure)
    }

    fn name_of(self, number: usize) -> String {
        if number == 0 { self.name.to_owned() } else { format!("{}.{number}", self.name) }
    }
}

/// The cookie by which identity tells a known device from a new one. It outlives sessions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceCookie {
    name: &'static str,
    secure: bool,
}

impl DeviceCookie {
    /// Named like the session's.
    pub(crate) const fn new(https: bool) -> Self {
        Self { name: if https { "__Host-tm_device" } else { "tm_device" }, secure: https }
    }

    /// Identity's word for the device.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<String> {
        part(headers, self.name)
    }

    /// The line that keeps the word for a year.
    pub(crate) fn set(self, word: &str) -> Option<HeaderValue> {
        line(self.name.to_owned(), word.to_owned(), Some(Duration::days(365)), self.secure)
    }
}

/// The cookie of a sign-in that has gone to a provider and is not back yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignOnCookie {
    name: &'static str,
    secure: bool,
}

impl SignOnCookie {
    /// Named like the session's.
    pub(crate) const fn new(https: bool) -> Self {
        Self { name: if https { "__Host-tm_sso" } else { "tm_sso" }, secure: https }
    }

    /// The sealed text in a request's cookies.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<String> {
        part(headers, self.name)
    }

    /// The line that keeps the text for as long as such a sign-in may take.
    pub(crate) fn set(self, text: &str) -> Option<HeaderValue> {
        line(self.name.to_owned(), text.to_owned(), Some(Duration::minutes(10)), self.secure)
    }

    /// The line that makes the browser forget it.
    pub(crate) fn remove(self) -> Option<HeaderValue> {
        line(self.name.to_owned(), String::new(), Some(Duration::ZERO), self.secure)
    }
}

fn line(name: String, value: String, max_age: Option<Duration>, secure: bool) -> Option<HeaderValue> {
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .build();
    cookie.set_max_age(max_age);
    HeaderValue::try_from(cookie.to_string()).ok()
}

/// The value of a request's cookie of that name. A repeated name counts once: browsers send the most specific path first.
fn part(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{DeviceCookie, SessionCookie};

    /// What a browser sends back after these lines.
    fn browser(lines: &[HeaderValue]) -> HeaderMap {
        let kept =
            lines.iter().map(|line| line.to_str().expect("text")).filter(|line| !line.contains("Max-Age=0"));
        let pairs: Vec<_> = kept.filter_map(|line| line.split(';').next()).collect();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(pairs.join("; ")).expect("a header"))])
    }

    #[test]
    fn a_text_of_any_length_comes_back_whole() {
        for length in [1, 3_800, 3_801, 20_000] {
            let text = "x".repeat(length);
            let cookie = SessionCookie::new(true);
            assert_eq!(cookie.read(&browser(&cookie.set(&text, None).expect("it fits"))), Some(text));
        }
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused_and_not_cut_off() {
        let cookie = SessionCookie::new(true);
        let lines = cookie.set(&"x".repeat(8 * 3_800), None).expect("it just fits");
        assert_eq!(lines.len(), 8);
        cookie.set(&"x".repeat(8 * 3_800 + 1), None).expect_err("it does not fit");
    }

    #[test]
    fn under_https_the_cookie_is_bound_to_the_host_and_unreadable_for_scripts() {
        let lines = SessionCookie::new(true).set("x", None).expect("it fits");
        assert_eq!(lines[0], "__Host-tm_session=x; HttpOnly; SameSite=Lax; Secure; Path=/");
        let lines =
            SessionCookie::new(false).set("x", Some(cookie::time::Duration::hours(1))).expect("it fits");
        assert_eq!(lines[0], "tm_session=x; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600");
    }

    #[test]
    fn the_device_s_cookie_is_as_safe_and_lasts_a_year() {
        let line = DeviceCookie::new(true).set("tmd_x").expect("a line");
        assert_eq!(line, "__Host-tm_device=tmd_x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000");
        let kept = browser(&[DeviceCookie::new(false).set("tmd_x").expect("a line")]);
        assert_eq!(DeviceCookie::new(false).read(&kept).as_deref(), Some("tmd_x"));
    }

    #[test]
    fn a_removed_cookie_is_read_no_more() {
        let cookie = SessionCookie::new(false);
        assert_eq!(cookie.read(&browser(&cookie.remove())), None);
    }
}
