//! Roles.

use std::collections::BTreeMap;

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use proto::permission::PermissionSet;
use sqlx::{
    Row,
    any::{AnyExecutor, AnyRow},
};

use super::{flag, instant};
use crate::{
    role::{Role, from_codes, to_codes},
    user::name_key,
};

macro_rules! columns {
    () => {
        "r.id, r.version, r.key, r.display_name, r.description, r.built_in, r.permissions, r.requires_second_factor, \
         r.created_at, r.updated_at, (select count(*) from role_assignments a where a.role_id = r.id) as assignment_count"
    };
}

mesh_core::statements! {
    /// One role.
    BY_ID = concat!("select ", columns!(), " from roles r where r.id = $1");
    /// All of them, built-in ones first.
    EVERY = concat!("select ", columns!(), " from roles r order by r.built_in desc, case r.built_in when 1 then r.id else r.name_key end");
    /// What each of them lets its holders do.
    POWERS = "select id, permissions, requires_second_factor from roles";
    /// A new one.
    INSERT = "insert into roles (id, version, key, display_name, name_key, description, built_in, permissions, requires_second_factor, \
        created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// A built-in one as this release has it.
    INSTALL = "insert into roles (id, version, key, display_name, name_key, description, built_in, permissions, requires_second_factor, \
        created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
        on conflict (id) do update set version = roles.version + 1, permissions = excluded.permissions, description = excluded.description, \
        display_name = excluded.display_name, name_key = excluded.name_key, updated_at = excluded.updated_at \
        where roles.permissions <> excluded.permissions or roles.description <> excluded.description \
        or roles.display_name <> excluded.display_name";
    /// A changed one, unless somebody was faster.
    UPDATE = "update roles set version = version + 1, display_name = $3, name_key = $4, description = $5, permissions = $6, \
        requires_second_factor = $7, updated_at = $8 where id = $1 and version = $2";
    /// One that nobody holds.
    DELETE = "delete from roles where id = $1 and version = $2";
    /// How many there are.
    COUNT = "select count(*) from roles";
    /// Whether another one has the key or the name already.
    NAME_TAKEN = "select count(*) from roles where (key = $1 or name_key = $2) and id <> $3";
}

/// A role and how many assignments name it.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) role: Role,
    pub(crate) assignments: i64,
}

/// What a role lets its holders do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Power {
    pub(crate) permissions: PermissionSet,
    pub(crate) requires_second_factor: bool,
}

/// What each role lets its holders do, by its id.
pub(crate) async fn powers<'e>(db: impl AnyExecutor<'e>) -> Result<BTreeMap<String, Power>> {
    let rows = sqlx::query(POWERS).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let permissions = from_codes(row.try_get("permissions")?);
            let requires_second_factor = flag(row, "requires_second_factor")?;
            Ok((row.try_get("id")?, Power { permissions, requires_second_factor }))
        })
        .collect()
}

/// The role, or `NOT_FOUND`.
pub(crate) async fn get<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Counted> {
    let row = sqlx::query(BY_ID).bind(id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()?.ok_or_else(|| Error::not_found("role", id))
}

pub(crate) async fn all<'e>(db: impl AnyExecutor<'e>) -> Result<Vec<Counted>> {
    sqlx::query(EVERY).fetch_all(db).await?.iter().map(read).collect()
}

pub(crate) async fn count<'e>(db: impl AnyExecutor<'e>) -> Result<i64> {
    Ok(sqlx::query(COUNT).fetch_one(db).await?.try_get(0)?)
}

pub(crate) async fn is_name_taken<'e>(db: impl AnyExecutor<'e>, role: &Role) -> Result<bool> {
    let row = sqlx::query(NAME_TAKEN)
        .bind(&role.key)
        .bind(name_key(&role.display_name))
        .bind(&role.id)
        .fetch_one(db)
        .await?;
    Ok(row.try_get::<i64, _>(0)? > 0)
}

pub(crate) async fn insert(tx: &mut Tx, role: &Role) -> Result<()> {
    write(tx, INSERT, role).await
}

/// Puts a built-in role in place, or brings it up to date.
pub(crate) async fn install(tx: &mut Tx, role: &Role) -> Result<()> {
    write(tx, INSTALL, role).await
}

async fn write(tx: &mut Tx, statement: &'static str, role: &Role) -> Result<()> {
    let query = sqlx::query(statement)
        .bind(&role.id)
        .bind(role.version)
        .bind(&role.key)
        .bind(&role.display_name)
        .bind(name_key(&role.display_name))
        .bind(&role.description)
        .bind(i64::from(role.built_in))
        .bind(to_codes(role.permissions))
        .bind(i64::from(role.requires_second_factor))
        .bind(role.created_at.as_microsecond())
        .bind(role.updated_at.as_microsecond());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Writes a role whose version was counted up; false when somebody was faster.
pub(crate) async fn update(tx: &mut Tx, role: &Role) -> Result<bool> {
    let query = sqlx::query(UPDATE)
        .bind(&role.id)
        .bind(role.version - 1)
        .bind(&role.display_name)
        .bind(name_key(&role.display_name))
        .bind(&role.description)
        .bind(to_codes(role.permissions))
        .bind(i64::from(role.requires_second_factor))
        .bind(role.updated_at.as_microsecond());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Deletes a role nobody holds; false when somebody was faster.
pub(crate) async fn delete(tx: &mut Tx, role: &Role) -> Result<bool> {
    let deleted = sqlx::query(DELETE).bind(&role.id).bind(role.version).execute(tx.conn()).await?;
    Ok(deleted.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Counted> {
    let role = Role {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        key: row.try_get("key")?,
        display_name: row.try_get("display_name")?,
        description: row.try_get("description")?,
        built_in: flag(row, "built_in")?,
        permissions: from_codes(row.try_get("permissions")?),
        requires_second_factor: flag(row, "requires_second_factor")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    };
    Ok(Counted { role, assignments: row.try_get("assignment_count")? })
}
