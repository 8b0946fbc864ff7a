//! Taking in where people may work: from news, from lists, from a token.
//!
//! Invariant: whoever may work somewhere new gets what waits there, and whoever may no longer work somewhere loses what he has
//! there, by jobs written in the same transaction.

use mesh_core::{db::Tx, error::Result};
use proto::workflow::v1::Presence;

use crate::{
    agent::Access,
    drain,
    store::{self, agents::Told},
};

/// Takes in where somebody may work. Somebody who never was an agent and is none now is not noted.
pub(crate) async fn admit(tx: &mut Tx, access: &Access, told: Told) -> Result<()> {
    let before = store::agents::by_id(tx.conn(), &access.user_id).await?;
    let now = tx.now();
    if before.is_none() && !access.works()
        || !store::agents::take_access(tx.conn(), access, told, now).await?
    {
        return Ok(());
    }
    match before {
        Some(agent) if agent.access == *access && agent.active == access.works() => Ok(()),
        Some(agent) => {
            if access.works() && agent.presence == Presence::Online {
                drain::queues_of(tx, &access.user_id).await?;
            }
            drain::agent(tx, &access.user_id).await
        }
        None => Ok(()),
    }
}
