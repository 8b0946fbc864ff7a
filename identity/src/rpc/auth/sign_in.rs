//! Signing in with a password.
//!
//! Unknown address, wrong password, locked and suspended take the same steps, with a made-up hash where there is none, so that
//! neither the answer nor its time tells them apart. Nothing is looked at before the guard has counted the try.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{
    ErrorReason, SecondFactorNeeded, SignInRequest, SignInResponse, sign_in_response::Outcome,
};

use super::opening::Opening;
use crate::{
    Identity,
    device::Device,
    guard::{Attempt, Begun},
    password::MOST_BYTES,
    session::{Method, Session},
    store::{passwords, users},
    user::{User, fold_email},
    visitor::Visitor,
};

/// Somebody who gave the right password.
struct Proven {
    user: User,
    /// The hash it belongs to.
    stored: String,
}

/// What the right password leads to.
enum Next {
    Session(Session),
    /// The account has a second factor, which is missing yet.
    Ceremony(SecondFactorNeeded),
}

impl Identity {
    pub(super) async fn sign_in(&self, caller: Caller, ask: SignInRequest) -> Result<SignInResponse> {
        let email = check(&ask)?;
        self.expect_local_domain(&caller, &email).await?;
        let visitor = Visitor::new(&caller, &ask.device_token, &ask.device_label, &self.vault);
        let attempt =
            match self.begin_sign_in(&caller, &email, &visitor, ask.challenge_solution.as_ref()).await? {
                Begun::Attempt(attempt) => attempt,
                Begun::Challenge(posed) => {
                    let outcome = Some(Outcome::Challenge(posed));
                    return Ok(SignInResponse { outcome, device_token: visitor.token() });
                }
            };
        let proven = self.prove(&caller, &attempt, &email, &ask.password).await?;
        let device = self.device(&caller, &ask.device_token);
        let device_token = device.token.clone();
        let outcome = match self.begin_session(&caller, &ask, device, &attempt, &proven).await? {
            Next::Session(session) => Outcome::Tokens(self.session_tokens(&proven.user, &session).await?),
            Next::Ceremony(needed) => Outcome::SecondFactor(needed),
        };
        Ok(SignInResponse { outcome: Some(outcome), device_token })
    }

    /// Whose address and password these are.
    async fn prove(&self, caller: &Caller, attempt: &Attempt, email: &str, password: &str) -> Result<Proven> {
        let user = users::find_by_email(self.db.reader(), email).await?;
        let stored = self.look_at(caller, attempt, user.as_ref(), password).await?;
        user.zip(stored).map(|(user, stored)| Proven { user, stored }).ok_or_else(refused)
    }

    /// Makes the session, or asks for a second factor first, unless the account lost its right while its password was looked at.
    async fn begin_session(
        &self,
        caller: &Caller,
        ask: &SignInRequest,
        device: Device,
        attempt: &Attempt,
        proven: &Proven,
    ) -> Result<Next> {
        let Proven { user, stored } = proven;
        let outdated = self.passwords.is_outdated(stored);
        let rehashed = if outdated { Some(self.passwords.hash(ask.password.clone()).await?) } else { None };
        let mut tx = self.db.begin().await?;
        if !users::find(tx.conn(), &user.id).await?.is_some_and(|user| user.is_active()) {
            return Err(refused());
        }
        if let Some(rehashed) = &rehashed {
            passwords::rehash(&mut tx, &user.id, stored, rehashed).await?;
        }
        self.forgive(&mut tx, attempt).await?;
        let opening = Opening {
            device,
            device_label: ask.device_label.trim().into(),
            persistent: ask.keep_signed_in,
            methods: vec![Method::Password],
        };
        let next = match self.ask_second_factor(&mut tx, caller, user, &opening).await? {
            Some(needed) => Next::Ceremony(needed),
            None => Next::Session(self.open_session(&mut tx, caller, user, opening).await?),
        };
        tx.commit().await?;
        Ok(next)
    }
}

/// The sign-in name as it is stored. Nothing here looks at accounts.
fn check(ask: &SignInRequest) -> Result<String> {
    let mut wrong = Violations::default();
    let email = fold_email(ask.email.trim()).map_err(|problem| wrong.add("email", problem));
    wrong.when(ask.password.is_empty(), "password", "is empty; give your password");
    check_password(&mut wrong, "password", &ask.password);
    wrong.text("device_label", &ask.device_label, 0..=120);
    wrong.into_result()?;
    Ok(email.unwrap_or_default())
}

/// Collects what no password has, before it costs anybody a hash.
pub(in crate::rpc) fn check_password(wrong: &mut Violations, field: &str, password: &str) {
    wrong.when(
        password.len() > MOST_BYTES,
        field,
        "is longer than any password; give at most 128 characters",
    );
    wrong.when(password.contains('\0'), field, "has a NUL character; remove it");
}

fn refused() -> Error {
    let message = "the e-mail address or the password is wrong, or the account can't sign in at the moment";
    Error::unauthenticated(&ErrorReason::WrongCredentials, message)
}
