//! Automations, what they did, and recent events to try them on.

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::{Error, Result},
};
use prost::Message;
use proto::workflow::v1::{Automation as Wire, AutomationRun};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{flag, instant, number, small, touch};
use crate::automation::{Automation, Heard};

mesh_core::statements! {
    /// A new one, behind all others.
    ADD_AUTOMATION = "insert into automations (id, version, name, position, enabled, enabled_at, event, paused_because, body, \
        created_at, updated_at) values ($1, 1, $2, (select coalesce(max(position), 0) + 1 from automations), $3, $7, $4, $5, $6, $7, $7) \
        on conflict do nothing";
    /// The automation as it is now, over the version $7.
    SAVE_AUTOMATION = "update automations set version = version + 1, name = $2, enabled = $3, event = $4, paused_because = $5, body = $6, \
        updated_at = $8, enabled_at = $9 where id = $1 and version = $7";
    /// Switches one off.
    PAUSE = "update automations set version = version + 1, enabled = 0, paused_because = $2, updated_at = $3 where id = $1 and enabled = 1";
    AUTOMATION = "select * from automations where id = $1";
    /// All of them, in their order.
    AUTOMATIONS = "select * from automations where position > $1 or (position = $1 and id > $2) order by position, id limit $3";
    /// Those that wait for an event, and how many of its name were kept of a second: one row at least.
    WAITING_FOR_EVENT = "select h.kept, a.* from (select count(*) as kept from heard where name = $1 and second = $2) h \
        left join automations a on a.enabled = 1 and a.event = $1 order by a.position, a.id";
    /// Whether one waits for an event.
    IS_AWAITED = "select 1 from automations where enabled = 1 and event = $1 limit 1";
    NAME_TAKEN = "select 1 from automations where name = $1 and id <> $2";
    /// Puts one at a place.
    PLACE_AUTOMATION = "update automations set version = version + 1, position = $2 where id = $1 and position <> $2";
    /// What one did; nothing the second time it looks for the same reason.
    ADD_RUN = "insert into automation_runs (id, automation_id, ticket_id, cause, at, outcome, by_person, body) \
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";
    /// What one did, the newest first.
    RUNS = "select id, at, body from automation_runs where automation_id = $1 and (at < $2 or (at = $2 and id < $3)) \
        order by at desc, id desc limit $4";
    /// How often one did something to a ticket since an instant with nobody behind it.
    DONE_SINCE = "select count(*) from automation_runs where automation_id = $1 and ticket_id = $2 and outcome = 1 and by_person = 0 \
        and at > $3";
    /// How often one failed since an instant.
    FAILED_SINCE = "select count(*) from automation_runs where automation_id = $1 and outcome in (3, 4) and at >= $2";
    FORGET_RUNS = "delete from automation_runs where at < $1";
    /// Keeps an event.
    KEEP_HEARD = "insert into heard (id, name, second, said) values ($1, $2, $3, $4) on conflict do nothing";
    /// The events of a name, the newest first.
    HEARD = "select said from heard where name = $1 order by second desc, id desc limit $2";
    /// Forgets the events of a name but for so many.
    FORGET_HEARD = "delete from heard where name = $1 and second < (select min(second) from \
        (select second from heard where name = $1 order by second desc limit $2) newest)";
}

/// Adds one; false when its name is taken.
pub(crate) async fn add(conn: &mut AnyConnection, automation: &Automation, now: Timestamp) -> Result<bool> {
    let said = &automation.said;
    let statement = query(ADD_AUTOMATION)
        .bind(said.id.clone())
        .bind(said.name.clone())
        .bind(i64::from(said.enabled))
        .bind(automation.event().to_owned())
        .bind(said.paused_because.clone())
        .bind(said.encode_to_vec())
        .bind(now.as_microsecond());
    Ok(touch(statement, conn).await? == 1)
}

/// Keeps a changed one over the version it was read with; false when that is no longer its version.
pub(crate) async fn save(conn: &mut AnyConnection, automation: &Automation, now: Timestamp) -> Result<bool> {
    let said = &automation.said;
    let statement = query(SAVE_AUTOMATION)
        .bind(said.id.clone())
        .bind(said.name.clone())
        .bind(i64::from(said.enabled))
        .bind(automation.event().to_owned())
        .bind(said.paused_because.clone())
        .bind(said.encode_to_vec())
        .bind(automation.version)
        .bind(now.as_microsecond())
        .bind(automation.enabled_at.as_microsecond());
    Ok(touch(statement, conn).await? == 1)
}

/// Switches one off that is on; false when it was off.
pub(crate) async fn pause(conn: &mut AnyConnection, id: &str, because: &str, now: Timestamp) -> Result<bool> {
    let statement = query(PAUSE).bind(id.to_owned()).bind(because.to_owned()).bind(now.as_microsecond());
    Ok(touch(statement, conn).await? == 1)
}

pub(crate) async fn by_id(conn: &mut AnyConnection, id: &str) -> Result<Option<Automation>> {
    let row = query(AUTOMATION).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// Those behind a place and id, in their order.
pub(crate) async fn after(
    conn: &mut AnyConnection,
    (position, id): (i64, String),
    limit: i64,
) -> Result<Vec<Automation>> {
    let rows = query(AUTOMATIONS).bind(position).bind(id).bind(limit).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

/// Those that wait for an event, in their order, and whether one of its name and second was kept. It is asked with every change, so
/// this is one question.
pub(crate) async fn waiting_for(conn: &mut AnyConnection, heard: &Heard) -> Result<(Vec<Automation>, bool)> {
    let statement = query(WAITING_FOR_EVENT).bind(heard.name.clone()).bind(heard.time.as_second());
    let rows = statement.fetch_all(conn).await?;
    let (mut waiting, mut is_kept) = (vec![], false);
    for row in &rows {
        is_kept = row.try_get::<i64, _>("kept")? > 0;
        if row.try_get::<Option<String>, _>("id")?.is_some() {
            waiting.push(read(row)?);
        }
    }
    Ok((waiting, is_kept))
}

pub(crate) async fn is_awaited(conn: &mut AnyConnection, event: &str) -> Result<bool> {
    Ok(query(IS_AWAITED).bind(event.to_owned()).fetch_optional(conn).await?.is_some())
}

/// Whether another one than this has the name.
pub(crate) async fn is_taken(conn: &mut AnyConnection, name: &str, id: &str) -> Result<bool> {
    Ok(query(NAME_TAKEN).bind(name.to_owned()).bind(id.to_owned()).fetch_optional(conn).await?.is_some())
}

/// Puts one at a place in the order.
pub(crate) async fn place(conn: &mut AnyConnection, id: &str, position: i64) -> Result<()> {
    touch(query(PLACE_AUTOMATION).bind(id.to_owned()).bind(position), conn).await.map(drop)
}

/// What one did, and what made it look; false when it has looked for that already.
pub(crate) async fn add_run(
    conn: &mut AnyConnection,
    id: &str,
    run: &AutomationRun,
    cause: &str,
    by_person: bool,
) -> Result<bool> {
    let at = run.time.as_ref().and_then(clock::from_proto).unwrap_or_default();
    let statement = query(ADD_RUN)
        .bind(id.to_owned())
        .bind(run.automation_id.clone())
        .bind(run.ticket_id.clone())
        .bind(cause.to_owned())
        .bind(at.as_microsecond())
        .bind(number(run.outcome()))
        .bind(i64::from(by_person))
        .bind(run.encode_to_vec());
    Ok(touch(statement, conn).await? == 1)
}

/// What one did before a time and id, the newest first, each with those.
pub(crate) async fn runs(
    conn: &mut AnyConnection,
    automation_id: &str,
    (at, id): (i64, String),
    limit: i64,
) -> Result<Vec<((i64, String), AutomationRun)>> {
    let statement = query(RUNS).bind(automation_id.to_owned()).bind(at).bind(id).bind(limit);
    let rows = statement.fetch_all(conn).await?;
    let read = |row: &AnyRow| {
        let body: Vec<u8> = row.try_get("body")?;
        let run = AutomationRun::decode(body.as_slice()).map_err(Error::internal)?;
        Ok(((row.try_get("at")?, row.try_get("id")?), run))
    };
    rows.iter().map(read).collect()
}

/// How often one did something to a ticket since an instant.
pub(crate) async fn done_since(
    conn: &mut AnyConnection,
    automation_id: &str,
    ticket_id: &str,
    since: Timestamp,
) -> Result<i64> {
    let statement = query(DONE_SINCE)
        .bind(automation_id.to_owned())
        .bind(ticket_id.to_owned())
        .bind(since.as_microsecond());
    Ok(statement.fetch_one(conn).await?.try_get(0)?)
}

/// How often one failed since an instant.
pub(crate) async fn failed_since(
    conn: &mut AnyConnection,
    automation_id: &str,
    since: Timestamp,
) -> Result<i64> {
    let statement = query(FAILED_SINCE).bind(automation_id.to_owned()).bind(since.as_microsecond());
    Ok(statement.fetch_one(conn).await?.try_get(0)?)
}

/// Forgets what was done before an instant.
pub(crate) async fn forget_runs(conn: &mut AnyConnection, before: Timestamp) -> Result<()> {
    touch(query(FORGET_RUNS).bind(before.as_microsecond()), conn).await.map(drop)
}

/// Keeps an event to try automations on.
pub(crate) async fn keep_heard(conn: &mut AnyConnection, heard: &Heard) -> Result<()> {
    let statement = query(KEEP_HEARD)
        .bind(heard.id.clone())
        .bind(heard.name.clone())
        .bind(heard.time.as_second())
        .bind(serde_json::to_string(heard).map_err(Error::internal)?);
    touch(statement, conn).await.map(drop)
}

/// The latest events of a name, the newest first.
pub(crate) async fn heard(conn: &mut AnyConnection, name: &str, limit: i64) -> Result<Vec<Heard>> {
    let rows = query(HEARD).bind(name.to_owned()).bind(limit).fetch_all(conn).await?;
    let read = |row: &AnyRow| serde_json::from_str(row.try_get(0)?).map_err(Error::internal);
    rows.iter().map(read).collect()
}

/// Forgets the events of a name but for the latest.
pub(crate) async fn forget_heard(conn: &mut AnyConnection, name: &str, kept: i64) -> Result<()> {
    touch(query(FORGET_HEARD).bind(name.to_owned()).bind(kept), conn).await.map(drop)
}

fn read(row: &AnyRow) -> Result<Automation> {
    let body: Vec<u8> = row.try_get("body")?;
    let said = Wire::decode(body.as_slice()).map_err(Error::internal)?;
    let (enabled, paused_because) = (flag(row, "enabled")?, row.try_get("paused_because")?);
    Ok(Automation {
        said: Wire { enabled, paused_because, ..said },
        position: small(row, "position")?,
        version: row.try_get("version")?,
        enabled_at: instant(row, "enabled_at")?,
    })
}
