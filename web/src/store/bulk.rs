//! A change of many tickets being made: tried first, then done with its progress, then told, and undone if it was a mistake.
//!
//! Invariant: each ticket is changed under its own permission and as it was seen when that was decided, and whatever was passed over is
//! named with the reason. Undoing leaves what somebody changed since.

use std::cell::RefCell;

use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{self, Answer, Trouble};
use crate::app::App;
use crate::desk::bulk::{Deed, Request, Seen, Tally, given_back};
use crate::text::t;

/// Where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stage {
    /// It is being said what shall be done.
    Asking,
    Trying,
    Tried(Tally),
    Working(Tally),
    Done(Tally),
    Failed(Trouble),
}

/// The change.
#[derive(Clone, Copy)]
pub(crate) struct Bulk {
    app: App,
    seen: Signal<Vec<Seen>>,
    deed: Signal<Option<Deed>>,
    stage: Signal<Stage>,
}

impl Bulk {
    /// For these tickets as they are seen now, in the present scope.
    pub(crate) fn of(app: App, ids: Vec<String>) -> Self {
        let seen = ids.into_iter().map(|id| match app.tickets.find(&id) {
            Some(ticket) => ticket.with_untracked(|ticket| Seen::of(ticket)),
            None => Seen::unseen(id),
        });
        Self {
            app,
            seen: create_signal(seen.collect()),
            deed: create_signal(None),
            stage: create_signal(Stage::Asking),
        }
    }

    pub(crate) fn stage(self) -> ReadSignal<Stage> {
        *self.stage
    }

    pub(crate) fn count(self) -> usize {
        self.seen.with_untracked(Vec::len)
    }

    /// Goes back to saying what shall be done.
    pub(crate) fn ask_again(self) {
        self.stage.set(Stage::Asking);
    }

    /// Says what the deed would do, without doing it.
    pub(crate) fn try_out(self, deed: Deed) {
        self.deed.set(Some(deed.clone()));
        self.stage.set(Stage::Trying);
        spawn_local(async move {
            let tried = self.ask(&deed, self.seen.get_clone_untracked(), true).await;
            self.stand(tried.map_or_else(Stage::Failed, Stage::Tried));
        });
    }

    /// Does it, and takes the step a macro asks for.
    pub(crate) fn go(self) {
        let Some(deed) = self.deed.get_clone_untracked() else { return };
        self.stage.set(Stage::Working(Tally::of(self.count())));
        spawn_local(async move {
            let done = match self.ask(&deed, self.seen.get_clone_untracked(), false).await {
                Ok(tally) if !tally.transition_key.is_empty() => Ok(self.then_move(tally).await),
                done => done,
            };
            self.stand(done.map_or_else(Stage::Failed, Stage::Done));
        });
    }

    /// Whether what was done can be taken back.
    pub(crate) fn can_undo(self, tally: &Tally) -> bool {
        !tally.bulk_id.is_empty() || !tally.before.is_empty() && self.given_to().is_some()
    }

    /// Takes back what was done and says how that went. It goes on when the dialog is closed.
    pub(crate) fn undo(self, tally: &Tally) {
        let (app, tally, to) = (self.app, tally.clone(), self.given_to().unwrap_or_default());
        spawn_local(async move {
            match undone(tally, &to).await {
                Ok(tally) if tally.skipped.is_empty() => {
                    app.toasts.say(t!("bulk-undone", count = tally.done));
                }
                Ok(tally) => {
                    let (count, left) = (tally.done, tally.skipped.len());
                    app.toasts.say(t!("bulk-undone-some", count = count, left = left));
                }
                Err(trouble) => app.toasts.fail(&trouble),
            }
        });
    }

    /// To whom tickets were given, if that was it.
    fn given_to(self) -> Option<String> {
        match self.deed.get_clone_untracked()? {
            Deed::Assign(to) => Some(to),
            _ => None,
        }
    }

    fn stand(self, stage: Stage) {
        if self.stage.is_alive() {
            self.stage.set(stage);
        }
    }

    /// Asks for the change, or for what it would do, and shows each step of what is done.
    async fn ask(self, deed: &Deed, seen: Vec<Seen>, is_dry: bool) -> Answer<Tally> {
        let tally = RefCell::new(Tally::default());
        let shows = || {
            if !is_dry {
                self.stand(Stage::Working(tally.borrow().clone()));
            }
        };
        match deed.request(&seen, is_dry, api::request_id()) {
            Request::Tickets(asked) => {
                let heard = |told| {
                    tally.borrow_mut().take(told);
                    shows();
                };
                api::bulk::update(*asked, heard).await?;
            }
            Request::Runs(asked) => {
                let heard = |told| {
                    tally.borrow_mut().take_runs(told);
                    shows();
                };
                api::bulk::runs(asked, heard).await?;
            }
        }
        Ok(tally.into_inner())
    }

    /// The transition a macro asks for, for each ticket it was applied to.
    async fn then_move(self, mut applied: Tally) -> Tally {
        let deed = Deed::Move { key: applied.transition_key.clone(), comment: String::new() };
        let seen: Vec<_> = applied.changed.iter().cloned().map(Seen::unseen).collect();
        let skipped = match self.ask(&deed, seen, false).await {
            Ok(moved) => moved.skipped,
            Err(trouble) => applied.changed.iter().map(|id| (id.clone(), trouble.sentence.clone())).collect(),
        };
        let named = skipped.into_iter().map(|(id, reason)| (id, t!("bulk-not-moved", reason = reason)));
        applied.skipped.extend(named);
        applied
    }
}

/// Takes back what was done, as far as it still stands.
async fn undone(tally: Tally, given_to: &str) -> Answer<Tally> {
    let back = RefCell::new(Tally::default());
    if !tally.bulk_id.is_empty() {
        api::bulk::undo(tally.bulk_id, api::request_id(), |told| back.borrow_mut().take_back(told)).await?;
        return Ok(back.into_inner());
    }
    let mut done = 0;
    for asked in given_back(&tally.before, given_to, api::request_id) {
        api::bulk::runs(asked, |told| back.borrow_mut().take_runs(told)).await?;
        done += back.borrow().done;
    }
    Ok(Tally { done, ..back.into_inner() })
}
