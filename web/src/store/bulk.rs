//! A change of many tickets being made: tried first, then done with its progress, then told, and undone if it was a mistake.
//!
//! Invariant: each ticket is changed under its own permission and as it was seen when that was decided, and whatever was passed over is
//! named with the reason. Undoing leaves what somebody changed since.

use proto::tickets::v1::{Ticket, TicketAbilities};
use proto::workflow::v1::TransitionRequest;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{self, Answer, Kind, Trouble};
use crate::app::App;
use crate::desk::bulk::{Deed, Seen, Tally, tagged, untagged};
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

/// A ticket's id, what it was before, to go back to, and what was made of it.
#[derive(Clone)]
enum Before {
    Assignee(String, [String; 2]),
    Tags(String, [Vec<String>; 2]),
}

/// The change.
#[derive(Clone, Copy)]
pub(crate) struct Bulk {
    app: App,
    seen: Signal<Vec<Seen>>,
    deed: Signal<Option<Deed>>,
    stage: Signal<Stage>,
    before: Signal<Vec<Before>>,
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
            before: create_signal(Vec::new()),
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
            let tried = match deed.request(&self.seen_now(), true, &api::request_id()) {
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
            let done = match deed.request(&self.seen_now(), false, &api::request_id()) {
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

    fn seen_now(self) -> Vec<Seen> {
        self.seen.get_clone_untracked()
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
        let all = self.seen_now();
        let mut tally = Tally::of(all.len());
        for seen in all {
            let outcome = match deed {
                Deed::Move { key, .. } => may_move(&seen.id, key).await,
                Deed::Assign(_) => self.allowed(&seen.id, |may| may.assign),
                _ => self.allowed(&seen.id, |may| may.update),
            };
            tally.add(&seen.id, outcome);
        }
        tally
    }

    async fn do_each(self, deed: &Deed) -> Tally {
        let all = self.seen_now();
        let mut tally = Tally::of(all.len());
        for seen in all {
            let outcome = match deed {
                Deed::Move { key, comment } => moved(&seen, key, comment).await,
                Deed::Assign(to) => assigned(&seen, to).await.map(|before| self.keep(before)),
                Deed::Tags { more, fewer } => {
                    retagged(&seen.id, more, fewer).await.map(|before| self.keep(before))
                }
                _ => continue,
            };
            tally.add(&seen.id, outcome.map_err(|trouble| trouble.sentence));
            self.stand(Stage::Working(tally.clone()));
        }
        tally
    }

    /// The transition a macro asks for, for each ticket it was applied to.
    async fn then_move(self, applied: Tally) -> Tally {
        let mut tally = applied.clone();
        for id in &applied.changed {
            if let Err(trouble) = moved(&Seen::unseen(id.clone()), &applied.transition_key, "").await {
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

/// What somebody changed is left alone.
fn changed_since() -> Trouble {
    Trouble::said(Kind::Stale, t!("bulk-changed-since"))
}

async fn moved(seen: &Seen, key: &str, comment: &str) -> Answer<()> {
    let run = api::runs::get(seen.id.clone()).await?;
    if seen.was_moved(&run.stage_key) {
        return Err(changed_since());
    }
    let asked = TransitionRequest {
        request_id: api::request_id(),
        ticket_id: seen.id.clone(),
        transition_key: key.to_owned(),
        etag: run.etag,
        comment: comment.to_owned(),
        ..TransitionRequest::default()
    };
    api::runs::transition(asked).await.map(drop)
}

/// Gives a ticket to somebody, or back to its queue; answers what it was before, if that was something else.
async fn assigned(seen: &Seen, to: &str) -> Answer<Option<Before>> {
    let run = api::runs::get(seen.id.clone()).await?;
    if run.assignee_id == to {
        return Ok(None);
    }
    if seen.was_handed_on(&run.assignee_id) {
        return Err(changed_since());
    }
    let before = Before::Assignee(seen.id.clone(), [run.assignee_id, to.to_owned()]);
    if to.is_empty() {
        api::runs::release(seen.id.clone(), run.etag).await?;
    } else {
        api::runs::assign(seen.id.clone(), to.to_owned(), run.etag).await?;
    }
    Ok(Some(before))
}

/// Adds words and takes others away, whatever others it has: that is no change of what somebody else did.
async fn retagged(id: &str, more: &[String], fewer: &[String]) -> Answer<Option<Before>> {
    let ticket = api::tickets::get(id.to_owned()).await?;
    let tags = tagged(&ticket.tags, more, fewer);
    if tags == ticket.tags {
        return Ok(None);
    }
    let before = Before::Tags(id.to_owned(), [ticket.tags.clone(), tags.clone()]);
    api::tickets::update(Ticket { tags, ..ticket }, &["tags"]).await?;
    Ok(Some(before))
}

async fn put_back(all: Vec<Before>) -> Tally {
    let mut tally = Tally::of(all.len());
    for before in all {
        let (id, outcome) = match before {
            Before::Assignee(id, [to, given]) => {
                let seen = Seen { assignee_id: Some(given), ..Seen::unseen(id.clone()) };
                (id, assigned(&seen, &to).await.map(drop))
            }
            Before::Tags(id, [tags, given]) => {
                let outcome = put_tags_back(&id, &tags, &given).await;
                (id, outcome)
            }
        };
        tally.add(&id, outcome.map_err(|trouble| trouble.sentence));
    }
    tally
}

/// Takes back what was done to a ticket's words; what was done to them since stays.
async fn put_tags_back(id: &str, was: &[String], left: &[String]) -> Answer<()> {
    let ticket = api::tickets::get(id.to_owned()).await?;
    let Some(tags) = untagged(&ticket.tags, was, left) else { return Err(changed_since()) };
    api::tickets::update(Ticket { tags, ..ticket }, &["tags"]).await.map(drop)
}

async fn undone(bulk_id: String) -> Answer<Tally> {
    let tally = std::cell::RefCell::new(Tally::default());
    api::bulk::undo(bulk_id, api::request_id(), |told| tally.borrow_mut().take_back(told)).await?;
    Ok(tally.into_inner())
}
