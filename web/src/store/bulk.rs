//! A change of many tickets being made: tried first, then done with its progress, then told, and undone if it was a mistake.
//!
//! Invariant: each ticket is changed under its own permission and version, and whatever was passed over is named with the reason.

use proto::tickets::v1::{Ticket, TicketAbilities};
use proto::workflow::v1::TransitionRequest;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{self, Answer, Trouble};
use crate::app::App;
use crate::desk::bulk::{Deed, Tally, tagged, untagged};
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

/// What a ticket was before, to go back to, and what it was left as: only what still is so goes back.
#[derive(Clone)]
enum Before {
    Assignee { id: String, was: String, left: String },
    Tags { id: String, was: Vec<String>, left: Vec<String> },
}

/// The change.
#[derive(Clone, Copy)]
pub(crate) struct Bulk {
    app: App,
    ids: Signal<Vec<String>>,
    deed: Signal<Option<Deed>>,
    stage: Signal<Stage>,
    before: Signal<Vec<Before>>,
}

impl Bulk {
    /// For these tickets, in the present scope.
    pub(crate) fn of(app: App, ids: Vec<String>) -> Self {
        Self {
            app,
            ids: create_signal(ids),
            deed: create_signal(None),
            stage: create_signal(Stage::Asking),
            before: create_signal(Vec::new()),
        }
    }

    pub(crate) fn stage(self) -> ReadSignal<Stage> {
        *self.stage
    }

    pub(crate) fn count(self) -> usize {
        self.ids.with_untracked(Vec::len)
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
            let tried = match deed.request(&self.ids_now(), true, &api::request_id()) {
                Some(request) => self.stream(request, false).await,
                None => Ok(self.try_each(&deed).await),
            };
            self.stand(tried.map_or_else(Stage::Failed, Stage::Tried));
        });
    }

    /// Does it.
    pub(crate) fn go(self) {
        let Some(deed) = self.deed.get_clone_untracked() else { return };
        self.stage.set(Stage::Working(Tally::of(self.count())));
        spawn_local(async move {
            let done = match deed.request(&self.ids_now(), false, &api::request_id()) {
                Some(request) => self.stream(request, true).await,
                None => Ok(self.do_each(&deed).await),
            };
            let done = match done {
                Ok(tally) if !tally.transition_key.is_empty() => Ok(self.then_move(tally).await),
                done => done,
            };
            self.stand(done.map_or_else(Stage::Failed, Stage::Done));
        });
    }

    /// Whether what was done can be taken back.
    pub(crate) fn can_undo(self, tally: &Tally) -> bool {
        !tally.bulk_id.is_empty() || self.before.with(|before| !before.is_empty())
    }

    /// Takes back what was done and says how that went. It goes on when the dialog is closed.
    pub(crate) fn undo(self, tally: &Tally) {
        let (app, bulk_id) = (self.app, tally.bulk_id.clone());
        let before = if self.before.is_alive() { self.before.get_clone_untracked() } else { Vec::new() };
        spawn_local(async move {
            let outcome = if bulk_id.is_empty() { Ok(put_back(before).await) } else { undone(bulk_id).await };
            match outcome {
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

    fn ids_now(self) -> Vec<String> {
        self.ids.get_clone_untracked()
    }

    fn stand(self, stage: Stage) {
        if self.stage.is_alive() {
            self.stage.set(stage);
        }
    }

    /// Makes the change as one stream and shows each step of it.
    async fn stream(self, request: proto::tickets::v1::BulkUpdateRequest, shows: bool) -> Answer<Tally> {
        let tally = std::cell::RefCell::new(Tally::default());
        api::bulk::update(request, |told| {
            tally.borrow_mut().take(told);
            if shows {
                self.stand(Stage::Working(tally.borrow().clone()));
            }
        })
        .await?;
        Ok(tally.into_inner())
    }

    async fn try_each(self, deed: &Deed) -> Tally {
        let ids = self.ids_now();
        let mut tally = Tally::of(ids.len());
        for id in ids {
            let outcome = match deed {
                Deed::Move { key, .. } => may_move(&id, key).await,
                Deed::Assign(_) => self.allowed(&id, |may| may.assign),
                _ => self.allowed(&id, |may| may.update),
            };
            tally.add(&id, outcome);
        }
        tally
    }

    async fn do_each(self, deed: &Deed) -> Tally {
        let ids = self.ids_now();
        let mut tally = Tally::of(ids.len());
        for id in ids {
            let outcome = match deed {
                Deed::Move { key, comment } => moved(&id, key, comment).await,
                Deed::Assign(to) => assigned(&id, to).await.map(|before| self.keep(before)),
                Deed::Tags { more, fewer } => {
                    retagged(&id, more, fewer).await.map(|before| self.keep(before))
                }
                _ => continue,
            };
            tally.add(&id, outcome.map_err(|trouble| trouble.sentence));
            self.stand(Stage::Working(tally.clone()));
        }
        tally
    }

    /// The transition a macro asks for, for each ticket it was applied to.
    async fn then_move(self, applied: Tally) -> Tally {
        let mut tally = applied.clone();
        for id in &applied.changed {
            if let Err(trouble) = moved(id, &applied.transition_key, "").await {
                tally.skipped.push((id.clone(), t!("bulk-not-moved", reason = trouble.sentence)));
            }
        }
        tally
    }

    fn keep(self, before: Option<Before>) {
        if self.before.is_alive() {
            self.before.update_silent(|all| all.extend(before));
        }
    }

    /// Whether the person may, as the server said with the list; what it did not say it will say.
    fn allowed(self, id: &str, may: impl Fn(&TicketAbilities) -> bool) -> Result<(), String> {
        let known = self.app.tickets.find(id);
        let abilities = known.and_then(|ticket| ticket.with_untracked(|ticket| ticket.abilities));
        if abilities.as_ref().is_none_or(may) { Ok(()) } else { Err(t!("bulk-not-allowed")) }
    }
}

async fn may_move(id: &str, key: &str) -> Result<(), String> {
    let options = api::runs::transitions(id.to_owned()).await.map_err(|trouble| trouble.sentence)?;
    let Some(option) = options.options.into_iter().find(|option| option.key == key) else {
        return Err(t!("bulk-no-such-move"));
    };
    if option.enabled {
        return Ok(());
    }
    Err(option.refusals.into_iter().map(|refusal| refusal.message).collect::<Vec<_>>().join(" "))
}

async fn moved(id: &str, key: &str, comment: &str) -> Answer<()> {
    let run = api::runs::get(id.to_owned()).await?;
    let asked = TransitionRequest {
        request_id: api::request_id(),
        ticket_id: id.to_owned(),
        transition_key: key.to_owned(),
        etag: run.etag,
        comment: comment.to_owned(),
        ..TransitionRequest::default()
    };
    api::runs::transition(asked).await.map(drop)
}

/// Gives a ticket to somebody, or back to its queue; answers what it was before, if that was something else.
async fn assigned(id: &str, to: &str) -> Answer<Option<Before>> {
    let run = api::runs::get(id.to_owned()).await?;
    if run.assignee_id == to {
        return Ok(None);
    }
    let before = Before::Assignee { id: id.to_owned(), was: run.assignee_id.clone(), left: to.to_owned() };
    hand(id, to, run.etag).await?;
    Ok(Some(before))
}

async fn hand(id: &str, to: &str, etag: String) -> Answer<()> {
    if to.is_empty() {
        api::runs::release(id.to_owned(), etag).await?;
    } else {
        api::runs::assign(id.to_owned(), to.to_owned(), etag).await?;
    }
    Ok(())
}

async fn retagged(id: &str, more: &[String], fewer: &[String]) -> Answer<Option<Before>> {
    let ticket = api::tickets::get(id.to_owned()).await?;
    let tags = tagged(&ticket.tags, more, fewer);
    if tags == ticket.tags {
        return Ok(None);
    }
    let before = Before::Tags { id: id.to_owned(), was: ticket.tags.clone(), left: tags.clone() };
    api::tickets::update(Ticket { tags, ..ticket }, &["tags"]).await?;
    Ok(Some(before))
}

async fn put_back(all: Vec<Before>) -> Tally {
    let mut tally = Tally::of(all.len());
    for before in all {
        let (id, outcome) = match before {
            Before::Assignee { id, was, left } => {
                let outcome = handed_back(&id, &was, &left).await;
                (id, outcome)
            }
            Before::Tags { id, was, left } => {
                let outcome = tagged_back(&id, &was, &left).await;
                (id, outcome)
            }
        };
        let outcome = match outcome {
            Ok(true) => Ok(()),
            Ok(false) => Err(t!("bulk-changed-since")),
            Err(trouble) => Err(trouble.sentence),
        };
        tally.add(&id, outcome);
    }
    tally
}

/// Gives a ticket back to whom it was taken from; not when somebody else has it by now.
async fn handed_back(id: &str, was: &str, left: &str) -> Answer<bool> {
    let run = api::runs::get(id.to_owned()).await?;
    if run.assignee_id != left {
        return Ok(false);
    }
    hand(id, was, run.etag).await?;
    Ok(true)
}

/// Takes back what was done to a ticket's words; what was done to them since stays.
async fn tagged_back(id: &str, was: &[String], left: &[String]) -> Answer<bool> {
    let ticket = api::tickets::get(id.to_owned()).await?;
    let Some(tags) = untagged(&ticket.tags, was, left) else { return Ok(false) };
    api::tickets::update(Ticket { tags, ..ticket }, &["tags"]).await?;
    Ok(true)
}

async fn undone(bulk_id: String) -> Answer<Tally> {
    let tally = std::cell::RefCell::new(Tally::default());
    api::bulk::undo(bulk_id, api::request_id(), |told| tally.borrow_mut().take_back(told)).await?;
    Ok(tally.into_inner())
}
