//! An article while it is written: what is typed goes to the server a moment later, where only editors see it until it is published.
//!
//! Invariant: saves go one after the other, each with the version the one before brought; what was typed after one began is in the next.

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::Article;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{self, Answer, Trouble};
use crate::app::App;
use crate::browser;

/// How long after a letter it is kept, in milliseconds.
const CALM: u32 = 900;
/// How long one waits for a save that is on its way before looking again, in milliseconds.
const TURN: u32 = 40;

/// The article as the server has it, and as it is typed.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    app: App,
    pub(super) article: Signal<Article>,
    pub(super) title: Signal<String>,
    pub(super) text: Signal<String>,
    saving: Signal<bool>,
    waiting: Signal<bool>,
    trouble: Signal<Option<Trouble>>,
}

impl Draft {
    /// Kept from now on, as long as the page is there, and once more when it goes.
    pub(super) fn of(app: App, article: Article) -> Self {
        let draft = Self {
            app,
            title: create_signal(article.title.clone()),
            text: create_signal(article.text.clone()),
            article: create_signal(article),
            saving: create_signal(false),
            waiting: create_signal(false),
            trouble: create_signal(None),
        };
        create_effect(move || draft.changed());
        browser::when_leaving(move || draft.leave());
        on_cleanup(move || draft.leave());
        draft
    }

    /// Why the last save did not work; none while all is well.
    pub(super) fn trouble(self) -> ReadSignal<Option<Trouble>> {
        *self.trouble
    }

    /// Whether the server has what is typed. Follows what is typed.
    pub(super) fn is_kept(self) -> bool {
        let (title, text) = (self.title.get_clone(), self.text.get_clone());
        self.article.with(|article| is_same(article, &title, &text))
    }

    fn changed(self) {
        if self.is_kept() || self.waiting.replace_silent(true) {
            return;
        }
        spawn_local(async move {
            TimeoutFuture::new(CALM).await;
            if self.waiting.is_alive() {
                self.waiting.set_silent(false);
                // What went wrong is told by `trouble`.
                drop(self.save().await);
            }
        });
    }

    /// Keeps what is typed, and answers with the article as the server has it then.
    pub(super) async fn save(self) -> Answer<Article> {
        while self.saving.is_alive() && self.saving.get_untracked() {
            TimeoutFuture::new(TURN).await;
        }
        if !self.saving.is_alive() {
            return Err(Trouble::nothing_there());
        }
        let known = self.article.get_clone_untracked();
        let (title, text) = (self.title.get_clone_untracked(), self.text.get_clone_untracked());
        if is_same(&known, &title, &text) {
            return Ok(known);
        }
        self.saving.set(true);
        let typed = Article { title: title.trim().to_owned(), text, ..known };
        let answer = api::knowledge::update(typed, &["title", "text"]).await;
        self.take(&answer);
        answer
    }

    /// Changes something that readers see at once.
    pub(super) fn change(self, article: Article, path: &'static str) {
        spawn_local(async move {
            let Ok(known) = self.save().await else { return };
            self.saving.set(true);
            let changed = Article { etag: known.etag, title: known.title, text: known.text, ..article };
            let answer = api::knowledge::update(changed, &[path]).await;
            self.take(&answer);
            if answer.is_ok() {
                self.app.toasts.say(crate::text::t!("saved"));
            }
        });
    }

    fn take(self, answer: &Answer<Article>) {
        if !self.saving.is_alive() {
            return;
        }
        self.saving.set(false);
        match answer {
            Ok(article) => {
                self.article.set(article.clone());
                self.trouble.set(None);
            }
            Err(trouble) if trouble.kind == api::Kind::SignedOut => self.app.session.ended(),
            Err(trouble) => self.trouble.set(Some(trouble.clone())),
        }
    }

    /// Takes the article as somebody else left it: with their words, or with one's own, which are kept over theirs.
    pub(super) fn look_again(self, take_theirs: bool) {
        let id = self.article.with_untracked(|article| article.id.clone());
        spawn_local(async move {
            let answer = api::knowledge::get(id).await;
            self.take(&answer);
            match answer {
                Ok(article) if take_theirs && self.title.is_alive() => {
                    self.title.set(article.title);
                    self.text.set(article.text);
                }
                Ok(_) => drop(self.save().await),
                Err(_) => {}
            }
        });
    }

    /// The page is about to go: what the server does not have yet leaves with it.
    fn leave(self) {
        if !self.article.is_alive() {
            return;
        }
        let (title, text) = (self.title.get_clone_untracked(), self.text.get_clone_untracked());
        self.article.with_untracked(|article| {
            if !is_same(article, &title, &text) {
                api::knowledge::keep_at_last(article, title.trim(), &text);
            }
        });
    }
}

fn is_same(article: &Article, title: &str, text: &str) -> bool {
    article.title == title.trim() && article.text == text
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Article;

    use super::is_same;

    #[test]
    fn spaces_around_a_title_are_nothing_to_keep() {
        let article = Article { title: "Wi-Fi".into(), text: "Text\n".into(), ..Article::default() };
        assert!(is_same(&article, " Wi-Fi ", "Text\n"));
        assert!(!is_same(&article, "Wi-Fi", "Text"));
    }
}
