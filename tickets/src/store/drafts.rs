//! What people are writing.

use mesh_core::{db::Tx, error::Result};
use proto::tickets::v1::DraftKind;

use super::Store;
use crate::ticket::Micros;

mesh_core::statements! {
    /// Keeps a draft; the last one wins.
    SAVE = "insert into drafts (person_id, ticket_id, kind, text, save_time) values ($1, $2, $3, $4, $5) \
        on conflict (person_id, ticket_id, kind) do update set text = excluded.text, save_time = excluded.save_time";
    /// A person's draft.
    BY_KEY = "select text, save_time from drafts where person_id = $1 and ticket_id = $2 and kind = $3";
    /// Throws a draft away.
    DISCARD = "delete from drafts where person_id = $1 and ticket_id = $2 and kind = $3";
}

/// Whose draft of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DraftKey<'a> {
    pub(crate) person_id: &'a str,
    /// Empty for a ticket not yet filed.
    pub(crate) ticket_id: &'a str,
    pub(crate) kind: DraftKind,
}

impl Store {
    /// The draft's text and when it was saved.
    pub(crate) async fn draft(&self, key: DraftKey<'_>) -> Result<Option<(String, Micros)>> {
        let query = sqlx::query_as(BY_KEY).bind(key.person_id.to_owned()).bind(key.ticket_id.to_owned());
        Ok(query.bind(key.kind as i32).fetch_optional(self.db.reader()).await?)
    }
}

/// Keeps a draft; the last one wins.
pub(crate) async fn save(tx: &mut Tx, key: DraftKey<'_>, text: &str) -> Result<()> {
    let now = tx.micros();
    let query =
        sqlx::query(SAVE).bind(key.person_id.to_owned()).bind(key.ticket_id.to_owned()).bind(key.kind as i32);
    query.bind(text.to_owned()).bind(now).execute(tx.conn()).await?;
    Ok(())
}

/// Throws a draft away, if there is one.
pub(crate) async fn discard(tx: &mut Tx, key: DraftKey<'_>) -> Result<()> {
    let query = sqlx::query(DISCARD).bind(key.person_id.to_owned()).bind(key.ticket_id.to_owned());
    query.bind(key.kind as i32).execute(tx.conn()).await?;
    Ok(())
}
