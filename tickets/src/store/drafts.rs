//! What people are writing.

use mesh_core::{db::Tx, error::Result};
use proto::tickets::v1::DraftKind;

use super::{Store, tickets::way};
use crate::draft::Draft;

mesh_core::statements! {
    /// Keeps a draft; the last one wins.
    SAVE = "insert into drafts (person_id, ticket_id, kind, text, save_time) values ($1, $2, $3, $4, $5) \
        on conflict (person_id, ticket_id, kind) do update set text = excluded.text, save_time = excluded.save_time";
    /// A person's draft of a ticket not yet filed, or on one ticket whatever it leads to.
    BY_KEY = "select text, save_time from drafts where person_id = $1 and ticket_id = $2 and kind = $3";
    /// A person's draft on the ticket this one leads to; on the way there lies what was saved while it was merged.
    ON_THE_WAY = concat!(way!(), "select d.text, d.save_time from drafts d join way on d.ticket_id = way.id \
        where d.person_id = $2 and d.kind = $3 order by way.step desc limit 1");
    /// Throws a draft away.
    DISCARD = "delete from drafts where person_id = $1 and ticket_id = $2 and kind = $3";
    /// Throws away what lies on the way from a ticket to where it leads.
    DISCARD_ON_THE_WAY = concat!(way!(), "delete from drafts where person_id = $2 and kind = $3 \
        and ticket_id in (select id from way)");
    /// Everybody's drafts on a ticket.
    OF_TICKET = "select person_id, kind, text, save_time from drafts where ticket_id = $1 order by person_id, kind";
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
    pub(crate) async fn draft(&self, key: DraftKey<'_>) -> Result<Option<Draft>> {
        let query = if key.ticket_id.is_empty() {
            sqlx::query_as(BY_KEY).bind(key.person_id.to_owned()).bind(key.ticket_id.to_owned())
        } else {
            sqlx::query_as(ON_THE_WAY).bind(key.ticket_id.to_owned()).bind(key.person_id.to_owned())
        };
        Ok(query.bind(key.kind as i32).fetch_optional(self.db.reader()).await?)
    }
}

/// The draft that lies on this very ticket.
pub(crate) async fn on(tx: &mut Tx, key: DraftKey<'_>) -> Result<Option<Draft>> {
    let query = sqlx::query_as(BY_KEY).bind(key.person_id.to_owned()).bind(key.ticket_id.to_owned());
    Ok(query.bind(key.kind as i32).fetch_optional(tx.conn()).await?)
}

/// Everybody's drafts on a ticket: whose, of what, and what they say.
pub(crate) async fn of_ticket(tx: &mut Tx, ticket_id: &str) -> Result<Vec<Anybodys>> {
    Ok(sqlx::query_as(OF_TICKET).bind(ticket_id.to_owned()).fetch_all(tx.conn()).await?)
}

/// A draft with whose it is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Anybodys {
    pub(crate) person_id: String,
    #[sqlx(try_from = "i32")]
    pub(crate) kind: DraftKind,
    #[sqlx(flatten)]
    pub(crate) draft: Draft,
}

/// Keeps a draft; the last one wins.
pub(crate) async fn save(tx: &mut Tx, key: DraftKey<'_>, text: &str) -> Result<()> {
    let draft = Draft { text: text.to_owned(), save_time: tx.micros() };
    put(tx, key, &draft).await
}

/// Keeps a draft as it was saved once.
pub(crate) async fn put(tx: &mut Tx, key: DraftKey<'_>, draft: &Draft) -> Result<()> {
    let query =
        sqlx::query(SAVE).bind(key.person_id.to_owned()).bind(key.ticket_id.to_owned()).bind(key.kind as i32);
    query.bind(draft.text.clone()).bind(draft.save_time).execute(tx.conn()).await?;
    Ok(())
}

/// Throws a draft away, if there is one.
pub(crate) async fn discard(tx: &mut Tx, key: DraftKey<'_>) -> Result<()> {
    let query = sqlx::query(DISCARD).bind(key.person_id.to_owned()).bind(key.ticket_id.to_owned());
    query.bind(key.kind as i32).execute(tx.conn()).await?;
    Ok(())
}

/// Throws away what lies on the way from a ticket to where it leads.
pub(crate) async fn discard_on_the_way(tx: &mut Tx, key: DraftKey<'_>) -> Result<()> {
    let query = sqlx::query(DISCARD_ON_THE_WAY).bind(key.ticket_id.to_owned()).bind(key.person_id.to_owned());
    query.bind(key.kind as i32).execute(tx.conn()).await?;
    Ok(())
}
