//! Signing in at a provider: sending the browser there, and believing what it comes back with.
//!
//! An attempt is spent before anything else is looked at, so nothing that came back counts twice.

use mesh_core::{
    caller::Caller,
    clock::to_proto,
    error::{Error, Result, Violations},
};
use proto::identity::v1::{
    ErrorReason, FinishSsoRequest, FinishSsoResponse, SessionTokens, SignInProvider, StartSsoRequest,
    StartSsoResponse,
};

use super::opening::Opening;
use crate::{
    Identity,
    audit::Line,
    session::Method,
    settings,
    sso::{
        Arrival, Attempt, Claims, Document, Expected, Fault, Grant, Known, Provider, Redeemed, Refusal,
        Secrets, arrive, out_of_reach, redeem, verify,
    },
    store::{sso_attempts, sso_providers, users},
};

/// What the audit log says of somebody who has to come by his provider and did not.
pub(super) const ELSEWHERE: &str = "single sign-on is required";

impl Identity {
    pub(super) async fn start_sso(&self, ask: StartSsoRequest) -> Result<StartSsoResponse> {
        let mut wrong = Violations::default();
        wrong.text("device_label", &ask.device_label, 0..=120);
        wrong.into_result()?;
        let provider = self.provider_in_use(&ask.provider_key).await?;
        let known = self.discovery.of(&provider.issuer).await;
        let known = known.map_err(|fault| out_of_reach(fault.sentence()))?;
        let mut tx = self.db.begin().await?;
        let (attempt, token) =
            Attempt::new(&provider.key, ask.keep_signed_in, ask.device_label.trim(), tx.ids(), tx.now());
        sso_attempts::insert(&mut tx, &attempt).await?;
        tx.commit().await?;
        Ok(StartSsoResponse {
            authorize_url: self.authorize_url(&provider, &known.document, &Secrets::of(&token, &self.vault)),
            attempt: token,
            expire_time: Some(to_proto(attempt.expires_at)),
        })
    }

    /// Where the provider asks people who they are.
    fn authorize_url(&self, provider: &Provider, document: &Document, secrets: &Secrets) -> String {
        let mut url = document.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", &provider.redirect_uri(&self.public_url))
            .append_pair("scope", &provider.scope())
            .append_pair("state", &secrets.state)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("code_challenge", &secrets.challenge())
            .append_pair("code_challenge_method", "S256");
        url.into()
    }

    pub(super) async fn finish_sso(
        &self,
        caller: Caller,
        ask: FinishSsoRequest,
    ) -> Result<FinishSsoResponse> {
        let attempt = self.take_attempt(&ask.attempt).await?;
        match self.sign_in_at_provider(&caller, &attempt, &ask).await {
            Ok(tokens) => Ok(FinishSsoResponse { tokens: Some(tokens) }),
            Err(error) => {
                let mut tx = self.db.begin().await?;
                let line = Line::of(&caller).about("sign_in.refused", &attempt.provider_key);
                line.because(error.with_causes()).write(&mut tx).await?;
                tx.commit().await?;
                Err(error)
            }
        }
    }

    /// Spends the attempt.
    async fn take_attempt(&self, token: &str) -> Result<Attempt> {
        let mut tx = self.db.begin().await?;
        let attempt = sso_attempts::take(&mut tx, &Attempt::hash(token)).await?;
        let now = tx.now();
        tx.commit().await?;
        attempt.filter(|attempt| now < attempt.expires_at).ok_or_else(|| {
            failed("this sign-in took longer than 10 minutes, or has come back before; begin again")
        })
    }

    async fn sign_in_at_provider(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        ask: &FinishSsoRequest,
    ) -> Result<SessionTokens> {
        let provider = self.provider_in_use(&attempt.provider_key).await?;
        let secrets = Secrets::of(&ask.attempt, &self.vault);
        if !secrets.is_state(&ask.state) {
            return Err(failed(
                "the browser came back from another sign-in than the one it began; begin again",
            ));
        }
        if !ask.error.is_empty() || ask.code.is_empty() {
            return Err(failed(format!("the provider refused: {}", printable(&ask.error))));
        }
        let claims = self.claims(&provider, &secrets, &ask.code).await?;
        let mut tx = self.db.begin().await?;
        let user = arrive(&mut tx, &Arrival { provider: &provider, claims: &claims, caller }).await?;
        let device = self.device(caller, &ask.device_token);
        let device_token = device.token.clone();
        let opening = Opening {
            device,
            device_label: attempt.device_label.clone(),
            persistent: attempt.persistent,
            methods: methods(&provider, &claims),
        };
        let session = self.open_session(&mut tx, caller, &user, opening).await?;
        tx.commit().await?;
        self.first_tokens(&user, &session, device_token).await
    }

    /// What the provider says of whoever the code stands for.
    async fn claims(&self, provider: &Provider, secrets: &Secrets, code: &str) -> Result<Claims> {
        let known = self.discovery.of(&provider.issuer).await?;
        let grant = Grant {
            client_id: &provider.client_id,
            client_secret: &self.client_secret(provider)?,
            code,
            redirect_uri: &provider.redirect_uri(&self.public_url),
            verifier: &secrets.verifier,
        };
        let (id_token, access_token) = match redeem(&self.discovery, &known.document, &grant).await? {
            Redeemed::Tokens { id_token, access_token } => (id_token, access_token),
            Redeemed::Refused(error) => {
                return Err(failed(format!("the provider does not redeem the code: {}", printable(&error))));
            }
        };
        let claims = self.verified(provider, &known, secrets, &id_token).await?;
        match self.discovery.userinfo(&known.document, &access_token).await? {
            Some(more) => Ok(claims.with_userinfo(more)?),
            None => Ok(claims),
        }
    }

    /// What an ID token says, if it holds; under keys that are asked for again when it names one that is not known.
    async fn verified(
        &self,
        provider: &Provider,
        known: &Known,
        secrets: &Secrets,
        id_token: &str,
    ) -> std::result::Result<Claims, Fault> {
        let expected = Expected {
            issuer: &provider.issuer,
            client_id: &provider.client_id,
            nonce: &secrets.nonce,
            now: self.clock.now().as_second(),
        };
        let mut judged = verify(id_token, &known.keys, &expected);
        if matches!(judged, Err(Refusal::UnknownKey)) {
            let renewed = self.discovery.renewed(&provider.issuer).await?;
            judged = verify(id_token, &renewed.keys, &expected);
        }
        judged.map_err(|refusal| match refusal {
            Refusal::Final(fault) => fault,
            Refusal::UnknownKey => {
                Fault::wrong("the provider's ID token is signed with a key it does not publish")
            }
        })
    }

    /// The provider with this key, if people may come by it.
    async fn provider_in_use(&self, key: &str) -> Result<Provider> {
        let provider = sso_providers::find(self.db.reader(), key).await?;
        let in_use = provider.filter(|provider| provider.enabled);
        in_use.ok_or_else(|| Error::not_found("single sign-on provider", &printable(key)))
    }

    /// The buttons of the sign-in page.
    pub(super) async fn sign_in_providers(&self) -> Result<Vec<SignInProvider>> {
        let providers = sso_providers::list(self.db.reader()).await?;
        let button = |provider: &Provider| SignInProvider {
            key: provider.key.clone(),
            display_name: provider.display_name.clone(),
            start_path: provider.start_path(),
        };
        Ok(providers.iter().filter(|provider| provider.enabled).map(button).collect())
    }

    /// Refuses every other way in where people sign in at a provider, before any account is looked at but the one for emergencies.
    /// The refusal is noted.
    pub(super) async fn expect_local_domain(&self, caller: &Caller, email: &str) -> Result<()> {
        let Some(refused) = self.refused_here(email).await? else { return Ok(()) };
        let mut tx = self.db.begin().await?;
        Line::of(caller).about("sign_in.refused", email).because(ELSEWHERE).write(&mut tx).await?;
        tx.commit().await?;
        Err(refused)
    }

    /// Why somebody with this address does not come in but by his provider; `None` for those who may, and the one for emergencies.
    pub(super) async fn refused_here(&self, email: &str) -> Result<Option<Error>> {
        let providers = sso_providers::list(self.db.reader()).await?;
        let Some(provider) = providers.iter().find(|provider| provider.is_enforced_for(email)) else {
            return Ok(None);
        };
        let settings = settings::access(self.db.reader()).await?;
        let keeper = users::find(self.db.reader(), &settings.break_glass_user_id).await?;
        if keeper.is_some_and(|keeper| keeper.profile.email == email) {
            return Ok(None);
        }
        let message = format!("people with an address in this domain sign in with {}", provider.display_name);
        Ok(Some(Error::failed_precondition(&ErrorReason::SsoRequired, message)))
    }
}

/// What a sign-in at the provider proves.
fn methods(provider: &Provider, claims: &Claims) -> Vec<Method> {
    let factor = claims.tell_of_second_factor(&provider.second_factor_acrs).then_some(Method::SignOnFactor);
    std::iter::once(Method::SingleSignOn).chain(factor).collect()
}

/// What somebody else wrote, short enough for a sentence.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| letter.is_ascii_graphic() || *letter == ' ').take(60).collect()
}

fn failed(sentence: impl Into<String>) -> Error {
    Error::unauthenticated(&ErrorReason::SsoFailed, sentence)
}
