//! Signing in with a password.
//!
//! Unknown address, wrong password, locked and suspended take the same steps, with a made-up hash where there is none, so that
//! neither the answer nor its time tells them apart.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{
    ErrorReason, SecondFactorNeeded, SignInRequest, SignInResponse, sign_in_response::Outcome,
};
use sha2::{Digest, Sha256};

use super::opening::Opening;
use crate::{
    Identity,
    audit::Line,
    password::MOST_BYTES,
    session::{Method, Session},
    store::{
        passwords::{self, Tries},
        users,
    },
    user::{User, fold_email},
};

/// Failures after which an account is locked.
const LIMIT: i64 = 10;
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// Failures older than this are forgotten.
const FADE: SignedDuration = SignedDuration::from_hours(24);

/// A try at a password, counted before the password is looked at.
pub(super) struct Attempt {
    account: String,
    tries: Tries,
    now: Timestamp,
}

impl Attempt {
    /// Whether the password is to be looked at; otherwise the account is locked.
    pub(super) fn is_allowed(&self) -> bool {
        self.tries.locked_until <= self.now && self.tries.count <= LIMIT
    }

    /// Whether this failure locks the account.
    fn locks(&self) -> bool {
        self.tries.locked_until <= self.now && self.tries.count >= LIMIT
    }
}

/// What the right password leads to.
enum Begun {
    Session(Session),
    /// The account has a second factor, which is missing yet.
    Ceremony(SecondFactorNeeded),
}

impl Identity {
    pub(super) async fn sign_in(&self, caller: Caller, ask: SignInRequest) -> Result<SignInResponse> {
        let email = check(&ask)?;
        let user = users::find_by_email(self.db.reader(), &email).await?;
        let attempt = self.begin_attempt(&email).await?;
        let id = user.as_ref().map_or("", |user| user.id.as_str());
        let stored = passwords::current(self.db.reader(), id).await?;
        let may =
            attempt.is_allowed() && user.as_ref().is_some_and(|user| user.is_active() && user.is_person());
        let right = self.passwords.matches(ask.password.clone(), stored.clone().filter(|_| may)).await?;
        let (Some(user), Some(stored), true) = (&user, stored, right) else {
            self.fail_attempt(&caller, &email, user.as_ref(), &attempt).await?;
            return Err(refused());
        };
        let outcome = match self.begin_session(&caller, &ask, user, &attempt, &stored).await? {
            Begun::Session(session) => Outcome::Tokens(self.session_tokens(user, &session).await?),
            Begun::Ceremony(needed) => Outcome::SecondFactor(needed),
        };
        Ok(SignInResponse { outcome: Some(outcome), device_token: String::new() })
    }

    /// Counts a try at the account with this address, there or not.
    pub(super) async fn begin_attempt(&self, email: &str) -> Result<Attempt> {
        let account = hex::encode(Sha256::digest(email));
        let mut tx = self.db.begin().await?;
        let tries = passwords::count_try(&mut tx, &account, FADE).await?;
        let now = tx.now();
        tx.commit().await?;
        Ok(Attempt { account, tries, now })
    }

    /// Notes a failure; the last one allowed locks the account and warns its owner.
    pub(super) async fn fail_attempt(
        &self,
        caller: &Caller,
        email: &str,
        user: Option<&User>,
        attempt: &Attempt,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let until = tx.now().saturating_add(LOCKED_FOR).unwrap_or(Timestamp::MAX);
        if attempt.locks()
            && passwords::lock(&mut tx, &attempt.account, until).await?
            && let Some(user) = user.filter(|user| user.is_active())
        {
            self.write_lock_warning(&mut tx, user, LOCKED_FOR.as_mins()).await?;
        }
        let reason = match user {
            None => "unknown address",
            Some(_) if !attempt.is_allowed() => "account locked",
            Some(user) if !user.is_active() => "account not active",
            Some(_) => "wrong password",
        };
        let target = user.map_or(email, |user| user.id.as_str());
        Line::of(caller).about("sign_in.refused", target).because(reason).write(&mut tx).await?;
        tx.commit().await
    }

    /// Forgets the failures of an account.
    pub(super) async fn forgive(&self, tx: &mut Tx, attempt: &Attempt) -> Result<()> {
        passwords::forgive(tx, &attempt.account).await
    }

    /// Makes the session, or asks for a second factor first, unless the account lost its right while its password was looked at.
    async fn begin_session(
        &self,
        caller: &Caller,
        ask: &SignInRequest,
        user: &User,
        attempt: &Attempt,
        stored: &str,
    ) -> Result<Begun> {
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
            device_label: ask.device_label.trim().into(),
            persistent: ask.keep_signed_in,
            methods: vec![Method::Password],
        };
        let begun = match self.ask_second_factor(&mut tx, caller, user, &opening).await? {
            Some(needed) => Begun::Ceremony(needed),
            None => Begun::Session(opening.open(&mut tx, caller, user).await?),
        };
        tx.commit().await?;
        Ok(begun)
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
