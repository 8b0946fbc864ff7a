//! News of changed access for many at once: a role or a place in the tree changed, and with it what its holders may do. Done
//! in jobs of bounded size, so that a role of thousands blocks nobody.

use async_trait::async_trait;
use mesh_core::{
    db::{Db, Tx},
    error::{Error, Result},
    jobs::{self, Job},
    outbox::Cause,
};
use prost::Message;
use proto::identity::v1::Actor;
use serde::{Deserialize, Serialize};

use crate::events;

/// The kind of these jobs.
pub(crate) const KIND: &str = "announce_access";

/// How many people one job tells the mesh about.
const BATCH: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    /// Whose change it was: an [`Actor`], encoded.
    actor: Vec<u8>,
    correlation_id: String,
    user_ids: Vec<String>,
}

/// Tells the mesh soon after this transaction that what these people may do has changed.
pub(crate) async fn later(tx: &mut Tx, cause: &Cause, user_ids: &[String]) -> Result<()> {
    let actor = cause.actor().encode_to_vec();
    for batch in user_ids.chunks(BATCH) {
        let (actor, correlation_id) = (actor.clone(), tx.ids().id("req"));
        let payload = serde_json::to_vec(&Payload { actor, correlation_id, user_ids: batch.into() })
            .map_err(Error::internal)?;
        let (key, due) = (tx.ids().id("job"), tx.now());
        jobs::enqueue(tx, Job { kind: KIND, key, due, payload }).await?;
    }
    Ok(())
}

/// Does these jobs. Done twice it tells the same twice, with a later version.
pub(crate) struct Announce {
    pub(crate) db: Db,
}

#[async_trait]
impl jobs::Handler for Announce {
    async fn run(&self, job: &Job) -> Result<()> {
        let payload: Payload = serde_json::from_slice(&job.payload).map_err(Error::internal)?;
        let actor = Actor::decode(payload.actor.as_slice()).map_err(Error::internal)?;
        let cause = Cause::of_itself(actor, payload.correlation_id);
        let mut tx = self.db.begin().await?;
        for user_id in &payload.user_ids {
            events::access_changed(&mut tx, &cause, user_id).await?;
        }
        tx.commit().await
    }
}
