//! The stream of what happens, turned into signals and calls to whoever listens.
//!
//! One stream for the whole page. It resumes after the last event heard; where events are missing, `resets` says that what is
//! on the screen must be fetched again. `link` tells honestly how the page stands: live, catching up, or offline since when.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use proto::events::v1::Envelope;
use proto::gateway::v1::WatchResponse;
use proto::gateway::v1::watch_response::Item;
use sycamore::prelude::*;
use tonic::{Status, Streaming};

use crate::api::{self, Kind, Trouble};
use crate::browser;
use crate::session::Session;

/// How long to wait for the stream to stand, in milliseconds.
const CONNECT_LIMIT: u32 = 10_000;
/// Silence after which a stream counts as dead, until the server says otherwise.
const SILENCE_LIMIT: u32 = 40_000;

/// How the page stands with the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Link {
    /// Connecting, or reading what was missed.
    CatchingUp,
    /// What is on the screen is what is.
    Live,
    /// Not connected since then, in milliseconds of the epoch.
    Offline(f64),
}

impl Link {
    /// The word for styles and texts.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::CatchingUp => "catching-up",
            Self::Live => "live",
            Self::Offline(_) => "offline",
        }
    }
}

type Listener = Rc<dyn Fn(&Envelope)>;

/// The listeners, by the number each was given.
#[derive(Default)]
struct Listeners {
    next: u32,
    by_number: BTreeMap<u32, Listener>,
    wake: Option<oneshot::Sender<()>>,
    leave: Option<oneshot::Sender<()>>,
}

/// The page's stream.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    link: Signal<Link>,
    resets: Signal<u32>,
    inner: Signal<Rc<RefCell<Listeners>>>,
}

/// Why a stream ended.
enum End {
    /// Broken, silent, refused: wait, then try again.
    Broken,
    /// Come again at once: the token was used up, or roles changed.
    Renew,
    /// The session is over.
    SignedOut,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            link: create_signal(Link::CatchingUp),
            resets: create_signal(0),
            inner: create_signal(Rc::default()),
        }
    }

    pub(crate) fn link(self) -> ReadSignal<Link> {
        *self.link
    }

    /// Grows each time events are missing: follow it to fetch again.
    pub(crate) fn resets(self) -> ReadSignal<u32> {
        *self.resets
    }

    /// Calls back for every event until the present scope ends, and within it, so that what the listener starts ends with it.
    pub(crate) fn listen(self, listener: impl Fn(&Envelope) + 'static) {
        let inner = self.inner.get_clone_untracked();
        let scope = use_current_scope();
        let listener = move |envelope: &Envelope| scope.run_in(|| listener(envelope));
        let number = {
            let mut listeners = inner.borrow_mut();
            listeners.next += 1;
            let number = listeners.next;
            listeners.by_number.insert(number, Rc::new(listener));
            number
        };
        on_cleanup(move || {
            inner.borrow_mut().by_number.remove(&number);
        });
    }

    /// Ends the wait before the next try.
    pub(crate) fn try_now(self) {
        if let Some(wake) = self.inner.get_clone_untracked().borrow_mut().wake.take() {
            wake.send(()).ok();
        }
    }

    /// Keeps the stream up until the session ends or the future is dropped. A page that is left lets go of it: a browser keeps such pages
    /// for a while in case one comes back, and with their streams the few connections it has.
    pub(crate) async fn keep(self, session: Session) {
        let inner = self.inner.get_clone_untracked();
        browser::when_leaving(move || {
            inner.borrow_mut().leave.take().map(|leave| leave.send(()));
        });
        let mut last_event_id = String::new();
        let mut tries = 0;
        loop {
            let (end, stood) = self.follow(&mut last_event_id).await;
            tries = if stood { 0 } else { tries + 1 };
            match end {
                End::SignedOut => return session.ended(),
                End::Renew if stood => session.renew().await,
                End::Renew | End::Broken => self.rest(tries).await,
            }
        }
    }

    /// Opens one stream and hears it to its end; says how it ended and whether it ever stood.
    async fn follow(self, last_event_id: &mut String) -> (End, bool) {
        let opening = api::session::watch(last_event_id.clone());
        let mut stream = match within(CONNECT_LIMIT, opening).await {
            Some(Ok(stream)) => stream,
            Some(Err(status)) => return (end_of(&status), false),
            None => return (End::Broken, false),
        };
        let mut stood = false;
        let (leave, left) = oneshot::channel();
        self.inner.get_clone_untracked().borrow_mut().leave = Some(leave);
        let heard = Box::pin(self.hear_all(&mut stream, last_event_id, &mut stood));
        let end = match select(heard, left).await {
            Either::Left((end, _)) => end,
            Either::Right(_) => End::Broken,
        };
        (end, stood)
    }

    async fn hear_all(
        self,
        stream: &mut Streaming<WatchResponse>,
        last: &mut String,
        stood: &mut bool,
    ) -> End {
        let mut silence_limit = SILENCE_LIMIT;
        loop {
            let item = match within(silence_limit, stream.message()).await {
                Some(Ok(Some(response))) => response.item,
                Some(Err(status)) => return end_of(&status),
                Some(Ok(None)) | None => return End::Broken,
            };
            match item {
                Some(Item::Ready(ready)) => {
                    *stood = true;
                    silence_limit = limit(ready.silence_limit);
                    if !ready.resumed {
                        *last = ready.last_event_id;
                        self.resets.set(self.resets.get_untracked() + 1);
                    }
                    self.stand(Link::Live);
                }
                Some(Item::Event(envelope)) => {
                    last.clone_from(&envelope.id);
                    self.tell(&envelope);
                }
                Some(Item::Reset(reset)) => *last = reset.last_event_id,
                Some(Item::Heartbeat(beat)) if !beat.last_event_id.is_empty() => *last = beat.last_event_id,
                Some(Item::Heartbeat(_)) | None => {}
            }
        }
    }

    fn tell(self, envelope: &Envelope) {
        browser::follow_trace(&envelope.traceparent);
        // Cloned, since a listener may add or remove listeners.
        let listeners: Vec<Listener> =
            self.inner.get_clone_untracked().borrow().by_number.values().cloned().collect();
        for listener in listeners {
            untrack(|| listener(envelope));
        }
    }

    fn stand(self, link: Link) {
        if self.link.get_untracked() != link {
            self.link.set(link);
        }
    }

    /// Waits before the next try, shorter when somebody asks for it. One miss is not yet worth a banner.
    async fn rest(self, tries: u32) {
        match self.link.get_untracked() {
            Link::Offline(_) => {}
            _ if tries < 2 => self.stand(Link::CatchingUp),
            _ => self.stand(Link::Offline(browser::now())),
        }
        let (wake, woken) = oneshot::channel();
        self.inner.get_clone_untracked().borrow_mut().wake = Some(wake);
        select(TimeoutFuture::new(pause(tries)), woken).await;
    }
}

/// Milliseconds to wait after so many tries without success: a quarter of a second, doubling, never more than 15 seconds.
fn pause(tries: u32) -> u32 {
    250_u32.saturating_mul(1 << tries.min(6)).min(15_000)
}

/// The server's limit with a little patience on top.
fn limit(silence: Option<prost_types::Duration>) -> u32 {
    let seconds =
        silence.and_then(|silence| u32::try_from(silence.seconds).ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(SILENCE_LIMIT, |seconds| seconds.saturating_mul(1000).saturating_add(2000))
}

fn end_of(status: &Status) -> End {
    let trouble = Trouble::of(status);
    match (trouble.kind, trouble.reason.as_str()) {
        (_, "TOKEN_EXPIRED" | "ACCESS_CHANGED") => End::Renew,
        (Kind::SignedOut, _) => End::SignedOut,
        _ => End::Broken,
    }
}

/// The future's outcome, or none when it takes longer than so many milliseconds.
async fn within<T>(millis: u32, future: impl Future<Output = T>) -> Option<T> {
    match select(Box::pin(future), TimeoutFuture::new(millis)).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::{End, end_of, limit, pause};

    #[test]
    fn the_waits_grow_and_stay_bearable() {
        let waits: Vec<u32> = (0..9).map(pause).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    }

    #[test]
    fn a_used_up_token_is_renewed_and_a_revoked_session_is_over() {
        let status = |reason| {
            Status::with_error_details(
                Code::Unauthenticated,
                "",
                ErrorDetails::with_error_info(reason, "ticketmesh", []),
            )
        };
        assert!(matches!(end_of(&status("TOKEN_EXPIRED")), End::Renew));
        assert!(matches!(end_of(&status("SESSION_REVOKED")), End::SignedOut));
        assert!(matches!(end_of(&Status::unavailable("")), End::Broken));
    }

    #[test]
    fn a_silence_limit_of_nothing_is_our_own() {
        assert_eq!(limit(None), limit(Some(prost_types::Duration::default())));
        assert_eq!(limit(Some(prost_types::Duration { seconds: 30, nanos: 0 })), 32_000);
    }
}
