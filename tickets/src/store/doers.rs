//! Who did what, wherever it is kept as a word of its own, and the words beside it that may name him too.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
    naming,
};
use sqlx::Row;

use crate::column::Doer;

mesh_core::statements! {
    /// The next comments with their authors.
    AUTHORS = "select id, author, '' from comments where id > $1 order by id limit $2";
    /// The same author under another name.
    SET_AUTHOR = "update comments set author = $2 where id = $1";
    /// The next comments with whoever deleted them.
    DELETERS = "select id, deleted_by, '' from comments where id > $1 order by id limit $2";
    /// The same under another name.
    SET_DELETER = "update comments set deleted_by = $2 where id = $1";
    /// The next entries of the history with their actors and causes.
    ACTORS = "select id, actor, cause from history where id > $1 order by id limit $2";
    /// The same actor under another name, also in the cause.
    SET_ACTOR = "update history set actor = $2, cause = $3 where id = $1";
    /// The next deleted tickets with whoever deleted them.
    UNDERTAKERS = "select ticket_id, actor, '' from tombstones where ticket_id > $1 order by ticket_id limit $2";
    /// The same under another name.
    SET_UNDERTAKER = "update tombstones set actor = $2 where ticket_id = $1";
}

/// A column that says who did something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    read: &'static str,
    write: &'static str,
    /// There are words beside it that are written with it.
    worded: bool,
}

/// All of them.
pub(crate) const COLUMNS: [Column; 4] = [
    Column { read: AUTHORS, write: SET_AUTHOR, worded: false },
    Column { read: DELETERS, write: SET_DELETER, worded: false },
    Column { read: ACTORS, write: SET_ACTOR, worded: true },
    Column { read: UNDERTAKERS, write: SET_UNDERTAKER, worded: false },
];

/// A row of such a column.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub(crate) id: String,
    pub(crate) doer: Doer,
    words: String,
}

impl Deed {
    /// The same under another name.
    pub(crate) fn named(&self, name: &str) -> Self {
        let words = naming::renamed(&self.words, self.doer.name(), name);
        Self { id: self.id.clone(), doer: self.doer.clone().named(name), words }
    }
}

impl Column {
    /// The next rows after an id.
    pub(crate) async fn after(self, tx: &mut Tx, id: &str, limit: i64) -> Result<Vec<Deed>> {
        let rows = sqlx::query(self.read).bind(id.to_owned()).bind(limit).fetch_all(tx.conn()).await?;
        let read = |row: &sqlx::any::AnyRow| {
            let doer = Doer::try_from(row.try_get::<String, _>(1)?).map_err(Error::internal)?;
            Ok(Deed { id: row.try_get(0)?, doer, words: row.try_get(2)? })
        };
        rows.iter().map(read).collect()
    }

    /// Writes whom a row names.
    pub(crate) async fn set(self, tx: &mut Tx, deed: &Deed) -> Result<()> {
        let column = deed.doer.to_column().map_err(Error::internal)?;
        let mut query = sqlx::query(self.write).bind(deed.id.clone()).bind(column);
        if self.worded {
            query = query.bind(deed.words.clone());
        }
        query.execute(tx.conn()).await?;
        Ok(())
    }
}
