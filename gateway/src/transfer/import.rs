//! A file on its way in: rows are relayed in stretches, each a call of its own, so that there is something to report meanwhile.
//!
//! What came is kept: the task that relays is not the connection's, and goes on with what it has when the client goes away.

use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, StreamBody};
use mesh_core::{
    caller::Caller,
    error::{Error, Result},
};
use prost::Message as _;
use proto::tickets::v1::{ImportTicketsRequest, ticket_service_client::TicketServiceClient};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tonic::{Status, body::Body};

use super::{
    Asked, Transfer, cookies,
    rows::{Row, Rows},
};
use crate::{body::Allowance, json::outcome, live::Seat, unary};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/ImportTickets";
/// Rows and bytes of a stretch.
const ROWS: usize = 500;
const BYTES: usize = 8 * 1024 * 1024;
/// Refused rows that are told one by one in one line.
const MOST_FAILURES: usize = 1_000;
/// How long tickets may take for one.
const PATIENCE: Duration = Duration::from_mins(2);
/// Lines that wait for the client.
const LINES: usize = 16;

/// An import under way.
struct Import {
    transfer: Transfer,
    caller: Caller,
    dry_run: bool,
    /// Rows of the stretch, each with its line.
    stretch: Vec<(u64, ImportTicketsRequest)>,
    bytes: usize,
    /// Refused rows that were not told of.
    failures: Vec<Value>,
    rows: u64,
    created: i64,
    known: i64,
    refused: i64,
    passed_links: i64,
    lines: mpsc::Sender<Value>,
    _seat: Seat,
}

impl Transfer {
    /// Takes a file and says how far it is, line by line.
    pub(super) async fn take(&self, asked: Asked, request: Request<Body>) -> Result<Response<Body>> {
        let (head, body) = request.into_parts();
        let answer = unary::knock(&self.door, head, METHOD.to_owned()).await?;
        answer.message?;
        let caller = answer.caller.ok_or_else(|| Error::internal("a call was passed on for nobody"))?;
        let seat = self.seats.take(caller.user_id()?)?;
        let (lines, told) = mpsc::channel(LINES);
        let import = Import {
            transfer: self.clone(),
            caller,
            dry_run: asked.dry_run,
            stretch: vec![],
            bytes: 0,
            failures: vec![],
            rows: 0,
            created: 0,
            known: 0,
            refused: 0,
            passed_links: 0,
            lines,
            _seat: seat,
        };
        let rows = Rows::new(self.json.clone(), asked.format, asked.system);
        // Whatever its length, a file is never in memory; it may only not be silent.
        let allowance = Allowance { bytes: usize::MAX, silence: self.silence };
        tokio::spawn(import.run(rows, allowance.hold(body)));
        let mut response = Response::new(Body::new(StreamBody::new(spoken(told))));
        *response.headers_mut() = cookies(&answer.headers);
        let kind = HeaderValue::from_static("application/x-ndjson");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

/// Lines of JSON as they are told.
fn spoken(
    told: mpsc::Receiver<Value>,
) -> impl futures::Stream<Item = std::result::Result<http_body::Frame<Bytes>, Status>> {
    stream::unfold(told, |mut told| async move {
        let line = told.recv().await?;
        Some((Ok(http_body::Frame::data(Bytes::from(format!("{line}\n")))), told))
    })
}

impl Import {
    async fn run(mut self, mut rows: Rows, mut body: Body) {
        let ended = self.relay(&mut rows, &mut body).await;
        let mut last = self.report();
        match ended {
            Ok(()) => last["done"] = true.into(),
            Err(error) => {
                let status = Status::from(error);
                last["error"] = json!({ "code": outcome::name(status.code()), "message": status.message() });
            }
        }
        let _ = self.lines.send(last).await;
    }

    async fn relay(&mut self, rows: &mut Rows, body: &mut Body) -> Result<()> {
        let ended = loop {
            match body.frame().await {
                None => break Ok(()),
                Some(Err(broken)) => break Err(broken.into()),
                Some(Ok(frame)) => {
                    let read = rows.feed(frame.data_ref().map_or(&[][..], |data| data))?;
                    self.add(read).await?;
                }
            }
        };
        // What came before it broke off is kept, but not the row in which it did.
        if ended.is_ok() {
            let left = rows.finish()?;
            self.add(left).await?;
        }
        self.send().await?;
        ended
    }

    async fn add(&mut self, rows: Vec<Row>) -> Result<()> {
        for Row { line, said } in rows {
            self.rows += 1;
            match said {
                Ok(mut row) => {
                    row.dry_run = self.dry_run;
                    self.bytes += row.encoded_len();
                    self.stretch.push((line, row));
                }
                Err(problem) => self.refuse(line, "", &problem),
            }
            if self.stretch.len() >= ROWS || self.bytes >= BYTES {
                self.send().await?;
                self.tell();
            } else if self.failures.len() >= ROWS {
                self.tell();
            }
        }
        Ok(())
    }

    /// Says how far it is, unless the client does not listen: one that reads nothing before it has sent everything must not wait for
    /// us to read on while we wait for it.
    fn tell(&mut self) {
        if let Ok(line) = self.lines.try_reserve() {
            line.send(self.report());
            self.failures.clear();
        }
    }

    /// Has a stretch imported.
    async fn send(&mut self) -> Result<()> {
        self.bytes = 0;
        let stretch = std::mem::take(&mut self.stretch);
        if stretch.is_empty() {
            return Ok(());
        }
        let (lines, rows): (Vec<_>, Vec<_>) = stretch.into_iter().unzip();
        let mut ask = tonic::Request::new(stream::iter(rows));
        ask.set_timeout(PATIENCE);
        let mut client = TicketServiceClient::new(self.transfer.tickets.for_caller(&self.caller));
        let done = client.import_tickets(ask).await?.into_inner();
        self.created += i64::from(done.created);
        self.known += i64::from(done.known);
        self.passed_links += i64::from(done.passed_links);
        for failure in done.failures {
            let place = usize::try_from(failure.row).ok().and_then(|row| row.checked_sub(1));
            let line = place.and_then(|place| lines.get(place)).copied().unwrap_or_default();
            self.refuse(line, &failure.external_id, &failure.message);
        }
        Ok(())
    }

    fn refuse(&mut self, line: u64, external_id: &str, message: &str) {
        self.refused += 1;
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(json!({ "line": line, "externalId": external_id, "message": message }));
        }
    }

    /// How far it is, with what was refused since it was last told.
    fn report(&self) -> Value {
        json!({
            "rows": self.rows, "created": self.created, "known": self.known, "refused": self.refused,
            "passedLinks": self.passed_links, "failures": self.failures,
        })
    }
}
