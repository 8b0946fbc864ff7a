//! Tickets that wait for one's answer: each with the time that is left, to take or to decline, wherever on the desk one is.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::workflow::v1::{Offer, Run};
use sycamore::prelude::*;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use crate::api;
use crate::app::App;
use crate::parts::{Button, Icon, Kind, T};
use crate::routes::{self, Place};
use crate::text::t;
use crate::{browser, time};

/// How often the time that is left is told anew, in milliseconds.
const SECOND: u32 = 1_000;

/// What is offered to the person.
#[derive(Clone, Copy)]
struct Offered {
    app: App,
    all: Signal<Rc<Vec<Offer>>>,
    now: Signal<f64>,
}

/// The strip above the desk; nothing while nothing is offered.
#[component(inline_props)]
pub(super) fn Offers(app: App) -> View {
    let offered = Offered { app, all: create_signal(Rc::default()), now: create_signal(browser::now()) };
    let me = app.session.me_now().id.clone();
    app.live.listen(move |envelope| offered.hear(envelope, &me));
    create_effect(move || {
        app.live.resets().track();
        spawn_local_scoped(async move { offered.load().await });
    });
    offered.tick();
    let standing = create_selector(move || {
        let now = offered.now.get();
        offered.all.with(|all| all.iter().filter(|offer| left(offer, now) > 0).cloned().collect::<Vec<_>>())
    });
    view! {
        div(class="offered", role="status") {
            Keyed(list=standing, key=|offer| run(offer).id, view=move |offer| line(offered, &offer))
        }
    }
}

impl Offered {
    async fn load(self) {
        // Without an answer there is no strip; the bell told of the offer, and the ticket can be taken as any other.
        if let Ok(offers) = api::runs::offers().await {
            self.all.set(Rc::new(offers));
        }
    }

    /// Tells the time while something is offered.
    fn tick(self) {
        let any = create_selector(move || self.all.with(|all| !all.is_empty()));
        create_effect(move || {
            if any.get() {
                spawn_local_scoped(async move {
                    loop {
                        self.now.set(browser::now());
                        TimeoutFuture::new(SECOND).await;
                    }
                });
            }
        });
    }

    fn hear(self, envelope: &Envelope, me: &str) {
        if let Some((run, subject)) = told(envelope) {
            let mut all = self.all.get_clone_untracked().to_vec();
            if take(&mut all, run, subject, me) {
                self.all.set(Rc::new(all));
            }
        }
    }

    fn drop_of(self, ticket_id: &str) {
        let mut all = self.all.get_clone_untracked().to_vec();
        all.retain(|offer| run(offer).ticket_id != ticket_id);
        self.all.set(Rc::new(all));
    }
}

/// The run of an event that may say that it is offered, or is no more, with what its ticket is about where that is said.
fn told(envelope: &Envelope) -> Option<(&Run, &str)> {
    match envelope.event.as_ref()? {
        Event::WorkflowOfferMade(event) => Some((event.run.as_ref()?, &event.ticket_subject)),
        Event::WorkflowOfferEnded(event) => Some((event.run.as_ref()?, "")),
        Event::WorkflowAssignmentMade(event) => Some((event.run.as_ref()?, "")),
        Event::WorkflowRunMoved(event) => Some((event.run.as_ref()?, "")),
        Event::WorkflowRunFinished(event) => Some((event.run.as_ref()?, "")),
        _ => None,
    }
}

/// Takes what is heard of a run; answers whether that changes anything.
fn take(all: &mut Vec<Offer>, heard: &Run, subject: &str, me: &str) -> bool {
    let at = all.iter().position(|offer| run(offer).id == heard.id);
    let mine = heard.offered_to_id == me;
    match at {
        Some(at) if !mine => drop(all.remove(at)),
        Some(at) => all[at].run = Some(heard.clone()),
        None if mine => {
            all.push(Offer { run: Some(heard.clone()), ticket_subject: subject.to_owned() });
        }
        None => return false,
    }
    true
}

fn run(offer: &Offer) -> Run {
    offer.run.clone().unwrap_or_default()
}

/// Seconds until it is over.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
fn left(offer: &Offer, now: f64) -> i64 {
    let end = run(offer).offer_expire_time.map_or(f64::MAX, |end| time::millis(&end));
    ((end - now) / 1000.0).ceil() as i64
}

/// `1:05`, or `2 h` where seconds say nothing.
fn span(seconds: i64) -> String {
    if seconds < 3_600 {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    } else {
        t!("ago-hours", count = seconds / 3_600)
    }
}

fn line(offered: Offered, offer: &Offer) -> View {
    let Run { ticket_id, ticket_number, offer_expire_time, .. } = run(offer);
    let (number, subject) = (ticket_number.clone(), offer.ticket_subject.clone());
    let href = Place::DeskTicket { view: "mine".to_owned(), ticket: ticket_number }.path();
    let until = offer_expire_time.map(|end| time::clock(time::millis(&end))).unwrap_or_default();
    let until = t!("offer-until", time = until);
    let clocked = offer.clone();
    let remains = move || t!("offer-left", time = span(left(&clocked, offered.now.get()).max(0)));
    let busy = create_signal(false);
    let (taken, declined) = (ticket_id.clone(), ticket_id);
    view! {
        div(class="offer") {
            Icon(name="bell")
            a(class="grow one-line", href=href) { b { T(id="offered") } " " (number) " " (subject) }
            span(class="left", aria-hidden="true") { (remains()) }
            span(class="vh") { (until) }
            Button(kind=Kind::Primary, icon="check", label=t!("take"), busy=*busy, on:click=move |_| accept(offered, busy, taken.clone()))
            Button(icon="x", label=t!("offer-decline"), busy=*busy, on:click=move |_| decline(offered, busy, declined.clone()))
        }
    }
}

/// Takes it, and goes to it.
fn accept(offered: Offered, busy: Signal<bool>, ticket_id: String) {
    answer(
        offered,
        busy,
        ticket_id,
        async |id| api::runs::claim(id, String::new()).await,
        |run| {
            let ticket = run.ticket_number.clone();
            routes::go(&Place::DeskTicket { view: "mine".to_owned(), ticket });
            t!("assigned")
        },
    );
}

fn decline(offered: Offered, busy: Signal<bool>, ticket_id: String) {
    answer(offered, busy, ticket_id, async |id| api::runs::decline(id).await, |_| t!("offer-declined"));
}

/// Answers once; whatever comes of it, what is offered now is asked for again when it was refused.
fn answer(
    offered: Offered,
    busy: Signal<bool>,
    ticket_id: String,
    call: impl AsyncFnOnce(String) -> api::Answer<Run> + 'static,
    said: fn(&Run) -> String,
) {
    if busy.replace(true) {
        return;
    }
    spawn_local(async move {
        match call(ticket_id.clone()).await {
            Ok(run) if offered.all.is_alive() => {
                offered.drop_of(&ticket_id);
                offered.app.toasts.say(said(&run));
            }
            Ok(_) => {}
            Err(trouble) => {
                offered.app.toasts.fail(&trouble);
                if busy.is_alive() {
                    busy.set(false);
                }
                if offered.all.is_alive() {
                    offered.load().await;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use proto::workflow::v1::{Offer, Run};

    use super::{left, span, take};

    fn heard(to: &str) -> Run {
        Run { id: "run_1".into(), offered_to_id: to.into(), ..Run::default() }
    }

    #[test]
    fn an_offer_stands_until_it_is_anothers_or_nobodys() {
        let mut all = Vec::new();
        assert!(!take(&mut all, &heard("usr_2"), "", "usr_1"), "not mine");
        assert!(take(&mut all, &heard("usr_1"), "It hums", "usr_1"));
        assert!(take(&mut all, &heard("usr_1"), "", "usr_1"));
        assert_eq!((all.len(), all[0].ticket_subject.as_str()), (1, "It hums"));
        assert!(take(&mut all, &heard("usr_2"), "", "usr_1") && all.is_empty());
    }

    #[test]
    fn the_time_that_is_left_is_told_to_the_second() {
        let end = Timestamp { seconds: 100, nanos: 0 };
        let run = Run { offer_expire_time: Some(end), ..Run::default() };
        let offer = Offer { run: Some(run), ..Offer::default() };
        assert_eq!((left(&offer, 34_500.0), left(&offer, 100_000.0)), (66, 0));
        assert_eq!((span(65), span(9), span(7_300)), ("1:05".into(), "0:09".into(), "2 h".into()));
    }
}
