//! Turning second factors on and off.

use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
};
use proto::{
    errors::v1::ErrorReason as Shared,
    identity::v1::{
        ConfirmTotpRequest, DisableSecondFactorRequest, ErrorReason, RecoveryCodes,
        RegenerateRecoveryCodesRequest, SecondFactors, StartTotpRequest, StartTotpResponse, User as WireUser,
    },
};
use sqlx::AnyConnection;

use super::super::auth::check_code;
use crate::{
    Identity,
    access::{Authority, requires_second_factor},
    second_factor::wrong_code,
    session::{self, Method},
    settings,
    store::{assignments, passkeys, second_factors, totp as apps, users},
    totp::{self, Enrolment},
    user::User,
    vault::Purpose,
    wire,
};

const REGENERATE: &str = "/ticketmesh.identity.v1.AccountService/RegenerateRecoveryCodes";

impl Identity {
    pub(super) async fn get_second_factors(&self, caller: Caller) -> Result<SecondFactors> {
        let user = self.signed_in_person(&caller).await?;
        let mut db = self.db.reader().acquire().await?;
        let factors = second_factors::of(&mut *db, &user.id).await?;
        Ok(SecondFactors {
            totp: factors.totp,
            passkeys: passkeys::of_user(&mut *db, &user.id).await?.iter().map(wire::passkey).collect(),
            recovery_codes_left: i32::try_from(factors.recovery_codes).unwrap_or(i32::MAX),
            email_codes_allowed: settings::access(&mut *db).await?.email_codes_allowed,
            required: is_required(&mut db, &user).await?,
            session_proven: session::is_proven(&caller),
            proof: self.own_proof(&caller, &user).await?.into(),
        })
    }

    pub(super) async fn start_totp(
        &self,
        caller: Caller,
        ask: StartTotpRequest,
    ) -> Result<StartTotpResponse> {
        let user = self.proven_person(&caller, &ask.password, &ask.code).await?;
        let secret: [u8; totp::SECRET_LENGTH] = self.ids.bytes();
        let Enrolment { secret: typed, uri, qr_svg } = Enrolment::new(&secret, &user.profile.email)?;
        let sealed = self.vault.seal(Purpose::Totp, &secret)?;
        let mut tx = self.db.begin().await?;
        apps::wait(&mut tx, &user.id, &sealed).await?;
        tx.commit().await?;
        Ok(StartTotpResponse { secret: typed, uri, qr_svg })
    }

    pub(super) async fn confirm_totp(
        &self,
        caller: Caller,
        ask: ConfirmTotpRequest,
    ) -> Result<RecoveryCodes> {
        expect_code(&ask.code)?;
        let user = self.signed_in_person(&caller).await?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let answer = self.begin_answer(&mut tx, &user).await?;
        let waiting = apps::waiting(tx.conn(), &user.id).await?.filter(|_| answer.is_allowed());
        let Some(sealed) = waiting else {
            return Err(self.refuse_answer(tx, authority.line, &user, &answer, "wrong code").await?);
        };
        let secret = self.vault.open(Purpose::Totp, &sealed)?;
        let Some(step) = totp::step_of(ask.code.trim(), &secret, tx.now())? else {
            return Err(self.refuse_answer(tx, authority.line, &user, &answer, "wrong code").await?);
        };
        if !apps::confirm(&mut tx, &user.id, &sealed, step).await? {
            return Err(wrong_code());
        }
        self.forgive_answers(&mut tx, &user).await?;
        let codes = self.added(&mut tx, &authority, &user, Method::Totp).await?;
        tx.commit().await?;
        Ok(RecoveryCodes { codes })
    }

    pub(super) async fn disable_second_factor(
        &self,
        caller: Caller,
        ask: DisableSecondFactorRequest,
    ) -> Result<WireUser> {
        expect_code(&ask.code)?;
        let user = self.person_with_password(&caller, &ask.password).await?;
        self.prove_code(&caller, &user, &ask.code).await?;
        let mut tx = self.db.begin().await?;
        expect_not_required(tx.conn(), &user).await?;
        self.turn_off(&mut tx, &Authority::of(&caller), &user).await?;
        let user = users::get(tx.conn(), &user.id).await?;
        let answer = wire::one_full(tx.conn(), &user).await?;
        tx.commit().await?;
        Ok(answer)
    }

    pub(super) async fn regenerate_recovery_codes(
        &self,
        caller: Caller,
        ask: RegenerateRecoveryCodesRequest,
    ) -> Result<RecoveryCodes> {
        let user = self.person_with_password(&caller, &ask.password).await?;
        let request = regenerating(&caller, &ask)?;
        // A code proves once; whoever repeats the call has none that is new.
        if let Some(sealed) = request.replay::<RecoveryCodes>(&mut self.db.begin().await?).await? {
            return self.open_codes(&sealed);
        }
        self.prove_factor(&caller, &user, &ask.code).await?;
        let mut tx = self.db.begin().await?;
        if let Some(sealed) = request.replay::<RecoveryCodes>(&mut tx).await? {
            return self.open_codes(&sealed);
        }
        // Codes from before there was anything to stand in for would open what is set up later.
        if !second_factors::of(tx.conn(), &user.id).await?.are_on() {
            let message =
                "recovery codes stand in for an app or a passkey; set one up, and they come with it";
            return Err(Error::failed_precondition(&Shared::WrongState, message));
        }
        let codes = self.renew_recovery_codes(&mut tx, &user).await?;
        let line = Authority::of(&caller).line;
        line.about("recovery_codes.renewed", &user.id).write(&mut tx).await?;
        request.record(&mut tx, &self.seal_codes(&codes)?).await?;
        tx.commit().await?;
        Ok(RecoveryCodes { codes })
    }

    /// Codes as they are kept for a retry: whoever reads the database learns none.
    fn seal_codes(&self, codes: &[String]) -> Result<RecoveryCodes> {
        let seal = |code: &String| self.vault.seal(Purpose::RecoveryCode, code.as_bytes());
        Ok(RecoveryCodes { codes: codes.iter().map(seal).collect::<Result<_>>()? })
    }

    fn open_codes(&self, sealed: &RecoveryCodes) -> Result<RecoveryCodes> {
        let open = |code: &String| {
            String::from_utf8(self.vault.open(Purpose::RecoveryCode, code)?).map_err(Error::internal)
        };
        Ok(RecoveryCodes { codes: sealed.codes.iter().map(open).collect::<Result<_>>()? })
    }
}

/// The call without its proof, of which nothing is kept and which may be another one when the call is repeated.
fn regenerating(caller: &Caller, ask: &RegenerateRecoveryCodesRequest) -> Result<RequestKey> {
    let bare = RegenerateRecoveryCodesRequest { request_id: ask.request_id.clone(), ..Default::default() };
    RequestKey::new(caller, REGENERATE, &ask.request_id, &bare)
}

fn expect_code(code: &str) -> Result<()> {
    let mut wrong = Violations::default();
    check_code(&mut wrong, code);
    wrong.into_result()
}

/// Whether a role of the person counts only after a second factor.
async fn is_required(db: &mut AnyConnection, user: &User) -> Result<bool> {
    Ok(requires_second_factor(&assignments::held_by(&mut *db, &user.id).await?))
}

/// Fine when the person may do without a second factor.
pub(super) async fn expect_not_required(db: &mut AnyConnection, user: &User) -> Result<()> {
    if is_required(db, user).await? {
        let message = "a role of yours requires a second factor; ask an administrator to take it back first";
        return Err(Error::failed_precondition(&ErrorReason::SecondFactorRequired, message));
    }
    Ok(())
}
