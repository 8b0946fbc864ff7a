//! Deleting a ticket: what belongs to it goes with it, and a tombstone stays.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};

use super::{fields, tags, tickets::CLEAR_PARTICIPANTS, words};
use crate::{column::Doer, ticket::Ticket};

mesh_core::statements! {
    /// Deletes a ticket, if nobody was faster.
    DELETE = "delete from tickets where id = $1 and version = $2";
    /// Deletes what people felt about what was said.
    DELETE_REACTIONS = "delete from reactions where comment_id in (select id from comments where ticket_id = $1)";
    /// Deletes its links.
    DELETE_LINKS = "delete from links where from_id = $1 or to_id = $1";
    /// Deletes the drafts merges kept of it.
    DELETE_KEPT_DRAFTS = "delete from merge_drafts where ticket_id = $1 or merge_id in (select id from merges where target_id = $1)";
    /// Deletes what was said.
    DELETE_COMMENTS = "delete from comments where ticket_id = $1";
    /// Deletes what happened.
    DELETE_HISTORY = "delete from history where ticket_id = $1";
    /// Deletes what people were writing.
    DELETE_DRAFTS = "delete from drafts where ticket_id = $1";
    /// Forgets what it would take to undo bulk changes of it; `$2` is nothing.
    FORGET_BEFORE = "update bulk_tickets set before = $2 where ticket_id = $1";
    /// Remembers that there was a ticket.
    BURY = "insert into tombstones (ticket_id, number, time, actor, reason) values ($1, $2, $3, $4, $5)";
}

/// Deletes the ticket with all that belongs to it and leaves a tombstone; `false` when somebody was faster.
pub(crate) async fn delete(tx: &mut Tx, ticket: &Ticket, by: &Doer, reason: String) -> Result<bool> {
    let deleted = sqlx::query(DELETE).bind(ticket.id.clone()).bind(ticket.version).execute(tx.conn()).await?;
    if deleted.rows_affected() == 0 {
        return Ok(false);
    }
    for statement in [
        CLEAR_PARTICIPANTS,
        fields::CLEAR,
        tags::CLEAR,
        DELETE_REACTIONS,
        DELETE_COMMENTS,
        DELETE_HISTORY,
        DELETE_DRAFTS,
        DELETE_KEPT_DRAFTS,
        DELETE_LINKS,
    ] {
        sqlx::query(statement).bind(ticket.id.clone()).execute(tx.conn()).await?;
    }
    words::forget(tx, ticket.number).await?;
    sqlx::query(FORGET_BEFORE).bind(ticket.id.clone()).bind(Vec::<u8>::new()).execute(tx.conn()).await?;
    let now = tx.micros();
    let actor = by.to_column().map_err(Error::internal)?;
    let tombstone = sqlx::query(BURY).bind(ticket.id.clone()).bind(ticket.number).bind(now);
    tombstone.bind(actor).bind(reason).execute(tx.conn()).await?;
    Ok(true)
}
