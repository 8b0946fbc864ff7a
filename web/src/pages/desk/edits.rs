//! Changing fields of the open ticket: at once on the screen, then on the server, with undo. When somebody else was faster, the change
//! is made on top of theirs where the fields differ; where they are the same, one sees all three and chooses.

use std::rc::Rc;

use proto::tickets::v1::Ticket;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{self, Kind as Why, Trouble};
use crate::app::App;
use crate::desk::edit::{self, Clash};
use crate::parts::{Button, Kind, Modal, Shape, T, value};
use crate::text::{self, t};

/// Changes of one ticket.
#[derive(Clone, Copy)]
pub(super) struct Edits {
    pub(super) app: App,
    pub(super) ticket: Signal<Rc<Ticket>>,
    clash: Signal<Option<Rc<Clash>>>,
}

impl Edits {
    pub(super) fn new(app: App, ticket: Signal<Rc<Ticket>>) -> Self {
        Self { app, ticket, clash: create_signal(None) }
    }

    /// Whether the person may change fields; follows the ticket.
    pub(super) fn may(self) -> ReadSignal<bool> {
        create_selector(move || self.ticket.with(|ticket| ticket.abilities.is_none_or(|may| may.update)))
    }

    /// Changes one field.
    pub(super) fn change(self, path: &'static str, edit: impl Fn(&mut Ticket)) {
        let base = self.ticket.get_clone_untracked();
        let mut mine = Ticket::clone(&base);
        edit(&mut mine);
        if mine == *base {
            return;
        }
        self.ticket.set(Rc::new(mine.clone()));
        spawn_local(async move { self.send(path, &base, mine).await });
    }

    /// Lets somebody follow the ticket, or no longer; that takes no version, and undoing it is doing the other.
    pub(super) fn follow(self, person_id: String, follows: bool) {
        let id = self.ticket.with_untracked(|ticket| ticket.id.clone());
        spawn_local(async move {
            let (add, take) = if follows { (vec![person_id], vec![]) } else { (vec![], vec![person_id]) };
            match api::tickets::set_watchers(id, add, take).await {
                Ok(now) => {
                    self.app.tickets.put(now);
                    self.app.toasts.say(t!("saved"));
                }
                Err(trouble) => self.app.toasts.fail(&trouble),
            }
        });
    }

    /// Takes a field over from another state of the ticket.
    fn take(self, path: &'static str, from: &Ticket) {
        self.change(path, |ticket| edit::copy(path, from, ticket));
    }

    async fn send(self, path: &'static str, base: &Rc<Ticket>, mine: Ticket) {
        match api::tickets::update(mine.clone(), &[path]).await {
            Ok(now) => self.changed(path, base, now),
            Err(trouble) if trouble.kind == Why::Stale => self.meet(path, base, mine).await,
            Err(trouble) => self.give_up(base, &trouble),
        }
    }

    fn changed(self, path: &'static str, base: &Rc<Ticket>, now: Ticket) {
        self.app.tickets.put(now);
        let base = Rc::clone(base);
        let undo = move |()| self.change(path, |ticket| edit::restore(path, &base, ticket));
        self.app.toasts.offer_undo(t!("saved"), undo);
    }

    fn give_up(self, base: &Rc<Ticket>, trouble: &Trouble) {
        self.ticket.set(Rc::clone(base));
        self.app.toasts.fail(trouble);
    }

    /// Somebody else was faster: makes the change on top of theirs, or asks where both are about the same field.
    async fn meet(self, path: &'static str, base: &Rc<Ticket>, mine: Ticket) {
        let theirs = match api::tickets::get(mine.id.clone()).await {
            Ok(theirs) => theirs,
            Err(trouble) => return self.give_up(base, &trouble),
        };
        self.ticket.set(Rc::new(theirs.clone()));
        if !edit::same(path, base, &theirs) {
            let base = Ticket::clone(base);
            if self.clash.is_alive() && !edit::same(path, &mine, &theirs) {
                self.clash.set(Some(Rc::new(Clash { path, base, theirs, mine })));
            }
            return;
        }
        let theirs_before = Rc::new(theirs.clone());
        let mut both = theirs;
        edit::copy(path, &mine, &mut both);
        match api::tickets::update(both, &[path]).await {
            Ok(now) => self.changed(path, &theirs_before, now),
            Err(trouble) => self.give_up(&theirs_before, &trouble),
        }
    }
}

/// The dialog of a clash, while there is one.
#[component(inline_props)]
pub(super) fn Clashes(edits: Edits) -> View {
    view! {
        (match edits.clash.get_clone() {
            Some(clash) => dialog(edits, clash),
            None => View::new(),
        })
    }
}

fn dialog(edits: Edits, clash: Rc<Clash>) -> View {
    let key = clash.path.replace('_', "-");
    let field = text::maybe(&format!("field-{key}")).unwrap_or_else(|| clash.path.to_owned());
    let side = |words: &'static str, ticket: &Ticket, mark: &'static str| {
        let shown = value(edits.app, &edit::said(clash.path, ticket));
        view! { div(class="card", data-side=mark) { span(class="small muted") { T(id=words) } p(class="plain") { (shown) } } }
    };
    let (base, theirs) =
        (side("clash-base", &clash.base, "base"), side("clash-theirs", &clash.theirs, "theirs"));
    let mine = side("clash-mine", &clash.mine, "mine");
    let away = move || edits.clash.set(None);
    let take = move |_| {
        away();
        edits.take(clash.path, &clash.mine);
    };
    view! {
        Modal(title=t!("clash", field = field), shape=Shape::Wide, on_close=move |()| away()) {
            div(class="body stack") {
                p { T(id="clash-text") }
                div(class="clash") { (base) (theirs) (mine) }
            }
            footer {
                Button(label=t!("clash-keep-theirs"), on:click=move |_| away())
                Button(kind=Kind::Primary, label=t!("clash-take-mine"), on:click=take)
            }
        }
    }
}
