//! Challenges that were solved and used.

use jiff::Timestamp;
use mesh_core::{db::Tx, error::Result};

use crate::challenge::Solved;

mesh_core::statements! {
    /// Remembers a challenge, unless it was used.
    SPEND = "insert into spent_challenges (id, expires_at) values ($1, $2) on conflict do nothing";
    /// Challenges that are too old to be used again anyway.
    FORGET = "delete from spent_challenges where expires_at <= $1";
}

/// Uses the challenge up; false when it was used before.
pub(crate) async fn spend(tx: &mut Tx, solved: &Solved) -> Result<bool> {
    let query = sqlx::query(SPEND).bind(&solved.id).bind(solved.expires_at.as_microsecond());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Drops those that have expired.
pub(crate) async fn forget(tx: &mut Tx, now: Timestamp) -> Result<()> {
    sqlx::query(FORGET).bind(now.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}
