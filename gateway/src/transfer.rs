//! Tickets as a file, for whoever is signed in by cookie, token or key: browsers cannot stream a request by gRPC-Web.
//!
//! | request | what it does |
//! |---|---|
//! | `POST /transfer/tickets?format=csv\|jsonl&dry_run=true&system=zendesk` | relays the file in the body to `ImportTickets` and answers with lines of JSON: how far it is, and every refused row with its line |
//! | `GET /transfer/tickets?format=csv\|jsonl&filter=…&comments=false` | hands out what `ExportTickets` streams |
//!
//! The invariants: a file is never in memory whole; what tickets decides is decided there; a download that breaks off ends with an
//! error and never looks whole. An import that broke off is gone on with by sending the file again.

mod cells;
mod columns;
mod export;
mod import;
mod rows;

use std::{collections::HashMap, time::Duration};

use axum::extract::Query;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use mesh_core::{
    error::{Error, Result, Violations},
    peer::Peer,
};
use tonic::body::Body;

use crate::{door::Door, json::Json, live::Seats, ui::plain};

/// Where tickets come in and go out.
pub(crate) const PATH: &str = "/transfer/tickets";

/// Imports of one person at a time.
const IMPORTS_EACH: usize = 1;
/// What a system is called when nobody says: neither the file nor the address.
const SYSTEM: &str = "file";

/// Takes tickets in and hands them out. Clones share the seats.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    door: Door,
    json: Json,
    tickets: Peer,
    seats: Seats,
    /// How long a file may be silent.
    silence: Duration,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

/// What the address says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    format: Format,
    dry_run: bool,
    system: String,
    filter: String,
    with_comments: bool,
}

impl Transfer {
    pub(crate) fn new(door: Door, json: Json, tickets: Peer, silence: Duration) -> Self {
        Self { door, json, tickets, seats: Seats::new(IMPORTS_EACH, "imports"), silence }
    }

    /// The answer to a request at [`PATH`].
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let asked = match Asked::of(request.uri()) {
            Ok(asked) => asked,
            Err(error) => return self.json.refuse(&error.into(), HeaderMap::new()),
        };
        let answered = match *request.method() {
            Method::POST => self.take(asked, request).await,
            Method::GET => self.hand_out(asked, request).await,
            _ => Ok(only("GET, POST", "send a file with POST, or fetch one with GET\n")),
        };
        answered.unwrap_or_else(|error| self.json.refuse(&error.into(), HeaderMap::new()))
    }
}

impl Asked {
    /// What the address says, or everything that is wrong with it.
    fn of(uri: &Uri) -> Result<Self> {
        let said = Query::<HashMap<String, String>>::try_from_uri(uri);
        let Query(mut said) =
            said.map_err(|_| Error::invalid("query", "can't be read; write name=value&…"))?;
        let mut wrong = Violations::default();
        let format = match said.remove("format").as_deref() {
            Some("csv") => Format::Csv,
            Some("jsonl") => Format::JsonLines,
            _ => {
                wrong.add("format", "is no format; give csv or jsonl");
                Format::Csv
            }
        };
        let mut flag = |name: &str, usual: bool| match said.remove(name).as_deref() {
            None => usual,
            Some("true" | "1" | "") => true,
            Some("false" | "0") => false,
            Some(_) => {
                wrong.add(name, "is neither true nor false; give one of them");
                usual
            }
        };
        let (dry_run, with_comments) = (flag("dry_run", false), flag("comments", true));
        let system = said.remove("system").unwrap_or_else(|| SYSTEM.to_owned());
        let filter = said.remove("filter").unwrap_or_default();
        for name in said.keys() {
            wrong.add(
                name.clone(),
                "is not understood here; use format, dry_run, system, filter and comments",
            );
        }
        wrong.into_result()?;
        Ok(Self { format, dry_run, system, filter, with_comments })
    }
}

/// The cookies of a session that was renewed on the way.
fn cookies(headers: &HeaderMap) -> HeaderMap {
    headers.get_all(header::SET_COOKIE).iter().map(|line| (header::SET_COOKIE, line.clone())).collect()
}

/// Another method is wanted here.
fn only(methods: &'static str, words: &'static str) -> Response<Body> {
    let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, words);
    refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    refused
}

#[cfg(test)]
mod tests {
    use super::{Asked, Format};

    fn asked(query: &str) -> Result<Asked, String> {
        let uri = format!("/transfer/tickets?{query}").parse().expect("an address");
        Asked::of(&uri).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_says_how_and_everything_else_has_its_usual_value() {
        let usual = asked("format=csv").expect("is understood");
        assert_eq!((usual.format, usual.dry_run, usual.with_comments), (Format::Csv, false, true));
        let said = asked("format=jsonl&dry_run=true&system=zendesk&comments=false&filter=a%20%3D%3D%20b");
        let said = said.expect("is understood");
        assert_eq!((said.format, said.dry_run, said.with_comments), (Format::JsonLines, true, false));
        assert_eq!((said.system.as_str(), said.filter.as_str()), ("zendesk", "a == b"));
    }

    #[test]
    fn whatever_is_wrong_with_an_address_is_named_at_once() {
        let wrong = asked("format=xml&dry_run=maybe&fliter=x").expect_err("is refused");
        for name in ["format", "dry_run", "fliter"] {
            assert!(wrong.contains(name), "{wrong}");
        }
    }
}
