//! People by id: name, initials, presence. Unknown ones are asked for together, a moment after the first was wanted.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::identity::v1::User;
use proto::workflow::v1::Presence;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::Entities;
use crate::api;

/// How long wanted ids are gathered, in milliseconds.
const GATHER: u32 = 12;
/// The most the server answers at a time.
const BATCH: usize = 200;

/// What every page may show of somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Person {
    pub(crate) id: String,
    /// Empty until known.
    pub(crate) name: String,
    pub(crate) initials: String,
    /// Where the picture is; empty without one.
    pub(crate) picture: String,
    /// Known for agents once somebody said it.
    pub(crate) presence: Option<Presence>,
}

/// Everybody the page has met.
#[derive(Clone, Copy)]
pub(crate) struct People {
    all: Entities<Person>,
    wanted: Signal<Vec<String>>,
}

impl People {
    pub(crate) fn new() -> Self {
        Self { all: Entities::new(), wanted: create_signal(Vec::new()) }
    }

    /// Somebody by id; the name comes by itself when it is not known yet.
    pub(crate) fn get(self, id: &str) -> Signal<Rc<Person>> {
        self.all.find(id).unwrap_or_else(|| {
            self.want(id);
            self.all.put(id, Person { id: id.to_owned(), ..Person::default() })
        })
    }

    /// Takes what a call or an event says of somebody.
    pub(crate) fn put(self, user: &User) {
        let presence = self.all.find(&user.id).and_then(|known| known.with_untracked(|known| known.presence));
        let (id, name, initials) = (user.id.clone(), user.display_name.clone(), user.initials.clone());
        let picture = user.picture_path.clone();
        self.all.put(&user.id, Person { id, name, initials, picture, presence });
    }

    /// Takes what somebody's presence is now.
    pub(crate) fn set_presence(self, id: &str, presence: Presence) {
        let known = self.get(id).get_clone_untracked();
        self.all.put(id, Person { presence: Some(presence), ..Person::clone(&known) });
    }

    /// Takes what an event says of somebody, if it says anything.
    pub(crate) fn hear(self, envelope: &Envelope) {
        match envelope.event.as_ref() {
            Some(Event::IdentityUserCreated(created)) => created.user.iter().for_each(|user| self.put(user)),
            Some(Event::IdentityUserUpdated(updated)) => updated.user.iter().for_each(|user| self.put(user)),
            Some(Event::WorkflowPresenceChanged(changed)) => {
                self.set_presence(&changed.user_id, changed.presence());
            }
            _ => {}
        }
    }

    fn want(self, id: &str) {
        let id = id.to_owned();
        let first = self.wanted.with_untracked(Vec::is_empty);
        self.wanted.update_silent(|wanted| wanted.push(id));
        if first && cfg!(target_arch = "wasm32") {
            spawn_local(async move { self.fetch_wanted().await });
        }
    }

    async fn fetch_wanted(self) {
        TimeoutFuture::new(GATHER).await;
        let wanted = self.wanted.with_untracked(Clone::clone);
        self.wanted.set_silent(Vec::new());
        for ids in wanted.chunks(BATCH) {
            // A name that cannot be had now stays blank; the next page that shows the person asks again by a call of its own.
            for user in api::directory::people_by_id(ids.to_vec()).await.unwrap_or_default() {
                self.put(&user);
            }
        }
    }
}
