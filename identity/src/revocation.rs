//! What was taken back lately, for processes that were not listening: those that just started, and those the broker was away from.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use mesh_core::{db::Db, error::Result, token::Source};
use proto::identity::v1::{Jwks, ListRevocationsResponse};

use crate::{
    keyring::Keyring,
    store::{departments, revocations},
    token::LIFETIME,
};

/// Clocks differ, and a transaction commits some time after the instant it writes.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// Sessions, keys and rights taken back since the oldest token that may still be good was made.
pub(crate) async fn lately(db: &Db) -> Result<ListRevocationsResponse> {
    let since = db.clock().now().saturating_sub(LIFETIME.saturating_add(MARGIN)).unwrap_or(Timestamp::MIN);
    let mut session_ids = revocations::sessions(db.reader(), since).await?;
    session_ids.extend(revocations::api_keys(db.reader(), since).await?);
    Ok(ListRevocationsResponse { session_ids, changed_users: revocations::users(db.reader(), since).await? })
}

/// What identity's own verifier asks, in the process that has the answers.
pub(crate) struct Own {
    pub(crate) db: Db,
    pub(crate) keyring: Arc<Keyring>,
}

#[async_trait]
impl Source for Own {
    async fn keys(&self) -> Result<Jwks> {
        self.keyring.published().await
    }

    async fn revocations(&self) -> Result<ListRevocationsResponse> {
        lately(&self.db).await
    }

    async fn departments(&self) -> Result<Vec<(String, String)>> {
        departments::pairs(self.db.reader()).await
    }
}
