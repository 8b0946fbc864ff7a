//! Many things at a time, but those of one subject one after the other, in the order they came.

use std::collections::{HashMap, VecDeque};

use futures::future::BoxFuture;
use tokio::task::{JoinError, JoinSet};

/// Work queued by subject. Dropping it stops what runs.
pub(super) struct Lanes<T, O> {
    work: Box<dyn Fn(T) -> BoxFuture<'static, O> + Send>,
    /// What waits behind the one that runs; a subject without an entry is idle.
    waiting: HashMap<String, VecDeque<T>>,
    running: JoinSet<(String, O)>,
}

impl<T, O: Send + 'static> Lanes<T, O> {
    pub(super) fn new(work: impl Fn(T) -> BoxFuture<'static, O> + Send + 'static) -> Self {
        Self { work: Box::new(work), waiting: HashMap::new(), running: JoinSet::new() }
    }

    /// Begins with `item`, or lets it wait for what came before it.
    pub(super) fn add(&mut self, subject: String, item: T) {
        if let Some(queue) = self.waiting.get_mut(&subject) {
            queue.push_back(item);
        } else {
            self.waiting.insert(subject.clone(), VecDeque::new());
            self.start(subject, item);
        }
    }

    /// Waits for something to be done and begins with what waited behind it. `None` when nothing runs.
    pub(super) async fn next(&mut self) -> Option<Result<O, JoinError>> {
        let (subject, outcome) = match self.running.join_next().await? {
            Ok(finished) => finished,
            Err(error) => return Some(Err(error)),
        };
        match self.waiting.get_mut(&subject).and_then(VecDeque::pop_front) {
            Some(item) => self.start(subject, item),
            None => drop(self.waiting.remove(&subject)),
        }
        Some(Ok(outcome))
    }

    /// Drops what waits, and waits for what runs.
    pub(super) async fn finish(mut self) {
        while self.running.join_next().await.is_some() {}
    }

    fn start(&mut self, subject: String, item: T) {
        let work = (self.work)(item);
        self.running.spawn(async move { (subject, work.await) });
    }
}
