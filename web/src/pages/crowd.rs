//! People to choose from: the first ones by name, and whoever is looked for by typing.

use gloo_timers::future::TimeoutFuture;
use proto::identity::v1::User;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::parts::Choice;

/// How long nobody types until somebody is looked for, in milliseconds.
const CALM: u32 = 180;
/// The most that are looked for at a time.
const MOST: i32 = 50;

/// Everybody who was found so far.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Crowd {
    found: Signal<Vec<Choice>>,
    /// What is looked for; the last words count.
    words: Signal<Option<String>>,
    scope: NodeHandle,
}

impl Crowd {
    /// Oneself; the others come once somebody is looked for.
    pub(in crate::pages) fn new(app: App) -> Self {
        let me = app.session.me_now();
        let found = create_signal(vec![choice(&me.user)]);
        Self { found, words: create_signal(None), scope: use_current_scope() }
    }

    /// As one chooses among them.
    pub(in crate::pages) fn found(self) -> ReadSignal<Vec<Choice>> {
        *self.found
    }

    /// Looks for people by their names.
    pub(in crate::pages) fn look(self, words: String) {
        if self.words.replace_silent(Some(words.clone())) == Some(words.clone()) {
            return;
        }
        self.scope.run_in(|| {
            spawn_local_scoped(async move {
                TimeoutFuture::new(CALM).await;
                if self.words.get_clone_untracked().as_ref() == Some(&words) {
                    // Without an answer those who were found before can be chosen.
                    self.add(&api::directory::by_name(words, MOST).await.unwrap_or_default());
                }
            });
        });
    }

    /// Takes people along, so that those who are chosen already can be shown.
    pub(in crate::pages) fn add(self, users: &[User]) {
        let mut found = self.found.get_clone_untracked();
        for user in users {
            if found.iter().all(|known| known.value != user.id) {
                found.push(choice(user));
            }
        }
        self.found.set(found);
    }
}

fn choice(user: &User) -> Choice {
    Choice {
        value: user.id.clone(),
        label: user.display_name.clone(),
        detail: user.email.clone(),
        person: Some(user.id.clone()),
    }
}
