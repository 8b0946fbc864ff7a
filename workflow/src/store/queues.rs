//! Queues, and the names of their departments.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    clock,
    db::{Assembly, is_unique_violation},
    error::{Error, Result},
    policy::Reach,
};
use prost::Message;
use proto::workflow::v1 as wire;
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{Statement, number, optional_instant, touch};
use crate::queue::Queue;

mesh_core::statements! {
    /// A department's own queue, unless it has one.
    OPEN = "insert into queues (id, department_id, home, turn, created_at) values ($1, $2, $2, 0, $3) on conflict do nothing";
    /// The own queue of a department.
    OF_DEPARTMENT = "select id from queues where department_id = $1";
    /// A queue somebody made. Its own id stands where a department's own queue has the department's.
    INSERT = "insert into queues (id, department_id, turn, created_at, home, version, name, position, absence, grace, settings) \
        values ($1, $1, 0, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// A queue as it is now, if it still had the version $2.
    UPDATE = "update queues set version = $3, name = $4, position = $5, absence = $6, grace = $7, settings = $8 \
        where id = $1 and version = $2";
    /// Asks nobody any more.
    LEAVE_POOLS = "delete from queue_pools where queue_id = $1";
    /// Asks the agents of a department.
    JOIN_POOL = "insert into queue_pools (queue_id, department_id, joins_after) values ($1, $2, $3) on conflict do nothing";
    /// One queue.
    QUEUE = "select * from queues where id = $1";
    /// Queues that could take a ticket of a department, in their order.
    CHOICES = "select * from queues where home in ($1, '') order by position, id";
    /// Queues that ask an agent and in which something waits.
    WAITING_FOR = "select q.id from queues q join agents a on a.user_id = $1 where a.active = 1 and (a.everywhere = 1 or exists ( \
        select 1 from queue_pools p join agent_departments d on d.department_id = p.department_id \
            where p.queue_id = q.id and d.user_id = a.user_id)) \
        and exists (select 1 from runs r where r.queue_id = q.id and r.queued_at is not null)";
    /// Whether an agent takes work up to a limit.
    HAS_LIMIT = "select 1 from agents where user_id = $1 and limited = 1 and presence = 1 and active = 1";
    /// Queues that take tickets from this agent when he is gone for a while.
    LEFT_BY = "select distinct q.id, q.grace from runs r join queues q on q.id = r.queue_id \
        where r.assignee_id = $1 and r.ended_at is null and q.absence in (2, 3)";
    /// Every department with a queue.
    DEPARTMENTS = "select distinct home from queues where home <> '' order by home";
    /// What a department is called, unless a newer name is known.
    NAME_DEPARTMENT = "insert into departments (id, version, display_name) values ($1, $2, $3) on conflict (id) do update \
        set version = excluded.version, display_name = excluded.display_name where departments.version <= excluded.version";
}

/// What a queue is called: as somebody said, or as its department.
const NAME: &str = "coalesce(nullif(q.name, ''), n.display_name, q.home)";

/// What a queue is, with what waits in it and who is there. The rest of the statement narrows it to what the caller may see.
const SUMMARY: &str = "select q.*, coalesce(nullif(q.name, ''), n.display_name, q.home) as called, \
    (select count(*) from runs r where r.queue_id = q.id and r.queued_at is not null) as waiting, \
    (select min(r.queued_at) from runs r where r.queue_id = q.id and r.queued_at is not null) as waiting_since, \
    (select count(*) from agents a where a.active = 1 and a.presence = 1 and (a.everywhere = 1 or exists ( \
        select 1 from queue_pools p join agent_departments d on d.department_id = p.department_id \
            where p.queue_id = q.id and d.user_id = a.user_id))) as online_agents \
    from queues q left join departments n on n.id = q.home where 1 = 1";

/// A department's own queue, opened if it has none. `id` is a fresh one.
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
    let row = query(OF_DEPARTMENT).bind(department_id.to_owned()).fetch_one(&mut *conn).await?;
    let id: String = row.try_get(0)?;
    touch(query(JOIN_POOL).bind(id.clone()).bind(department_id.to_owned()).bind(0_i64), conn).await?;
    Ok(id)
}

/// Writes a new queue. `ALREADY_EXISTS` when its name is taken.
pub(crate) async fn insert(conn: &mut AnyConnection, queue: &Queue, now: Timestamp) -> Result<()> {
    let statement = query(INSERT).bind(queue.id.clone()).bind(now.as_microsecond()).bind(queue.home.clone());
    named(bind(statement, queue), conn).await?;
    join_pools(conn, queue).await
}

/// Writes a changed queue over the version before; false when that is no longer its version. `ALREADY_EXISTS` when its name is taken.
pub(crate) async fn update(conn: &mut AnyConnection, queue: &Queue) -> Result<bool> {
    let statement = query(UPDATE).bind(queue.id.clone()).bind(queue.version - 1);
    if named(bind(statement, queue), conn).await? == 0 {
        return Ok(false);
    }
    touch(query(LEAVE_POOLS).bind(queue.id.clone()), conn).await?;
    join_pools(conn, queue).await?;
    Ok(true)
}

/// The last binds of [`INSERT`] and [`UPDATE`].
fn bind(statement: Statement, queue: &Queue) -> Statement {
    let (absence, grace) = queue.absence();
    statement
        .bind(queue.version)
        .bind(queue.settings.name.clone())
        .bind(i64::from(queue.settings.order))
        .bind(number(absence))
        .bind(micros(grace))
        .bind(queue.settings.encode_to_vec())
}

async fn named(statement: Statement, conn: &mut AnyConnection) -> Result<u64> {
    match statement.execute(conn).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) if is_unique_violation(&error) => {
            Err(Error::already_exists("queue.name", "is the name of another queue; choose another one"))
        }
        Err(error) => Err(error.into()),
    }
}

async fn join_pools(conn: &mut AnyConnection, queue: &Queue) -> Result<()> {
    for (department_id, after) in queue.pools() {
        let statement = query(JOIN_POOL).bind(queue.id.clone()).bind(department_id).bind(micros(after));
        touch(statement, conn).await?;
    }
    Ok(())
}

pub(crate) async fn by_id(conn: &mut AnyConnection, id: &str) -> Result<Option<Queue>> {
    let row = query(QUEUE).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// Queues that could take a ticket of this department, in their order.
pub(crate) async fn choices(conn: &mut AnyConnection, department_id: &str) -> Result<Vec<Queue>> {
    let rows = query(CHOICES).bind(department_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Queues that ask an agent and in which something waits.
pub(crate) async fn waiting_for(conn: &mut AnyConnection, user_id: &str) -> Result<Vec<String>> {
    let rows = query(WAITING_FOR).bind(user_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Whether somebody takes work, up to a limit.
pub(crate) async fn has_limit(conn: &mut AnyConnection, user_id: &str) -> Result<bool> {
    Ok(query(HAS_LIMIT).bind(user_id.to_owned()).fetch_optional(conn).await?.is_some())
}

/// Queues that take their tickets from this agent when he is gone for as long as they say.
pub(crate) async fn left_by(
    conn: &mut AnyConnection,
    user_id: &str,
) -> Result<Vec<(String, SignedDuration)>> {
    let rows = query(LEFT_BY).bind(user_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, SignedDuration::from_micros(row.try_get(1)?)))).collect()
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

/// A queue's place in the order of lists.
pub(crate) type Place = (i32, String, String);

/// What a list of queues is narrowed to.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) reach: &'a Reach,
    pub(crate) department_id: &'a str,
    pub(crate) id: &'a str,
    pub(crate) after: Option<Place>,
}

/// Queues with their counts, in their order.
pub(crate) async fn list(
    conn: &mut AnyConnection,
    wanted: Wanted<'_>,
    limit: i64,
) -> Result<Vec<wire::Queue>> {
    let mut statement = Assembly::new(SUMMARY);
    if let Reach::Departments(ids) = wanted.reach {
        concerns(&mut statement, ids);
    }
    if !wanted.department_id.is_empty() {
        concerns(&mut statement, &[wanted.department_id.to_owned()]);
    }
    if !wanted.id.is_empty() {
        statement.push(" and q.id = ").bind(wanted.id.to_owned());
    }
    if let Some((position, name, id)) = wanted.after {
        statement.push(" and (q.position, ").push(NAME).push(", q.id) > (").bind(i64::from(position));
        statement.push(", ").bind(name).push(", ").bind(id).push(")");
    }
    statement.push(" order by q.position, ").push(NAME).push(", q.id limit ").bind(limit);
    statement.fetch_all(conn).await?.iter().map(summary).collect()
}

/// Adds that a queue joins or asks one of these departments.
fn concerns(statement: &mut Assembly, ids: &[String]) {
    statement.push(" and (q.home in ").list(ids);
    statement.push(" or exists (select 1 from queue_pools c where c.queue_id = q.id and c.department_id in ");
    statement.list(ids).push("))");
}

fn summary(row: &AnyRow) -> Result<wire::Queue> {
    Ok(wire::Queue {
        name: row.try_get("called")?,
        waiting: row.try_get("waiting")?,
        waiting_since: optional_instant(row, "waiting_since")?.map(clock::to_proto),
        online_agents: row.try_get("online_agents")?,
        ..read(row)?.to_proto()
    })
}

pub(super) fn read(row: &AnyRow) -> Result<Queue> {
    let settings = match row.try_get::<Option<Vec<u8>>, _>("settings")? {
        Some(bytes) => wire::Queue::decode(bytes.as_slice()).map_err(Error::internal)?,
        None => Queue::own_settings(),
    };
    Ok(Queue {
        id: row.try_get("id")?,
        home: row.try_get("home")?,
        version: row.try_get("version")?,
        settings,
    })
}

fn micros(length: SignedDuration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}
