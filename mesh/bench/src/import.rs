//! An import as a whole: tickets of another system, one in a hundred of them wrong, sent again where the mesh went away in the middle.
//!
//! Invariant: there is a figure only when every row was taken once or refused by its place, whatever broke off meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures::stream;
use proto::{
    identity::v1::Actor,
    tickets::v1::{
        Comment, CommentKind, CountTicketsRequest, ImportTicketsRequest, ImportTicketsResponse, Status,
        Ticket, TicketQuery, ticket_service_client::TicketServiceClient,
    },
};
use tonic::Code;

use crate::front::Front;

/// Rows of one call.
const ROWS: u64 = 2_000;
/// One in so many rows lacks its subject.
const WRONG: u64 = 100;
/// How long one call may take.
const DEADLINE: Duration = Duration::from_mins(2);
/// How long the mesh may be away, and how often it is looked for.
const AWAY: Duration = Duration::from_mins(2);
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// An import under way.
struct Import<'f> {
    front: &'f Front,
    department_id: String,
    system: String,
    /// Calls that broke off.
    broken: u32,
    refused: u64,
}

/// Imports so many rows; how many a minute that is.
pub(crate) async fn measure(front: &Front, rows: u64) -> Result<String> {
    let department_id = front.make_department().await?;
    let mut import = Import { front, department_id, system: front.new_id("bench"), broken: 0, refused: 0 };
    let start = Instant::now();
    for first in (0..rows).step_by(usize::try_from(ROWS)?) {
        import.send(first, rows.min(first + ROWS)).await?;
    }
    let time = start.elapsed();
    let Import { broken, refused, .. } = import;
    ensure!(refused == rows.div_ceil(WRONG), "{refused} rows were refused");
    let there = import.count().await?;
    ensure!(there == rows - refused, "{there} tickets came of {} good rows", rows - refused);
    #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
    let rate = rows as f64 * 60.0 / time.as_secs_f64();
    let seconds = time.as_secs_f64();
    Ok(format!(
        "{rate:.0} rows a minute ({rows} rows in {seconds:.1} s, {refused} refused by their places, {broken} calls sent again)"
    ))
}

impl Import<'_> {
    /// Sends some rows until they are answered, and holds the answer against them.
    async fn send(&mut self, first: u64, end: u64) -> Result<()> {
        let start = Instant::now();
        let answer = loop {
            let status = match self.try_send(first, end).await {
                Ok(answer) => break answer,
                Err(status) => status,
            };
            let away = matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled);
            if !away || start.elapsed() > AWAY {
                bail!("the import was refused: {status}");
            }
            self.broken += 1;
            tokio::time::sleep(LOOK_AGAIN).await;
        };
        let named: Vec<_> = answer.failures.iter().map(|failure| failure.external_id.as_str()).collect();
        let wrong: Vec<_> =
            (first..end).filter(|number| is_wrong(*number)).map(|number| number.to_string()).collect();
        ensure!(named == wrong, "refused were {named:?} instead of {wrong:?}");
        let answered = u64::try_from(answer.created + answer.known + answer.refused)?;
        ensure!(answered == end - first, "{answered} of {} rows were answered", end - first);
        self.refused += u64::try_from(answer.refused)?;
        Ok(())
    }

    async fn try_send(&self, first: u64, end: u64) -> Result<ImportTicketsResponse, tonic::Status> {
        let rows: Vec<_> = (first..end).map(|number| self.row(number)).collect();
        let mut ask = self.front.signed(stream::iter(rows));
        ask.set_timeout(DEADLINE);
        Ok(TicketServiceClient::new(self.front.channel()).import_tickets(ask).await?.into_inner())
    }

    fn row(&self, number: u64) -> ImportTicketsRequest {
        let statuses = [Status::Closed, Status::Closed, Status::Closed, Status::Resolved, Status::Open];
        let subject = format!("Printer {number} on the third floor pulls two sheets");
        let ticket = Ticket {
            subject: if is_wrong(number) { String::new() } else { subject },
            description: "It is the grey one next to the kitchen. Turning it off and on helped for an hour."
                .into(),
            department_id: self.department_id.clone(),
            status: statuses[usize::try_from(number % 5).unwrap_or_default()].into(),
            create_time: Some(time(number)),
            update_time: Some(time(number + 3_600)),
            ..Ticket::default()
        };
        let said = Comment {
            kind: CommentKind::Public.into(),
            text: "The rollers are worn; a new set is ordered.".into(),
            author: Some(Actor { display_name: "Somebody over there".into(), ..Actor::default() }),
            create_time: Some(time(number + 60)),
            ..Comment::default()
        };
        ImportTicketsRequest {
            external_id: number.to_string(),
            system: self.system.clone(),
            ticket: Some(ticket),
            comments: vec![said],
            ..ImportTicketsRequest::default()
        }
    }

    /// How many tickets there are of it.
    async fn count(&self) -> Result<u64> {
        let query =
            TicketQuery { department_ids: vec![self.department_id.clone()], ..TicketQuery::default() };
        let ask = self.front.signed(CountTicketsRequest { queries: vec![query] });
        let counted = TicketServiceClient::new(self.front.channel()).count_tickets(ask).await?.into_inner();
        Ok(u64::try_from(*counted.counts.first().context("no count")?)?)
    }
}

fn is_wrong(number: u64) -> bool {
    number.is_multiple_of(WRONG)
}

/// A time long ago.
fn time(seconds: u64) -> prost_types::Timestamp {
    let seconds = 1_600_000_000 + i64::try_from(seconds).unwrap_or_default();
    prost_types::Timestamp { seconds, nanos: 0 }
}
