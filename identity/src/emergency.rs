//! The administrator for emergencies: while people of some domain have to sign in at a provider, one administrator still comes in by
//! his password, so that a provider that is down or badly described locks nobody out for good.
//!
//! The invariant: as long as a provider is enforced there is such a person: active, with the role of administrators everywhere, and
//! with a password. Whatever would end that is refused; who asks holds the administrators' seat until his transaction ends, so that
//! two can't undo it at the same moment.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use proto::identity::v1::ErrorReason;

use crate::{
    settings,
    sso::Provider,
    store::{
        assignments::{self, Assignment},
        passwords, sso_providers, users,
    },
};

/// Fine when there is somebody for emergencies, before a provider is enforced.
pub(crate) async fn expect_keeper(tx: &mut Tx) -> Result<()> {
    assignments::take_admin_seat(tx).await?;
    let keeper = settings::access(tx.conn()).await?.break_glass_user_id;
    if can_keep(tx, &keeper).await? {
        return Ok(());
    }
    let message = "to hold a domain to this provider, first name an administrator with a password who comes in without it: \
        break_glass_user_id in the access settings";
    Err(Error::failed_precondition(&ErrorReason::BreakGlassNeeded, message))
}

/// Fine when nobody needs somebody for emergencies, before the last one is taken out of the settings.
pub(crate) async fn expect_dispensable(tx: &mut Tx) -> Result<()> {
    assignments::take_admin_seat(tx).await?;
    if is_any_enforced(tx).await? {
        let message = "while a domain has to sign in at a provider there must be somebody for emergencies; name another administrator";
        return Err(Error::failed_precondition(&ErrorReason::BreakGlassNeeded, message));
    }
    Ok(())
}

/// Fine when this is not who is kept for emergencies, before he is suspended, deleted or demoted.
pub(crate) async fn expect_other(tx: &mut Tx, user_id: &str) -> Result<()> {
    if is_keeper(tx, user_id).await? {
        let message = "this administrator is kept for emergencies while a domain has to sign in at a provider; name another one in the \
            access settings first";
        return Err(Error::failed_precondition(&ErrorReason::BreakGlassNeeded, message));
    }
    Ok(())
}

/// Whether this is who is kept for emergencies, and has to be.
pub(crate) async fn is_keeper(tx: &mut Tx, user_id: &str) -> Result<bool> {
    assignments::take_admin_seat(tx).await?;
    Ok(settings::access(tx.conn()).await?.break_glass_user_id == user_id && is_any_enforced(tx).await?)
}

/// Whether this is an administrator who can sign in with a password.
pub(crate) async fn can_keep(tx: &mut Tx, user_id: &str) -> Result<bool> {
    assignments::take_admin_seat(tx).await?;
    let user = users::find(tx.conn(), user_id).await?;
    let held = assignments::of_users(tx.conn(), &[user_id.to_owned()]).await?;
    Ok(user.is_some_and(|user| user.is_person() && user.is_active())
        && held.iter().any(Assignment::is_admin_seat)
        && passwords::current(tx.conn(), user_id).await?.is_some())
}

async fn is_any_enforced(tx: &mut Tx) -> Result<bool> {
    Ok(sso_providers::list(tx.conn()).await?.iter().any(Provider::is_enforced))
}
