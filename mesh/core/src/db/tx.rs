//! A transaction that writes. Dropped without a commit it leaves no trace.

use std::fmt;

use jiff::Timestamp;
use sqlx::{Any, AnyConnection, Transaction};

use super::{Db, Engine};
use crate::{error::Result, id::Ids};

/// An open transaction.
///
/// A statement that failed ends it on PostgreSQL: return the error, do not commit. Use `on conflict` where two may collide.
pub struct Tx {
    db: Db,
    begun: Transaction<'static, Any>,
    now: Timestamp,
    news: bool,
    jobs: bool,
}

impl Tx {
    pub(super) fn new(db: Db, begun: Transaction<'static, Any>) -> Self {
        let now = db.clock().now();
        Self { db, begun, now, news: false, jobs: false }
    }

    /// Where statements run.
    pub fn conn(&mut self) -> &mut AnyConnection {
        &mut self.begun
    }

    /// The instant of everything written here: when the transaction began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// [`now`](Self::now) as columns have it.
    pub fn micros(&self) -> i64 {
        self.now.as_microsecond()
    }

    /// Makes ids for what is written here.
    pub fn ids(&self) -> &Ids {
        &self.db.0.ids
    }

    /// Which engine runs the statements.
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// Writes it all, then wakes the relay and the job runner if there is something for them.
    pub async fn commit(self) -> Result<()> {
        self.begun.commit().await?;
        if self.news {
            self.db.bells().outbox.notify_one();
        }
        if self.jobs {
            self.db.bells().jobs.notify_one();
        }
        Ok(())
    }

    /// Takes it all back now instead of when dropped.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.begun.rollback().await?)
    }

    pub(crate) fn has_news(&mut self) {
        self.news = true;
    }

    pub(crate) fn has_jobs(&mut self) {
        self.jobs = true;
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("db", &self.db).field("now", &self.now).finish_non_exhaustive()
    }
}
