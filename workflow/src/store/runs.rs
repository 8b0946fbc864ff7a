//! Runs.

use mesh_core::{
    db::Assembly,
    error::{Error, Result},
};
use prost::Message as _;
use proto::tickets::v1::{Ticket, WaitReason};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{Statement, flag, instant, known, micros, number, optional_instant, small, touch, words};
use crate::{
    offer::Offer,
    run::{Facts, Parked, Run, Wait},
    snooze::Snooze,
};

mesh_core::statements! {
    /// A new run, unless the ticket has one. (`projected` is for programs of before, which noted what tickets were told.)
    INSERT = "insert into runs (id, version, department_id, priority, workflow_id, workflow_version, stage, category, wait_reason, \
        wait_until, visited, assignee_id, queue_id, queued_at, started_at, staged_at, assigned_at, ended_at, reopened, ticket_id, \
        ticket_number, subject, requester_id, on_behalf_of_id, participants, ticket_version, details, units, source, pinned, projected) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
        $26, $27, $28, $29, $30, 0) on conflict do nothing";
    /// The run as it is now, if it still had the version $20. Facts of the ticket have a version of their own.
    UPDATE = "update runs set version = $2, department_id = $3, priority = $4, workflow_id = $5, workflow_version = $6, stage = $7, \
        category = $8, wait_reason = $9, wait_until = $10, visited = $11, assignee_id = $12, queue_id = $13, queued_at = $14, \
        started_at = $15, staged_at = $16, assigned_at = $17, ended_at = $18, reopened = $19, parked = $21, \
        parked_queued_at = $22 where id = $1 and version = $20";
    /// Facts that change nothing but who may see the run.
    UPDATE_FACTS = "update runs set ticket_number = $2, subject = $3, requester_id = $4, on_behalf_of_id = $5, participants = $6, \
        ticket_version = $7, details = $8 where id = $1 and ticket_version < $7";
    /// The run of a ticket.
    BY_TICKET = "select * from runs where ticket_id = $1";
    /// One run.
    BY_ID = "select * from runs where id = $1";
    /// Those that wait in a queue and are offered to nobody, most urgent first, then longest.
    WAITING = "select * from runs where queue_id = $1 and queued_at is not null and offered_to is null \
        order by priority desc, queued_at, id limit $2 offset $3";
    /// What it takes of an agent's capacity and from which source, and whether it was escalated to its queue.
    WEIGH = "update runs set units = $2, source = $3, pinned = $4 where id = $1";
    /// Until when it is set aside, and whether an answer wakes it.
    SNOOZE = "update runs set snoozed_until = $2, wake_on_reply = $3 where id = $1";
    /// Whom it is offered to, and until when.
    OFFER = "update runs set offered_to = $2, offered_until = $3 where id = $1";
    /// Those that are offered to somebody, what ends first first.
    OFFERED_TO = "select * from runs where offered_to = $1 order by offered_until, id limit 50";
    /// Those that wait in any queue by its rule, a page at a time.
    WAITING_AFTER = "select * from runs where queued_at is not null and pinned = 0 and id > $1 order by id limit $2";
    /// Open runs of an agent.
    OF_ASSIGNEE = "select * from runs where assignee_id = $1 and ended_at is null order by id";
    /// Ids of runs that are not over, a page at a time.
    OPEN_AFTER = "select id from runs where ended_at is null and id > $1 order by id limit $2";
    /// Runs that are not over, a page at a time.
    OPEN_RUNS_AFTER = "select * from runs where ended_at is null and id > $1 order by id limit $2";
    /// Ids of all runs, a page at a time.
    ALL_AFTER = "select id from runs where id > $1 order by id limit $2";
}

/// Writes a new run; false when the ticket has one already.
pub(crate) async fn insert(conn: &mut AnyConnection, run: &Run) -> Result<bool> {
    let facts = &run.facts;
    let statement = bind(query(INSERT), run)
        .bind(facts.ticket_id.clone())
        .bind(facts.number.clone())
        .bind(facts.subject.clone())
        .bind(facts.requester_id.clone())
        .bind(facts.on_behalf_of_id.clone())
        .bind(facts.participants.join(" "))
        .bind(facts.version)
        .bind(facts.details.encode_to_vec())
        .bind(run.units)
        .bind(i64::from(facts.details.source))
        .bind(i64::from(run.pinned));
    Ok(touch(statement, conn).await? == 1)
}

/// Runs one statement adds. More would take longer: SQLite looks for the name of each value among all of them.
const ROWS: usize = 50;

/// The columns of a run that was never told of, in the order of [`insert_all`].
const INSERT_ALL: &str = "insert into runs (id, version, department_id, priority, workflow_id, workflow_version, stage, category, \
    wait_reason, wait_until, visited, assignee_id, queue_id, queued_at, started_at, staged_at, assigned_at, ended_at, reopened, \
    ticket_id, ticket_number, subject, requester_id, on_behalf_of_id, participants, ticket_version, details, projected) values ";

/// Writes many new runs of tickets that have none.
pub(crate) async fn insert_all(conn: &mut AnyConnection, runs: &[Run]) -> Result<()> {
    for runs in runs.chunks(ROWS) {
        let mut sql = Assembly::new(INSERT_ALL);
        for (index, run) in runs.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            push_work(&mut sql, run);
            push_facts(&mut sql, &run.facts);
            sql.push(", 0)");
        }
        sql.execute(conn).await?;
    }
    Ok(())
}

fn push_work(sql: &mut Assembly, run: &Run) {
    let wait = run.wait;
    sql.bind(run.id.clone()).push(", ").bind(run.version).push(", ").bind(run.facts.department_id.clone());
    sql.push(", ").bind(number(run.facts.priority)).push(", ").bind(run.workflow_id.clone());
    sql.push(", ").bind(i64::from(run.workflow_version)).push(", ").bind(run.stage.clone());
    sql.push(", ").bind(number(run.category));
    sql.push(", ").bind(number(wait.map_or(WaitReason::Unspecified, |wait| wait.reason)));
    sql.push(", ").bind(micros(wait.and_then(|wait| wait.until))).push(", ").bind(run.visited.join(" "));
    sql.push(", ").bind(run.assignee.clone()).push(", ").bind(run.queue_id.clone());
    sql.push(", ").bind(micros(run.queued_at)).push(", ").bind(run.started_at.as_microsecond());
    sql.push(", ").bind(run.staged_at.as_microsecond()).push(", ").bind(micros(run.assigned_at));
    sql.push(", ").bind(micros(run.ended_at)).push(", ").bind(i64::from(run.reopened));
}

fn push_facts(sql: &mut Assembly, facts: &Facts) {
    let texts =
        [&facts.ticket_id, &facts.number, &facts.subject, &facts.requester_id, &facts.on_behalf_of_id];
    for text in texts {
        sql.push(", ").bind(text.clone());
    }
    sql.push(", ").bind(facts.participants.join(" ")).push(", ").bind(facts.version);
    sql.push(", ").bind(facts.details.encode_to_vec());
}

/// Writes a changed run over version `was`; false when that is no longer its version.
pub(crate) async fn update(conn: &mut AnyConnection, run: &Run, was: i64) -> Result<bool> {
    let waited = run.parked.and_then(|parked| parked.queued_at);
    let statement =
        bind(query(UPDATE), run).bind(was).bind(i64::from(run.parked.is_some())).bind(micros(waited));
    Ok(touch(statement, conn).await? == 1)
}

/// Writes facts that concern nobody's work. Older ones than known are ignored.
pub(crate) async fn update_facts(conn: &mut AnyConnection, run_id: &str, facts: &Facts) -> Result<()> {
    let statement = query(UPDATE_FACTS)
        .bind(run_id.to_owned())
        .bind(facts.number.clone())
        .bind(facts.subject.clone())
        .bind(facts.requester_id.clone())
        .bind(facts.on_behalf_of_id.clone())
        .bind(facts.participants.join(" "))
        .bind(facts.version)
        .bind(facts.details.encode_to_vec());
    touch(statement, conn).await.map(drop)
}

pub(crate) async fn by_ticket(conn: &mut AnyConnection, ticket_id: &str) -> Result<Option<Run>> {
    let row = query(BY_TICKET).bind(ticket_id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn by_id(conn: &mut AnyConnection, id: &str) -> Result<Option<Run>> {
    let row = query(BY_ID).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// The runs of these tickets, in no order; up to some hundreds.
pub(crate) async fn by_tickets(conn: &mut AnyConnection, ticket_ids: &[&str]) -> Result<Vec<Run>> {
    let mut sql = Assembly::new("select * from runs where ticket_id in ");
    sql.list(ticket_ids.iter().copied());
    sql.fetch_all(conn).await?.iter().map(read).collect()
}

/// Runs that wait in a queue, the next one first; the first `skip` are left out.
pub(crate) async fn waiting(
    conn: &mut AnyConnection,
    queue_id: &str,
    limit: i64,
    skip: i64,
) -> Result<Vec<Run>> {
    let rows = query(WAITING).bind(queue_id.to_owned()).bind(limit).bind(skip).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Those of some runs that wait in a queue and are offered to nobody, in the same order; up to some hundreds.
pub(crate) async fn waiting_among(
    conn: &mut AnyConnection,
    queue_id: &str,
    run_ids: &[&str],
) -> Result<Vec<Run>> {
    let mut sql = Assembly::new(
        "select * from runs where queued_at is not null and offered_to is null and queue_id = ",
    );
    sql.bind(queue_id.to_owned()).push(" and id in ").list(run_ids.iter().copied());
    sql.push(" order by priority desc, queued_at, id");
    sql.fetch_all(conn).await?.iter().map(read).collect()
}

/// Writes how much a run takes of an agent's capacity for its source.
pub(crate) async fn weigh(conn: &mut AnyConnection, run: &Run, units: i64) -> Result<()> {
    let source = i64::from(run.facts.details.source);
    touch(query(WEIGH).bind(run.id.clone()).bind(units).bind(source).bind(i64::from(run.pinned)), conn)
        .await
        .map(drop)
}

/// Writes whether a run is set aside.
pub(crate) async fn snooze(conn: &mut AnyConnection, run: &Run) -> Result<()> {
    let (until, on_reply) =
        (run.snooze.map(|snooze| snooze.until), run.snooze.is_some_and(|snooze| snooze.on_reply));
    let statement = query(SNOOZE).bind(run.id.clone()).bind(micros(until)).bind(i64::from(on_reply));
    touch(statement, conn).await.map(drop)
}

/// Writes whom a run is offered to.
pub(crate) async fn offer(conn: &mut AnyConnection, run: &Run) -> Result<()> {
    let (to, until) = run.offer.clone().map(|offer| (offer.to, offer.until)).unzip();
    touch(query(OFFER).bind(run.id.clone()).bind(to).bind(micros(until)), conn).await.map(drop)
}

/// Runs that wait for somebody's answer, what ends first first; up to 50.
pub(crate) async fn offered_to(conn: &mut AnyConnection, user_id: &str) -> Result<Vec<Run>> {
    query(OFFERED_TO).bind(user_id.to_owned()).fetch_all(conn).await?.iter().map(read).collect()
}

/// Runs that wait in any queue, after `id`, in order.
pub(crate) async fn waiting_after(conn: &mut AnyConnection, id: &str, limit: i64) -> Result<Vec<Run>> {
    let rows = query(WAITING_AFTER).bind(id.to_owned()).bind(limit).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Open runs an agent has.
pub(crate) async fn of_assignee(conn: &mut AnyConnection, user_id: &str) -> Result<Vec<Run>> {
    let rows = query(OF_ASSIGNEE).bind(user_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Ids of open runs after `id`, in order.
pub(crate) async fn open_after(conn: &mut AnyConnection, id: &str, limit: i64) -> Result<Vec<String>> {
    let rows = query(OPEN_AFTER).bind(id.to_owned()).bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Open runs after `id`, in order.
pub(crate) async fn open_runs_after(conn: &mut AnyConnection, id: &str, limit: i64) -> Result<Vec<Run>> {
    let rows = query(OPEN_RUNS_AFTER).bind(id.to_owned()).bind(limit).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Ids of all runs after `id`, in order.
pub(crate) async fn after(conn: &mut AnyConnection, id: &str, limit: i64) -> Result<Vec<String>> {
    let rows = query(ALL_AFTER).bind(id.to_owned()).bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The first nineteen binds of [`INSERT`] and [`UPDATE`].
fn bind(statement: Statement, run: &Run) -> Statement {
    let wait = run.wait;
    let statement = statement
        .bind(run.id.clone())
        .bind(run.version)
        .bind(run.facts.department_id.clone())
        .bind(number(run.facts.priority))
        .bind(run.workflow_id.clone())
        .bind(i64::from(run.workflow_version))
        .bind(run.stage.clone())
        .bind(number(run.category))
        .bind(number(wait.map_or(WaitReason::Unspecified, |wait| wait.reason)))
        .bind(micros(wait.and_then(|wait| wait.until)))
        .bind(run.visited.join(" "));
    statement
        .bind(run.assignee.clone())
        .bind(run.queue_id.clone())
        .bind(micros(run.queued_at))
        .bind(run.started_at.as_microsecond())
        .bind(run.staged_at.as_microsecond())
        .bind(micros(run.assigned_at))
        .bind(micros(run.ended_at))
        .bind(i64::from(run.reopened))
}

pub(super) fn read(row: &AnyRow) -> Result<Run> {
    Ok(Run {
        id: row.try_get("id")?,
        facts: read_facts(row)?,
        workflow_id: row.try_get("workflow_id")?,
        workflow_version: small(row, "workflow_version")?,
        stage: row.try_get("stage")?,
        category: known(row, "category")?,
        wait: match known(row, "wait_reason")? {
            WaitReason::Unspecified => None,
            reason => Some(Wait { reason, until: optional_instant(row, "wait_until")? }),
        },
        snooze: match optional_instant(row, "snoozed_until")? {
            Some(until) => Some(Snooze { until, on_reply: flag(row, "wake_on_reply")? }),
            None => None,
        },
        visited: words(row, "visited")?,
        assignee: row.try_get("assignee_id")?,
        queue_id: row.try_get("queue_id")?,
        units: row.try_get("units")?,
        pinned: flag(row, "pinned")?,
        queued_at: optional_instant(row, "queued_at")?,
        offer: match (row.try_get("offered_to")?, optional_instant(row, "offered_until")?) {
            (Some(to), Some(until)) => Some(Offer { to, until }),
            _ => None,
        },
        started_at: instant(row, "started_at")?,
        staged_at: instant(row, "staged_at")?,
        assigned_at: optional_instant(row, "assigned_at")?,
        ended_at: optional_instant(row, "ended_at")?,
        parked: if flag(row, "parked")? {
            Some(Parked { queued_at: optional_instant(row, "parked_queued_at")? })
        } else {
            None
        },
        reopened: small(row, "reopened")?,
        version: row.try_get("version")?,
    })
}

fn read_facts(row: &AnyRow) -> Result<Facts> {
    Ok(Facts {
        ticket_id: row.try_get("ticket_id")?,
        number: row.try_get("ticket_number")?,
        subject: row.try_get("subject")?,
        department_id: row.try_get("department_id")?,
        requester_id: row.try_get("requester_id")?,
        on_behalf_of_id: row.try_get("on_behalf_of_id")?,
        participants: words(row, "participants")?,
        priority: known(row, "priority")?,
        details: read_details(row)?,
        version: row.try_get("ticket_version")?,
    })
}

/// Nothing is known of what was written before rules spoke of it.
fn read_details(row: &AnyRow) -> Result<Box<Ticket>> {
    let bytes: Option<Vec<u8>> = row.try_get("details")?;
    Ticket::decode(bytes.unwrap_or_default().as_slice()).map(Box::new).map_err(Error::internal)
}
