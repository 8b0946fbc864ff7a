//! Pools: the agents a queue asks, their turns in it and the work they have.
//!
//! Whoever changes a queue's row first is alone in its pool until the transaction ends; whoever gives a limited agent something
//! changes the agent's row as well, because other queues ask the same person.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{db::Assembly, error::Result};
use proto::tickets::v1::Status;
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{agents::profile, known, number, optional_instant, queues, touch};
use crate::{
    profile::Profile,
    queue::Queue,
    routing::{Candidate, Units},
    shift::Hours,
};

mesh_core::statements! {
    /// Takes a turn, and is alone in the queue until the transaction ends.
    ENTER = "update queues set turn = turn + 1 where id = $1 returning *";
    /// How far the queue's turns have come.
    LEAVE = "update queues set turn = $2, pass = $3 where id = $1";
    /// The agents a queue asks, with their last turn in it and the shortest wait after which they join.
    CANDIDATES = "select a.user_id, a.presence, a.profile, a.claims, j.joins_after, coalesce(t.turn, 0) as turn, \
        coalesce(t.pass, 0) as pass, t.taken_at from ( \
        select m.user_id, min(m.joins_after) as joins_after from ( \
            select d.user_id, p.joins_after from queue_pools p join agent_departments d on d.department_id = p.department_id \
                where p.queue_id = $1 \
            union all select e.user_id, p.joins_after from queue_pools p join agents e on e.everywhere = 1 and e.active = 1 \
                where p.queue_id = $1) m group by m.user_id) j \
        join agents a on a.user_id = j.user_id and a.active = 1 left join turns t on t.queue_id = $1 and t.user_id = a.user_id";
    /// Notes that an agent was given something, if nobody else has given him anything meanwhile.
    CLAIM = "update agents set claims = claims + 1 where user_id = $1 and claims = $2";
    /// Who had a requester's latest ticket but this one.
    LAST_OF_REQUESTER = "select r.assignee_id from runs r where r.requester_id = $1 and r.assignee_id is not null and r.id <> $2 \
        order by r.started_at desc limit 1";
}

/// A queue whose pool somebody has to himself.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) queue: Queue,
    pub(crate) turn: i64,
    pub(crate) pass: i64,
}

/// Enters a queue's pool; others who want to wait until this transaction ends.
pub(crate) async fn enter(conn: &mut AnyConnection, queue_id: &str) -> Result<Entered> {
    let row = query(ENTER).bind(queue_id.to_owned()).fetch_one(conn).await?;
    Ok(Entered { queue: queues::read(&row)?, turn: row.try_get("turn")?, pass: row.try_get("pass")? })
}

/// The agents a queue asks, each with the count of what routing gave them so far. Their work is not looked at.
pub(crate) async fn candidates(
    conn: &mut AnyConnection,
    queue_id: &str,
    now: Timestamp,
) -> Result<Vec<(Candidate, i64)>> {
    let rows = query(CANDIDATES).bind(queue_id.to_owned()).fetch_all(&mut *conn).await?;
    let profiles: Vec<_> = rows.iter().map(profile).collect::<Result<_>>()?;
    let by_shifts = profiles.iter().any(|profile| !profile.0.shifts.is_empty());
    let hours = if by_shifts { Hours::read(conn).await? } else { Hours::default() };
    let read = |(row, profile): (&AnyRow, Profile)| candidate(row, profile, &hours, now);
    rows.iter().zip(profiles).map(read).collect()
}

fn candidate(row: &AnyRow, profile: Profile, hours: &Hours, now: Timestamp) -> Result<(Candidate, i64)> {
    let candidate = Candidate {
        user_id: row.try_get("user_id")?,
        presence: known(row, "presence")?,
        joins_after: SignedDuration::from_micros(row.try_get("joins_after")?),
        duty: hours.duty(&profile, now),
        away_until: profile.away_until(),
        skills: profile.skills(),
        capacity: profile.capacity(),
        work: Units::default(),
        weight: profile.weight(),
        pass: row.try_get("pass")?,
        turn: row.try_get("turn")?,
        last_assigned_at: optional_instant(row, "taken_at")?,
        delegate_id: profile.0.delegate_id,
    };
    Ok((candidate, row.try_get("claims")?))
}

/// What needs these agents now or is offered to them, in units of capacity; those who have nothing to do are missing.
pub(crate) async fn work(conn: &mut AnyConnection, user_ids: &[String]) -> Result<HashMap<String, Units>> {
    let mut statement = Assembly::new(
        "select w.user_id, w.source, cast(sum(w.units) as bigint) as units from (select r.assignee_id as user_id, r.source, r.units \
        from runs r where r.ended_at is null and r.snoozed_until is null and r.category in ",
    );
    statement.list([number(Status::New), number(Status::Open)]).push(" and r.assignee_id in ").list(user_ids);
    let offered = " union all select o.offered_to, o.source, o.units from runs o where o.offered_to in ";
    statement.push(offered).list(user_ids).push(") w group by w.user_id, w.source");
    let mut work: HashMap<String, Units> = HashMap::new();
    for row in statement.fetch_all(conn).await? {
        let units = work.entry(row.try_get("user_id")?).or_default();
        units.add(known(&row, "source")?, row.try_get("units")?);
    }
    Ok(work)
}

/// Notes that an agent is given something; false when another queue gave something since the count was read.
pub(crate) async fn claim(conn: &mut AnyConnection, user_id: &str, claims: i64) -> Result<bool> {
    Ok(touch(query(CLAIM).bind(user_id.to_owned()).bind(claims), conn).await? == 1)
}

/// Who had this requester's latest ticket but the one of this run.
pub(crate) async fn last_of_requester(
    conn: &mut AnyConnection,
    requester_id: &str,
    run_id: &str,
) -> Result<Option<String>> {
    let statement = query(LAST_OF_REQUESTER).bind(requester_id.to_owned()).bind(run_id.to_owned());
    statement.fetch_optional(conn).await?.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Leaves a pool: how far its turns have come, and those of the agents who had one.
pub(crate) async fn leave(
    conn: &mut AnyConnection,
    entered: &Entered,
    had_turns: &[&Candidate],
    now: Timestamp,
) -> Result<()> {
    if had_turns.is_empty() {
        return Ok(());
    }
    let mut statement = Assembly::new("insert into turns (queue_id, user_id, turn, taken_at, pass) values ");
    let mut separator = "(";
    for agent in had_turns {
        statement.push(separator).bind(entered.queue.id.clone()).push(", ").bind(agent.user_id.clone());
        statement
            .push(", ")
            .bind(agent.turn)
            .push(", ")
            .bind(now.as_microsecond())
            .push(", ")
            .bind(agent.pass);
        separator = "), (";
    }
    let again = ") on conflict (queue_id, user_id) do update set turn = excluded.turn, taken_at = excluded.taken_at, \
        pass = excluded.pass";
    statement.push(again);
    statement.execute(&mut *conn).await?;
    let statement = query(LEAVE).bind(entered.queue.id.clone()).bind(entered.turn).bind(entered.pass);
    touch(statement, conn).await.map(drop)
}
