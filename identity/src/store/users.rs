//! Accounts.

use jiff::Timestamp;
use mesh_core::{
    db::{Assembly, Short, Tx},
    error::{Error, Result},
};
use proto::identity::v1::{UserKind, UserStatus};
use sqlx::{
    AnyConnection, Row,
    any::{AnyExecutor, AnyRow},
};

use super::{micros, number, words};
use crate::user::{Profile, User, name_key};

macro_rules! columns {
    () => {
        "id, version, kind, status, display_name, email, given_name, family_name, phone, employee_number, locale, time_zone, \
         picture_path, department_id, description, created_at, updated_at, last_sign_in_at, deleted_at"
    };
}

// The same as one text (`mesh_core::db::Short`), in the order in which `read` takes it apart.
macro_rules! short {
    () => {
        "id || '\u{1f}' || version || '\u{1f}' || kind || '\u{1f}' || status || '\u{1f}' || \
         replace(display_name, '\u{1f}', ' ') || '\u{1f}' || coalesce(email, '') || '\u{1f}' || \
         replace(given_name, '\u{1f}', ' ') || '\u{1f}' || replace(family_name, '\u{1f}', ' ') || '\u{1f}' || \
         replace(phone, '\u{1f}', ' ') || '\u{1f}' || replace(coalesce(employee_number, ''), '\u{1f}', ' ') || '\u{1f}' || \
         locale || '\u{1f}' || time_zone || '\u{1f}' || department_id || '\u{1f}' || picture_path || '\u{1f}' || \
         replace(description, '\u{1f}', ' ') || '\u{1f}' || created_at || '\u{1f}' || updated_at || '\u{1f}' || \
         coalesce(last_sign_in_at, 0) || '\u{1f}' || coalesce(deleted_at, 0) as short"
    };
}

/// How many words of a search count.
const MOST_WORDS: usize = 5;

mesh_core::statements! {
    /// One account.
    BY_ID = concat!("select ", short!(), " from users where id = $1");
    /// The account with a sign-in name.
    BY_EMAIL = concat!("select ", short!(), " from users where email = $1");
    /// A new account.
    INSERT = concat!("insert into users (", columns!(), ", name_key) values \
        ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)");
    /// A changed account, unless somebody was faster.
    UPDATE = "update users set version = version + 1, status = $3, display_name = $4, email = $5, given_name = $6, family_name = $7, \
        phone = $8, employee_number = $9, locale = $10, time_zone = $11, department_id = $12, updated_at = $13, name_key = $14, \
        picture_path = $15, description = $16, deleted_at = $17 where id = $1 and version = $2";
    /// A new version of an account whose roles changed.
    TOUCH = "update users set version = version + 1, updated_at = $2 where id = $1";
    /// Notes a sign-in, which changes nothing anybody edits.
    SIGNED_IN = "update users set last_sign_in_at = $2 where id = $1";
    /// Whether there is any account at all.
    ANY = "select count(*) from (select 1 from users limit 1) as found";
    /// Which unique field of an account another one has already.
    TAKEN = "select case when email = $2 then 'email' when employee_number = $3 then 'employee_number' else 'display_name' end \
        from users where id <> $1 and (email = $2 or employee_number = $3 or (kind = 2 and $4 = 2 and name_key = $5)) limit 1";
    /// Service accounts by name.
    SERVICE_ACCOUNTS = concat!("select ", short!(), " from users where kind = 2 and (name_key, id) > ($1, $2) \
        order by name_key, id limit $3");
}

/// Which people a list wants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) query: String,
    /// Search addresses too.
    pub(crate) with_email: bool,
    pub(crate) department_id: String,
    pub(crate) role_id: String,
    pub(crate) status: Option<UserStatus>,
    pub(crate) kind: Option<UserKind>,
    /// Only people at home in one of these; `None` for all.
    pub(crate) reach: Option<Vec<String>>,
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<Option<User>> {
    sqlx::query(BY_ID).bind(id).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// The account, or `NOT_FOUND`.
pub(crate) async fn get<'e>(db: impl AnyExecutor<'e>, id: &str) -> Result<User> {
    find(db, id).await?.ok_or_else(|| Error::not_found("user", id))
}

pub(crate) async fn find_by_email<'e>(db: impl AnyExecutor<'e>, email: &str) -> Result<Option<User>> {
    sqlx::query(BY_EMAIL).bind(email).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// Those of the ids that are there, in no order.
pub(crate) async fn find_all(db: &mut AnyConnection, ids: &[String]) -> Result<Vec<User>> {
    let mut ask = Assembly::new(concat!("select ", short!(), " from users where 1 = 1"));
    ask.push(" and id in ").list(ids);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// The people with these addresses, folded, in no order.
pub(crate) async fn find_all_by_email(db: &mut AnyConnection, emails: &[String]) -> Result<Vec<User>> {
    let mut ask = Assembly::new(concat!("select ", short!(), " from users where 1 = 1"));
    ask.push(" and email in ").list(emails);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// One page of those wanted, after the (name key, id) of the page before.
pub(crate) async fn list(
    db: &mut AnyConnection,
    wanted: &Wanted,
    after: Option<(String, String)>,
    limit: i64,
) -> Result<Vec<User>> {
    let mut ask = Assembly::new(concat!("select ", short!(), " from users where 1 = 1"));
    conditions(&mut ask, wanted);
    if let Some((name_key, id)) = after {
        ask.push(" and (name_key, id) > (").bind(name_key).push(", ").bind(id).push(")");
    }
    ask.push(" order by name_key, id limit ").bind(limit);
    ask.fetch_all(db).await?.iter().map(read).collect()
}

/// How many are wanted.
pub(crate) async fn count(db: &mut AnyConnection, wanted: &Wanted) -> Result<i64> {
    let mut ask = Assembly::new("select count(*) from users where 1 = 1");
    conditions(&mut ask, wanted);
    number(ask, db).await
}

fn conditions(ask: &mut Assembly, wanted: &Wanted) {
    for word in name_key(&wanted.query).split_whitespace().take(MOST_WORDS) {
        words::narrow(ask, word, wanted.with_email);
    }
    let (department, role) = (&wanted.department_id, &wanted.role_id);
    if !department.is_empty() {
        ask.push(" and (department_id = ").bind(department.clone());
        ask.push(" or id in (select user_id from role_assignments where department_id = ")
            .bind(department.clone())
            .push("))");
    }
    if !role.is_empty() {
        ask.push(" and id in (select user_id from role_assignments where role_id = ")
            .bind(role.clone())
            .push(")");
    }
    if let Some(status) = wanted.status {
        ask.push(" and status = ").bind(i64::from(i32::from(status)));
    }
    if let Some(kind) = wanted.kind {
        ask.push(" and kind = ").bind(i64::from(i32::from(kind)));
    }
    if let Some(departments) = &wanted.reach {
        ask.push(" and department_id in ").list(departments);
    }
}

pub(crate) async fn list_service_accounts<'e>(
    db: impl AnyExecutor<'e>,
    after: Option<(String, String)>,
    limit: i64,
) -> Result<Vec<User>> {
    let (name_key, id) = after.unwrap_or_default();
    let rows = sqlx::query(SERVICE_ACCOUNTS).bind(name_key).bind(id).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Whether there is any account at all.
pub(crate) async fn is_empty<'e>(db: impl AnyExecutor<'e>) -> Result<bool> {
    let row = sqlx::query(ANY).fetch_one(db).await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}

/// The unique field that another account has already, if there is one.
pub(crate) async fn taken<'e>(db: impl AnyExecutor<'e>, user: &User) -> Result<Option<String>> {
    let query = sqlx::query(TAKEN)
        .bind(&user.id)
        .bind(or_null(&user.profile.email))
        .bind(or_null(&user.profile.employee_number))
        .bind(i64::from(i32::from(user.kind)))
        .bind(name_key(&user.profile.display_name));
    Ok(query.fetch_optional(db).await?.map(|row| row.try_get(0)).transpose()?)
}

/// Writes a new account; fails with `ALREADY_EXISTS` when its address, number or service name is taken.
pub(crate) async fn insert(tx: &mut Tx, user: &User) -> Result<()> {
    let profile = &user.profile;
    let query = sqlx::query(INSERT)
        .bind(&user.id)
        .bind(user.version)
        .bind(i64::from(i32::from(user.kind)))
        .bind(i64::from(i32::from(user.status)))
        .bind(&profile.display_name)
        .bind(or_null(&profile.email))
        .bind(&profile.given_name)
        .bind(&profile.family_name)
        .bind(&profile.phone)
        .bind(or_null(&profile.employee_number))
        .bind(&profile.locale)
        .bind(&profile.time_zone)
        .bind(&user.picture_path)
        .bind(&profile.department_id)
        .bind(&user.description)
        .bind(user.created_at.as_microsecond())
        .bind(user.updated_at.as_microsecond())
        .bind(micros(user.last_sign_in_at))
        .bind(micros(user.deleted_at))
        .bind(name_key(&profile.display_name));
    query.execute(tx.conn()).await?;
    words::set(tx, &user.id, profile).await
}

/// Writes an account as it is after [`User::changed`]; false when somebody was faster.
pub(crate) async fn update(tx: &mut Tx, user: &User) -> Result<bool> {
    let profile = &user.profile;
    let query = sqlx::query(UPDATE)
        .bind(&user.id)
        .bind(user.version - 1)
        .bind(i64::from(i32::from(user.status)))
        .bind(&profile.display_name)
        .bind(or_null(&profile.email))
        .bind(&profile.given_name)
        .bind(&profile.family_name)
        .bind(&profile.phone)
        .bind(or_null(&profile.employee_number))
        .bind(&profile.locale)
        .bind(&profile.time_zone)
        .bind(&profile.department_id)
        .bind(user.updated_at.as_microsecond())
        .bind(name_key(&profile.display_name))
        .bind(&user.picture_path)
        .bind(&user.description)
        .bind(micros(user.deleted_at));
    if query.execute(tx.conn()).await?.rows_affected() == 0 {
        return Ok(false);
    }
    words::set(tx, &user.id, profile).await?;
    Ok(true)
}

/// Gives the account a new version; its row stays locked, so the versions of its events are in order.
pub(crate) async fn touch(tx: &mut Tx, id: &str) -> Result<()> {
    let now = tx.micros();
    sqlx::query(TOUCH).bind(id).bind(now).execute(tx.conn()).await?;
    Ok(())
}

pub(crate) async fn signed_in(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    sqlx::query(SIGNED_IN).bind(id).bind(now.as_microsecond()).execute(tx.conn()).await?;
    Ok(())
}

/// Unique columns are null rather than empty, so that many may lack them.
fn or_null(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn read(row: &AnyRow) -> Result<User> {
    let mut short = Short::of(row)?;
    Ok(User {
        id: short.text()?,
        version: short.number()?,
        kind: short.member()?,
        status: short.member()?,
        profile: Profile {
            display_name: short.text()?,
            email: short.text()?,
            given_name: short.text()?,
            family_name: short.text()?,
            phone: short.text()?,
            employee_number: short.text()?,
            locale: short.text()?,
            time_zone: short.text()?,
            department_id: short.text()?,
        },
        picture_path: short.text()?,
        description: short.text()?,
        created_at: short.instant()?,
        updated_at: short.instant()?,
        last_sign_in_at: short.optional_instant()?,
        deleted_at: short.optional_instant()?,
    })
}
