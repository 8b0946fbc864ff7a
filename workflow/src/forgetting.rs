//! People who were deleted: identity gives them a pseudonym, and history and decisions say that from then on, also in the sentences
//! that named them. A name that merely changed stays as it was.
//!
//! Done in jobs of bounded size, from one end of each table to the other, so that a long history holds up nobody. Done twice it
//! changes nothing.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Handler, Job},
    naming,
};
use proto::identity::v1::{Actor, User};
use serde::{Deserialize, Serialize};

use crate::{
    store::{
        assignments,
        history::{self, Spot},
    },
    workflow::Workflow,
};

/// The kind of the jobs; their key is the person.
pub(crate) const KIND: &str = "forget_name";

/// Rows one job looks at.
const BATCH: i64 = 500;

/// Forgets names.
#[derive(Clone, Debug)]
pub(crate) struct Forgetting(pub(crate) Workflow);

/// What a job goes on with.
#[derive(Debug, Serialize, Deserialize)]
struct Stretch {
    user_id: String,
    pseudonym: String,
    behind: Behind,
}

/// The row it has come to.
#[derive(Debug, Serialize, Deserialize)]
enum Behind {
    History(Spot),
    Decisions(String),
}

/// Has a deleted person forgotten; anybody else keeps his name.
pub(crate) async fn begin(tx: &mut Tx, user: &User) -> Result<()> {
    if user.delete_time.is_none() {
        return Ok(());
    }
    let (user_id, pseudonym) = (user.id.clone(), user.display_name.clone());
    Stretch { user_id, pseudonym, behind: Behind::History(Spot::default()) }.enqueue(tx).await
}

#[async_trait]
impl Handler for Forgetting {
    async fn run(&self, job: &Job) -> Result<()> {
        let stretch: Stretch = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let mut tx = self.0.db.begin().await?;
        if let Some(next) = stretch.forget(&mut tx).await? {
            next.enqueue(&mut tx).await?;
        }
        tx.commit().await
    }
}

impl Stretch {
    /// Forgets the name in the next rows; what is left to do afterwards.
    async fn forget(self, tx: &mut Tx) -> Result<Option<Self>> {
        let behind = match &self.behind {
            Behind::History(spot) => Some(self.in_history(tx, spot).await?),
            Behind::Decisions(after) => self.in_decisions(tx, after).await?,
        };
        Ok(behind.map(|behind| Self { behind, ..self }))
    }

    async fn in_history(&self, tx: &mut Tx, after: &Spot) -> Result<Behind> {
        let rows = history::after(tx.conn(), after, BATCH).await?;
        for (spot, mut entry) in rows.iter().cloned() {
            if let Some(actor) = entry.actor.as_mut()
                && self.rename(actor, &mut [&mut entry.reason])
            {
                history::set(tx.conn(), &spot, &entry).await?;
            }
        }
        let last = rows.last().map(|(spot, _)| Behind::History(spot.clone()));
        Ok(last.unwrap_or_else(|| Behind::Decisions(String::new())))
    }

    async fn in_decisions(&self, tx: &mut Tx, after: &str) -> Result<Option<Behind>> {
        let rows = assignments::after(tx.conn(), after, BATCH).await?;
        for (id, mut decision) in rows.iter().cloned() {
            if let Some(actor) = decision.actor.as_mut()
                && self.rename(actor, &mut [&mut decision.reason, &mut decision.summary])
            {
                assignments::set(tx.conn(), &id, &decision).await?;
            }
        }
        Ok(rows.last().map(|(id, _)| Behind::Decisions(id.clone())))
    }

    /// Puts the pseudonym in the place of the name, if it is this person's: where he is named, and in the sentences about it.
    fn rename(&self, actor: &mut Actor, sentences: &mut [&mut String]) -> bool {
        if actor.user_id != self.user_id {
            return false;
        }
        for sentence in sentences {
            **sentence = naming::renamed(sentence, &actor.display_name, &self.pseudonym);
        }
        actor.display_name.clone_from(&self.pseudonym);
        true
    }

    async fn enqueue(&self, tx: &mut Tx) -> Result<()> {
        let payload = serde_json::to_vec(self).map_err(Error::internal)?;
        let (key, due) = (self.user_id.clone(), tx.now());
        jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await?;
        Ok(())
    }
}
