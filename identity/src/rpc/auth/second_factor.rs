//! The second half of a sign-in.

use std::time::Duration;

use mesh_core::{
    caller::Caller,
    clock::to_proto,
    db::Tx,
    error::{Error, Result, Violations},
};
use proto::{
    errors::v1::ErrorReason as Shared,
    identity::v1::{
        SecondFactorKind, SecondFactorNeeded, SendSecondFactorCodeRequest, SessionTokens,
        VerifySecondFactorRequest,
    },
};

use super::{opening::Opening, sso::ELSEWHERE};
use crate::{
    Identity,
    audit::Line,
    ceremony::{self, Ceremony, Purpose},
    passkey::{self, Doubt},
    second_factor::{Factors, TOO_MANY, wrong_code},
    session::Method,
    settings,
    store::{ceremonies, passkeys, second_factors, users},
    user::User,
};

/// The longest code anybody types, blanks and dashes included.
const LONGEST_CODE: usize = 40;
pub(in crate::rpc) const LONGEST_TOKEN: usize = 100;

impl Identity {
    /// Asks for the second factor of somebody whose password was right; `None` when he has none.
    pub(super) async fn ask_second_factor(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        user: &User,
        opening: &Opening,
    ) -> Result<Option<SecondFactorNeeded>> {
        let factors = second_factors::of(tx.conn(), &user.id).await?;
        if !factors.are_on() {
            return Ok(None);
        }
        let (ceremony, token) = Ceremony::new(Purpose::SecondFactor, &user.id, tx.ids(), tx.now());
        let ceremony = Ceremony {
            methods: opening.methods.clone(),
            device_label: opening.device_label.clone(),
            persistent: opening.persistent,
            ..ceremony
        };
        ceremonies::insert(tx, &ceremony).await?;
        Line::of_person(user, caller).about("second_factor.asked", &user.id).write(tx).await?;
        let kinds = kinds(tx, factors).await?;
        let passkeys = passkeys::of_user(tx.conn(), &user.id).await?;
        let options = || passkey::request_options(&self.site, &ceremony.challenge, &passkeys).to_string();
        let by_mail = kinds.contains(&SecondFactorKind::EmailCode);
        Ok(Some(SecondFactorNeeded {
            attempt: token,
            kinds: kinds.into_iter().map(Into::into).collect(),
            expire_time: Some(to_proto(ceremony.expires_at)),
            passkey_options_json: if factors.passkeys { options() } else { String::new() },
            email_hint: if by_mail { ceremony::hint(&user.profile.email) } else { String::new() },
        }))
    }

    pub(super) async fn verify_second_factor(
        &self,
        caller: Caller,
        ask: VerifySecondFactorRequest,
    ) -> Result<SessionTokens> {
        check(&ask)?;
        let mut tx = self.db.begin().await?;
        let token_hash = ceremony::hash(&ask.attempt);
        let ceremony = ceremonies::answer(&mut tx, &token_hash).await?.ok_or_else(wrong_code)?;
        let (mut tx, user, method) = match ceremony.purpose {
            Purpose::SecondFactor => self.expect_second_proof(tx, &caller, &ceremony, &ask).await?,
            Purpose::PasskeySignIn => self.expect_sole_proof(tx, &caller, &ceremony, &ask).await?,
            Purpose::NewPasskey => return Err(wrong_code()),
        };
        ceremonies::end(&mut tx, &token_hash).await?;
        if let Some(refused) = self.refused_here(&user.profile.email).await? {
            let line = Line::of_person(&user, &caller).about("sign_in.refused", &user.id);
            line.because(ELSEWHERE).write(&mut tx).await?;
            tx.commit().await?;
            return Err(refused);
        }
        let device = self.device(&caller, &ask.device_token);
        let device_token = device.token.clone();
        let opening = Opening {
            device,
            device_label: ceremony.device_label,
            persistent: ceremony.persistent,
            methods: ceremony.methods.into_iter().chain([method]).collect(),
        };
        let session = self.open_session(&mut tx, &caller, &user, opening).await?;
        tx.commit().await?;
        self.first_tokens(&user, &session, device_token).await
    }

    /// Who has proved himself, and how: he whose password was right, by whatever else he has. A wrong answer is noted.
    async fn expect_second_proof(
        &self,
        mut tx: Tx,
        caller: &Caller,
        ceremony: &Ceremony,
        ask: &VerifySecondFactorRequest,
    ) -> Result<(Tx, User, Method)> {
        let user = expect_owner(&mut tx, &ceremony.user_id).await?;
        let answer = self.begin_answer(&mut tx, &user).await?;
        let allowed = answer.is_allowed();
        let proof = if allowed { self.proof(&mut tx, ceremony, &user, ask).await? } else { Err(TOO_MANY) };
        match proof {
            Ok(method) => {
                self.forgive_answers(&mut tx, &user).await?;
                Ok((tx, user, method))
            }
            Err(doubt) => Err(self.refuse_answer(tx, Line::of(caller), &user, &answer, doubt).await?),
        }
    }

    /// Who has proved himself by a passkey that knows its owner. A wrong answer is noted.
    async fn expect_sole_proof(
        &self,
        mut tx: Tx,
        caller: &Caller,
        ceremony: &Ceremony,
        ask: &VerifySecondFactorRequest,
    ) -> Result<(Tx, User, Method)> {
        match self.take_signature(&mut tx, ceremony, &ask.passkey_json).await? {
            Ok(passkey) => {
                let user = expect_owner(&mut tx, &passkey.user_id).await?;
                Ok((tx, user, Method::Passkey))
            }
            Err(doubt) => {
                Line::of(caller).about("sign_in.refused", "").because(doubt).write(&mut tx).await?;
                tx.commit().await?;
                Err(wrong_code())
            }
        }
    }

    /// How the answer proves who gives it, or why it does not. Whatever proves it is used up.
    async fn proof(
        &self,
        tx: &mut Tx,
        ceremony: &Ceremony,
        user: &User,
        ask: &VerifySecondFactorRequest,
    ) -> Result<Result<Method, Doubt>> {
        let code = ask.code.trim();
        let factors = second_factors::of(tx.conn(), &user.id).await?;
        if !kinds(tx, factors).await?.contains(&ask.kind()) {
            return Ok(Err("a factor the person does not have"));
        }
        let (right, method) = match ask.kind() {
            SecondFactorKind::Totp => (self.take_totp(tx, user, code).await?, Method::Totp),
            SecondFactorKind::RecoveryCode => {
                (self.take_recovery_code(tx, user, code).await?, Method::RecoveryCode)
            }
            SecondFactorKind::EmailCode => {
                (self.is_mailed_code(tx, ceremony, code).await?, Method::EmailCode)
            }
            SecondFactorKind::Passkey => {
                let signature = self.take_signature(tx, ceremony, &ask.passkey_json).await?;
                return Ok(signature.map(|_| Method::Passkey));
            }
            SecondFactorKind::Unspecified => return Ok(Err("no kind")),
        };
        Ok(if right { Ok(method) } else { Err("wrong code") })
    }

    /// Whether this is the code that was mailed last, in time and not after too many tries at it.
    async fn is_mailed_code(&self, tx: &mut Tx, ceremony: &Ceremony, code: &str) -> Result<bool> {
        let stamp = ceremonies::try_code(tx, &ceremony.token_hash).await?;
        Ok(stamp.is_some_and(|stamp| ceremony.is_code(&self.vault, code, &stamp)))
    }

    pub(super) async fn send_second_factor_code(
        &self,
        caller: Caller,
        ask: SendSecondFactorCodeRequest,
    ) -> Result<()> {
        let mut wrong = Violations::default();
        wrong.text("attempt", &ask.attempt, 1..=LONGEST_TOKEN);
        wrong.into_result()?;
        let mut tx = self.db.begin().await?;
        let ceremony =
            ceremonies::live(&mut tx, &ceremony::hash(&ask.attempt)).await?.ok_or_else(wrong_code)?;
        let user = expect_owner(&mut tx, &ceremony.user_id).await?;
        let factors = second_factors::of(tx.conn(), &user.id).await?;
        if !kinds(&mut tx, factors).await?.contains(&SecondFactorKind::EmailCode) {
            return Err(wrong_code());
        }
        let code = ceremony::mint_code(tx.ids());
        let (stamp, until) = (ceremony.code_stamp(&self.vault, &code), ceremony::expiry(tx.now()));
        if !ceremonies::send_code(&mut tx, &ceremony.token_hash, &stamp, until).await? {
            let message = "three codes were sent already; use the newest one, or sign in again";
            let error = Error::resource_exhausted(&Shared::RateLimited, message, Duration::ZERO);
            return Err(error.counting("attempt"));
        }
        self.write_sign_in_code(&mut tx, &user, &code).await?;
        Line::of_person(&user, &caller).about("second_factor.code_sent", &user.id).write(&mut tx).await?;
        tx.commit().await
    }
}

/// What a sign-in can be answered with, as administrators allow it.
async fn kinds(tx: &mut Tx, factors: Factors) -> Result<Vec<SecondFactorKind>> {
    Ok(factors.kinds(settings::access(tx.conn()).await?.email_codes_allowed))
}

/// Whose sign-in it is, as long as he may sign in.
async fn expect_owner(tx: &mut Tx, user_id: &str) -> Result<User> {
    let user = users::find(tx.conn(), user_id).await?;
    user.filter(User::is_active).ok_or_else(wrong_code)
}

fn check(ask: &VerifySecondFactorRequest) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.text("attempt", &ask.attempt, 1..=LONGEST_TOKEN);
    match ask.kind() {
        SecondFactorKind::Unspecified => wrong.add("kind", "is missing; say what the answer is"),
        SecondFactorKind::Passkey => wrong.when(
            ask.passkey_json.len() > passkey::LONGEST_ANSWER,
            "passkey_json",
            "is too long; give what the browser answered with, at most 16 KiB",
        ),
        _ => check_code(&mut wrong, &ask.code),
    }
    wrong.into_result()
}

/// Collects what no code has.
pub(in crate::rpc) fn check_code(wrong: &mut Violations, code: &str) {
    wrong.text("code", code, 1..=LONGEST_CODE);
}
