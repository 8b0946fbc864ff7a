//! Second factors: what somebody has besides his password, how a code of his is taken, and how they are turned on and off.
//!
//! The invariants: a code counts once; answers are counted before they are looked at, so that a thousand at once are a thousand,
//! and too many wrong ones in a row close the door for a while, also across sign-ins; once there is one, no session stays that was
//! opened without; with the last app or passkey everything else goes too, and sessions that were proven by it are no longer.

use jiff::SignedDuration;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use proto::{
    errors::v1::ErrorReason as Shared,
    identity::v1::{ErrorReason, SecondFactorKind},
};
use serde_json::{Value, json};

use crate::{
    Identity,
    access::Authority,
    audit::Line,
    events, letters, people, recovery_code,
    session::Method,
    store::{passkeys, recovery_codes, second_factors, sessions, totp as apps},
    totp,
    user::User,
    vault::Purpose,
};

/// Wrong answers in a row after which none is looked at for a while.
const MOST_WRONG: i64 = 10;
/// Why an answer is not looked at.
pub(crate) const TOO_MANY: &str = "too many wrong codes";
const CLOSED_FOR: SignedDuration = SignedDuration::from_mins(30);

/// What somebody can prove himself with besides the password.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factors {
    pub(crate) totp: bool,
    pub(crate) passkeys: bool,
    pub(crate) recovery_codes: i64,
}

impl Factors {
    /// Whether a sign-in needs more than the password. What only stands in for another factor does not count.
    pub(crate) const fn are_on(self) -> bool {
        self.totp || self.passkeys
    }

    /// What a sign-in can be answered with, best first.
    pub(crate) fn kinds(self, email_codes_allowed: bool) -> Vec<SecondFactorKind> {
        let on = self.are_on();
        let all = [
            (SecondFactorKind::Passkey, self.passkeys),
            (SecondFactorKind::Totp, self.totp),
            (SecondFactorKind::RecoveryCode, on && self.recovery_codes > 0),
            (SecondFactorKind::EmailCode, on && email_codes_allowed),
        ];
        all.into_iter().filter(|(_, has)| *has).map(|(kind, _)| kind).collect()
    }
}

/// The answer is wrong, or was given too often; it never says which.
pub(crate) fn wrong_code() -> Error {
    let message =
        "this code is wrong or was used before, or its time is over; try the next one, or sign in again";
    Error::unauthenticated(&ErrorReason::WrongCode, message)
}

fn ended() -> Error {
    Error::unauthenticated(&Shared::SessionRevoked, "the session was ended; sign in again")
}

/// An answer that is counted and about to be looked at.
#[derive(Debug)]
pub(crate) struct Answer {
    count: i64,
}

impl Answer {
    /// Whether it is to be looked at; otherwise there were too many wrong ones.
    pub(crate) const fn is_allowed(&self) -> bool {
        self.count <= MOST_WRONG
    }
}

impl Identity {
    /// Counts an answer to the question for somebody's second factor.
    pub(crate) async fn begin_answer(&self, tx: &mut Tx, user: &User) -> Result<Answer> {
        let count = second_factors::count(tx, &user.id, MOST_WRONG, CLOSED_FOR).await?;
        Ok(Answer { count })
    }

    /// Forgets wrong answers after a right one.
    pub(crate) async fn forgive_answers(&self, tx: &mut Tx, user: &User) -> Result<()> {
        second_factors::forgive(tx, &user.id).await
    }

    /// Notes a wrong answer and keeps its count; the last one that was looked at warns the account's owner.
    pub(crate) async fn refuse_answer(
        &self,
        mut tx: Tx,
        line: Line,
        user: &User,
        answer: &Answer,
        doubt: &'static str,
    ) -> Result<Error> {
        if answer.count == MOST_WRONG {
            self.write_guess_warning(&mut tx, user).await?;
        }
        let reason = if answer.is_allowed() { doubt } else { TOO_MANY };
        line.about("second_factor.refused", &user.id).because(reason).write(&mut tx).await?;
        tx.commit().await?;
        Ok(wrong_code())
    }

    /// Takes a code of somebody's app; false when it is wrong or was taken before.
    pub(crate) async fn take_totp(&self, tx: &mut Tx, user: &User, code: &str) -> Result<bool> {
        let Some(sealed) = apps::secret(tx.conn(), &user.id).await? else {
            return Ok(false);
        };
        let secret = self.vault.open(Purpose::Totp, &sealed)?;
        match totp::step_of(code, &secret, tx.now())? {
            Some(step) => apps::take(tx, &user.id, &sealed, step).await,
            None => Ok(false),
        }
    }

    /// Uses up a recovery code; false when it is none, or none any more.
    pub(crate) async fn take_recovery_code(&self, tx: &mut Tx, user: &User, code: &str) -> Result<bool> {
        let stamp = recovery_code::stamp(&self.vault, &user.id, code);
        recovery_codes::take(tx, &user.id, &stamp).await
    }

    /// Gives somebody ten new recovery codes for whatever he had.
    pub(crate) async fn renew_recovery_codes(&self, tx: &mut Tx, user: &User) -> Result<Vec<String>> {
        let codes = recovery_code::mint(tx.ids());
        let stamps: Vec<String> =
            codes.iter().map(|code| recovery_code::stamp(&self.vault, &user.id, code)).collect();
        recovery_codes::replace(tx, &user.id, &stamps).await?;
        Ok(codes)
    }

    /// Goes on from a factor that was just added: it has proven this session, those that none has proven end, its owner is told, and
    /// gets recovery codes when he has none.
    pub(crate) async fn added(
        &self,
        tx: &mut Tx,
        authority: &Authority,
        user: &User,
        method: Method,
    ) -> Result<Vec<String>> {
        // A token may be believed for a moment after its session has ended.
        let now = tx.now();
        let session = sessions::find(tx.conn(), &authority.line.session_id).await?;
        let mut session = session.filter(|session| session.is_live(now)).ok_or_else(ended)?;
        if !session.methods.contains(&method) {
            session.methods.push(method);
            sessions::set_methods(tx, &session.id, &session.methods).await?;
        }
        let own = session.id.as_str();
        people::end_sessions(tx, authority, &user.id, |session| session.id != own && !session.is_proven())
            .await?;
        let news = if method == Method::Totp { letters::Kind::AppAdded } else { letters::Kind::PasskeyAdded };
        self.write_second_factor_notice(tx, user, news).await?;
        let has_codes = second_factors::of(tx.conn(), &user.id).await?.recovery_codes > 0;
        let codes = if has_codes { vec![] } else { self.renew_recovery_codes(tx, user).await? };
        events::access_changed(tx, &authority.cause, &user.id).await?;
        let line = authority.line.clone().about("second_factor.added", &user.id);
        line.change(&Value::Null, &json!({"method": method.code()})).write(tx).await?;
        Ok(codes)
    }

    /// Turns everything off. What proved somebody's sessions proves nothing any more.
    pub(crate) async fn turn_off(&self, tx: &mut Tx, authority: &Authority, user: &User) -> Result<()> {
        apps::delete(tx, &user.id).await?;
        passkeys::delete_all_of(tx, &user.id).await?;
        recovery_codes::delete(tx, &user.id).await?;
        let now = tx.now();
        for session in sessions::all_live_of(tx.conn(), &user.id, now).await? {
            sessions::set_methods(tx, &session.id, &session.unproven_methods()).await?;
        }
        self.write_second_factor_notice(tx, user, letters::Kind::SecondFactorOff).await?;
        events::access_changed(tx, &authority.cause, &user.id).await?;
        authority.line.clone().about("second_factor.turned_off", &user.id).write(tx).await
    }
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::SecondFactorKind::{EmailCode, Passkey, RecoveryCode, Totp};

    use super::Factors;

    #[test]
    fn codes_by_mail_and_recovery_codes_stand_in_for_a_factor_and_are_none() {
        let factors = |totp, passkeys, recovery_codes| Factors { totp, passkeys, recovery_codes };
        assert_eq!(factors(true, true, 3).kinds(true), [Passkey, Totp, RecoveryCode, EmailCode]);
        assert_eq!(factors(true, false, 0).kinds(false), [Totp]);
        assert_eq!(factors(false, false, 3).kinds(true), []);
    }
}
