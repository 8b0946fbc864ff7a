//! History, and the timeline that merges it with the comments.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};
use proto::tickets::v1::{TimelineEntry, timeline_entry};
use serde::{Deserialize, Serialize};

use super::{Store, attachments, reactions};
use crate::{
    column::Doer,
    comment::Comment,
    entry::{Entry, What},
    ticket::Micros,
    wire,
};

/// Comments as rows of the timeline.
const COMMENTS: &str = "select * from (select 1 as said, '' as cause, id, ticket_id, internal, text, html, first_text, parent_id, \
    mention_ids, author, create_time, edit_time, delete_time, deleted_by, version from comments where ticket_id = ";
/// History as rows of the timeline: what happened stands where a comment has its text.
const HISTORY: &str = "select * from (select 0 as said, cause, id, ticket_id, internal, what as text, '' as html, \
    '' as first_text, '' as parent_id, '' as mention_ids, actor as author, time as create_time, 0 as edit_time, 0 as delete_time, \
    '' as deleted_by, 0 as version from history where ticket_id = ";

mesh_core::statements! {
    /// Who filed a ticket.
    FILED_BY = "select actor from history where ticket_id = $1 order by time, id limit 1";
}

/// Where a page of a timeline begins: behind the entry of this time and id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    time: Micros,
    id: String,
}

/// Which part of a timeline.
#[derive(Clone, Debug)]
pub(crate) struct Stretch<'a> {
    pub(crate) ticket_id: &'a str,
    /// Whether what only the staff may see is among it.
    pub(crate) with_notes: bool,
    pub(crate) newest_first: bool,
    pub(crate) after: Option<Place>,
    pub(crate) limit: i64,
}

/// A comment, or an entry of the history in a comment's shape.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct TimelineRow {
    said: i64,
    cause: String,
    #[sqlx(flatten)]
    comment: Comment,
}

/// Adds entries, each with its ticket's id; how many were not there yet.
pub(crate) async fn add(tx: &mut Tx, entries: &[(&str, &Entry)]) -> Result<u64> {
    if entries.is_empty() {
        return Ok(0);
    }
    let mut sql =
        Assembly::new("insert into history (id, ticket_id, time, actor, cause, what, internal) values ");
    for (index, (ticket_id, entry)) in entries.iter().enumerate() {
        let actor = entry.actor.to_column().map_err(Error::internal)?;
        let what = serde_json::to_string(&entry.what).map_err(Error::internal)?;
        sql.push(if index == 0 { "" } else { ", " });
        sql.push("(").bind(entry.id.clone()).push(", ").bind((*ticket_id).to_owned());
        sql.push(", ").bind(entry.time).push(", ").bind(actor);
        sql.push(", ").bind(entry.cause.clone()).push(", ").bind(what);
        sql.push(", ").bind(i64::from(entry.internal)).push(")");
    }
    sql.push(" on conflict (id) do nothing");
    sql.execute(tx.conn()).await
}

/// Who filed the ticket.
pub(crate) async fn filed_by(tx: &mut Tx, ticket_id: &str) -> Result<Doer> {
    let column: Option<String> =
        sqlx::query_scalar(FILED_BY).bind(ticket_id.to_owned()).fetch_optional(tx.conn()).await?;
    Doer::try_from(column.unwrap_or_default()).map_err(Error::internal)
}

impl Store {
    /// A stretch of a ticket's timeline, in order.
    pub(crate) async fn timeline(&self, stretch: &Stretch<'_>) -> Result<Vec<TimelineRow>> {
        let mut connection = self.db.reader().acquire().await?;
        let mut rows: Vec<TimelineRow> = stretch.statement().fetch_as(&mut connection).await?;
        attachments::fill(&mut connection, said(&mut rows)).await?;
        reactions::read_into(&mut connection, said(&mut rows)).await?;
        Ok(rows)
    }
}

/// The comments among the rows.
fn said(rows: &mut [TimelineRow]) -> impl Iterator<Item = &mut Comment> {
    rows.iter_mut().filter(|row| row.said == 1).map(|row| &mut row.comment)
}

impl Stretch<'_> {
    /// What asks for the stretch.
    pub(super) fn statement(&self) -> Assembly {
        let mut sql = Assembly::new(COMMENTS);
        sql.bind(self.ticket_id.to_owned());
        if !self.with_notes {
            sql.push(" and internal = 0");
        }
        let orders = ["create_time", " order by create_time, id", " order by create_time desc, id desc"];
        bound(&mut sql, self, orders);
        sql.push(") as said union all ").push(HISTORY).bind(self.ticket_id.to_owned());
        if !self.with_notes {
            sql.push(" and internal = 0");
        }
        bound(&mut sql, self, ["time", " order by time, id", " order by time desc, id desc"]);
        sql.push(") as happened");
        sql.push(if self.newest_first {
            " order by create_time desc, id desc"
        } else {
            " order by create_time, id"
        });
        sql.push(" limit ").bind(self.limit);
        sql
    }
}

/// Begins behind the place and ends at the limit; `[column, ascending, descending]` order one of the two tables.
fn bound(sql: &mut Assembly, stretch: &Stretch<'_>, [column, ascending, descending]: [&'static str; 3]) {
    if let Some(Place { time, id }) = &stretch.after {
        sql.push(" and (").push(column).push(", id) ").push(if stretch.newest_first { "<" } else { ">" });
        sql.push(" (").bind(*time).push(", ").bind(id).push(")");
    }
    sql.push(if stretch.newest_first { descending } else { ascending });
    sql.push(" limit ").bind(stretch.limit);
}

impl TimelineRow {
    /// The place behind this row.
    pub(crate) fn place(&self) -> Place {
        Place { time: self.comment.create_time, id: self.comment.id.clone() }
    }

    /// The row as messages carry it.
    pub(crate) fn into_proto(self) -> Result<TimelineEntry> {
        let Self { said, cause, comment } = self;
        if said == 0 {
            let what: What = serde_json::from_str(&comment.text).map_err(Error::internal)?;
            let (internal, time) = (comment.is_internal(), comment.create_time);
            let entry = Entry { id: comment.id, time, actor: comment.author, cause, internal, what };
            return Ok(entry.into_proto());
        }
        Ok(TimelineEntry {
            id: comment.id.clone(),
            time: wire::time(comment.create_time),
            actor: comment.author.to_proto(),
            cause,
            internal: comment.is_internal(),
            what: Some(timeline_entry::What::Comment(wire::comment(&comment))),
        })
    }
}
