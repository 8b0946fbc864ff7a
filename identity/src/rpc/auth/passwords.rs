//! Changing one's password.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{ChangePasswordRequest, ErrorReason};

use super::sign_in::check_password;
use crate::{
    Identity,
    access::Authority,
    password::REMEMBERED,
    people,
    store::{password_resets, passwords, users},
    user::User,
};

impl Identity {
    pub(super) async fn change_password(&self, caller: Caller, ask: ChangePasswordRequest) -> Result<()> {
        let mut wrong = Violations::default();
        check_password(&mut wrong, "current_password", &ask.current_password);
        check_password(&mut wrong, "new_password", &ask.new_password);
        wrong.into_result()?;
        let user = self.signed_in_person(&caller).await?;
        self.prove_password(&caller, &user, &ask.current_password).await?;
        let remembered = passwords::newest(self.db.reader(), &user.id, REMEMBERED).await?;
        let about = people::known_words(&user.profile);
        let hash = self.passwords.hash_new("new_password", ask.new_password, about, remembered).await?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        passwords::set(&mut tx, &user.id, &hash, REMEMBERED).await?;
        let own = caller.session_id();
        people::end_sessions(&mut tx, &authority, &user.id, |session| Some(session.id.as_str()) != own)
            .await?;
        password_resets::void(&mut tx, &user.id).await?;
        self.write_password_changed(&mut tx, &user).await?;
        authority.line.about("password.changed", &user.id).write(&mut tx).await?;
        tx.commit().await
    }

    /// The person who calls, in a session of his own; keys and service accounts have neither passwords nor second factors.
    pub(in crate::rpc) async fn signed_in_person(&self, caller: &Caller) -> Result<User> {
        let user = users::get(self.db.reader(), caller.user_id()?).await?;
        if !user.is_person() || !caller.is_interactive() {
            return Err(Error::failed_precondition(
                &ErrorReason::ServiceAccount,
                "only people who signed in have a password and second factors",
            ));
        }
        Ok(user)
    }
}
