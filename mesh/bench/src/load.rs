//! So many callers for so long, and what they got.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use proto::tickets::v1::Ticket;
use tokio::task::JoinSet;

use crate::front::Front;

/// Latencies up to a minute, in microseconds, to three digits.
const LONGEST: u64 = 60_000_000;

/// What is called.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// `CreateTicket`, in this department
    Create(String),
    /// `ListTickets`
    List,
    /// `GetTicket`, of each of these in turn
    Get(Arc<[Ticket]>),
    /// `SearchTickets`, by two words of each of these in turn
    Search(Arc<[Ticket]>),
}

/// When no further call is begun.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// After a time.
    After(Duration),
    /// After so many calls.
    Calls(u64),
}

/// A closed loop.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) callers: usize,
    pub(crate) end: End,
    pub(crate) call: Call,
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) callers: usize,
    pub(crate) time: Duration,
    pub(crate) micros: Histogram<u64>,
}

impl Load {
    /// Calls until the end; calls under way then are waited for and counted.
    pub(crate) async fn run(self, front: &Front) -> Result<Figures> {
        let start = Instant::now();
        let begun = Arc::new(AtomicU64::new(0));
        let mut callers = JoinSet::new();
        for _ in 0..self.callers {
            callers.spawn(self.clone().caller(front.clone(), start, begun.clone()));
        }
        let mut micros = histogram()?;
        while let Some(measured) = callers.join_next().await {
            micros.add(measured??)?;
        }
        Ok(Figures { callers: self.callers, time: start.elapsed(), micros })
    }

    async fn caller(self, front: Front, start: Instant, begun: Arc<AtomicU64>) -> Result<Histogram<u64>> {
        let mut micros = histogram()?;
        loop {
            let turn = begun.fetch_add(1, Ordering::Relaxed);
            if !self.goes_on(start, turn) {
                return Ok(micros);
            }
            let start = Instant::now();
            match &self.call {
                Call::Create(department) => front.create_ticket(department).await.map(drop)?,
                Call::List => front.list_tickets().await?,
                Call::Get(tickets) => front.get_ticket(nth(tickets, turn)?).await?,
                Call::Search(tickets) => front.search(nth(tickets, turn)?).await?,
            }
            micros.record(u64::try_from(start.elapsed().as_micros())?)?;
        }
    }

    fn goes_on(&self, start: Instant, begun: u64) -> bool {
        match self.end {
            End::After(time) => start.elapsed() < time,
            End::Calls(calls) => begun < calls,
        }
    }
}

/// The one whose turn it is.
fn nth(tickets: &[Ticket], turn: u64) -> Result<&Ticket> {
    let place = usize::try_from(turn)?.checked_rem(tickets.len()).context("no tickets")?;
    Ok(&tickets[place])
}

/// An empty histogram of latencies.
pub(crate) fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LONGEST, 3)?)
}

impl Figures {
    /// Calls a second.
    pub(crate) fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^52")]
        let calls = self.micros.len() as f64;
        calls / self.time.as_secs_f64()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at =
            |quantile| Duration::from_micros(self.micros.value_at_quantile(quantile)).as_secs_f64() * 1e3;
        write!(
            f,
            "{:.0}/s (p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms; {} callers, {:.1} s)",
            self.rate(),
            at(0.5),
            at(0.95),
            at(0.99),
            self.callers,
            self.time.as_secs_f64()
        )
    }
}
