//! Blocks of ticket numbers.

use mesh_core::error::Result;

use super::Store;

mesh_core::statements! {
    /// Moves the first unreserved number on and answers with it.
    RESERVE = "update numbers set next = next + $1 where name = 'ticket' returning next";
}

impl Store {
    /// Reserves `length` numbers in a transaction of its own and answers with the one after the last.
    pub(crate) async fn reserve_numbers(&self, length: i64) -> Result<i64> {
        let mut tx = self.db.begin().await?;
        let end = sqlx::query_scalar(RESERVE).bind(length).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(end)
    }
}
