//! Departments.

use mesh_core::{
    caller::Tree,
    db::Tx,
    error::{Error, Result},
};
use sqlx::{
    Row,
    any::{AnyExecutor, AnyRow},
};

use super::{instant, micros, optional_instant};
use crate::{department::Department, user::name_key};

macro_rules! columns {
    () => {
        "id, version, display_name, description, parent_id, archived_at, created_at, updated_at"
    };
}

mesh_core::statements! {
    /// One department.
    BY_ID = concat!("select ", columns!(), " from departments where id = $1");
    /// All of them by name.
    EVERY = concat!("select ", columns!(), " from departments order by name_key, id");
    /// Who is below whom.
    PARENTS = "select id, parent_id, version from departments";
    /// A new one.
    INSERT = concat!("insert into departments (", columns!(), ", name_key) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    /// A changed one, unless somebody was faster.
    UPDATE = "update departments set version = version + 1, display_name = $3, description = $4, parent_id = $5, archived_at = $6, \
        updated_at = $7, name_key = $8 where id = $1 and version = $2";
    /// Keeps an open one open until the transaction ends; nothing when it is archived.
    HOLD_OPEN = "update departments set updated_at = updated_at where id = $1 and archived_at is null";
    /// How many below it are not archived.
    LIVE_CHILDREN = "select count(*) from departments where parent_id = $1 and archived_at is null";
    /// Whether a sibling has the name already.
    NAME_TAKEN = "select count(*) from departments where parent_id = $1 and name_key = $2 and id <> $3 and archived_at is null";
    /// How many there are.
    COUNT = "select count(*) from departments";
}

/// The department, or `NOT_FOUND`.
pub(crate) async fn get<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Department> {
    let row = sqlx::query(BY_ID).bind(id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()?.ok_or_else(|| Error::not_found("department", id))
}

pub(crate) async fn all<'e>(db: impl AnyExecutor<'e>) -> Result<Vec<Department>> {
    sqlx::query(EVERY).fetch_all(db).await?.iter().map(read).collect()
}

/// Who is below whom. Departments are never deleted, so their versions together count the changes of the whole.
pub(crate) async fn tree<'e>(db: impl AnyExecutor<'e>) -> Result<Tree> {
    let (mut version, mut pairs) = (0, Vec::new());
    for row in sqlx::query(PARENTS).fetch_all(db).await? {
        pairs.push((row.try_get(0)?, row.try_get(1)?));
        version += row.try_get::<i64, _>(2)?;
    }
    Ok(Tree::new(version, pairs))
}

/// The same as (department, parent) pairs.
pub(crate) async fn pairs<'e>(db: impl AnyExecutor<'e>) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query(PARENTS).fetch_all(db).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Keeps the department open until the transaction ends; false when it is not open.
pub(crate) async fn hold_open(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(sqlx::query(HOLD_OPEN).bind(id).execute(tx.conn()).await?.rows_affected() == 1)
}

pub(crate) async fn count<'e>(db: impl AnyExecutor<'e>) -> Result<i64> {
    Ok(sqlx::query(COUNT).fetch_one(db).await?.try_get(0)?)
}

pub(crate) async fn live_children<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<i64> {
    Ok(sqlx::query(LIVE_CHILDREN).bind(id).fetch_one(db).await?.try_get(0)?)
}

pub(crate) async fn is_name_taken<'e>(db: impl AnyExecutor<'e>, department: &Department) -> Result<bool> {
    let (parent, key) = (&department.parent_id, name_key(&department.display_name));
    let row = sqlx::query(NAME_TAKEN).bind(parent).bind(key).bind(&department.id).fetch_one(db).await?;
    Ok(row.try_get::<i64, _>(0)? > 0)
}

pub(crate) async fn insert(tx: &mut Tx, department: &Department) -> Result<()> {
    let query = sqlx::query(INSERT)
        .bind(&department.id)
        .bind(department.version)
        .bind(&department.display_name)
        .bind(&department.description)
        .bind(&department.parent_id)
        .bind(micros(department.archived_at))
        .bind(department.created_at.as_microsecond())
        .bind(department.updated_at.as_microsecond())
        .bind(name_key(&department.display_name));
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Writes a department whose version was counted up; false when somebody was faster.
pub(crate) async fn update(tx: &mut Tx, department: &Department) -> Result<bool> {
    let query = sqlx::query(UPDATE)
        .bind(&department.id)
        .bind(department.version - 1)
        .bind(&department.display_name)
        .bind(&department.description)
        .bind(&department.parent_id)
        .bind(micros(department.archived_at))
        .bind(department.updated_at.as_microsecond())
        .bind(name_key(&department.display_name));
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Department> {
    Ok(Department {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        display_name: row.try_get("display_name")?,
        description: row.try_get("description")?,
        parent_id: row.try_get("parent_id")?,
        archived_at: optional_instant(row, "archived_at")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}
