//! News of people and departments.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use proto::events::v1::{DepartmentChanged, Envelope, UserAccessChanged, UserUpdated};

use crate::{
    admission::admit,
    agent::Access,
    forgetting,
    store::{self, agents::Told},
};

/// Somebody may be called something else now, or was deleted.
pub(super) async fn user_updated(tx: &mut Tx, updated: &UserUpdated) -> Result<()> {
    let user = updated.user.as_ref().ok_or_else(incomplete)?;
    store::agents::rename(tx.conn(), &user.id, &user.display_name).await?;
    forgetting::begin(tx, user).await
}

/// Somebody may work elsewhere, or nowhere, now.
pub(super) async fn access_changed(
    tx: &mut Tx,
    envelope: &Envelope,
    changed: &UserAccessChanged,
) -> Result<()> {
    let user = changed.user.as_ref().ok_or_else(incomplete)?;
    admit(tx, &Access::of(user), Told::ByEvent(envelope.version)).await
}

/// A department may be called something else now.
pub(super) async fn department_changed(
    tx: &mut Tx,
    envelope: &Envelope,
    changed: &DepartmentChanged,
) -> Result<()> {
    let department = changed.department.as_ref().ok_or_else(incomplete)?;
    store::queues::name_department(tx.conn(), &department.id, envelope.version, &department.display_name)
        .await
}

fn incomplete() -> Error {
    Error::internal("an event of identity lacks the thing it is about")
}
