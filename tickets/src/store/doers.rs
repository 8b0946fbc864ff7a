//! Who did what, wherever it is kept as a word of its own.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use sqlx::Row;

use crate::column::Doer;

mesh_core::statements! {
    /// The next comments with their authors.
    AUTHORS = "select id, author from comments where id > $1 order by id limit $2";
    /// The same author under another name.
    SET_AUTHOR = "update comments set author = $2 where id = $1";
    /// The next comments with whoever deleted them.
    DELETERS = "select id, deleted_by from comments where id > $1 order by id limit $2";
    /// The same under another name.
    SET_DELETER = "update comments set deleted_by = $2 where id = $1";
    /// The next entries of the history with their actors.
    ACTORS = "select id, actor from history where id > $1 order by id limit $2";
    /// The same actor under another name.
    SET_ACTOR = "update history set actor = $2 where id = $1";
    /// The next deleted tickets with whoever deleted them.
    UNDERTAKERS = "select ticket_id, actor from tombstones where ticket_id > $1 order by ticket_id limit $2";
    /// The same under another name.
    SET_UNDERTAKER = "update tombstones set actor = $2 where ticket_id = $1";
}

/// A column that says who did something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    read: &'static str,
    write: &'static str,
}

/// All of them.
pub(crate) const COLUMNS: [Column; 4] = [
    Column { read: AUTHORS, write: SET_AUTHOR },
    Column { read: DELETERS, write: SET_DELETER },
    Column { read: ACTORS, write: SET_ACTOR },
    Column { read: UNDERTAKERS, write: SET_UNDERTAKER },
];

impl Column {
    /// The next rows after an id: their ids and whom they name.
    pub(crate) async fn after(self, tx: &mut Tx, id: &str, limit: i64) -> Result<Vec<(String, Doer)>> {
        let rows = sqlx::query(self.read).bind(id.to_owned()).bind(limit).fetch_all(tx.conn()).await?;
        let read = |row: &sqlx::any::AnyRow| {
            let doer = Doer::try_from(row.try_get::<String, _>(1)?).map_err(Error::internal)?;
            Ok((row.try_get(0)?, doer))
        };
        rows.iter().map(read).collect()
    }

    /// Writes whom a row names.
    pub(crate) async fn set(self, tx: &mut Tx, id: &str, doer: &Doer) -> Result<()> {
        let column = doer.to_column().map_err(Error::internal)?;
        sqlx::query(self.write).bind(id.to_owned()).bind(column).execute(tx.conn()).await?;
        Ok(())
    }
}
