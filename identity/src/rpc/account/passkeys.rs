//! Keeping and forgetting passkeys.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{
    ConfirmPasskeyRequest, ConfirmPasskeyResponse, RecoveryCodes, RemovePasskeyRequest, StartPasskeyRequest,
    StartPasskeyResponse,
};

use super::super::auth::LONGEST_TOKEN;
use super::second_factors::expect_not_required;
use crate::{
    Identity,
    access::Authority,
    ceremony::{self, Ceremony, Purpose},
    letters::Kind,
    passkey::{self, Passkey, Registration},
    second_factor::wrong_code,
    session::Method,
    store::{ceremonies, passkeys, second_factors},
    user::User,
    wire,
};

impl Identity {
    pub(super) async fn start_passkey(
        &self,
        caller: Caller,
        ask: StartPasskeyRequest,
    ) -> Result<StartPasskeyResponse> {
        let user = self.proven_person(&caller, &ask.password, &ask.code).await?;
        let mut tx = self.db.begin().await?;
        let (ceremony, token) = Ceremony::new(Purpose::NewPasskey, &user.id, tx.ids(), tx.now());
        let has = passkeys::of_user(tx.conn(), &user.id).await?;
        expect_room(&has)?;
        ceremonies::insert(&mut tx, &ceremony).await?;
        tx.commit().await?;
        let options = passkey::creation_options(&self.site, &user, &ceremony.challenge, &has);
        Ok(StartPasskeyResponse { attempt: token, options_json: options.to_string() })
    }

    pub(super) async fn confirm_passkey(
        &self,
        caller: Caller,
        ask: ConfirmPasskeyRequest,
    ) -> Result<ConfirmPasskeyResponse> {
        let mut wrong = Violations::default();
        wrong.text("attempt", &ask.attempt, 1..=LONGEST_TOKEN);
        wrong.text("display_name", &ask.display_name, 1..=80);
        wrong.into_result()?;
        let user = self.signed_in_person(&caller).await?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let ceremony = ceremonies::answer(&mut tx, &ceremony::hash(&ask.attempt)).await?;
        let mine = |one: &Ceremony| one.purpose == Purpose::NewPasskey && one.user_id == user.id;
        let ceremony = ceremony.filter(mine).ok_or_else(wrong_code)?;
        let made = match Registration::read(&ask.credential_json, &self.site, &ceremony.challenge) {
            Ok(made) => made,
            Err(doubt) => {
                authority.line.about("passkey.refused", &user.id).because(doubt).write(&mut tx).await?;
                tx.commit().await?;
                return Err(wrong_code());
            }
        };
        ceremonies::end(&mut tx, &ceremony.token_hash).await?;
        let passkey = kept(&mut tx, &user, made, ask.display_name.trim()).await?;
        let codes = self.added(&mut tx, &authority, &user, Method::Passkey).await?;
        tx.commit().await?;
        let recovery_codes = (!codes.is_empty()).then_some(RecoveryCodes { codes });
        Ok(ConfirmPasskeyResponse { passkey: Some(wire::passkey(&passkey)), recovery_codes })
    }

    pub(super) async fn remove_passkey(&self, caller: Caller, ask: RemovePasskeyRequest) -> Result<()> {
        let mut wrong = Violations::default();
        wrong.id("passkey_id", &ask.passkey_id, "pky");
        wrong.into_result()?;
        let user = self.proven_person(&caller, &ask.password, &ask.code).await?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        if !passkeys::delete(&mut tx, &ask.passkey_id, &user.id).await? {
            return Err(Error::not_found("passkey", &ask.passkey_id));
        }
        if second_factors::of(tx.conn(), &user.id).await?.are_on() {
            self.write_second_factor_notice(&mut tx, &user, Kind::PasskeyRemoved).await?;
        } else {
            expect_not_required(tx.conn(), &user).await?;
            self.turn_off(&mut tx, &authority, &user).await?;
        }
        authority.line.about("passkey.removed", &ask.passkey_id).write(&mut tx).await?;
        tx.commit().await
    }
}

/// Keeps a passkey just made.
async fn kept(tx: &mut Tx, user: &User, made: Registration, display_name: &str) -> Result<Passkey> {
    expect_room(&passkeys::of_user(tx.conn(), &user.id).await?)?;
    let passkey = Passkey {
        id: tx.ids().id("pky"),
        user_id: user.id.clone(),
        credential_id: made.credential_id,
        public_key: made.public_key,
        counter: made.counter,
        display_name: display_name.into(),
        created_at: tx.now(),
        last_used_at: None,
    };
    if !passkeys::insert(tx, &passkey).await? {
        return Err(Error::already_exists("credential_json", "is a passkey that is kept already"));
    }
    Ok(passkey)
}

fn expect_room(has: &[Passkey]) -> Result<()> {
    if has.len() < passkey::MOST {
        return Ok(());
    }
    Err(Error::invalid("passkey", "is one too many; remove one of your 20 first"))
}
