//! Proving oneself once more before one's locks are changed: a session left open, or a stolen one, is no licence to do so.
//!
//! The invariants: what opens the account first (a password, or a provider) is asked for again; and whoever has a second factor
//! changes nothing about any of them without one, so that a password alone never undoes it.

use jiff::SignedDuration;
use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{ErrorReason, OwnProof};

use super::super::auth::{check_code, check_password};
use crate::{
    Identity,
    audit::Line,
    session::{Method, Session},
    store::{passwords, second_factors, sessions},
    user::User,
};

/// How long a sign-in at a provider stands for a password.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(10);

impl Identity {
    /// The person who calls, once he has proved himself anew, and by a second factor if he has one: this session was proven by
    /// one, or he gives a code.
    pub(super) async fn proven_person(&self, caller: &Caller, password: &str, code: &str) -> Result<User> {
        let user = self.person_with_password(caller, password).await?;
        self.prove_factor(caller, &user, code).await?;
        Ok(user)
    }

    /// Fine when this session was proven by a second factor, the person has none, or the code is one of his.
    pub(super) async fn prove_factor(&self, caller: &Caller, user: &User, code: &str) -> Result<()> {
        let has_one = second_factors::of(self.db.reader(), &user.id).await?.are_on();
        let session = self.session_behind(caller).await?;
        if has_one && !session.is_some_and(|session| session.is_proven()) {
            self.prove_code(caller, user, code).await?;
        }
        Ok(())
    }

    /// The person who calls, once he has given his password again or has just come from his provider.
    pub(super) async fn person_with_password(&self, caller: &Caller, password: &str) -> Result<User> {
        let mut wrong = Violations::default();
        check_password(&mut wrong, "password", password);
        wrong.into_result()?;
        let user = self.signed_in_person(caller).await?;
        let proof =
            if password.is_empty() { self.own_proof(caller, &user).await? } else { OwnProof::Password };
        match proof {
            OwnProof::Session => Ok(user),
            OwnProof::SignInAgain => Err(Error::failed_precondition(
                &ErrorReason::SignInAgain,
                "sign in at your provider again and do this within 10 minutes; your account has no password",
            )),
            OwnProof::Password | OwnProof::Unspecified => {
                self.prove_password(caller, &user, password).await?;
                Ok(user)
            }
        }
    }

    /// By what somebody who has signed in proves himself anew.
    pub(super) async fn own_proof(&self, caller: &Caller, user: &User) -> Result<OwnProof> {
        let now = self.clock.now();
        let is_fresh = |session: Session| {
            session.methods.contains(&Method::SingleSignOn)
                && now.duration_since(session.created_at) < FRESH_FOR
        };
        if self.session_behind(caller).await?.is_some_and(is_fresh) {
            return Ok(OwnProof::Session);
        }
        let has_password = passwords::current(self.db.reader(), &user.id).await?.is_some();
        Ok(if has_password { OwnProof::Password } else { OwnProof::SignInAgain })
    }

    /// Takes a code of whatever the person has, or refuses; a wrong one is noted.
    pub(super) async fn prove_code(&self, caller: &Caller, user: &User, code: &str) -> Result<()> {
        let mut wrong = Violations::default();
        check_code(&mut wrong, code);
        wrong.into_result()?;
        let mut tx = self.db.begin().await?;
        let answer = self.begin_answer(&mut tx, user).await?;
        let code = code.trim();
        let right = answer.is_allowed()
            && (self.take_totp(&mut tx, user, code).await?
                || self.take_recovery_code(&mut tx, user, code).await?);
        if !right {
            return Err(self.refuse_answer(tx, Line::of(caller), user, &answer, "wrong code").await?);
        }
        self.forgive_answers(&mut tx, user).await?;
        tx.commit().await
    }

    /// The caller's session as it is, which a token may be behind of.
    async fn session_behind(&self, caller: &Caller) -> Result<Option<Session>> {
        let session = sessions::find(self.db.reader(), caller.session_id().unwrap_or_default()).await?;
        Ok(session.filter(|session| session.is_live(self.clock.now())))
    }
}
