//! Forgetting who somebody was, for good. The id and the history stay; whatever tells goes, in one transaction with the news of it.
//!
//! The audit log keeps what it said before: it is the proof of who had access when, and goes by its own retention. What is written
//! from here on names the id alone.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use serde_json::json;

use crate::{
    access::Authority,
    emergency, events, people,
    store::{api_keys, traces, users},
    user::User,
};

/// Makes the account one that tells nobody whose it was, and that nobody signs in to any more.
pub(crate) async fn forget(tx: &mut Tx, authority: &Authority, user: User, reason: String) -> Result<User> {
    if user.is_active() {
        people::expect_another_admin(tx, &user.id).await?;
        emergency::expect_other(tx, &user.id).await?;
    }
    people::end_sessions(tx, authority, &user.id, |_| true).await?;
    end_keys(tx, authority, &user.id).await?;
    traces::forget(tx, &user.id, &user.profile.email).await?;
    let before = json!({"status": user.status.as_str_name()});
    let user = user.forgotten(tx.now());
    if !users::update(tx, &user).await? {
        return Err(Error::conflict("somebody else changed the account at the same moment; read it again"));
    }
    events::user_updated(tx, &authority.cause, &user).await?;
    events::access_changed(tx, &authority.cause, &user.id).await?;
    let after = json!({"status": user.status.as_str_name(), "display_name": user.profile.display_name});
    let line = authority.line.clone().about("user.deleted", &user.id);
    line.because(reason).change(&before, &after).write(tx).await?;
    users::get(tx.conn(), &user.id).await
}

/// Ends the keys of an account, and with them their tokens.
async fn end_keys(tx: &mut Tx, authority: &Authority, owner_id: &str) -> Result<()> {
    for key in api_keys::live_of_all(tx.conn(), &[owner_id.to_owned()]).await? {
        events::session_revoked(tx, &authority.cause, &key.id, owner_id).await?;
    }
    Ok(())
}
