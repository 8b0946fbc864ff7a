//! How many promises are open, for those who watch the whole.

use mesh_core::error::Result;
use sqlx::{AnyConnection, Row, query};

mesh_core::statements! {
    /// Clocks that run or pause, and those of them that are past their deadline.
    OPEN = "select count(*), count(missed_at) from clocks where phase in (1, 2)";
}

/// Clocks that are not closed, and how many of them missed their deadline.
pub(crate) async fn open(conn: &mut AnyConnection) -> Result<(i64, i64)> {
    let row = query(OPEN).fetch_one(conn).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}
