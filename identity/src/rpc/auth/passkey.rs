//! Signing in with a passkey: as the second factor, or with nothing else.

use mesh_core::{
    clock::to_proto,
    db::Tx,
    error::{Result, Violations},
};
use proto::identity::v1::{SecondFactorKind, SecondFactorNeeded, StartPasskeySignInRequest};

use crate::{
    Identity,
    ceremony::{Ceremony, Purpose},
    passkey::{self, Assertion, Doubt, Passkey},
    store::{ceremonies, passkeys},
};

impl Identity {
    pub(super) async fn start_passkey_sign_in(
        &self,
        ask: StartPasskeySignInRequest,
    ) -> Result<SecondFactorNeeded> {
        let mut wrong = Violations::default();
        wrong.text("device_label", &ask.device_label, 0..=120);
        wrong.into_result()?;
        let mut tx = self.db.begin().await?;
        let (ceremony, token) = Ceremony::new(Purpose::PasskeySignIn, "", tx.ids(), tx.now());
        let ceremony = Ceremony {
            device_label: ask.device_label.trim().into(),
            persistent: ask.keep_signed_in,
            ..ceremony
        };
        ceremonies::insert(&mut tx, &ceremony).await?;
        tx.commit().await?;
        Ok(SecondFactorNeeded {
            attempt: token,
            kinds: vec![SecondFactorKind::Passkey.into()],
            expire_time: Some(to_proto(ceremony.expires_at)),
            passkey_options_json: passkey::request_options(&self.site, &ceremony.challenge, &[]).to_string(),
            email_hint: String::new(),
        })
    }

    /// The passkey that signed the ceremony's challenge, its signature noted; or why it is not believed.
    pub(super) async fn take_signature(
        &self,
        tx: &mut Tx,
        ceremony: &Ceremony,
        answer: &str,
    ) -> Result<Result<Passkey, Doubt>> {
        let assertion = match Assertion::read(answer) {
            Ok(assertion) => assertion,
            Err(doubt) => return Ok(Err(doubt)),
        };
        let Some(passkey) = passkeys::find_by_credential(tx.conn(), &assertion.credential_id).await? else {
            return Ok(Err("an unknown passkey"));
        };
        match self.judge(ceremony, &assertion, &passkey) {
            Err(doubt) => Ok(Err(doubt)),
            Ok(counter) if passkeys::used(tx, &passkey.id, counter).await? => Ok(Ok(passkey)),
            Ok(_) => Ok(Err("an old signature: the passkey was copied")),
        }
    }

    /// The number of the signature, if it proves what the ceremony asks for: of a known person that it is he, of anybody who he is,
    /// which takes an authenticator that knows him.
    fn judge(&self, ceremony: &Ceremony, assertion: &Assertion, passkey: &Passkey) -> Result<i64, Doubt> {
        let signed = assertion.verify(&self.site, &ceremony.challenge, passkey)?;
        match ceremony.purpose {
            Purpose::SecondFactor if passkey.user_id != ceremony.user_id => Err("somebody else's passkey"),
            Purpose::PasskeySignIn if !signed.verified => {
                Err("an authenticator that did not check its owner")
            }
            Purpose::PasskeySignIn if !assertion.names(&passkey.user_id) => {
                Err("a passkey that names no owner")
            }
            Purpose::NewPasskey => Err("an answer to another question"),
            Purpose::SecondFactor | Purpose::PasskeySignIn => Ok(signed.counter),
        }
    }
}
