//! Agents: who may answer tickets where, and whether they are here.

use std::collections::HashMap;

use jiff::Timestamp;
use mesh_core::{
    db::Assembly,
    error::{Error, Result},
    policy::Reach,
};
use prost::Message;
use proto::{
    tickets::v1::Status,
    workflow::v1::{AgentProfile, Presence},
};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{flag, instant, known, micros, number, optional_instant, touch};
use crate::{
    agent::{Access, Agent, Load},
    profile::Profile,
    run::Run,
};

mesh_core::statements! {
    /// What somebody may do, as an event told it: an older event is ignored.
    TAKE_ACCESS = "insert into agents (user_id, version, display_name, active, everywhere, presence, presence_at, access_version, \
        access_at) values ($1, 1, $2, $3, $4, 4, $6, $5, $6) on conflict (user_id) do update set version = agents.version + 1, \
        display_name = excluded.display_name, active = excluded.active, everywhere = excluded.everywhere, \
        access_version = excluded.access_version, access_at = excluded.access_at where agents.access_version <= excluded.access_version";
    /// The same as a list told it that was begun at $6: what an event told since is newer.
    REFRESH_ACCESS = "insert into agents (user_id, version, display_name, active, everywhere, presence, presence_at, access_version, \
        access_at) values ($1, 1, $2, $3, $4, 4, $6, $5, $6) on conflict (user_id) do update set version = agents.version + 1, \
        display_name = excluded.display_name, active = excluded.active, everywhere = excluded.everywhere \
        where agents.access_at < excluded.access_at";
    /// Leaves every department.
    LEAVE_DEPARTMENTS = "delete from agent_departments where user_id = $1";
    /// Joins one.
    JOIN_DEPARTMENT = "insert into agent_departments (department_id, user_id) values ($1, $2) on conflict do nothing";
    /// One agent.
    AGENT = "select * from agents where user_id = $1";
    /// Departments of an agent.
    DEPARTMENTS_OF = "select department_id from agent_departments where user_id = $1 order by department_id";
    /// Whether somebody may work in a department, or is asked by a queue.
    WORKS_ON = "select 1 from agents a where a.user_id = $1 and a.active = 1 and (a.everywhere = 1 or exists ( \
        select 1 from agent_departments d where d.user_id = a.user_id and (d.department_id = $2 or d.department_id in ( \
        select p.department_id from queue_pools p where p.queue_id = $3))))";
    /// What is said of an agent, if it still had this version.
    SET_PROFILE = "update agents set profile = $2, limited = $3, away_until = $4, version = version + 1 \
        where user_id = $1 and version = $5";
    /// Those of whom anything is said.
    DESCRIBED = "select user_id, profile from agents where profile is not null order by user_id";
    /// Has another name.
    RENAME = "update agents set display_name = $2, version = version + 1 where user_id = $1 and display_name <> $2";
    /// Comes or goes; nothing when that is what the agent is already.
    SET_PRESENCE = "update agents set presence = $2, presence_at = $3, version = version + 1 \
        where user_id = $1 and active = 1 and presence <> $2";
}

/// Where an access came from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told {
    /// An event with this version of the account.
    ByEvent(i64),
    /// A list that was asked for at this instant.
    ByList(Timestamp),
}

/// Takes in what somebody may do. False when something newer is known.
pub(crate) async fn take_access(
    conn: &mut AnyConnection,
    access: &Access,
    told: Told,
    now: Timestamp,
) -> Result<bool> {
    let (statement, version, at) = match told {
        Told::ByEvent(version) => (TAKE_ACCESS, version, now),
        Told::ByList(begun) => (REFRESH_ACCESS, 0, begun),
    };
    let statement = query(statement)
        .bind(access.user_id.clone())
        .bind(access.display_name.clone())
        .bind(i64::from(access.works()))
        .bind(i64::from(access.everywhere))
        .bind(version)
        .bind(at.as_microsecond());
    if touch(statement, conn).await? == 0 {
        return Ok(false);
    }
    touch(query(LEAVE_DEPARTMENTS).bind(access.user_id.clone()), conn).await?;
    for department_id in &access.department_ids {
        touch(query(JOIN_DEPARTMENT).bind(department_id.clone()).bind(access.user_id.clone()), conn).await?;
    }
    Ok(true)
}

pub(crate) async fn by_id(conn: &mut AnyConnection, user_id: &str) -> Result<Option<Agent>> {
    let Some(row) = query(AGENT).bind(user_id.to_owned()).fetch_optional(&mut *conn).await? else {
        return Ok(None);
    };
    read(conn, &row).await.map(Some)
}

/// Whether somebody may work on a run: in its department, or because its queue asks them.
pub(crate) async fn works_on(conn: &mut AnyConnection, user_id: &str, run: &Run) -> Result<bool> {
    let statement = query(WORKS_ON)
        .bind(user_id.to_owned())
        .bind(run.facts.department_id.clone())
        .bind(run.queue_id.clone());
    Ok(statement.fetch_optional(conn).await?.is_some())
}

/// Writes what is said of an agent over version `was`; false when that is no longer the version.
pub(crate) async fn set_profile(
    conn: &mut AnyConnection,
    user_id: &str,
    profile: &Profile,
    was: i64,
) -> Result<bool> {
    let statement = query(SET_PROFILE)
        .bind(user_id.to_owned())
        .bind(profile.0.encode_to_vec())
        .bind(i64::from(profile.is_limited()))
        .bind(micros(profile.away_until()))
        .bind(was);
    Ok(touch(statement, conn).await? == 1)
}

/// What is said of everybody of whom anything is.
pub(crate) async fn described(conn: &mut AnyConnection) -> Result<Vec<(String, Profile)>> {
    let rows = query(DESCRIBED).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("user_id")?, profile(row)?))).collect()
}

/// Notes what an agent is called, if the person is one.
pub(crate) async fn rename(conn: &mut AnyConnection, user_id: &str, name: &str) -> Result<()> {
    touch(query(RENAME).bind(user_id.to_owned()).bind(name.to_owned()), conn).await.map(drop)
}

/// Notes that an agent comes or goes; false when nothing changed.
pub(crate) async fn set_presence(
    conn: &mut AnyConnection,
    user_id: &str,
    presence: Presence,
    now: Timestamp,
) -> Result<bool> {
    let statement =
        query(SET_PRESENCE).bind(user_id.to_owned()).bind(number(presence)).bind(now.as_microsecond());
    Ok(touch(statement, conn).await? == 1)
}

/// What a list of agents is narrowed to.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) reach: &'a Reach,
    /// Seen whatever the reach.
    pub(crate) oneself: &'a str,
    pub(crate) department_id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) after: Option<(String, String)>,
}

/// Agents by name.
pub(crate) async fn list(conn: &mut AnyConnection, wanted: Wanted<'_>, limit: i64) -> Result<Vec<Agent>> {
    let mut statement = Assembly::new("select a.* from agents a where a.active = 1");
    if let Reach::Departments(ids) = wanted.reach {
        statement.push(" and (a.user_id = ").bind(wanted.oneself.to_owned()).push(" or ");
        works_in_one_of(&mut statement, ids);
        statement.push(")");
    }
    if !wanted.department_id.is_empty() {
        statement.push(" and ");
        works_in_one_of(&mut statement, &[wanted.department_id.to_owned()]);
    }
    if !wanted.user_id.is_empty() {
        statement.push(" and a.user_id = ").bind(wanted.user_id.to_owned());
    }
    if let Some((name, id)) = wanted.after {
        let after = " and (a.display_name, a.user_id) > (";
        statement.push(after).bind(name).push(", ").bind(id).push(")");
    }
    statement.push(" order by a.display_name, a.user_id limit ").bind(limit);
    let rows = statement.fetch_all(&mut *conn).await?;
    let mut agents = Vec::with_capacity(rows.len());
    for row in &rows {
        agents.push(read(conn, row).await?);
    }
    Ok(agents)
}

/// Adds that an agent works in one of these departments. Who works everywhere does, if there are any.
fn works_in_one_of(statement: &mut Assembly, ids: &[String]) {
    statement.push(if ids.is_empty() { "(1 = 0" } else { "(a.everywhere = 1" });
    statement.push(" or exists (select 1 from agent_departments d where d.user_id = a.user_id");
    statement.push(" and d.department_id in ").list(ids).push("))");
}

/// Names of people, as far as they are or were agents.
pub(crate) async fn names(conn: &mut AnyConnection, ids: &[String]) -> Result<HashMap<String, String>> {
    let mut statement = Assembly::new("select user_id, display_name from agents where user_id in ");
    statement.list(ids);
    let rows = statement.fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// How much agents have to do.
pub(crate) async fn loads(conn: &mut AnyConnection, ids: &[String]) -> Result<HashMap<String, Load>> {
    let mut loads: HashMap<String, Load> = HashMap::new();
    let mut counts = Assembly::new(
        "select r.assignee_id as user_id, r.category, count(*) as runs, cast(sum(r.units) as bigint) as units, \
        count(r.snoozed_until) as aside from runs r where r.ended_at is null and r.assignee_id in ",
    );
    counts.list(ids).push(" group by r.assignee_id, r.category, r.snoozed_until is null");
    for row in counts.fetch_all(&mut *conn).await? {
        let load = loads.entry(row.try_get("user_id")?).or_default();
        let runs: i64 = row.try_get("runs")?;
        let aside: i64 = row.try_get("aside")?;
        match known(&row, "category")? {
            Status::New | Status::Open if aside > 0 => load.waiting += runs,
            Status::New | Status::Open => {
                load.active += runs;
                load.units += row.try_get::<i64, _>("units")?;
            }
            Status::Pending | Status::OnHold => load.waiting += runs,
            _ => {}
        }
    }
    let mut turns =
        Assembly::new("select t.user_id, max(t.taken_at) as taken_at from turns t where t.user_id in ");
    turns.list(ids).push(" group by t.user_id");
    for row in turns.fetch_all(conn).await? {
        loads.entry(row.try_get("user_id")?).or_default().last_assigned_at =
            optional_instant(&row, "taken_at")?;
    }
    Ok(loads)
}

async fn read(conn: &mut AnyConnection, row: &AnyRow) -> Result<Agent> {
    let user_id: String = row.try_get("user_id")?;
    let departments = query(DEPARTMENTS_OF).bind(user_id.clone()).fetch_all(conn).await?;
    Ok(Agent {
        access: Access {
            user_id,
            display_name: row.try_get("display_name")?,
            everywhere: flag(row, "everywhere")?,
            department_ids: departments.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_>>()?,
        },
        active: flag(row, "active")?,
        presence: known(row, "presence")?,
        presence_at: instant(row, "presence_at")?,
        profile: profile(row)?,
        version: row.try_get("version")?,
    })
}

/// What is said of an agent; nothing was said of most.
pub(super) fn profile(row: &AnyRow) -> Result<Profile> {
    let bytes = row.try_get::<Option<Vec<u8>>, _>("profile")?.unwrap_or_default();
    AgentProfile::decode(bytes.as_slice()).map(Profile).map_err(Error::internal)
}
