//! What somebody is writing. Here at once, and on the server a moment after the last letter, so that neither a look elsewhere
//! nor a reload nor another device loses it. What was typed within that moment leaves with the page.

use std::collections::HashMap;

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::DraftKind;
use sycamore::prelude::*;
use sycamore::reactive::use_global_scope;
use sycamore_futures::spawn_local;

use super::uploads::{MOST, Uploads};
use crate::api;

/// How long after a letter the draft is kept on the server, in milliseconds.
const CALM: u32 = 1_200;

/// Which draft: of which ticket (none for one not yet filed), and what it will be.
type Key = (String, DraftKind);

/// A text being written, and what the server has of it.
#[derive(Clone, Copy)]
struct Draft {
    text: Signal<String>,
    kept: Signal<String>,
    waiting: Signal<bool>,
}

/// All drafts of the page.
#[derive(Clone, Copy)]
pub(crate) struct Drafts {
    all: Signal<HashMap<Key, Draft>>,
    /// The files that go with them, which stay while one looks elsewhere.
    files: Signal<HashMap<Key, Uploads>>,
    /// Whose they are; empty until somebody has signed in.
    owner: Signal<String>,
}

impl Drafts {
    pub(crate) fn new() -> Self {
        Self {
            all: create_signal(HashMap::new()),
            files: create_signal(HashMap::new()),
            owner: create_signal(String::new()),
        }
    }

    /// Whose they are from now on. Those of somebody else who was here before are forgotten here; the server has them. Nobody is
    /// no one else: whoever signs in again after his session has ended goes on where he was.
    pub(crate) fn belong_to(self, person_id: &str) {
        let before = self.owner.replace_silent(person_id.to_owned());
        if !before.is_empty() && before != person_id {
            self.forget();
        }
    }

    /// Forgets all of them here: whoever wrote them has left.
    pub(crate) fn forget(self) {
        self.all.set_silent(HashMap::new());
        self.files.set_silent(HashMap::new());
    }

    /// The text being written; what the server kept comes by itself unless somebody is faster.
    pub(crate) fn of(self, ticket_id: &str, kind: DraftKind) -> Signal<String> {
        let key = (ticket_id.to_owned(), kind);
        if let Some(known) = self.all.with_untracked(|all| all.get(&key).copied()) {
            return known.text;
        }
        let blank = || create_signal(String::new());
        let draft = use_global_scope().run_in(|| Draft {
            text: blank(),
            kept: blank(),
            waiting: create_signal(false),
        });
        self.all.update_silent(|all| all.insert(key.clone(), draft));
        if cfg!(target_arch = "wasm32") {
            spawn_local(draft.fetch(key.clone()));
            use_global_scope().run_in(|| create_effect(move || draft.changed(&key)));
        }
        draft.text
    }

    /// The files to be sent along. A note's are kept apart from a reply's, so that none is shown to others by a slip.
    pub(crate) fn files(self, ticket_id: &str, kind: DraftKind) -> Uploads {
        let key = (ticket_id.to_owned(), kind);
        if let Some(known) = self.files.with_untracked(|files| files.get(&key).copied()) {
            return known;
        }
        let files = use_global_scope().run_in(|| Uploads::new(ticket_id.to_owned(), MOST));
        self.files.update_silent(|all| all.insert(key, files));
        files
    }

    /// Keeps what the server does not have yet; the page is about to go.
    pub(crate) fn leave(self) {
        self.all.with_untracked(|all| {
            for ((ticket_id, kind), draft) in all {
                let text = draft.text.get_clone_untracked();
                if draft.kept.with_untracked(|kept| *kept != text) {
                    api::tickets::keep_draft_at_last(ticket_id, *kind, &text);
                }
            }
        });
    }

    /// Forgets a draft that was sent; the server has dropped it with the sending.
    pub(crate) fn sent(self, ticket_id: &str, kind: DraftKind) {
        let key = (ticket_id.to_owned(), kind);
        if let Some(draft) = self.all.with_untracked(|all| all.get(&key).copied()) {
            draft.kept.set_silent(String::new());
            draft.text.set(String::new());
        }
    }
}

impl Draft {
    async fn fetch(self, (ticket_id, kind): Key) {
        if let Ok(text) = api::tickets::draft(ticket_id, kind).await
            && self.text.with_untracked(String::is_empty)
        {
            self.kept.set_silent(text.clone());
            self.text.set(text);
        }
    }

    /// Keeps the text once nobody has typed for a moment.
    fn changed(self, key: &Key) {
        let same = self.text.with(|text| self.kept.with_untracked(|kept| kept == text));
        if same || self.waiting.replace_silent(true) {
            return;
        }
        let key = key.clone();
        spawn_local(async move {
            TimeoutFuture::new(CALM).await;
            self.waiting.set_silent(false);
            let text = self.text.get_clone_untracked();
            if self.kept.with_untracked(|kept| *kept == text) {
                return;
            }
            // Not kept is no failure worth a word: the text is still here, and the next letter tries again.
            if api::tickets::keep_draft(key.0, key.1, text.clone()).await.is_ok() {
                self.kept.set_silent(text);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::DraftKind;
    use sycamore::prelude::*;

    use super::Drafts;

    #[test]
    fn what_somebody_wrote_is_never_shown_to_whoever_signs_in_after_him() {
        let _root = create_root(|| {
            let drafts = Drafts::new();
            let text = || drafts.of("", DraftKind::Ticket);
            drafts.belong_to("usr_1");
            text().set("The door is stuck".to_owned());
            drafts.belong_to("usr_1");
            assert_eq!(text().get_clone(), "The door is stuck");
            drafts.belong_to("usr_2");
            assert_eq!(text().get_clone(), "");
        });
    }
}
