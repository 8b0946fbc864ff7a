//! Trying a provider step by step, without signing anybody in.

use jsonwebtoken::jwk::Jwk;
use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations},
    policy::{self, Action, Scope},
};
use proto::identity::v1::{SsoProvider as WireProvider, SsoTestStep, TestSsoRequest, TestSsoResponse};
use serde_json::Value;

use super::{super::required, sso::provider_of};
use crate::{
    Identity,
    sso::{Claims, Document, Fault, Grant, Provider, Redeemed, Secrets, matched, redeem},
    store::sso_providers,
    vault::Purpose,
    wire,
};

/// Bytes the sample may have.
const LARGEST_SAMPLE: usize = 64 * 1024;

/// What a trial went through so far.
#[derive(Default)]
struct Trial(TestSsoResponse);

impl Trial {
    /// Notes how a step went; answers what it found when it went well.
    fn step<T>(&mut self, name: &str, went: std::result::Result<(T, String), Fault>) -> Option<T> {
        let (found, detail) = match went {
            Ok((found, detail)) => (Some(found), detail),
            Err(fault) => (None, fault.sentence().to_owned()),
        };
        self.0.steps.push(SsoTestStep { name: name.into(), passed: found.is_some(), detail });
        found
    }
}

impl Identity {
    pub(super) async fn test_sso(&self, caller: Caller, ask: TestSsoRequest) -> Result<TestSsoResponse> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let given = required("provider", ask.provider)?;
        let provider = provider_of(&given);
        let mut wrong = Violations::default();
        provider.check(&mut wrong);
        let sample = sample(&ask.sample_claims_json, &mut wrong);
        wrong.into_result()?;
        let secret = self.secret_to_try(&given).await?;
        let mut trial = Trial::default();
        self.walk(&mut trial, &provider, &secret, sample.as_ref()).await;
        Ok(trial.0)
    }

    /// Walks the steps until one fails.
    async fn walk(&self, trial: &mut Trial, provider: &Provider, secret: &str, sample: Option<&Claims>) {
        let found = self.discovery.document(&provider.issuer).await;
        let Some(document) = trial.step("discovery", found.map(describe_document)) else {
            return;
        };
        let keys = self.discovery.keys(&document).await;
        if trial.step("keys", keys.map(|keys| describe_keys(&keys))).is_none() {
            return;
        }
        let known = self.try_client(provider, secret, &document).await;
        if trial.step("client", known.map(|said| ((), said))).is_none() {
            return;
        }
        let matched =
            sample.map_or_else(Vec::new, |claims| matched(&provider.mappings, claims, self.clock.now()));
        let said = match (provider.mappings.len(), sample) {
            (0, _) => "there are none; people get no roles from this provider".to_owned(),
            (all, None) => format!("{all} can be evaluated; give sample claims to see what they match"),
            (all, Some(_)) => format!("{} of {all} match the sample", matched.len()),
        };
        trial.0.matched = matched.into_iter().map(wire::claim_mapping).collect();
        trial.step("mappings", Ok(((), said)));
    }

    /// Redeems a code nobody was given: a provider looks at the client before it looks at the code.
    async fn try_client(
        &self,
        provider: &Provider,
        secret: &str,
        document: &Document,
    ) -> std::result::Result<String, Fault> {
        let redirect_uri = provider.redirect_uri(&self.public_url);
        let verifier = Secrets::of(&self.ids.secret::<32>(), &self.vault).verifier;
        let grant = Grant {
            client_id: &provider.client_id,
            client_secret: secret,
            code: "none",
            redirect_uri: &redirect_uri,
            verifier: &verifier,
        };
        match redeem(&self.discovery, document, &grant).await? {
            Redeemed::Refused(error) if error == "invalid_grant" => Ok(format!(
                "the provider knows the client; it must allow the redirect address {redirect_uri}"
            )),
            Redeemed::Refused(error) => Err(Fault::Wrong(format!(
                "the provider answered {error} to the client; check its id and secret, and the redirect address {redirect_uri}"
            ))),
            Redeemed::Tokens { .. } => {
                Err(Fault::wrong("the provider gave tokens for a code it never made; do not use it"))
            }
        }
    }

    /// The secret that is given, else the stored one, which is told to its own issuer only.
    async fn secret_to_try(&self, given: &WireProvider) -> Result<String> {
        if !given.client_secret.is_empty() {
            return Ok(given.client_secret.clone());
        }
        let stored = sso_providers::find(self.db.reader(), &given.key).await?;
        match stored.filter(|stored| stored.issuer == given.issuer) {
            Some(stored) => self.client_secret(&stored),
            None => Ok(String::new()),
        }
    }

    /// The secret of a stored provider; empty when it has none.
    pub(crate) fn client_secret(&self, provider: &Provider) -> Result<String> {
        if provider.sealed_secret.is_empty() {
            return Ok(String::new());
        }
        let secret = self.vault.open(Purpose::SsoSecret, &provider.sealed_secret)?;
        String::from_utf8(secret).map_err(Error::internal)
    }
}

fn describe_document(document: Document) -> (Document, String) {
    let said = format!("people sign in at {}", document.authorization_endpoint);
    (document, said)
}

fn describe_keys(keys: &[Jwk]) -> ((), String) {
    let names: Vec<_> = keys.iter().filter_map(|key| key.common.key_id.as_deref()).collect();
    ((), format!("{} found: {}", keys.len(), names.join(", ")))
}

/// The sample, if one is given.
fn sample(json: &str, wrong: &mut Violations) -> Option<Claims> {
    if json.is_empty() {
        return None;
    }
    match serde_json::from_str(json) {
        Ok(Value::Object(claims)) if json.len() <= LARGEST_SAMPLE => return Some(claims.into()),
        Ok(_) => wrong
            .add("sample_claims_json", "is no JSON object of at most 64 KiB; give claims as {\"email\": …}"),
        Err(error) => {
            wrong.add("sample_claims_json", format!("is no JSON: {error}; give claims as {{\"email\": …}}"));
        }
    }
    None
}
