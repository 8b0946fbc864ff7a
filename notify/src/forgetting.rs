//! People who were deleted: what notifications say of what they did says it under the pseudonym from then on, and their own inbox
//! goes.
//!
//! Done in jobs of bounded size, from one end of the table to the other, so that many notifications hold up nobody. Done twice it
//! changes nothing.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Job},
    naming,
};
use proto::{
    events::v1::{Envelope, envelope::Event},
    identity::v1::User,
};
use serde::{Deserialize, Serialize};

use crate::store::{Store, Told};

/// The kind of the jobs; their key is the person.
pub(crate) const KIND: &str = "forget_name";

/// Notifications one job looks at.
const BATCH: i64 = 500;

/// Forgets names.
#[derive(Clone, Debug)]
pub(crate) struct Forgetting(pub(crate) Store);

/// What a job goes on with.
#[derive(Debug, Serialize, Deserialize)]
struct Stretch {
    user_id: String,
    pseudonym: String,
    /// Behind this notification.
    after: String,
}

/// Whom an event says to have been deleted.
pub(crate) fn deleted(envelope: &Envelope) -> Option<&User> {
    let Some(Event::IdentityUserUpdated(updated)) = &envelope.event else { return None };
    updated.user.as_ref().filter(|user| user.delete_time.is_some())
}

/// Has a deleted person forgotten.
pub(crate) async fn begin(tx: &mut Tx, user: &User) -> Result<()> {
    let (user_id, pseudonym) = (user.id.clone(), user.display_name.clone());
    Stretch { user_id, pseudonym, after: String::new() }.enqueue(tx).await
}

#[async_trait]
impl jobs::Handler for Forgetting {
    async fn run(&self, job: &Job) -> Result<()> {
        let stretch: Stretch = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let mut tx = self.0.begin().await?;
        if let Some(next) = stretch.forget(&self.0, &mut tx).await? {
            next.enqueue(&mut tx).await?;
        }
        tx.commit().await
    }
}

impl Stretch {
    /// Forgets the person in the next notifications; what is left to do afterwards.
    async fn forget(self, store: &Store, tx: &mut Tx) -> Result<Option<Self>> {
        let told = store.after(tx, &self.after, BATCH).await?;
        for one in &told {
            if one.user_id == self.user_id {
                store.remove(tx, &one.id).await?;
            } else if one.actor_id == self.user_id {
                store.rename(tx, &self.renamed(one)).await?;
            }
        }
        Ok(told.last().map(|last| Self { after: last.id.clone(), ..self }))
    }

    fn renamed(&self, told: &Told) -> Told {
        let renamed = |words: &str| naming::renamed(words, &told.actor_name, &self.pseudonym);
        let (subject, body) = (renamed(&told.subject), renamed(&told.body));
        Told { subject, body, actor_name: self.pseudonym.clone(), ..told.clone() }
    }

    async fn enqueue(&self, tx: &mut Tx) -> Result<()> {
        let payload = serde_json::to_vec(self).map_err(Error::internal)?;
        let (key, due) = (self.user_id.clone(), tx.now());
        jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await?;
        Ok(())
    }
}
