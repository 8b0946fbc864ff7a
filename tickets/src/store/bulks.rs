//! Bulk changes and their tickets.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};
use prost::Message as _;
use proto::tickets::v1 as wire;
use sqlx::{Row, any::AnyRow};

use super::{
    Store,
    lists::{Wanted, push_conditions},
    visibility::{self, Shape},
};
use crate::{
    access::Viewer,
    bulk::{Bulk, Deed, MOST_TICKETS, Outcome, Skip, Turn, UNDOABLE},
    canned::Macro,
    column::{Doer, Words},
    entry::What,
    ticket::{Micros, Ticket},
};

/// Rows one statement adds.
const ROWS: usize = 1_000;

macro_rules! turn_columns {
    () => {
        "bulk_id, place, ticket_id, etag, state, reason, message, entry_ids, before, paths, comment_id, first_response, version, \
         done_time, undo_state, undo_reason, undo_message"
    };
}

mesh_core::statements! {
    /// A bulk change that begins.
    INSERT = "insert into bulks (id, owner_id, total, macro, create_time, undo_time) values ($1, $2, $3, $4, $5, 0)";
    /// One of them.
    BY_ID = "select id, owner_id, total, macro, create_time from bulks where id = $1";
    /// Some that can't be undone any more.
    TOO_OLD = "select id from bulks where create_time < $1 order by create_time limit 2";
    /// Forgets one.
    FORGET = "delete from bulks where id = $1";
    /// Forgets its tickets.
    FORGET_TURNS = "delete from bulk_tickets where bulk_id = $1";
    /// The next tickets behind a place.
    TURNS = concat!("select ", turn_columns!(), " from bulk_tickets where bulk_id = $1 and place > $2 order by place limit $3");
    /// The next tickets behind a place that can be restored.
    DEEDS = concat!("select ", turn_columns!(), " from bulk_tickets where bulk_id = $1 and place > $2 and state = 1 \
        and (paths <> '' or comment_id <> '') order by place limit $3");
    /// How many tickets can be restored.
    COUNT_DEEDS = "select count(*) from bulk_tickets where bulk_id = $1 and state = 1 and (paths <> '' or comment_id <> '')";
    /// A ticket had its turn, if it had not before.
    DONE = "update bulk_tickets set state = 1, entry_ids = $3, before = $4, paths = $5, comment_id = $6, first_response = $7, \
        version = $8, done_time = $9 where bulk_id = $1 and place = $2 and state = 0";
    /// A ticket was passed over, if it had no turn before.
    SKIPPED = "update bulk_tickets set state = 2, reason = $3, message = $4 where bulk_id = $1 and place = $2 and state = 0";
    /// A ticket is restored, if it was not before.
    RESTORED = "update bulk_tickets set undo_state = 1 where bulk_id = $1 and place = $2 and undo_state = 0";
    /// A ticket is not restored, if it was not before.
    LEFT = "update bulk_tickets set undo_state = 2, undo_reason = $3, undo_message = $4 \
        where bulk_id = $1 and place = $2 and undo_state = 0";
    /// Undoing begins.
    BEGIN_UNDO = "update bulks set undo_time = $2 where id = $1 and undo_time = 0";
    /// Tickets whose turn has not come have none any more.
    END = "update bulk_tickets set state = 2, reason = $2, message = $3 where bulk_id = $1 and state = 0";
    /// Which entries tell of a ticket since, who did that, and what it was.
    DEEDS_SINCE = "select id, actor, what from history where ticket_id = $1 and time >= $2";
    /// What was said in public from a time on, besides one comment.
    SAID_SINCE = "select author, create_time from comments where ticket_id = $1 and internal = 0 and delete_time = 0 \
        and create_time >= $2 and id <> $3 order by create_time, id";
    /// Moves a first response to where it is without the comment it was; 0 for nowhere.
    FIRST_RESPONSE = "update tickets set first_response_time = $3 where id = $1 and first_response_time = $2";
}

impl Store {
    /// A bulk change.
    pub(crate) async fn bulk(&self, id: &str) -> Result<Option<Bulk>> {
        let found = sqlx::query(BY_ID).bind(id.to_owned()).fetch_optional(self.db.reader()).await?;
        found.as_ref().map(read_bulk).transpose()
    }

    /// The next of its tickets behind a place; with `deeds` those that can be restored.
    pub(crate) async fn turns(
        &self,
        bulk_id: &str,
        after: i64,
        deeds: bool,
        limit: i64,
    ) -> Result<Vec<Turn>> {
        let statement = if deeds { DEEDS } else { TURNS };
        let query = sqlx::query(statement).bind(bulk_id.to_owned()).bind(after).bind(limit);
        query.fetch_all(self.db.reader()).await?.iter().map(read_turn).collect()
    }

    /// How many of its tickets can be restored.
    pub(crate) async fn deeds(&self, bulk_id: &str) -> Result<i64> {
        Ok(sqlx::query(COUNT_DEEDS).bind(bulk_id.to_owned()).fetch_one(self.db.reader()).await?.try_get(0)?)
    }

    /// The tickets that are wanted now, at most one more than a bulk change takes.
    pub(crate) async fn settle(&self, viewer: &Viewer, wanted: &Wanted) -> Result<Vec<String>> {
        let mut sql = Assembly::new("select t.id from tickets t where 1 = 1");
        push_conditions(&mut sql, wanted)?;
        visibility::push(&mut sql, viewer, Shape::of_list(viewer));
        sql.push(" order by t.id limit ").bind(i64::try_from(MOST_TICKETS + 1).map_err(Error::internal)?);
        let mut connection = self.db.reader().acquire().await?;
        let rows = sql.fetch_all(&mut connection).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

fn read_bulk(row: &AnyRow) -> Result<Bulk> {
    let canned: Vec<u8> = row.try_get("macro")?;
    let canned = wire::Macro::decode(canned.as_slice()).map_err(Error::internal)?;
    Ok(Bulk {
        id: row.try_get("id")?,
        owner_id: row.try_get("owner_id")?,
        total: row.try_get("total")?,
        canned: (!canned.id.is_empty()).then(|| Macro::of(&canned)),
        create_time: row.try_get("create_time")?,
    })
}

fn read_turn(row: &AnyRow) -> Result<Turn> {
    let before: Vec<u8> = row.try_get("before")?;
    let paths: String = row.try_get("paths")?;
    Ok(Turn {
        bulk_id: row.try_get("bulk_id")?,
        place: row.try_get("place")?,
        ticket_id: row.try_get("ticket_id")?,
        etag: row.try_get("etag")?,
        outcome: read_outcome(row, ["state", "reason", "message"])?,
        undone: read_outcome(row, ["undo_state", "undo_reason", "undo_message"])?,
        deed: Deed {
            entry_ids: Words::from(row.try_get::<String, _>("entry_ids")?),
            before: wire::Ticket::decode(before.as_slice()).map_err(Error::internal)?,
            paths: paths.split_whitespace().map(str::to_owned).collect(),
            comment_id: row.try_get("comment_id")?,
            first_response: row.try_get("first_response")?,
            version: row.try_get("version")?,
            time: row.try_get("done_time")?,
        },
    })
}

fn read_outcome(row: &AnyRow, [state, reason, message]: [&str; 3]) -> Result<Outcome> {
    Ok(match row.try_get::<i64, _>(state)? {
        0 => Outcome::Waiting,
        1 => Outcome::Done,
        _ => Outcome::Skipped(Skip { reason: row.try_get(reason)?, message: row.try_get(message)? }),
    })
}

/// Keeps a bulk change that begins, with its tickets in the order of their turns, each with the version it must have.
pub(crate) async fn begin(tx: &mut Tx, bulk: &Bulk, tickets: &[(String, String)]) -> Result<()> {
    let canned = bulk.canned.as_ref().map(|canned| canned.to_proto().encode_to_vec()).unwrap_or_default();
    sqlx::query(INSERT)
        .bind(bulk.id.clone())
        .bind(bulk.owner_id.clone())
        .bind(bulk.total)
        .bind(canned)
        .bind(bulk.create_time)
        .execute(tx.conn())
        .await?;
    let mut places = 1_i64..;
    for rows in tickets.chunks(ROWS) {
        let mut sql = Assembly::new(concat!("insert into bulk_tickets (", turn_columns!(), ") values "));
        for (index, ((ticket_id, etag), place)) in rows.iter().zip(&mut places).enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            sql.bind(bulk.id.clone()).push(", ").bind(place).push(", ").bind(ticket_id.clone());
            sql.push(", ").bind(etag.clone()).push(", 0, '', '', '', ").bind(Vec::<u8>::new());
            sql.push(", '', '', 0, 0, 0, 0, '', '')");
        }
        sql.execute(tx.conn()).await?;
    }
    Ok(())
}

/// Forgets a few bulk changes that are too old to be undone.
pub(crate) async fn forget_old(tx: &mut Tx) -> Result<()> {
    let oldest = tx.micros() - UNDOABLE;
    for row in sqlx::query(TOO_OLD).bind(oldest).fetch_all(tx.conn()).await? {
        let id: String = row.try_get(0)?;
        for statement in [FORGET_TURNS, FORGET] {
            sqlx::query(statement).bind(id.clone()).execute(tx.conn()).await?;
        }
    }
    Ok(())
}

/// Writes what was done to a ticket; `false` when it had its turn before.
pub(crate) async fn done(tx: &mut Tx, turn: &Turn, deed: &Deed) -> Result<bool> {
    let written = sqlx::query(DONE)
        .bind(turn.bulk_id.clone())
        .bind(turn.place)
        .bind(deed.entry_ids.to_column())
        .bind(deed.before.encode_to_vec())
        .bind(deed.paths.join(" "))
        .bind(deed.comment_id.clone())
        .bind(deed.first_response)
        .bind(deed.version)
        .bind(deed.time)
        .execute(tx.conn())
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes why a ticket was passed over; `false` when it had its turn before.
pub(crate) async fn skipped(tx: &mut Tx, turn: &Turn, skip: &Skip) -> Result<bool> {
    explain(tx, SKIPPED, turn, skip).await
}

/// Writes that a ticket is restored; `false` when it was before.
pub(crate) async fn restored(tx: &mut Tx, turn: &Turn) -> Result<bool> {
    let query = sqlx::query(RESTORED).bind(turn.bulk_id.clone()).bind(turn.place);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Writes why a ticket is not restored; `false` when that was settled before.
pub(crate) async fn left(tx: &mut Tx, turn: &Turn, skip: &Skip) -> Result<bool> {
    explain(tx, LEFT, turn, skip).await
}

async fn explain(tx: &mut Tx, statement: &'static str, turn: &Turn, skip: &Skip) -> Result<bool> {
    let query = sqlx::query(statement).bind(turn.bulk_id.clone()).bind(turn.place);
    let query = query.bind(skip.reason.clone()).bind(skip.message.clone());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Undoing begins: tickets that have not had their turn get none any more.
pub(crate) async fn begin_undo(tx: &mut Tx, bulk_id: &str, skip: &Skip) -> Result<()> {
    let now = tx.micros();
    sqlx::query(BEGIN_UNDO).bind(bulk_id.to_owned()).bind(now).execute(tx.conn()).await?;
    let query = sqlx::query(END).bind(bulk_id.to_owned());
    query.bind(skip.reason.clone()).bind(skip.message.clone()).execute(tx.conn()).await?;
    Ok(())
}

/// Whether anybody has done something to the ticket since the deed, or a workflow by itself has changed what the deed did.
pub(crate) async fn was_touched_since(tx: &mut Tx, ticket_id: &str, deed: &Deed) -> Result<bool> {
    let query = sqlx::query(DEEDS_SINCE).bind(ticket_id.to_owned()).bind(deed.time);
    for row in query.fetch_all(tx.conn()).await? {
        if deed.entry_ids.has(&row.try_get::<String, _>(0)?) {
            continue;
        }
        let doer = Doer::try_from(row.try_get::<String, _>(1)?).map_err(Error::internal)?;
        let what: What = serde_json::from_str(&row.try_get::<String, _>(2)?).map_err(Error::internal)?;
        if !doer.user_id().is_empty() || what.changes_any(&deed.paths) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes back that a comment was the first response: the next answer of somebody else than whose ticket it is takes its place.
pub(crate) async fn take_response_back(tx: &mut Tx, ticket: &Ticket, deed: &Deed) -> Result<()> {
    let (id, time) = (ticket.id.clone(), deed.first_response);
    let query = sqlx::query(SAID_SINCE).bind(id.clone()).bind(time).bind(deed.comment_id.clone());
    let mut next: Micros = 0;
    for row in query.fetch_all(tx.conn()).await? {
        let author = Doer::try_from(row.try_get::<String, _>(0)?).map_err(Error::internal)?;
        if next == 0 && !ticket.is_owned_by(author.user_id()) {
            next = row.try_get(1)?;
        }
    }
    sqlx::query(FIRST_RESPONSE).bind(id).bind(time).bind(next).execute(tx.conn()).await?;
    Ok(())
}
