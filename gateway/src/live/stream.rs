//! One `Watch` stream: a position in the ring that follows the news.
//!
//! The stream is pulled by its reader. It asks for each item anew whether its caller's token is still in force, so a revoked
//! session ends within the time of one event or heartbeat. A reader that falls behind gets only the last state of each thing,
//! and one that falls behind hopelessly gets one `Reset`: memory per stream is bounded.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::{Stream, stream};
use jiff::Timestamp;
use mesh_core::{
    caller::Caller,
    clock,
    error::{Error, Result},
};
use proto::{
    event,
    events::v1::Envelope,
    gateway::v1::{Heartbeat, Ready, WatchRequest, WatchResponse, watch_response::Item},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{filter::Filter, hub::Hub, ring::Found, seats::Seat};

/// Events taken out of the ring at a time.
const BATCH: usize = 256;
/// Events a reader may be behind before only the last state of each thing is sent.
const BEHIND: u64 = 1_000;
/// Events after conflation beyond which fetching again is cheaper than reading on.
const HOPELESS: usize = 5_000;
/// How much longer than its end a token is taken for good, see `mesh_core::token`.
const LEEWAY: Duration = Duration::from_secs(31);
/// A stream is dead after so many heartbeats in a row were missed.
const MISSED_HEARTBEATS: u32 = 3;

/// A stream in the making.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) hub: Hub,
    pub(crate) caller: Caller,
    pub(crate) filter: Filter,
    /// Taken as long as the stream lives, and given back with it.
    pub(crate) _seat: Seat,
    pub(crate) heartbeat: Duration,
    pub(crate) stopping: CancellationToken,
}

#[derive(Debug)]
struct Follower {
    watch: Watch,
    position: u64,
    next: VecDeque<Next>,
    heard: watch::Receiver<u64>,
    quiet_since: Instant,
    expires: Instant,
    ended: bool,
}

/// What the stream sends next.
#[derive(Debug)]
enum Next {
    Say(Box<Item>),
    Tell(Arc<Envelope>),
}

impl Watch {
    /// The stream from where the wish says.
    pub(crate) fn open(
        self,
        wish: &WatchRequest,
    ) -> Result<impl Stream<Item = Result<WatchResponse, Status>> + use<>> {
        let heard = self.hub.listen();
        let (position, first) = self.hub.begin(wish);
        let token_ends = clock::from_micros(self.caller.claims()?.exp.saturating_mul(1_000_000));
        let left = Duration::try_from(token_ends.duration_since(self.hub.clock().now())).unwrap_or_default();
        let next =
            first.into_iter().map(|item| Next::Say(Box::new(self.introduce(item, token_ends)))).collect();
        let now = Instant::now();
        let follower = Follower {
            watch: self,
            position,
            next,
            heard,
            quiet_since: now,
            expires: now + left + LEEWAY,
            ended: false,
        };
        Ok(stream::unfold(follower, async |mut follower| follower.item().await.map(|item| (item, follower))))
    }

    /// Adds to the greeting what only the stream knows.
    fn introduce(&self, item: Item, token_ends: Timestamp) -> Item {
        let Item::Ready(ready) = item else { return item };
        let silence_limit = prost_types::Duration::try_from(self.heartbeat * MISSED_HEARTBEATS).ok();
        Item::Ready(Ready { silence_limit, expire_time: Some(clock::to_proto(token_ends)), ..ready })
    }
}

impl Follower {
    /// The next item; `None` after the stream has ended.
    async fn item(&mut self) -> Option<Result<WatchResponse, Status>> {
        while !self.ended {
            if let Err(error) = self.in_force() {
                self.ended = true;
                return Some(Err(error.into()));
            }
            if let Some(next) = self.next.pop_front() {
                self.quiet_since = Instant::now();
                let item = match next {
                    Next::Say(item) => *item,
                    Next::Tell(envelope) => Item::Event(Arc::unwrap_or_clone(envelope)),
                };
                return Some(Ok(WatchResponse { item: Some(item) }));
            }
            if !self.gather() {
                self.wait().await;
            }
        }
        None
    }

    fn in_force(&self) -> Result<()> {
        if self.watch.stopping.is_cancelled() {
            return Err(Error::unavailable("the gateway is stopping; watch again and another one goes on"));
        }
        self.watch.hub.verifier().expect_in_force(self.watch.caller.claims()?)
    }

    /// Takes what happened out of the ring. False when nothing did.
    fn gather(&mut self) -> bool {
        match self.watch.hub.read(self.position, BATCH) {
            (Found::Forgotten, _) => self.give_up(),
            (Found::News(_, _), behind) if behind > BEHIND => self.catch_up(),
            (Found::News(news, position), _) => {
                let moved = position != self.position;
                self.position = position;
                self.keep(news);
                return moved;
            }
        }
        true
    }

    /// Sends a reader who is behind the last state of each thing.
    fn catch_up(&mut self) {
        let (Found::News(news, position), _) = self.watch.hub.read(self.position, usize::MAX) else {
            return self.give_up();
        };
        self.position = position;
        let now = self.watch.hub.clock().now();
        let news = news
            .into_iter()
            .filter(|envelope| self.watch.filter.passes(&self.watch.caller, envelope, now))
            .collect();
        let news = conflated(news);
        if news.len() > HOPELESS {
            self.give_up();
        } else {
            self.next.extend(news.into_iter().map(Next::Tell));
        }
    }

    fn give_up(&mut self) {
        let (position, reset) = self.watch.hub.reset(self.position);
        self.position = position;
        self.next.push_back(Next::Say(Box::new(reset)));
    }

    fn keep(&mut self, news: Vec<Arc<Envelope>>) {
        let now = self.watch.hub.clock().now();
        let passing =
            news.into_iter().filter(|envelope| self.watch.filter.passes(&self.watch.caller, envelope, now));
        self.next.extend(passing.map(Next::Tell));
    }

    /// Until something happened, or a heartbeat is due, or the stream has to end.
    async fn wait(&mut self) {
        let due = self.quiet_since + self.watch.heartbeat;
        tokio::select! {
            heard = self.heard.changed() => self.ended = heard.is_err(),
            () = self.watch.stopping.cancelled() => {}
            () = sleep_until(self.expires) => {}
            () = sleep_until(due) => {
                let time = Some(clock::to_proto(self.watch.hub.clock().now()));
                let last_event_id = self.watch.hub.id_before(self.position);
                self.next.push_back(Next::Say(Box::new(Item::Heartbeat(Heartbeat { time, last_event_id }))));
            }
        }
    }
}

/// Without the states that a later state of the same thing replaces. What happened once (a comment, an assignment) stays.
fn conflated(news: Vec<Arc<Envelope>>) -> Vec<Arc<Envelope>> {
    let mut later: HashSet<(String, &'static str)> = HashSet::new();
    let mut kept: Vec<_> = news
        .into_iter()
        .rev()
        .filter(|envelope| {
            let Some(name) = envelope.event.as_ref().map(event::name) else {
                return false;
            };
            !is_state(name) || later.insert((envelope.subject.clone(), name))
        })
        .collect();
    kept.reverse();
    kept
}

/// Whether an event of that name carries the whole of its subject as of then, so that the last one says it all.
fn is_state(name: &str) -> bool {
    ["changed", "updated", "moved"].iter().any(|verb| name.ends_with(verb))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proto::events::v1::{CommentAdded, Envelope, TicketChanged, envelope::Event};

    use super::conflated;

    #[test]
    fn of_several_states_the_last_one_stays_and_nothing_that_was_said_is_lost() {
        let changed = || Event::TicketsTicketChanged(TicketChanged::default());
        let said = || Event::TicketsCommentAdded(CommentAdded::default());
        let news = [
            ("1", "tkt_a", changed()),
            ("2", "tkt_a", said()),
            ("3", "tkt_b", changed()),
            ("4", "tkt_a", said()),
            ("5", "tkt_a", changed()),
        ];
        let news = news.map(|(id, subject, event)| {
            Arc::new(Envelope {
                id: id.into(),
                subject: subject.into(),
                event: Some(event),
                ..Envelope::default()
            })
        });
        let left: Vec<_> = conflated(news.to_vec()).iter().map(|envelope| envelope.id.clone()).collect();
        assert_eq!(left, ["2", "3", "4", "5"]);
    }
}
