//! Tickets that come with all they have: their times, their status, what was said and what happened.
//!
//! The invariant: whatever filing, answering and placing a ticket would have written of it is written, in the statements' largest
//! portions, so that a million tickets take minutes.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};

use super::{fields, history, tags, tickets, words};
use crate::{
    comment::Comment,
    entry::Entry,
    ticket::{Micros, Ticket},
};

/// Tickets one statement adds, and rows of what stands beside them. More would take longer: SQLite looks for the name of each value
/// among all of them.
const TICKETS: usize = 25;
const ROWS: usize = 100;

/// All columns, in the order of [`bind`].
const INSERT: &str = "insert into tickets (id, number, subject, haystack, description, description_html, requester_id, on_behalf_of_id, \
    cc_ids, watcher_ids, department_id, category_id, fields, tags, language, stage_key, stage_label, run_id, assignee_id, queue_id, \
    score_comment, merged_into_id, priority, priority_by_hand, impact, urgency, source, status, run_version, wait_reason, wait_until, \
    response_due, resolve_due, first_response_time, resolve_time, close_time, reopen_count, create_time, update_time, comment_count, \
    note_count, score, rate_time, parked_status, version) values ";
/// All columns of a comment.
const INSERT_COMMENTS: &str = "insert into comments (id, ticket_id, text, html, first_text, parent_id, mention_ids, author, deleted_by, \
    internal, create_time, edit_time, delete_time, version) values ";

mesh_core::statements! {
    /// Writes when a ticket is due, as a projection does.
    DUE = "update tickets set response_due = $2, resolve_due = $3 where id = $1";
}

/// A ticket with all it has.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) ticket: Ticket,
    /// What `text` queries look for it in.
    pub(crate) haystack: String,
    /// Oldest first.
    pub(crate) comments: Vec<Comment>,
    /// What happened, oldest first.
    pub(crate) entries: Vec<Entry>,
}

/// Keeps tickets that were never there.
pub(crate) async fn keep(tx: &mut Tx, arrivals: &[&Arrival]) -> Result<()> {
    for arrivals in arrivals.chunks(TICKETS) {
        let mut sql = Assembly::new(INSERT);
        for (index, arrival) in arrivals.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            bind(&mut sql, arrival)?;
            sql.push(")");
        }
        sql.execute(tx.conn()).await?;
    }
    keep_said(tx, arrivals).await?;
    keep_around(tx, arrivals).await
}

/// Writes when a ticket's next answer and its resolution are due.
pub(crate) async fn due(tx: &mut Tx, ticket_id: &str, [response, resolve]: [Micros; 2]) -> Result<()> {
    let query = sqlx::query(DUE).bind(ticket_id.to_owned()).bind(response).bind(resolve);
    query.execute(tx.conn()).await?;
    Ok(())
}

/// What was said and what happened.
async fn keep_said(tx: &mut Tx, arrivals: &[&Arrival]) -> Result<()> {
    let comments: Vec<_> = arrivals.iter().flat_map(|arrival| &arrival.comments).collect();
    for comments in comments.chunks(ROWS) {
        insert_comments(tx, comments).await?;
    }
    let entries = arrivals.iter().flat_map(|arrival| arrival.told());
    for entries in entries.collect::<Vec<_>>().chunks(ROWS) {
        history::add(tx, entries).await?;
    }
    Ok(())
}

/// What they are found by: values of their fields, tags, who takes part, words.
async fn keep_around(tx: &mut Tx, arrivals: &[&Arrival]) -> Result<()> {
    let tickets: Vec<_> = arrivals.iter().map(|arrival| &arrival.ticket).collect();
    fields::index(tx, &tickets).await?;
    tags::index(tx, &tickets).await?;
    let people: Vec<_> = tickets.iter().flat_map(|ticket| tickets::participants(ticket)).collect();
    for people in people.chunks(ROWS) {
        tickets::insert_participants(tx, people.to_vec()).await?;
    }
    for arrivals in arrivals.chunks(ROWS) {
        let told: Vec<_> = arrivals.iter().map(|arrival| (&arrival.ticket, arrival.said())).collect();
        words::insert_told(tx, &told).await?;
    }
    Ok(())
}

impl Arrival {
    /// What happened, each with the ticket's id.
    fn told(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|entry| (self.ticket.id.as_str(), entry))
    }

    /// What search finds it by, besides itself; the latest 1,000 as of any other ticket.
    fn said(&self) -> Vec<(bool, String)> {
        let standing = self.comments.iter().rev().filter(|comment| comment.delete_time == 0).take(1_000);
        standing.map(|comment| (comment.is_internal(), comment.text.clone())).collect()
    }
}

/// Goes on with the texts of a ticket, then its numbers.
fn bind(sql: &mut Assembly, arrival: &Arrival) -> Result<()> {
    let ticket = &arrival.ticket;
    sql.bind(ticket.id.clone()).push(", ").bind(ticket.number);
    let placed = [
        ticket.fields.to_column().map_err(Error::internal)?,
        ticket.tags.to_column(),
        ticket.language.clone(),
        ticket.stage_key.clone(),
        ticket.stage_label.clone(),
        ticket.run_id.clone(),
        ticket.assignee_id.clone(),
        ticket.queue_id.clone(),
        ticket.score_comment.clone(),
        ticket.merged_into_id.clone(),
    ];
    for text in tickets::filed(ticket, &arrival.haystack).into_iter().chain(placed) {
        sql.push(", ").bind(text);
    }
    for number in numbers(ticket) {
        sql.push(", ").bind(number);
    }
    Ok(())
}

/// The numbers of a ticket, in the order of [`INSERT`].
fn numbers(ticket: &Ticket) -> [i64; 23] {
    [
        i64::from(ticket.priority as i32),
        ticket.priority_by_hand,
        i64::from(ticket.impact as i32),
        i64::from(ticket.urgency as i32),
        i64::from(ticket.source as i32),
        i64::from(ticket.status as i32),
        ticket.run_version,
        i64::from(ticket.wait_reason as i32),
        ticket.wait_until,
        ticket.response_due,
        ticket.resolve_due,
        ticket.first_response_time,
        ticket.resolve_time,
        ticket.close_time,
        i64::from(ticket.reopen_count),
        ticket.create_time,
        ticket.update_time,
        i64::from(ticket.comment_count),
        i64::from(ticket.note_count),
        i64::from(ticket.score),
        ticket.rate_time,
        i64::from(ticket.parked_status as i32),
        ticket.version,
    ]
}

async fn insert_comments(tx: &mut Tx, comments: &[&Comment]) -> Result<()> {
    let mut sql = Assembly::new(INSERT_COMMENTS);
    for (index, comment) in comments.iter().enumerate() {
        let texts = [
            comment.id.clone(),
            comment.ticket_id.clone(),
            comment.text.clone(),
            comment.html.clone(),
            comment.first_text.clone(),
            comment.parent_id.clone(),
            comment.mention_ids.to_column(),
            comment.author.to_column().map_err(Error::internal)?,
            comment.deleted_by.to_column().map_err(Error::internal)?,
        ];
        sql.push(if index == 0 { "(" } else { ", (" });
        for text in texts {
            sql.bind(text).push(", ");
        }
        sql.bind(comment.internal).push(", ").bind(comment.create_time).push(", ").bind(comment.edit_time);
        sql.push(", ").bind(comment.delete_time).push(", ").bind(comment.version).push(")");
    }
    sql.execute(tx.conn()).await?;
    Ok(())
}
