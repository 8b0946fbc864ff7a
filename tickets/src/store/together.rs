//! Counting once for all who ask the same at the same moment.
//!
//! When a ticket changes, every desk that shows its view counts that view again at once. Counting has to reach every ticket of
//! the answer, so the same question is under way once at a time; whoever asks meanwhile waits for the next round, which is one
//! for all who wait.
//!
//! The invariant: a round begins after everybody who gets its answer asked, so nobody gets an older answer than by himself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use mesh_core::error::{Error, Result};
use tokio::sync::OnceCell;

/// The questions that are under way.
#[derive(Debug, Default)]
pub(super) struct Together(Mutex<HashMap<String, Weak<Line>>>);

/// Those who ask the same.
#[derive(Debug, Default)]
struct Line {
    /// Held while a round is under way.
    turn: tokio::sync::Mutex<()>,
    /// The round that has not begun.
    next: Mutex<Arc<Round>>,
}

type Round = OnceCell<Result<Vec<i64>>>;

impl Together {
    /// The answer to `question`; `count` is awaited if nobody who asks the same gives it.
    pub(super) async fn ask(
        &self,
        question: String,
        count: impl Future<Output = Result<Vec<i64>>>,
    ) -> Result<Vec<i64>> {
        let line = self.line(question);
        let round = Arc::clone(&lock(&line.next));
        let answer = round
            .get_or_init(async || {
                let _turn = line.turn.lock().await;
                *lock(&line.next) = Arc::default();
                count.await
            })
            .await;
        match answer {
            Ok(counts) => Ok(counts.clone()),
            Err(error) => Err(again(error)),
        }
    }

    fn line(&self, question: String) -> Arc<Line> {
        let mut lines = lock(&self.0);
        if let Some(line) = lines.get(&question).and_then(Weak::upgrade) {
            return line;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::default();
        lines.insert(question, Arc::downgrade(&line));
        line
    }
}

/// What went wrong for one, for everybody.
fn again(error: &Error) -> Error {
    if error.is_transient() {
        Error::unavailable(error.to_string())
    } else {
        Error::internal(error.to_string())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use tokio::sync::Notify;

    use super::*;

    /// Counts how often it was counted, and waits until it may go on.
    #[derive(Default)]
    struct Counting {
        together: Together,
        begun: AtomicI64,
        go: Notify,
    }

    impl Counting {
        async fn ask(&self) -> Vec<i64> {
            let count = async {
                let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
                self.go.notified().await;
                Ok(vec![number])
            };
            self.together.ask("open".into(), count).await.expect("counts")
        }
    }

    #[tokio::test]
    async fn those_who_ask_while_it_is_counted_share_the_next_round() {
        let counting = Counting::default();
        let mut first = Box::pin(counting.ask());
        assert!(futures::poll!(&mut first).is_pending());
        let (mut second, mut third) = (Box::pin(counting.ask()), Box::pin(counting.ask()));
        assert!(futures::poll!(&mut second).is_pending());
        assert!(futures::poll!(&mut third).is_pending());
        counting.go.notify_one();
        assert_eq!(first.await, [1]);
        counting.go.notify_one();
        assert_eq!(tokio::join!(second, third), (vec![2], vec![2]));
        assert_eq!(counting.begun.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn whoever_comes_after_a_count_began_gets_a_newer_one() {
        let counting = Counting::default();
        let mut first = Box::pin(counting.ask());
        assert!(futures::poll!(&mut first).is_pending());
        let mut second = Box::pin(counting.ask());
        assert!(futures::poll!(&mut second).is_pending());
        counting.go.notify_one();
        assert_eq!(first.await, [1]);
        counting.go.notify_one();
        assert_eq!(second.await, [2]);
    }

    #[tokio::test]
    async fn whoever_goes_away_while_he_counts_for_others_leaves_them_their_answer() {
        let counting = Counting::default();
        let mut first = Box::pin(counting.ask());
        assert!(futures::poll!(&mut first).is_pending());
        let (mut second, mut third) = (Box::pin(counting.ask()), Box::pin(counting.ask()));
        assert!(futures::poll!(&mut second).is_pending());
        assert!(futures::poll!(&mut third).is_pending());
        drop(first);
        drop(second);
        counting.go.notify_one();
        assert_eq!(third.await, [2]);
    }
}
