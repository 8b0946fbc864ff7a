//! Single tickets: finding, keeping, changing.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};
use proto::tickets::v1::Status;
use sqlx::AnyConnection;

use super::{
    Store, fields,
    short::columns,
    tags,
    visibility::{self, Shape},
    words::{self, Changed},
};
use crate::{
    access::Viewer,
    column::Words,
    ticket::{Micros, Ticket},
};

/// The way from ticket `$1` through what it was merged into, step by step, as the table `way`.
macro_rules! way {
    () => {
        "with recursive way (id, next_id, step) as (select id, merged_into_id, 0 from tickets where id = $1 \
         union all select t.id, t.merged_into_id, way.step + 1 from tickets t join way on t.id = way.next_id) "
    };
}
pub(super) use way;

/// A ticket without its long texts.
pub(super) const SELECT_SUMMARY: &str = concat!(
    "select ",
    columns!("'' as description, '' as description_html, '' as fields"),
    " from tickets t where "
);
/// A ticket with all it has.
pub(super) const SELECT_FULL: &str =
    concat!("select ", columns!("description, description_html, fields"), " from tickets t where ");
/// A ticket with its description and its place among what was found, from a page of a search.
pub(super) const SELECT_FOUND: &str = concat!(
    "select cast(place as bigint) as place, (select count(*) from found) as total, ",
    columns!("description, '' as description_html, '' as fields"),
    " from page join tickets t on t.number = page.hit where 1 = 1"
);
/// A ticket with its description, where nothing ranks.
pub(super) const SELECT_UNRANKED: &str = concat!(
    "select cast(0 as bigint) as place, cast(0 as bigint) as total, ",
    columns!("description, '' as description_html, '' as fields"),
    " from tickets t where "
);

mesh_core::statements! {
    /// Any ticket, without its long texts; for the mesh.
    SUMMARY_BY_ID = concat!("select ", columns!("'' as description, '' as description_html, '' as fields"), " from tickets t where t.id = $1");
    /// Writes what people may change, if nobody was faster.
    SAVE_FIELDS = "update tickets set subject = $3, haystack = $4, requester_id = $5, on_behalf_of_id = $6, cc_ids = $7, \
        watcher_ids = $8, department_id = $9, category_id = $10, priority = $11, tags = $12, language = $13, update_time = $14, \
        priority_by_hand = $15, impact = $16, urgency = $17, version = version + 1 where id = $1 and version = $2";
    /// Writes the description besides.
    SAVE_DESCRIPTION = "update tickets set description = $2, description_html = $3 where id = $1";
    /// Writes where the run stands, if nobody was faster.
    SAVE_RUN = "update tickets set status = $3, stage_key = $4, stage_label = $5, run_id = $6, run_version = $7, assignee_id = $8, \
        queue_id = $9, wait_reason = $10, wait_until = $11, response_due = $12, resolve_due = $13, resolve_time = $14, \
        close_time = $15, reopen_count = $16, update_time = $17, parked_status = $18, clock_version = $19, \
        version = version + 1 where id = $1 and version = $2 returning note_count";
    /// Writes what the requester thought of it, if nobody was faster.
    SAVE_RATING = "update tickets set score = $3, score_comment = $4, rate_time = $5, update_time = $6, version = version + 1 \
        where id = $1 and version = $2";
    /// Makes a ticket a stub, if nobody was faster.
    PARK = "update tickets set merged_into_id = $3, parked_status = status, status = $4, update_time = $5, version = version + 1 \
        where id = $1 and version = $2";
    /// Makes a stub a ticket again, if nobody was faster.
    UNPARK = "update tickets set merged_into_id = '', status = parked_status, parked_status = 0, update_time = $3, \
        version = version + 1 where id = $1 and version = $2";
    /// Keeps everybody else off a ticket until the transaction ends; with `$2` = 1 it is a change its requester may see.
    TOUCH = concat!("update tickets set version = version + $2, update_time = case when $2 = 1 then $3 else update_time end \
        where id = $1 returning ", columns!("'' as description, '' as description_html, '' as fields"));
    /// Counts comments and notes anew.
    RECOUNT = concat!("update tickets set \
        comment_count = (select count(*) from comments c where c.ticket_id = $1 and c.internal = 0 and c.delete_time = 0), \
        note_count = (select count(*) from comments c where c.ticket_id = $1 and c.internal = 1 and c.delete_time = 0) \
        where id = $1 returning ", columns!("'' as description, '' as description_html, '' as fields"));
    /// Where a ticket leads in the end: itself, or whatever it was merged into.
    DESTINATION = concat!(way!(), "select id from way order by step desc limit 1");
    /// Counts a public comment in or out; `$3` is the first response's time, or 0.
    COUNT_COMMENT = concat!("update tickets set comment_count = comment_count + $2, first_response_time = \
        case when first_response_time = 0 then $3 else first_response_time end, update_time = $4, version = version + 1 \
        where id = $1 returning ", columns!("'' as description, '' as description_html, '' as fields"));
    /// Counts an internal note in or out; its requester sees no change.
    COUNT_NOTE = concat!("update tickets as t set note_count = t.note_count + $2 where id = $1 returning ",
        columns!("'' as description, '' as description_html, '' as fields"));
    /// Forgets who takes part.
    CLEAR_PARTICIPANTS = "delete from participants where ticket_id = $1";
}

/// Which ticket is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    /// By id (`tkt_…`).
    Id(&'a str),
    /// By number.
    Number(i64),
}

impl Which<'_> {
    /// What asks for the ticket.
    pub(super) fn statement(self, viewer: &Viewer, full: bool) -> Assembly {
        let mut sql = Assembly::new(if full { SELECT_FULL } else { SELECT_SUMMARY });
        match self {
            Which::Id(id) => sql.push("t.id = ").bind(id.to_owned()),
            Which::Number(number) => sql.push("t.number = ").bind(number),
        };
        visibility::push(&mut sql, viewer, Shape::Row);
        sql
    }
}

impl Store {
    /// The ticket, if there is one and the viewer may see it.
    pub(crate) async fn ticket(
        &self,
        which: Which<'_>,
        viewer: &Viewer,
        full: bool,
    ) -> Result<Option<Ticket>> {
        let mut connection = self.db.reader().acquire().await?;
        ticket(&mut connection, which, viewer, full).await
    }
}

/// The same inside a transaction.
pub(crate) async fn ticket(
    connection: &mut AnyConnection,
    which: Which<'_>,
    viewer: &Viewer,
    full: bool,
) -> Result<Option<Ticket>> {
    Ok(which.statement(viewer, full).fetch_as(connection).await?.pop())
}

/// Any ticket, without its long texts; for the mesh.
pub(crate) async fn any_ticket(tx: &mut Tx, id: &str) -> Result<Option<Ticket>> {
    Ok(sqlx::query_as(SUMMARY_BY_ID).bind(id.to_owned()).fetch_optional(tx.conn()).await?)
}

/// The columns a new ticket fills; the others begin empty.
const INSERT: &str = "insert into tickets (stage_key, stage_label, run_id, run_version, assignee_id, queue_id, wait_reason, \
    wait_until, response_due, first_response_time, resolve_time, close_time, reopen_count, comment_count, note_count, version, \
    id, number, subject, haystack, description, description_html, requester_id, on_behalf_of_id, cc_ids, watcher_ids, \
    department_id, category_id, priority, priority_by_hand, impact, urgency, fields, tags, language, source, status, resolve_due, \
    create_time, update_time) values ";
/// What they begin with.
const BEGINNING: &str = "('', '', '', 0, '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ";

/// Keeps new tickets, each with its haystack, and who takes part in them.
pub(crate) async fn insert(tx: &mut Tx, tickets: &[(&Ticket, String)]) -> Result<()> {
    let mut sql = Assembly::new(INSERT);
    for (index, (ticket, haystack)) in tickets.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " }).push(BEGINNING);
        bind_new(&mut sql, ticket, haystack)?;
    }
    sql.execute(tx.conn()).await?;
    let new: Vec<_> = tickets.iter().map(|(ticket, _)| *ticket).collect();
    fields::index(tx, &new).await?;
    tags::index(tx, &new).await?;
    words::insert(tx, tickets).await?;
    let people = tickets.iter().flat_map(|(ticket, _)| participants(ticket));
    insert_participants(tx, people.collect()).await
}

/// Goes on with what a new ticket has, in the order of [`INSERT`].
fn bind_new(sql: &mut Assembly, ticket: &Ticket, haystack: &str) -> Result<()> {
    sql.bind(ticket.id.clone()).push(", ").bind(ticket.number);
    for text in filed(ticket, haystack) {
        sql.push(", ").bind(text);
    }
    sql.push(", ").bind(ticket.priority as i32).push(", ").bind(ticket.priority_by_hand);
    sql.push(", ").bind(ticket.impact as i32).push(", ").bind(ticket.urgency as i32);
    sql.push(", ").bind(ticket.fields.to_column().map_err(Error::internal)?);
    sql.push(", ").bind(ticket.tags.to_column()).push(", ").bind(ticket.language.clone());
    sql.push(", ").bind(ticket.source as i32).push(", ").bind(ticket.status as i32);
    sql.push(", ").bind(ticket.resolve_due);
    sql.push(", ").bind(ticket.create_time).push(", ").bind(ticket.update_time).push(")");
    Ok(())
}

/// What every new ticket has in words, from its subject to its category in the order of the columns.
pub(super) fn filed(ticket: &Ticket, haystack: &str) -> [String; 10] {
    [
        ticket.subject.clone(),
        haystack.to_owned(),
        ticket.description.clone(),
        ticket.description_html.clone(),
        ticket.requester_id.clone(),
        ticket.on_behalf_of_id.clone(),
        ticket.cc_ids.to_column(),
        ticket.watcher_ids.to_column(),
        ticket.department_id.clone(),
        ticket.category_id.clone(),
    ]
}

/// The rows of a ticket in the index of who takes part.
pub(super) fn participants(ticket: &Ticket) -> impl Iterator<Item = [String; 3]> {
    let row = |(person_id, role): (&str, &str)| [ticket.id.clone(), person_id.to_owned(), role.to_owned()];
    ticket.participants().map(row).collect::<Vec<_>>().into_iter()
}

pub(super) async fn insert_participants(tx: &mut Tx, rows: Vec<[String; 3]>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Assembly::new("insert into participants (ticket_id, person_id, role) values ");
    for (index, row) in rows.into_iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " }).list(row);
    }
    sql.execute(tx.conn()).await?;
    Ok(())
}

/// Writes the changed fields over version `before.version`; `false` when somebody was faster.
pub(crate) async fn save_fields(
    tx: &mut Tx,
    before: &Ticket,
    after: &Ticket,
    haystack: String,
) -> Result<bool> {
    let saved = sqlx::query(SAVE_FIELDS)
        .bind(before.id.clone())
        .bind(before.version)
        .bind(after.subject.clone())
        .bind(haystack)
        .bind(after.requester_id.clone())
        .bind(after.on_behalf_of_id.clone())
        .bind(after.cc_ids.to_column())
        .bind(after.watcher_ids.to_column())
        .bind(after.department_id.clone())
        .bind(after.category_id.clone())
        .bind(after.priority as i32)
        .bind(after.tags.to_column())
        .bind(after.language.clone())
        .bind(after.update_time)
        .bind(after.priority_by_hand)
        .bind(after.impact as i32)
        .bind(after.urgency as i32)
        .execute(tx.conn())
        .await?;
    if saved.rows_affected() == 0 {
        return Ok(false);
    }
    index_changes(tx, before, after).await?;
    Ok(true)
}

/// Writes what does not stand on the row itself: values, texts, and what a ticket is found by.
async fn index_changes(tx: &mut Tx, before: &Ticket, after: &Ticket) -> Result<()> {
    if before.fields != after.fields {
        fields::save(tx, after).await?;
    }
    if before.description != after.description {
        let texts = sqlx::query(SAVE_DESCRIPTION).bind(after.id.clone());
        texts.bind(after.description.clone()).bind(after.description_html.clone()).execute(tx.conn()).await?;
    }
    if before.tags != after.tags {
        tags::index_anew(tx, after).await?;
    }
    if is_searched(before) != is_searched(after) {
        words::refresh(tx, after.number, Changed::Public).await?;
    }
    if !before.participants().eq(after.participants()) {
        sqlx::query(CLEAR_PARTICIPANTS).bind(after.id.clone()).execute(tx.conn()).await?;
        insert_participants(tx, participants(after).collect()).await?;
    }
    Ok(())
}

/// What the index of words is made of.
fn is_searched(ticket: &Ticket) -> (&str, &str, &Words, &str, &str) {
    (&ticket.subject, &ticket.description, &ticket.tags, &ticket.language, &ticket.department_id)
}

/// Writes where the run stands over version `before.version`; `false` when somebody was faster.
pub(crate) async fn save_run(tx: &mut Tx, before: &Ticket, after: &Ticket) -> Result<bool> {
    let saved: Option<i64> = sqlx::query_scalar(SAVE_RUN)
        .bind(before.id.clone())
        .bind(before.version)
        .bind(after.status as i32)
        .bind(after.stage_key.clone())
        .bind(after.stage_label.clone())
        .bind(after.run_id.clone())
        .bind(after.run_version)
        .bind(after.assignee_id.clone())
        .bind(after.queue_id.clone())
        .bind(after.wait_reason as i32)
        .bind(after.wait_until)
        .bind(after.response_due)
        .bind(after.resolve_due)
        .bind(after.resolve_time)
        .bind(after.close_time)
        .bind(after.reopen_count)
        .bind(after.update_time)
        .bind(after.parked_status as i32)
        .bind(after.clock_version)
        .fetch_optional(tx.conn())
        .await?;
    if saved.is_some_and(|notes| notes > 0) && before.assignee_id != after.assignee_id {
        words::refresh(tx, after.number, Changed::Notes).await?;
    }
    Ok(saved.is_some())
}

/// Writes what the requester thought over version `before.version`; `false` when somebody was faster.
pub(crate) async fn save_rating(tx: &mut Tx, before: &Ticket, after: &Ticket) -> Result<bool> {
    let query = sqlx::query(SAVE_RATING).bind(before.id.clone()).bind(before.version).bind(after.score);
    let query = query.bind(after.score_comment.clone()).bind(after.rate_time).bind(after.update_time);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Makes the ticket a stub that leads to `target_id`; `false` when somebody was faster.
pub(crate) async fn park(tx: &mut Tx, ticket: &Ticket, target_id: &str) -> Result<bool> {
    let now = tx.micros();
    let query = sqlx::query(PARK).bind(ticket.id.clone()).bind(ticket.version).bind(target_id.to_owned());
    Ok(query.bind(Status::Closed as i32).bind(now).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Makes the stub a ticket again; `false` when somebody was faster.
pub(crate) async fn unpark(tx: &mut Tx, stub: &Ticket) -> Result<bool> {
    let now = tx.micros();
    let query = sqlx::query(UNPARK).bind(stub.id.clone()).bind(stub.version).bind(now);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Keeps everybody else off these tickets until the transaction ends; in one order, so that no two wait for each other. `visible`
/// is whether it is a change their requesters may see. Answers with those that are there, as they are.
pub(crate) async fn hold(tx: &mut Tx, mut ids: Vec<&str>, visible: bool) -> Result<Vec<Ticket>> {
    let now = tx.micros();
    ids.sort_unstable();
    let mut held: Vec<Ticket> = Vec::with_capacity(ids.len());
    for id in ids {
        let query = sqlx::query_as(TOUCH).bind(id.to_owned()).bind(i64::from(visible)).bind(now);
        held.extend(query.fetch_optional(tx.conn()).await?);
    }
    Ok(held)
}

/// As [`hold`], for a known number of tickets: `None` when one is gone, otherwise each in the order given.
pub(crate) async fn touch<const N: usize>(
    tx: &mut Tx,
    ids: [&str; N],
    visible: bool,
) -> Result<Option<[Ticket; N]>> {
    let touched = hold(tx, ids.to_vec(), visible).await?;
    let find = |id: &str| touched.iter().find(|ticket| ticket.id == id).cloned();
    let found: Option<Vec<Ticket>> = ids.into_iter().map(find).collect();
    Ok(found.and_then(|tickets| tickets.try_into().ok()))
}

/// Counts comments and notes anew, has their words found here, and answers with the ticket as it is then; `None` when it is gone.
pub(crate) async fn recount(tx: &mut Tx, ticket_id: &str) -> Result<Option<Ticket>> {
    let query = sqlx::query_as(RECOUNT).bind(ticket_id.to_owned());
    let counted: Option<Ticket> = query.fetch_optional(tx.conn()).await?;
    if let Some(ticket) = &counted {
        words::refresh(tx, ticket.number, Changed::Public).await?;
    }
    Ok(counted)
}

/// Where the ticket leads in the end: itself, or what it was merged into.
pub(crate) async fn destination(tx: &mut Tx, ticket_id: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(DESTINATION).bind(ticket_id.to_owned()).fetch_optional(tx.conn()).await?)
}

/// What a comment that comes or goes does to its ticket.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    /// A public comment came; with the time of the staff's first response when it is one.
    Public { by: i64, first_response_time: Micros },
    /// An internal note came or went.
    Note { by: i64 },
}

/// Counts a comment and answers with the ticket as it is then; `None` when it is gone.
pub(crate) async fn count(tx: &mut Tx, ticket_id: &str, count: Count) -> Result<Option<Ticket>> {
    let now = tx.micros();
    let query = match count {
        Count::Public { by, first_response_time } => sqlx::query_as(COUNT_COMMENT)
            .bind(ticket_id.to_owned())
            .bind(by)
            .bind(first_response_time)
            .bind(now),
        Count::Note { by } => sqlx::query_as(COUNT_NOTE).bind(ticket_id.to_owned()).bind(by),
    };
    Ok(query.fetch_optional(tx.conn()).await?)
}
