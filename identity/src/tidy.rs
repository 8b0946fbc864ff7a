//! What has to happen now and then: forgetting sessions long over and failures long faded, and knowing the next signing key before
//! it signs, also in a replica that issues no tokens itself.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use mesh_core::{db::Db, error::Result, service::Worker};
use tokio::time::sleep;

use crate::{
    keyring::Keyring,
    protection::LONGEST_LIFETIME,
    store::{
        ceremonies, challenges, counters, invitations, letter_turns, password_resets, second_factors,
        sessions, sso_attempts,
    },
};

/// How often it is looked for.
const EVERY: Duration = Duration::from_hours(1);
/// How long a session that expired is kept for questions.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The worker that does it.
pub(crate) fn worker(db: Db, keyring: Arc<Keyring>) -> Worker {
    Worker::new("identity.tidy", move |stop| {
        let (db, keyring) = (db.clone(), keyring.clone());
        async move {
            loop {
                tidy(&db).await?;
                keyring.published().await?;
                if stop.run_until_cancelled(sleep(EVERY)).await.is_none() {
                    return Ok(());
                }
            }
        }
    })
}

async fn tidy(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    let now = tx.now();
    let before = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
    sessions::forget(&mut tx, before).await?;
    ceremonies::forget(&mut tx, before).await?;
    second_factors::forget(&mut tx, before).await?;
    password_resets::forget(&mut tx, before).await?;
    invitations::forget_sign_ups(&mut tx, before).await?;
    letter_turns::forget(&mut tx, before).await?;
    counters::forget(&mut tx, now.saturating_sub(LONGEST_LIFETIME).unwrap_or(Timestamp::MIN)).await?;
    challenges::forget(&mut tx, now).await?;
    sso_attempts::forget(&mut tx, now).await?;
    tx.commit().await
}
