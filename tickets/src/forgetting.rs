//! People who were deleted: identity gives them a pseudonym, and whatever says here who did something says that from then on. A
//! name that merely changed stays in the history as it was. Views and macros only he could see go.
//!
//! Done in jobs of bounded size, from one end of each table to the other, so that a long history holds up nobody. Done twice it
//! changes nothing.

use async_trait::async_trait;
use mesh_core::{
    bus,
    db::Tx,
    error::{Error, Result},
    inbox,
    jobs::{self, Job},
};
use proto::events::v1::{Envelope, envelope::Event};
use serde::{Deserialize, Serialize};

use crate::store::{Store, doers::COLUMNS, macros, views};

/// This consumer's name on the bus and in the inbox.
pub(crate) const CONSUMER: &str = "tickets";
/// The events it cares about.
pub(crate) const KEYS: &[&str] = &["identity.user.updated"];
/// The kind of the jobs.
pub(crate) const KIND: &str = "forget_name";

/// Rows one job looks at.
const BATCH: i64 = 500;

/// Hears of deleted people, and forgets their names.
#[derive(Clone, Debug)]
pub(crate) struct Forgetting(pub(crate) Store);

/// What a job goes on with.
#[derive(Debug, Serialize, Deserialize)]
struct Stretch {
    user_id: String,
    pseudonym: String,
    /// Which of the columns.
    column: usize,
    /// Behind this row.
    after: String,
}

#[async_trait]
impl bus::Handler for Forgetting {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        let Some(Event::IdentityUserUpdated(updated)) = &envelope.event else { return Ok(()) };
        let Some(user) = updated.user.as_ref().filter(|user| user.delete_time.is_some()) else {
            return Ok(());
        };
        let mut tx = self.0.db().begin().await?;
        if inbox::first_time(&mut tx, CONSUMER, &envelope.id).await? {
            let (user_id, pseudonym) = (user.id.clone(), user.display_name.clone());
            let first = Stretch { user_id, pseudonym, column: 0, after: String::new() };
            first.enqueue(&mut tx).await?;
            for statement in [views::FORGET, macros::FORGET] {
                sqlx::query(statement).bind(user.id.clone()).execute(tx.conn()).await?;
            }
        }
        tx.commit().await
    }
}

#[async_trait]
impl jobs::Handler for Forgetting {
    async fn run(&self, job: &Job) -> Result<()> {
        let stretch: Stretch = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let mut tx = self.0.db().begin().await?;
        if let Some(next) = stretch.forget(&mut tx).await? {
            next.enqueue(&mut tx).await?;
        }
        tx.commit().await
    }
}

impl Stretch {
    /// Forgets the name in the next rows; what is left to do afterwards.
    async fn forget(self, tx: &mut Tx) -> Result<Option<Self>> {
        let Some(column) = COLUMNS.get(self.column) else { return Ok(None) };
        let rows = column.after(tx, &self.after, BATCH).await?;
        for deed in rows.iter().filter(|deed| deed.doer.user_id() == self.user_id) {
            column.set(tx, &deed.named(&self.pseudonym)).await?;
        }
        Ok(Some(match rows.last() {
            Some(last) => Self { after: last.id.clone(), ..self },
            None => Self { column: self.column + 1, after: String::new(), ..self },
        }))
    }

    async fn enqueue(&self, tx: &mut Tx) -> Result<()> {
        let payload = serde_json::to_vec(self).map_err(Error::internal)?;
        let (key, due) = (self.user_id.clone(), tx.now());
        jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await?;
        Ok(())
    }
}
