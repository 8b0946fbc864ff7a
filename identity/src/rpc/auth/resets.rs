//! A new password for somebody who has lost his.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{ErrorReason, RequestPasswordResetRequest, ResetPasswordRequest};

use super::sign_in::check_password;
use crate::{
    Identity,
    access::Authority,
    password::REMEMBERED,
    password_reset::{self, Asked},
    people,
    store::{password_resets, passwords, users},
    user::{User, fold_email},
};

impl Identity {
    pub(super) async fn request_password_reset(
        &self,
        caller: Caller,
        ask: RequestPasswordResetRequest,
    ) -> Result<()> {
        let email = fold_email(ask.email.trim()).map_err(|problem| Error::invalid("email", problem))?;
        self.expect_local_domain(&caller, &email).await?;
        let mut tx = self.db.begin().await?;
        Asked { email, address: caller.address().into() }.later(&mut tx).await?;
        tx.commit().await
    }

    pub(super) async fn reset_password(&self, caller: Caller, ask: ResetPasswordRequest) -> Result<()> {
        let mut wrong = Violations::default();
        check_password(&mut wrong, "new_password", &ask.new_password);
        wrong.into_result()?;
        let token_hash = password_reset::hash(&ask.token);
        let user = self.owner_of_link(&token_hash).await?;
        self.expect_local_domain(&caller, &user.profile.email).await?;
        let remembered = passwords::newest(self.db.reader(), &user.id, REMEMBERED).await?;
        let about = people::known_words(&user.profile);
        let hash = self.passwords.hash_new("new_password", ask.new_password, about, remembered).await?;
        let mut tx = self.db.begin().await?;
        let user = users::get(tx.conn(), &user.id).await?;
        if !user.is_active() || !password_resets::spend(&mut tx, &token_hash).await? {
            return Err(spent());
        }
        let authority = Authority::of_person(&user, &caller);
        passwords::set(&mut tx, &user.id, &hash, REMEMBERED).await?;
        self.forgive_account(&mut tx, &user).await?;
        people::end_sessions(&mut tx, &authority, &user.id, |_| true).await?;
        self.write_password_changed(&mut tx, &user).await?;
        authority.line.about("password.reset", &user.id).write(&mut tx).await?;
        tx.commit().await
    }

    /// Whose password a link sets, while it is good.
    async fn owner_of_link(&self, token_hash: &str) -> Result<User> {
        let reset = password_resets::find(self.db.reader(), token_hash).await?;
        let open = reset.filter(|reset| reset.is_open(self.clock.now())).ok_or_else(spent)?;
        let user = users::get(self.db.reader(), &open.user_id).await?;
        if user.is_active() { Ok(user) } else { Err(spent()) }
    }
}

fn spent() -> Error {
    let message = "this link was used or has expired; ask for a new one";
    Error::failed_precondition(&ErrorReason::ResetLinkSpent, message)
}
