//! API keys traded for tokens, and what a sign-in page needs to know.

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
};
use proto::identity::v1::{
    ErrorReason, ExchangeApiKeyRequest, GetSignInPolicyRequest, SessionTokens, SignInPolicy,
};

use crate::{
    Identity,
    api_key::{self, ApiKey},
    audit::Line,
    password, settings,
    store::{api_keys, users},
    user::User,
    wire,
};

impl Identity {
    pub(super) async fn exchange_api_key(
        &self,
        caller: Caller,
        ask: ExchangeApiKeyRequest,
    ) -> Result<SessionTokens> {
        let text = ask.api_key.trim();
        let id = api_key::id_of(text).ok_or_else(refused)?;
        let key = api_keys::find(self.db.reader(), &id)
            .await?
            .filter(|key| key.is_text(text))
            .ok_or_else(refused)?;
        let owner = users::get(self.db.reader(), &key.owner_id).await?;
        if !key.is_good(self.clock.now(), caller.address()) || !owner.is_active() {
            self.note_refusal(&caller, &key).await?;
            return Err(refused());
        }
        if api_keys::is_use_noteworthy(&key, self.clock.now()) {
            self.note_use(&caller, &owner, &key).await?;
        }
        self.key_tokens(&owner, &key).await
    }

    async fn note_use(&self, caller: &Caller, owner: &User, key: &ApiKey) -> Result<()> {
        let mut tx = self.db.begin().await?;
        api_keys::used(&mut tx, &key.id).await?;
        Line::of_person(owner, caller).about("api_key.exchanged", &key.id).write(&mut tx).await?;
        tx.commit().await
    }

    /// A known key in the wrong hands, place or time is worth a line; what is no key of ours is not.
    async fn note_refusal(&self, caller: &Caller, key: &ApiKey) -> Result<()> {
        let mut tx = self.db.begin().await?;
        Line::of(caller).about("api_key.refused", &key.id).write(&mut tx).await?;
        tx.commit().await
    }

    pub(super) async fn get_sign_in_policy(&self, ask: GetSignInPolicyRequest) -> Result<SignInPolicy> {
        let now = self.clock.now();
        let invitation = match self.open_invitation(&ask.invitation_token).await? {
            Some(open) => {
                let user = users::find(self.db.reader(), &open.user_id).await?;
                Some(wire::invitation(&open, user.as_ref(), now))
            }
            None => None,
        };
        Ok(SignInPolicy {
            setup_needed: users::is_empty(self.db.reader()).await?,
            sign_up_mode: settings::access(self.db.reader()).await?.sign_up_mode.into(),
            password_rules: Some(password::RULES),
            providers: self.sign_in_providers().await?,
            invitation,
        })
    }
}

fn refused() -> Error {
    let message = "the API key is wrong, expired or revoked, or may not be used from here";
    Error::unauthenticated(&ErrorReason::WrongApiKey, message)
}
