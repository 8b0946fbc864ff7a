//! Calendars and policies: whole messages of the contract, with the columns that lists and rules need.

use jiff::Timestamp;
use mesh_core::error::{Error, Result};
use prost::Message;
use proto::workflow::v1::{Calendar, SlaPolicy};
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{small, touch};

mesh_core::statements! {
    /// A new calendar, unless its id or name is taken.
    INSERT = "insert into calendars (id, version, name, body, created_at, updated_at) values ($1, 1, $2, $3, $4, $4) \
        on conflict do nothing";
    /// A calendar after an edit of version $2, unless another one has its name.
    UPDATE = "update calendars set version = version + 1, name = $3, body = $4, updated_at = $5 where id = $1 and version = $2 \
        and not exists (select 1 from calendars other where other.name = $3 and other.id <> $1)";
    /// Keeps a version, once and for all.
    KEEP = "insert into calendar_versions (calendar_id, version, body) values ($1, $2, $3) on conflict do nothing";
    /// One calendar.
    BY_ID = "select id, version, body from calendars where id = $1";
    /// A version of one.
    VERSION = "select calendar_id as id, version, body from calendar_versions where calendar_id = $1 and version = $2";
    /// Calendars after a name.
    AFTER = "select id, version, body from calendars where name > $1 order by name limit $2";
    /// Every calendar.
    EVERY = "select id, version, body from calendars order by id";
    /// Whether a calendar has this name that is not this one.
    NAMED = "select 1 from calendars where name = $1 and id <> $2";
    /// A new policy behind all others, unless its id or name is taken.
    INSERT_POLICY = "insert into sla_policies (id, version, name, position, body, created_at, updated_at) \
        select $1, 1, $2, coalesce(max(position), 0) + 1, $3, $4, $4 from sla_policies where 1 = 1 on conflict do nothing";
    /// A policy after an edit of version $2, unless another one has its name.
    UPDATE_POLICY = "update sla_policies set version = version + 1, name = $3, body = $4, updated_at = $5 \
        where id = $1 and version = $2 \
        and not exists (select 1 from sla_policies other where other.name = $3 and other.id <> $1)";
    /// Puts a policy in its place.
    PLACE_POLICY = "update sla_policies set position = $2 where id = $1";
    /// Policies after a place in their order.
    POLICIES_AFTER = "select id, version, position, body from sla_policies where (position, id) > ($1, $2) \
        order by position, id limit $3";
    /// One policy.
    POLICY_BY_ID = "select id, version, position, body from sla_policies where id = $1";
    /// Whether a policy has this name that is not this one.
    POLICY_NAMED = "select 1 from sla_policies where name = $1 and id <> $2";
}

/// Writes a new calendar; false when its id or name is taken.
pub(crate) async fn insert(conn: &mut AnyConnection, calendar: &Calendar, now: Timestamp) -> Result<bool> {
    let statement = query(INSERT)
        .bind(calendar.id.clone())
        .bind(calendar.name.clone())
        .bind(calendar.encode_to_vec())
        .bind(now.as_microsecond());
    let inserted = touch(statement, conn).await? == 1;
    if inserted {
        keep(conn, calendar, 1).await?;
    }
    Ok(inserted)
}

/// Writes an edited calendar over the version it was read with; false when that is no longer its version, or its name is taken.
pub(crate) async fn update(conn: &mut AnyConnection, calendar: &Calendar, now: Timestamp) -> Result<bool> {
    let statement = query(UPDATE)
        .bind(calendar.id.clone())
        .bind(i64::from(calendar.version))
        .bind(calendar.name.clone())
        .bind(calendar.encode_to_vec())
        .bind(now.as_microsecond());
    let updated = touch(statement, conn).await? == 1;
    if updated {
        keep(conn, calendar, calendar.version + 1).await?;
    }
    Ok(updated)
}

async fn keep(conn: &mut AnyConnection, calendar: &Calendar, version: i32) -> Result<()> {
    let statement =
        query(KEEP).bind(calendar.id.clone()).bind(i64::from(version)).bind(calendar.encode_to_vec());
    touch(statement, conn).await.map(drop)
}

pub(crate) async fn by_id(conn: &mut AnyConnection, id: &str) -> Result<Option<Calendar>> {
    let row = query(BY_ID).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// A calendar as a clock knew it.
pub(crate) async fn version(conn: &mut AnyConnection, id: &str, number: i32) -> Result<Option<Calendar>> {
    let row = query(VERSION).bind(id.to_owned()).bind(i64::from(number)).fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()
}

/// Calendars after a name, in order.
pub(crate) async fn after(conn: &mut AnyConnection, name: &str, limit: i64) -> Result<Vec<Calendar>> {
    let rows = query(AFTER).bind(name.to_owned()).bind(limit).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn every(conn: &mut AnyConnection) -> Result<Vec<Calendar>> {
    query(EVERY).fetch_all(conn).await?.iter().map(read).collect()
}

/// Whether another calendar than this one has the name.
pub(crate) async fn is_named(conn: &mut AnyConnection, name: &str, id: &str) -> Result<bool> {
    Ok(query(NAMED).bind(name.to_owned()).bind(id.to_owned()).fetch_optional(conn).await?.is_some())
}

/// Writes a new policy behind all others; false when its id or name is taken.
pub(crate) async fn insert_policy(
    conn: &mut AnyConnection,
    policy: &SlaPolicy,
    now: Timestamp,
) -> Result<bool> {
    let statement = query(INSERT_POLICY)
        .bind(policy.id.clone())
        .bind(policy.name.clone())
        .bind(policy.encode_to_vec())
        .bind(now.as_microsecond());
    Ok(touch(statement, conn).await? == 1)
}

/// Writes an edited policy over the version it was read with; false when that is no longer its version, or its name is taken.
pub(crate) async fn update_policy(
    conn: &mut AnyConnection,
    policy: &SlaPolicy,
    now: Timestamp,
) -> Result<bool> {
    let statement = query(UPDATE_POLICY)
        .bind(policy.id.clone())
        .bind(i64::from(policy.version))
        .bind(policy.name.clone())
        .bind(policy.encode_to_vec())
        .bind(now.as_microsecond());
    Ok(touch(statement, conn).await? == 1)
}

/// Puts a policy in its place.
pub(crate) async fn place_policy(conn: &mut AnyConnection, id: &str, position: i64) -> Result<()> {
    touch(query(PLACE_POLICY).bind(id.to_owned()).bind(position), conn).await.map(drop)
}

/// Policies after a place in their order; the first place is before all of them.
pub(crate) async fn policies_after(
    conn: &mut AnyConnection,
    (position, id): (i32, String),
    limit: i64,
) -> Result<Vec<SlaPolicy>> {
    let statement = query(POLICIES_AFTER).bind(i64::from(position)).bind(id).bind(limit);
    statement.fetch_all(conn).await?.iter().map(read_policy).collect()
}

pub(crate) async fn policy_by_id(conn: &mut AnyConnection, id: &str) -> Result<Option<SlaPolicy>> {
    let row = query(POLICY_BY_ID).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read_policy).transpose()
}

/// Whether another policy than this one has the name.
pub(crate) async fn is_policy_named(conn: &mut AnyConnection, name: &str, id: &str) -> Result<bool> {
    Ok(query(POLICY_NAMED).bind(name.to_owned()).bind(id.to_owned()).fetch_optional(conn).await?.is_some())
}

fn read(row: &AnyRow) -> Result<Calendar> {
    let body: Vec<u8> = row.try_get("body")?;
    let (id, version) = (row.try_get("id")?, small(row, "version")?);
    let calendar = Calendar::decode(body.as_slice()).map_err(Error::internal)?;
    Ok(Calendar { id, version, etag: version.to_string(), ..calendar })
}

fn read_policy(row: &AnyRow) -> Result<SlaPolicy> {
    let body: Vec<u8> = row.try_get("body")?;
    let (id, version) = (row.try_get("id")?, small(row, "version")?);
    let policy = SlaPolicy::decode(body.as_slice()).map_err(Error::internal)?;
    Ok(SlaPolicy { id, version, etag: version.to_string(), order: small(row, "position")?, ..policy })
}
