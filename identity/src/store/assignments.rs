//! Who holds which role where.

use jiff::Timestamp;
use mesh_core::{
    db::{Assembly, Short, Tx},
    error::{Error, Result},
};
use proto::identity::v1::{Permission, UserStatus};
use sqlx::{
    AnyConnection, Row,
    any::{AnyExecutor, AnyRow},
};

use super::flag;
use crate::{
    access::Held,
    role::{self, from_codes},
};

macro_rules! columns {
    () => {
        "id, user_id, role_id, department_id, created_at, creator_id, provider_key"
    };
}

// The same as one text (`mesh_core::db::Short`), in the order in which `read` takes it apart.
macro_rules! short {
    () => {
        "id || '\u{1f}' || user_id || '\u{1f}' || role_id || '\u{1f}' || department_id || '\u{1f}' || \
         created_at || '\u{1f}' || creator_id || '\u{1f}' || provider_key as short"
    };
}

mesh_core::statements! {
    /// One assignment.
    BY_ID = concat!("select ", short!(), " from role_assignments where id = $1");
    /// A new one; nothing when it is there already.
    INSERT = concat!("insert into role_assignments (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing");
    /// How many somebody has.
    COUNT_OF = "select count(*) from role_assignments where user_id = $1";
    /// Takes one back.
    DELETE = "delete from role_assignments where id = $1";
    /// Takes back all in a department.
    CLEAR_DEPARTMENT = "delete from role_assignments where department_id = $1";
    /// What the rules of a single sign-on provider gave somebody.
    FROM_PROVIDER = concat!("select ", short!(), " from role_assignments where user_id = $1 and provider_key = $2 order by id");
    /// Leaves what a provider's rules gave to people's care.
    RELEASE_PROVIDER = "update role_assignments set provider_key = '' where provider_key = $1";
    /// What somebody holds.
    HELD_BY = "select a.role_id, a.department_id, r.permissions, r.requires_second_factor from role_assignments a join roles r on r.id = a.role_id \
        where a.user_id = $1";
    /// Who can sign in and holds a permission everywhere.
    HOLDERS_EVERYWHERE = "select distinct a.user_id from role_assignments a join roles r on r.id = a.role_id join users u on u.id = a.user_id \
        where a.department_id = '' and u.kind = 1 and u.status = $1 and (' ' || r.permissions || ' ') like $2 order by a.user_id limit $3";
    /// Who holds a role anywhere.
    HOLDERS_OF_ROLE = "select distinct user_id from role_assignments where role_id = $1 order by user_id";
    /// Takes the one seat from which administrators are counted, so that two can't go at the same moment.
    TAKE_ADMIN_SEAT = "update roles set updated_at = updated_at where id = $1";
    /// Administrators everywhere who can sign in, but for one assignment and one person. Programs are none: nobody could mend with a
    /// key what a key has locked.
    OTHER_ADMINS = "select count(*) from role_assignments a join users u on u.id = a.user_id \
        where a.role_id = $1 and a.department_id = '' and u.kind = 1 and u.status = $2 and a.id <> $3 and u.id <> $4";
}

/// One person holds one role somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) role_id: String,
    /// Empty for everywhere.
    pub(crate) department_id: String,
    pub(crate) created_at: Timestamp,
    /// Empty for the first administrator.
    pub(crate) creator_id: String,
    /// Of the single sign-on provider whose rules gave it; empty when somebody did.
    pub(crate) provider_key: String,
}

impl Assignment {
    /// Whether it makes its holder an administrator.
    pub(crate) fn is_admin_seat(&self) -> bool {
        self.role_id == role::ADMIN && self.department_id.is_empty()
    }
}

/// Which assignments a list wants; empty fields want all.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are three ids")]
pub(crate) struct Wanted {
    pub(crate) user_id: String,
    pub(crate) role_id: String,
    pub(crate) department_id: String,
}

/// The assignment, or `NOT_FOUND`.
pub(crate) async fn get<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Assignment> {
    let row = sqlx::query(BY_ID).bind(id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()?.ok_or_else(|| Error::not_found("role assignment", id))
}

/// One page of those wanted by id, after the last id of the page before.
pub(crate) async fn list(
    db: &mut AnyConnection,
    wanted: &Wanted,
    after: &str,
    limit: i64,
) -> Result<Vec<Assignment>> {
    let mut ask = Assembly::new(concat!("select ", short!(), " from role_assignments where 1 = 1"));
    ask.push(" and id > ").bind(after.to_owned());
    let wishes = [
        (" and user_id = ", &wanted.user_id),
        (" and role_id = ", &wanted.role_id),
        (" and department_id = ", &wanted.department_id),
    ];
    for (condition, id) in wishes.into_iter().filter(|(_, id)| !id.is_empty()) {
        ask.push(condition).bind(id.clone());
    }
    ask.push(" order by id limit ").bind(limit);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// The assignments of several people.
pub(crate) async fn of_users(db: &mut AnyConnection, user_ids: &[String]) -> Result<Vec<Assignment>> {
    let mut ask = Assembly::new(concat!("select ", short!(), " from role_assignments where 1 = 1"));
    ask.push(" and user_id in ").list(user_ids).push(" order by id");
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// What the rules of a provider gave somebody.
pub(crate) async fn from_provider<'e>(
    db: impl AnyExecutor<'e>,
    user_id: &str,
    provider_key: &str,
) -> Result<Vec<Assignment>> {
    sqlx::query(FROM_PROVIDER)
        .bind(user_id)
        .bind(provider_key)
        .fetch_all(db)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Leaves what a provider's rules gave to people's care.
pub(crate) async fn release_provider(tx: &mut Tx, provider_key: &str) -> Result<()> {
    sqlx::query(RELEASE_PROVIDER).bind(provider_key).execute(tx.conn()).await?;
    Ok(())
}

/// What somebody holds.
pub(crate) async fn held_by<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<Vec<Held>> {
    sqlx::query(HELD_BY).bind(user_id).fetch_all(db).await?.iter().map(read_held).collect()
}

pub(crate) async fn holders_of_role<'e>(db: impl AnyExecutor<'e>, role_id: &str) -> Result<Vec<String>> {
    let rows = sqlx::query(HOLDERS_OF_ROLE).bind(role_id).fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// People who can sign in and hold the permission everywhere, at most so many.
pub(crate) async fn holders_everywhere<'e>(
    db: impl AnyExecutor<'e>,
    permission: Permission,
    limit: i64,
) -> Result<Vec<String>> {
    let active = i64::from(i32::from(UserStatus::Active));
    let code = format!("% {} %", proto::permission::code(permission));
    let rows = sqlx::query(HOLDERS_EVERYWHERE).bind(active).bind(code).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Who holds any role in one of the departments.
pub(crate) async fn holders_in_departments(
    db: &mut AnyConnection,
    departments: &[String],
) -> Result<Vec<String>> {
    let mut ask = Assembly::new("select distinct user_id from role_assignments where 1 = 1");
    ask.push(" and department_id in ").list(departments).push(" order by user_id");
    ask.fetch_all(db).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Writes a new assignment; false when the person holds the role there already.
pub(crate) async fn insert(tx: &mut Tx, assignment: &Assignment) -> Result<bool> {
    let query = sqlx::query(INSERT)
        .bind(&assignment.id)
        .bind(&assignment.user_id)
        .bind(&assignment.role_id)
        .bind(&assignment.department_id)
        .bind(assignment.created_at.as_microsecond())
        .bind(&assignment.creator_id)
        .bind(&assignment.provider_key);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// How many roles somebody has, each place counted.
pub(crate) async fn count_of<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<i64> {
    Ok(sqlx::query(COUNT_OF).bind(user_id).fetch_one(db).await?.try_get(0)?)
}

/// Takes an assignment back; false when somebody was faster.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(sqlx::query(DELETE).bind(id).execute(tx.conn()).await?.rows_affected() == 1)
}

pub(crate) async fn clear_department(tx: &mut Tx, department_id: &str) -> Result<()> {
    sqlx::query(CLEAR_DEPARTMENT).bind(department_id).execute(tx.conn()).await?;
    Ok(())
}

/// Makes others who count administrators, or name one for emergencies, wait for this transaction.
pub(crate) async fn take_admin_seat(tx: &mut Tx) -> Result<()> {
    sqlx::query(TAKE_ADMIN_SEAT).bind(role::ADMIN).execute(tx.conn()).await?;
    Ok(())
}

/// Whether an administrator stays when this assignment and this person are not counted. Others who ask wait for this transaction.
pub(crate) async fn another_admin_stays(tx: &mut Tx, assignment_id: &str, user_id: &str) -> Result<bool> {
    take_admin_seat(tx).await?;
    let active = i64::from(i32::from(UserStatus::Active));
    let query = sqlx::query(OTHER_ADMINS).bind(role::ADMIN).bind(active).bind(assignment_id).bind(user_id);
    Ok(query.fetch_one(tx.conn()).await?.try_get::<i64, _>(0)? > 0)
}

fn read(row: &AnyRow) -> Result<Assignment> {
    let mut short = Short::of(row)?;
    Ok(Assignment {
        id: short.text()?,
        user_id: short.text()?,
        role_id: short.text()?,
        department_id: short.text()?,
        created_at: short.instant()?,
        creator_id: short.text()?,
        provider_key: short.text()?,
    })
}

fn read_held(row: &AnyRow) -> Result<Held> {
    Ok(Held {
        role_id: row.try_get("role_id")?,
        department_id: row.try_get("department_id")?,
        permissions: from_codes(row.try_get("permissions")?),
        requires_second_factor: flag(row, "requires_second_factor")?,
    })
}
