//! What identity tells the mesh. Every event is pushed in the transaction of its change, after the change.

use mesh_core::{
    db::Tx,
    error::Result,
    outbox::{self, Cause, News},
};
use proto::{
    events::v1::{
        Audience, DepartmentChanged, RoleChanged, SessionRevoked, UserAccessChanged, UserCreated,
        UserUpdated, envelope::Event,
    },
    identity::v1::Permission,
};

use crate::{
    department::Department,
    store::{roles::Counted, users},
    user::User,
    wire,
};

/// Somebody has an account now.
pub(crate) async fn user_created(tx: &mut Tx, cause: &Cause, user: &User) -> Result<()> {
    let event =
        Event::IdentityUserCreated(UserCreated { user: Some(wire::one_full(tx.conn(), user).await?) });
    push(tx, cause, &user.id, user.version, about(user), event).await
}

/// Somebody's profile changed.
pub(crate) async fn user_updated(tx: &mut Tx, cause: &Cause, user: &User) -> Result<()> {
    let event =
        Event::IdentityUserUpdated(UserUpdated { user: Some(wire::one_full(tx.conn(), user).await?) });
    push(tx, cause, &user.id, user.version, about(user), event).await
}

/// What somebody may do changed; his tokens from before are void. The account gets a new version, since its roles are part of it.
pub(crate) async fn access_changed(tx: &mut Tx, cause: &Cause, user_id: &str) -> Result<()> {
    users::touch(tx, user_id).await?;
    let user = users::get(tx.conn(), user_id).await?;
    let full = wire::one_full(tx.conn(), &user).await?;
    let event = Event::IdentityUserAccessChanged(UserAccessChanged { user: Some(full) });
    push(tx, cause, &user.id, user.version, about(&user), event).await
}

/// A session, or an API key, ended before its time.
pub(crate) async fn session_revoked(
    tx: &mut Tx,
    cause: &Cause,
    session_id: &str,
    user_id: &str,
) -> Result<()> {
    let event = SessionRevoked { session_id: session_id.into(), user_id: user_id.into() };
    let audience = Audience { user_ids: vec![user_id.into()], ..Audience::default() };
    push(tx, cause, session_id, 1, audience, Event::IdentitySessionRevoked(event)).await
}

/// A department was made, renamed, moved or archived.
pub(crate) async fn department_changed(tx: &mut Tx, cause: &Cause, department: &Department) -> Result<()> {
    let event = DepartmentChanged { department: Some(wire::department(department)) };
    let audience = Audience { everyone: true, ..Audience::default() };
    push(tx, cause, &department.id, department.version, audience, Event::IdentityDepartmentChanged(event))
        .await
}

/// A role was made, changed or deleted.
pub(crate) async fn role_changed(tx: &mut Tx, cause: &Cause, role: &Counted, deleted: bool) -> Result<()> {
    let event = RoleChanged { role: Some(wire::role(role)), deleted };
    let audience = Audience { permission: Permission::UserRead.into(), ..Audience::default() };
    let version = role.role.version + i64::from(deleted);
    push(tx, cause, &role.role.id, version, audience, Event::IdentityRoleChanged(event)).await
}

/// The person, and those who may read people where his home is.
fn about(user: &User) -> Audience {
    let home = &user.profile.department_id;
    Audience {
        user_ids: vec![user.id.clone()],
        permission: Permission::UserRead.into(),
        department_ids: if home.is_empty() { vec![] } else { vec![home.clone()] },
        ..Audience::default()
    }
}

async fn push(
    tx: &mut Tx,
    cause: &Cause,
    subject: &str,
    version: i64,
    audience: Audience,
    event: Event,
) -> Result<()> {
    outbox::push(tx, cause, News { subject: subject.into(), version, audience, event }).await?;
    Ok(())
}
