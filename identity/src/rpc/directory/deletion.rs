//! Deleting accounts.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action},
};
use proto::identity::v1::{DeleteUserRequest, User as WireUser};

use super::{super::expect_version, people::home};
use crate::{Identity, access::Authority, deletion, people, store::users, user::User, wire};

impl Identity {
    pub(super) async fn delete_user(&self, caller: Caller, ask: DeleteUserRequest) -> Result<WireUser> {
        let mut wrong = Violations::default();
        wrong.id("user_id", &ask.user_id, "usr");
        wrong.text("reason", &ask.reason, 1..=500);
        wrong.into_result()?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let user = users::get(tx.conn(), &ask.user_id).await?;
        policy::check(&caller, Action::UserManage, &home(&user))?;
        policy::check(&caller, Action::UserDelete, &home(&user))?;
        expect_another(&caller, &user)?;
        people::expect_remembered(&user)?;
        people::expect_covered(&mut tx, &authority, &user).await?;
        expect_version(&caller, &ask.etag, user.version, &wire::one_full(tx.conn(), &user).await?)?;
        let user = deletion::forget(&mut tx, &authority, user, ask.reason).await?;
        let answer = wire::one_full(tx.conn(), &user).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// Nobody ends himself by a slip of the hand: somebody else has to agree.
fn expect_another(caller: &Caller, user: &User) -> Result<()> {
    if caller.user_id()? == user.id {
        return Err(Error::permission_denied(
            "this is your own account; ask another administrator to delete it",
        ));
    }
    Ok(())
}
