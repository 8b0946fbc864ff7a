//! How many tickets there are, for those who watch the whole.

use mesh_core::error::Result;
use sqlx::{AnyConnection, Row, query};

mesh_core::statements! {
    /// Tickets that are not closed, by status.
    BY_STATUS = "select status, count(*) from tickets where status in (1, 2, 3, 4, 5) group by status";
    /// Those that somebody should work on and nobody does.
    UNASSIGNED = "select count(*) from tickets where status in (1, 2) and assignee_id = ''";
}

/// Statuses with how many tickets have them; those that none has are left out.
pub(crate) async fn by_status(conn: &mut AnyConnection) -> Result<Vec<(i64, i64)>> {
    let rows = query(BY_STATUS).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

pub(crate) async fn unassigned(conn: &mut AnyConnection) -> Result<i64> {
    Ok(query(UNASSIGNED).fetch_one(conn).await?.try_get(0)?)
}
