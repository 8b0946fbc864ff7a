//! A list the server gives in pages: what is here so far, how many there are, and how to come by more.

use std::pin::Pin;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::Load;
use crate::api::Answer;

/// How long to wait for the next letter before asking, in milliseconds.
const PATIENCE: u32 = 180;

/// One answer of the server.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Empty on the last page.
    pub(crate) next: String,
    /// Exact, of the whole list, where the server says it.
    pub(crate) total: Option<i64>,
}

/// Asks for the page behind a token.
type Fetch<T> = Rc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Answer<Page<T>>>>>>;

/// The list, as long as the page that shows it.
pub(crate) struct Paged<T: 'static> {
    found: Signal<Load<Rc<Vec<T>>>>,
    next: Signal<String>,
    total: Signal<Option<i64>>,
    busy: Signal<bool>,
    /// The number of the latest question: a late answer to an earlier one is dropped.
    latest: Signal<u32>,
    fetch: Signal<Fetch<T>>,
}

impl<T> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Paged<T> {}

impl<T: Clone> Paged<T> {
    /// A list nobody has asked for yet.
    pub(crate) fn new<F>(fetch: impl Fn(String) -> F + 'static) -> Self
    where
        F: Future<Output = Answer<Page<T>>> + 'static,
    {
        let fetch: Fetch<T> = Rc::new(move |token| Box::pin(fetch(token)));
        Self {
            found: create_signal(Load::Waiting),
            next: create_signal(String::new()),
            total: create_signal(None),
            busy: create_signal(false),
            latest: create_signal(0),
            fetch: create_signal(fetch),
        }
    }

    /// Asks now, and again a moment after anything that `follow` reads has changed.
    pub(crate) fn following(self, follow: impl Fn() + 'static) -> Self {
        let wait = create_signal(0);
        create_effect(move || {
            follow();
            self.ask(String::new(), wait.replace_silent(PATIENCE));
        });
        self
    }

    pub(crate) fn found(self) -> Signal<Load<Rc<Vec<T>>>> {
        self.found
    }

    /// Exactly how many there are, once that is known.
    pub(crate) fn total(self) -> Option<i64> {
        self.total.get()
    }

    pub(crate) fn has_more(self) -> bool {
        self.next.with(|next| !next.is_empty())
    }

    pub(crate) fn busy(self) -> ReadSignal<bool> {
        *self.busy
    }

    /// Asks from the beginning; what is shown stays until the answer is here.
    pub(crate) fn load(self) {
        self.ask(String::new(), 0);
    }

    /// Asks for the next page.
    pub(crate) fn more(self) {
        self.ask(self.next.get_clone_untracked(), 0);
    }

    fn ask(self, token: String, wait: u32) {
        let number = self.latest.get_untracked() + 1;
        self.latest.set_silent(number);
        let is_latest = move || self.latest.is_alive() && self.latest.get_untracked() == number;
        spawn_local(async move {
            if wait > 0 {
                TimeoutFuture::new(wait).await;
            }
            if !is_latest() {
                return;
            }
            self.busy.set(true);
            let fetch = self.fetch.get_clone_untracked();
            let answer = fetch(token.clone()).await;
            if is_latest() {
                self.busy.set(false);
                self.take(&token, answer);
            }
        });
    }

    fn take(self, token: &str, answer: Answer<Page<T>>) {
        let page = match answer {
            Ok(page) => page,
            Err(trouble) => return self.found.set(Load::Failed(trouble)),
        };
        let mut items = match self.found.get_clone_untracked() {
            Load::Ready(found) if !token.is_empty() => found.to_vec(),
            _ => Vec::new(),
        };
        items.extend(page.items);
        self.total.set(page.total);
        self.next.set(page.next);
        self.found.set(Load::Ready(Rc::new(items)));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use sycamore::prelude::*;

    use super::{Page, Paged};
    use crate::store::Load;

    #[test]
    fn the_next_page_is_added_and_the_first_one_replaces_all() {
        let _root = create_root(|| {
            let list = Paged::<u8>::new(|_| async { unreachable!("nobody asks in this test") });
            let page = |items: &[u8], next: &str| {
                Ok(Page { items: items.to_vec(), next: next.to_owned(), total: Some(3) })
            };
            list.take("", page(&[1, 2], "t"));
            assert!(list.has_more() && list.total() == Some(3));
            list.take("t", page(&[3], ""));
            assert_eq!(list.found().get_clone(), Load::Ready(Rc::new(vec![1, 2, 3])));
            assert!(!list.has_more());
            list.take("", page(&[9], ""));
            assert_eq!(list.found().get_clone(), Load::Ready(Rc::new(vec![9])));
        });
    }
}
