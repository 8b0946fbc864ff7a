//! How long a ticket takes from the call that files it until its assignee is on everybody's screen.
//!
//! The loop is open: tickets are filed at a steady rate whether or not the last ones have arrived.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use proto::{
    events::v1::envelope::Event,
    gateway::v1::{WatchResponse, watch_response::Item},
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{MissedTickBehavior, interval, timeout},
};
use tonic::Streaming;

use crate::{
    front::Front,
    load::{Figures, histogram},
};

/// How long the last ones may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A ticket and when its call was sent.
type Filed = (String, Instant);

/// Files tickets at `rate` a second for `time` and measures each until it is shown with an assignee.
pub(crate) async fn measure(front: Front, department: String, rate: u32, time: Duration) -> Result<Figures> {
    let agent = front.hire_agent(&department).await?;
    agent.come_online().await?;
    let stream = agent.watch_tickets().await?;
    let (filed, shown) = unbounded_channel();
    let start = Instant::now();
    let filing = tokio::spawn(file(front, department, rate, time, filed));
    let micros = collect(stream, shown).await?;
    filing.await??;
    Ok(Figures { callers: 1, time: start.elapsed().min(time), micros })
}

async fn file(
    front: Front,
    department: String,
    rate: u32,
    time: Duration,
    filed: UnboundedSender<Filed>,
) -> Result<()> {
    let mut beat = interval(Duration::from_secs(1) / rate);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let start = Instant::now();
    while start.elapsed() < time {
        beat.tick().await;
        let (front, department, filed) = (front.clone(), department.clone(), filed.clone());
        tokio::spawn(async move {
            let sent = Instant::now();
            let id = front.create_ticket(&department).await?;
            filed.send((id, sent)).context("the measurement ended early")
        });
    }
    Ok(())
}

/// Tickets of which one half is known: when they were filed, or when they were shown.
#[derive(Default)]
struct Halves {
    filed: HashMap<String, Instant>,
    shown: HashMap<String, Instant>,
}

impl Halves {
    /// A ticket was filed; how long it took if it was shown before its answer came.
    fn file(&mut self, id: String, at: Instant) -> Option<Duration> {
        let shown = self.shown.remove(&id);
        if shown.is_none() {
            self.filed.insert(id, at);
        }
        shown.map(|shown| shown.saturating_duration_since(at))
    }

    /// A ticket was shown with an assignee; how long it took if it is known when it was filed.
    fn show(&mut self, id: String) -> Option<Duration> {
        let filed = self.filed.remove(&id);
        if filed.is_none() {
            self.shown.entry(id).or_insert_with(Instant::now);
        }
        filed.map(|at| at.elapsed())
    }
}

/// Pairs what was filed with what was shown, until everything filed was shown.
async fn collect(
    mut stream: Streaming<WatchResponse>,
    mut filed: UnboundedReceiver<Filed>,
) -> Result<Histogram<u64>> {
    let (mut halves, mut micros, mut filing) = (Halves::default(), histogram()?, true);
    while filing || !halves.filed.is_empty() {
        let took = tokio::select! {
            next = filed.recv(), if filing => {
                filing = next.is_some();
                next.and_then(|(id, at)| halves.file(id, at))
            }
            item = timeout(PATIENCE, stream.message()) => {
                assigned(item.context("a ticket was never assigned")??)?.and_then(|id| halves.show(id))
            }
        };
        if let Some(took) = took {
            micros.record(u64::try_from(took.as_micros())?)?;
        }
    }
    Ok(micros)
}

/// The ticket an item shows with an assignee.
fn assigned(item: Option<WatchResponse>) -> Result<Option<String>> {
    match item.context("the stream ended")?.item {
        Some(Item::Reset(_)) => bail!("events were missed"),
        Some(Item::Event(envelope)) => Ok(match envelope.event {
            Some(Event::TicketsTicketChanged(changed)) => {
                changed.ticket.filter(|ticket| !ticket.assignee_id.is_empty()).map(|ticket| ticket.id)
            }
            _ => None,
        }),
        _ => Ok(None),
    }
}
