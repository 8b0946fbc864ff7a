//! Making accounts and giving roles, whoever asks: an administrator, an invitation, the set-up. Each step runs in the
//! asker's transaction and leaves its line in the audit log and its event in the outbox.

use std::sync::Arc;

use mesh_core::{
    caller::Grants,
    db::Tx,
    error::{Error, Result},
};
use proto::identity::v1::{ErrorReason, UserKind, UserStatus};
use serde_json::{Value, json};

use crate::{
    access::{Authority, amounts_to},
    department::Department,
    events, password, role,
    session::Session,
    store::{
        assignments::{self, Assignment},
        ceremonies, departments, passwords, roles, sessions, users,
    },
    user::{Profile, User},
};

/// An account about to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    pub(crate) kind: UserKind,
    pub(crate) status: UserStatus,
    pub(crate) profile: Profile,
    pub(crate) description: String,
    pub(crate) password_hash: Option<String>,
    /// Role and department (`""` = everywhere) each.
    pub(crate) roles: Vec<(String, String)>,
}

/// Makes an account with its password and roles.
pub(crate) async fn create(tx: &mut Tx, authority: &Authority, new: NewUser) -> Result<User> {
    expect_open_department(tx, &new.profile.department_id).await?;
    let id = tx.ids().id("usr");
    let user =
        User { description: new.description, ..User::new(id, new.kind, new.status, new.profile, tx.now()) };
    expect_free(tx, &user).await?;
    users::insert(tx, &user).await?;
    if let Some(hash) = &new.password_hash {
        passwords::set(tx, &user.id, hash, password::REMEMBERED).await?;
    }
    events::user_created(tx, &authority.cause, &user).await?;
    for (role_id, department_id) in &new.roles {
        give_role(tx, authority, &user, role_id, department_id).await?;
    }
    if !new.roles.is_empty() {
        events::access_changed(tx, &authority.cause, &user.id).await?;
    }
    let after =
        json!({"email": user.profile.email, "display_name": user.profile.display_name, "roles": new.roles});
    authority.line.clone().about("user.created", &user.id).change(&Value::Null, &after).write(tx).await?;
    users::get(tx.conn(), &user.id).await
}

/// Gives a role, if the giver holds everything in it there. `ALREADY_EXISTS` when the person holds it already.
pub(crate) async fn give_role(
    tx: &mut Tx,
    authority: &Authority,
    user: &User,
    role_id: &str,
    department_id: &str,
) -> Result<Assignment> {
    expect_remembered(user)?;
    let wanted = roles::get(tx.conn(), role_id).await?.role;
    expect_open_department(tx, department_id).await?;
    authority.expect_may_give(wanted.permissions, department_id)?;
    expect_few_roles(tx, user).await?;
    let assignment = Assignment {
        id: tx.ids().id("ras"),
        user_id: user.id.clone(),
        role_id: role_id.into(),
        department_id: department_id.into(),
        created_at: tx.now(),
        creator_id: authority.user_id().into(),
        provider_key: String::new(),
    };
    if !assignments::insert(tx, &assignment).await? {
        return Err(Error::already_exists("role_id", "is held there already"));
    }
    Ok(assignment)
}

/// Fine when somebody may get one more role: his tokens name each, and travel with every call.
async fn expect_few_roles(tx: &mut Tx, user: &User) -> Result<()> {
    if assignments::count_of(tx.conn(), &user.id).await? < role::MOST_HELD {
        return Ok(());
    }
    let problem =
        "is held by somebody with 100 roles already; give him one in a department above, or everywhere";
    Err(Error::invalid("role_id", problem))
}

/// Fine when the account may be changed by whoever this is: he holds everything it holds.
pub(crate) async fn expect_covered(tx: &mut Tx, authority: &Authority, user: &User) -> Result<()> {
    if user.id == authority.user_id() {
        return Ok(());
    }
    let grants = grants_of(tx, &user.id).await?;
    authority.expect_covers(&grants)
}

/// Fine when the account was not deleted: what was forgotten never comes back.
pub(crate) fn expect_remembered(user: &User) -> Result<()> {
    if user.deleted_at.is_none() {
        return Ok(());
    }
    let message = "this account was deleted for good; make a new one";
    Err(Error::failed_precondition(&ErrorReason::UserDeleted, message))
}

/// What somebody holds as of this transaction.
async fn grants_of(tx: &mut Tx, user_id: &str) -> Result<Grants> {
    let held = assignments::held_by(tx.conn(), user_id).await?;
    Ok(amounts_to(&held, Arc::new(departments::tree(tx.conn()).await?)))
}

/// Fine when an administrator stays without this person.
pub(crate) async fn expect_another_admin(tx: &mut Tx, user_id: &str) -> Result<()> {
    let held = assignments::of_users(tx.conn(), &[user_id.to_owned()]).await?;
    if !held.iter().any(Assignment::is_admin_seat)
        || assignments::another_admin_stays(tx, "", user_id).await?
    {
        return Ok(());
    }
    Err(last_admin())
}

/// The change would leave nobody who may do everything.
pub(crate) fn last_admin() -> Error {
    Error::failed_precondition(
        &ErrorReason::LastAdmin,
        "this is the last administrator; make another one first",
    )
}

/// Ends the sessions of somebody for which `ends` says so, and whatever would lead to another.
pub(crate) async fn end_sessions(
    tx: &mut Tx,
    authority: &Authority,
    user_id: &str,
    ends: impl Fn(&Session) -> bool,
) -> Result<()> {
    ceremonies::end_all_of(tx, user_id).await?;
    let now = tx.now();
    for session in sessions::all_live_of(tx.conn(), user_id, now).await? {
        if ends(&session) && sessions::end(tx, &session.id).await? {
            events::session_revoked(tx, &authority.cause, &session.id, user_id).await?;
        }
    }
    Ok(())
}

/// Fine when the department is none, or is there and stays open until the transaction ends.
pub(crate) async fn expect_open_department(tx: &mut Tx, department_id: &str) -> Result<()> {
    if department_id.is_empty() || departments::hold_open(tx, department_id).await? {
        return Ok(());
    }
    let department = departments::get(tx.conn(), department_id).await?;
    Err(archived(&department))
}

/// The department takes nothing new.
pub(crate) fn archived(department: &Department) -> Error {
    let message = format!("the department {} is archived; choose another one", department.display_name);
    Error::failed_precondition(&ErrorReason::DepartmentArchived, message)
}

/// Fine when nobody else has the address, number or service name. Two at once meet at the unique columns.
pub(crate) async fn expect_free(tx: &mut Tx, user: &User) -> Result<()> {
    match users::taken(tx.conn(), user).await? {
        Some(field) => Err(Error::already_exists(format!("user.{field}"), "belongs to another account")),
        None => Ok(()),
    }
}

/// What a stranger knows about somebody, which makes a bad password.
pub(crate) fn known_words(profile: &Profile) -> Vec<String> {
    let Profile { display_name, email, given_name, family_name, employee_number, phone, .. } = profile;
    let (local, domain) = email.split_once('@').unwrap_or_default();
    let whole = [display_name, email, given_name, family_name, employee_number, phone].map(String::as_str);
    let parts = display_name.split_whitespace().chain([local, domain, "ticketmesh"]);
    whole.into_iter().chain(parts).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
