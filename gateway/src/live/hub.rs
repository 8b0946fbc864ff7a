//! The one place where a gateway hears the bus: it remembers, wakes every stream, and keeps who is at work where.
//!
//! Revocations are noted before streams wake, so a stream never sends an event to somebody whose access ended before it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use async_trait::async_trait;
use jiff::SignedDuration;
use mesh_core::{
    bus::{Group, Handler, Subscription},
    clock::{self, SharedClock},
    error::Result,
    service::Process,
    token::{self, Verifier},
};
use proto::{
    events::v1::{ActivityChanged, ActivityKind, Envelope, envelope::Event},
    gateway::v1::{Ready, Reset, ResetReason, WatchRequest, watch_response::Item},
};
use tokio::sync::watch;

use super::ring::{Found, Memory, Ring};

/// How far a stream goes back when it comes from another replica, whose order of neighbours may differ.
const OVERLAP: SignedDuration = SignedDuration::from_secs(2);

/// What one gateway replica knows of the recent past. Clones share it.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Inner>);

struct Inner {
    /// Names this replica since its start.
    replica: String,
    clock: SharedClock,
    verifier: Verifier,
    revocations: Arc<dyn Handler>,
    ring: RwLock<Ring>,
    activities: Mutex<HashMap<String, Vec<ActivityChanged>>>,
    heard: watch::Sender<u64>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Hub").field("replica", &self.0.replica).finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub that has heard nothing yet.
    pub(crate) fn new(process: &Process, memory: Memory) -> Self {
        Self(Arc::new(Inner {
            replica: process.ids.id("gwr"),
            clock: process.clock.clone(),
            verifier: process.verifier.clone(),
            revocations: token::revocations(&process.verifier).handler,
            ring: RwLock::new(Ring::new(memory)),
            activities: Mutex::default(),
            heard: watch::Sender::new(0),
        }))
    }

    /// What keeps the hub up to date.
    pub(crate) fn subscription(&self) -> Subscription {
        Subscription {
            group: Group::Ephemeral("gateway.live"),
            keys: &["#"],
            handler: Arc::new(self.clone()),
        }
    }

    /// Wakes whoever waits at each piece of news.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.0.heard.subscribe()
    }

    pub(crate) fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// Where a stream begins, and what it says first.
    pub(crate) fn begin(&self, wish: &WatchRequest) -> (u64, Vec<Item>) {
        let ring = self.0.ring.read().unwrap_or_else(PoisonError::into_inner);
        let ready = |resumed, position| {
            Item::Ready(Ready {
                resumed,
                last_event_id: ring.id_before(position).unwrap_or_default().to_owned(),
                replica: self.0.replica.clone(),
                ..Ready::default()
            })
        };
        let end = ring.end();
        if wish.last_event_id.is_empty() {
            return (end, vec![ready(false, end)]);
        }
        match ring.after(&wish.last_event_id) {
            Some(position) if wish.replica == self.0.replica => (position, vec![ready(true, position)]),
            Some(position) => {
                let position = ring.rewound(position, OVERLAP);
                (position, vec![ready(true, position)])
            }
            None => (end, vec![reset(&ring, ResetReason::TooOld), ready(false, end)]),
        }
    }

    /// At most `limit` events from a position on, and how many more there are.
    pub(crate) fn read(&self, position: u64, limit: usize) -> (Found, u64) {
        let ring = self.0.ring.read().unwrap_or_else(PoisonError::into_inner);
        let found = ring.read(position, limit);
        let read_to = if let Found::News(_, position) = &found { *position } else { position };
        (found, ring.end().saturating_sub(read_to))
    }

    /// The word that events after a position are missing, and where the stream goes on.
    pub(crate) fn reset(&self, position: u64) -> (u64, Item) {
        let ring = self.0.ring.read().unwrap_or_else(PoisonError::into_inner);
        let reason = if ring.is_before_gap(position) { ResetReason::BusGap } else { ResetReason::SlowReader };
        (ring.end(), reset(&ring, reason))
    }

    /// Id of the newest event before a position; empty when there is none.
    pub(crate) fn id_before(&self, position: u64) -> String {
        let ring = self.0.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.id_before(position).unwrap_or_default().to_owned()
    }

    /// Who else is at work on a ticket, the longest standing first.
    pub(crate) fn others_at(&self, ticket_id: &str, user_id: &str) -> Vec<ActivityChanged> {
        let mut activities = self.activities();
        let now = self.0.clock.now();
        let Some(there) = activities.get_mut(ticket_id) else {
            return vec![];
        };
        there.retain(|activity| {
            activity.expire_time.as_ref().and_then(clock::from_proto).is_some_and(|expires| expires > now)
        });
        there.iter().filter(|activity| activity.user_id != user_id).cloned().collect()
    }

    /// Drops what is too old to be asked for.
    pub(crate) fn tidy(&self) {
        let now = self.0.clock.now();
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).forget(now);
        self.activities().retain(|_, there| {
            there.retain(|activity| {
                activity.expire_time.as_ref().and_then(clock::from_proto).is_some_and(|expires| expires > now)
            });
            !there.is_empty()
        });
    }

    fn wake(&self) {
        self.0.heard.send_modify(|count| *count += 1);
    }

    fn note(&self, activity: &ActivityChanged) {
        let mut activities = self.activities();
        let there = activities.entry(activity.ticket_id.clone()).or_default();
        let known = there.iter().position(|known| known.user_id == activity.user_id);
        match (activity.kind(), known) {
            (ActivityKind::Gone, Some(at)) => drop(there.remove(at)),
            (ActivityKind::Gone, None) => {}
            (_, Some(at)) => there[at] = activity.clone(),
            (_, None) => there.push(activity.clone()),
        }
    }

    fn activities(&self) -> MutexGuard<'_, HashMap<String, Vec<ActivityChanged>>> {
        self.0.activities.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reset(ring: &Ring, reason: ResetReason) -> Item {
    let last_event_id = ring.id_before(ring.end()).unwrap_or_default().to_owned();
    Item::Reset(Reset { reason: reason.into(), last_event_id })
}

#[async_trait]
impl Handler for Hub {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        self.0.revocations.handle(envelope).await?;
        if let Some(Event::GatewayActivityChanged(activity)) = &envelope.event {
            self.note(activity);
        }
        let kept = Arc::new(envelope.clone());
        let now = self.0.clock.now();
        if self.0.ring.write().unwrap_or_else(PoisonError::into_inner).push(kept, now) {
            self.wake();
        }
        Ok(())
    }

    /// Nobody knows what is missing, so every stream is told to fetch again.
    async fn missed(&self) {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.wake();
    }
}
