//! The index of words for tickets that were there before it, or whose words are to be taken in anew.
//!
//! Done in jobs of bounded size, in the order of the tickets' numbers; the migration that makes the index asks for the first one.
//! Done twice it changes nothing.

use async_trait::async_trait;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    jobs::{self, Job},
};
use serde::{Deserialize, Serialize};

use crate::store::{Store, words};

/// The kind of the jobs; stands in the migration, too.
pub(crate) const KIND: &str = "index_tickets";

/// Tickets one job takes in.
const BATCH: i64 = 200;

/// Takes tickets into the index.
#[derive(Clone, Debug)]
pub(crate) struct Indexing(pub(crate) Store);

/// What a job goes on with: tickets behind this number.
#[derive(Debug, Serialize, Deserialize)]
struct Stretch {
    after: i64,
}

#[async_trait]
impl jobs::Handler for Indexing {
    async fn run(&self, job: &Job) -> Result<()> {
        let Stretch { after } = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        if after == 0 {
            let mut tx = self.0.db().begin().await?;
            words::unlearn(&mut tx).await?;
            tx.commit().await?;
        }
        let mut tx = self.0.db().begin().await?;
        if let Some(after) = words::rebuild(&mut tx, after, BATCH).await? {
            Stretch { after }.enqueue(&mut tx).await?;
        }
        tx.commit().await
    }
}

impl Stretch {
    async fn enqueue(&self, tx: &mut Tx) -> Result<()> {
        let payload = serde_json::to_vec(self).map_err(Error::internal)?;
        let due = tx.now();
        jobs::enqueue(tx, Job { kind: KIND, key: "all".to_owned(), due, payload }).await?;
        Ok(())
    }
}

/// Asks for all tickets to be taken in anew, by whoever runs the service next.
pub(crate) async fn begin(tx: &mut Tx) -> Result<()> {
    Stretch { after: 0 }.enqueue(tx).await
}
