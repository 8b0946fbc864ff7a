//! Queues, their turns, and the names of their departments.

use std::collections::HashMap;

use jiff::Timestamp;
use mesh_core::{clock, db::Assembly, error::Result, policy::Reach};
use proto::workflow::v1::{Queue, RoutingMethod};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{optional_instant, touch};

mesh_core::statements! {
    /// A department's queue, unless it has one.
    OPEN = "insert into queues (id, department_id, turn, created_at) values ($1, $2, 0, $3) on conflict do nothing";
    /// The queue of a department.
    OF_DEPARTMENT = "select id from queues where department_id = $1";
    /// Takes a turn, and is alone in the queue until the transaction ends.
    TAKE_TURN = "update queues set turn = turn + 1 where id = $1 returning turn, department_id";
    /// Notes whose turn it was.
    NOTE_TURN = "insert into turns (queue_id, user_id, turn, taken_at) values ($1, $2, $3, $4) \
        on conflict (queue_id, user_id) do update set turn = excluded.turn, taken_at = excluded.taken_at";
    /// Sets a queue's count of turns.
    SET_TURN = "update queues set turn = $2 where id = $1";
    /// Queues an agent works for in which something waits.
    WAITING_FOR = "select q.id from queues q join agents a on a.user_id = $1 where a.active = 1 and (a.everywhere = 1 or exists ( \
        select 1 from agent_departments d where d.user_id = a.user_id and d.department_id = q.department_id)) \
        and exists (select 1 from runs r where r.queue_id = q.id and r.queued_at is not null)";
    /// Every department with a queue.
    DEPARTMENTS = "select department_id from queues order by department_id";
    /// What a department is called, unless a newer name is known.
    NAME_DEPARTMENT = "insert into departments (id, version, display_name) values ($1, $2, $3) on conflict (id) do update \
        set version = excluded.version, display_name = excluded.display_name where departments.version <= excluded.version";
}

/// What a queue is, with what waits in it and who is there. The rest of the statement narrows it to what the caller may see.
const SUMMARY: &str = "select q.id, q.department_id, coalesce(n.display_name, q.department_id) as name, \
    (select count(*) from runs r where r.queue_id = q.id and r.queued_at is not null) as waiting, \
    (select min(r.queued_at) from runs r where r.queue_id = q.id and r.queued_at is not null) as waiting_since, \
    (select count(*) from agents a where a.active = 1 and a.presence = 1 and (a.everywhere = 1 or exists ( \
        select 1 from agent_departments d where d.user_id = a.user_id and d.department_id = q.department_id))) as online_agents \
    from queues q left join departments n on n.id = q.department_id where 1 = 1";

/// The queue of a department, opened if it has none. `id` is a fresh one.
pub(crate) async fn of_department(
    conn: &mut AnyConnection,
    department_id: &str,
    id: String,
    now: Timestamp,
) -> Result<String> {
    if let Some(row) = query(OF_DEPARTMENT).bind(department_id.to_owned()).fetch_optional(&mut *conn).await? {
        return Ok(row.try_get(0)?);
    }
    touch(query(OPEN).bind(id).bind(department_id.to_owned()).bind(now.as_microsecond()), conn).await?;
    Ok(query(OF_DEPARTMENT).bind(department_id.to_owned()).fetch_one(conn).await?.try_get(0)?)
}

/// Takes a turn in a queue; others who want one wait until this transaction ends. Answers the turn and the department.
pub(crate) async fn take_turn(conn: &mut AnyConnection, queue_id: &str) -> Result<(i64, String)> {
    let row = query(TAKE_TURN).bind(queue_id.to_owned()).fetch_one(conn).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Notes that an agent had a turn.
pub(crate) async fn note_turn(
    conn: &mut AnyConnection,
    queue_id: &str,
    user_id: &str,
    turn: i64,
    now: Timestamp,
) -> Result<()> {
    let note = query(NOTE_TURN)
        .bind(queue_id.to_owned())
        .bind(user_id.to_owned())
        .bind(turn)
        .bind(now.as_microsecond());
    touch(note, conn).await?;
    touch(query(SET_TURN).bind(queue_id.to_owned()).bind(turn), conn).await.map(drop)
}

/// Queues an agent works for in which something waits.
pub(crate) async fn waiting_for(conn: &mut AnyConnection, user_id: &str) -> Result<Vec<String>> {
    let rows = query(WAITING_FOR).bind(user_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Every department with a queue.
pub(crate) async fn departments(conn: &mut AnyConnection) -> Result<Vec<String>> {
    let rows = query(DEPARTMENTS).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Writes a department's name as of a version.
pub(crate) async fn name_department(
    conn: &mut AnyConnection,
    id: &str,
    version: i64,
    name: &str,
) -> Result<()> {
    touch(query(NAME_DEPARTMENT).bind(id.to_owned()).bind(version).bind(name.to_owned()), conn)
        .await
        .map(drop)
}

/// Names of departments, as far as they are known.
pub(crate) async fn department_names(
    conn: &mut AnyConnection,
    ids: &[String],
) -> Result<HashMap<String, String>> {
    let mut statement = Assembly::new("select id, display_name from departments where id in ");
    statement.list(ids);
    statement.fetch_all(conn).await?.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Queues within reach after a name and id, in that order.
pub(crate) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    department_id: &str,
    after: Option<(String, String)>,
    limit: i64,
) -> Result<Vec<Queue>> {
    let mut statement = Assembly::new(SUMMARY);
    if let Reach::Departments(ids) = reach {
        statement.push(" and q.department_id in ").list(ids);
    }
    if !department_id.is_empty() {
        statement.push(" and q.department_id = ").bind(department_id.to_owned());
    }
    if let Some((name, id)) = after {
        let name_of = " and (coalesce(n.display_name, q.department_id), q.id) > (";
        statement.push(name_of).bind(name).push(", ").bind(id).push(")");
    }
    statement.push(" order by coalesce(n.display_name, q.department_id), q.id limit ").bind(limit);
    statement.fetch_all(conn).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Queue> {
    Ok(Queue {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        department_id: row.try_get("department_id")?,
        method: RoutingMethod::RoundRobin.into(),
        waiting: row.try_get("waiting")?,
        waiting_since: optional_instant(row, "waiting_since")?.map(clock::to_proto),
        online_agents: row.try_get("online_agents")?,
        ..Queue::default()
    })
}
