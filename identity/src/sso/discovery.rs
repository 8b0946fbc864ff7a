//! What a provider publishes of itself (OpenID Connect Discovery): its addresses and its public keys.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use mesh_core::clock::SharedClock;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Fault,
    http::{Http, confidential},
};

/// How long what was found is taken for what is.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The addresses of a provider, all of them confidential.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) jwks_uri: Url,
    /// Where more is told of somebody, if there is such a place.
    pub(crate) userinfo_endpoint: Option<Url>,
    /// Whether our secret goes into a header, which is the rule, or into the form.
    pub(crate) takes_basic: bool,
}

#[derive(Deserialize)]
struct Published {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// A provider as it was found.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) document: Document,
    pub(crate) keys: Vec<Jwk>,
    since: Timestamp,
}

/// Asks providers what they publish, and remembers it.
#[derive(Debug)]
pub(crate) struct Discovery {
    pub(super) http: Http,
    clock: SharedClock,
    known: Mutex<HashMap<String, Arc<Known>>>,
}

impl Discovery {
    pub(crate) fn new(clock: SharedClock) -> Self {
        Self { http: Http::default(), clock, known: Mutex::default() }
    }

    /// What is known of an issuer.
    pub(crate) async fn of(&self, issuer: &str) -> Result<Arc<Known>, Fault> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        match known {
            Some(known) if self.clock.now().duration_since(known.since).abs() < KNOWN_FOR => Ok(known),
            _ => self.renewed(issuer).await,
        }
    }

    /// What an issuer publishes at this moment: it may have changed its keys.
    pub(crate) async fn renewed(&self, issuer: &str) -> Result<Arc<Known>, Fault> {
        let document = self.document(issuer).await?;
        let keys = self.keys(&document).await?;
        let known = Arc::new(Known { document, keys, since: self.clock.now() });
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(issuer.to_owned(), known.clone());
        Ok(known)
    }

    /// The addresses of an issuer.
    pub(crate) async fn document(&self, issuer: &str) -> Result<Document, Fault> {
        let address = format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/'));
        let url = confidential(&address).ok_or_else(|| not_confidential("the issuer", issuer))?;
        let published = serde_json::from_value(self.http.get(&url, "").await?)
            .map_err(|error| Fault::Wrong(format!("{url} is no discovery document: {error}")))?;
        Document::of(published, issuer)
    }

    /// The public keys a document points at; those of a kind we do not know are left out.
    pub(crate) async fn keys(&self, document: &Document) -> Result<Vec<Jwk>, Fault> {
        let mut set = self.http.get(&document.jwks_uri, "").await?;
        let Some(Value::Array(keys)) = set.get_mut("keys").map(Value::take) else {
            return Err(Fault::Wrong(format!("{} is no key set: it has no list `keys`", document.jwks_uri)));
        };
        let keys: Vec<Jwk> = keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        if keys.is_empty() {
            return Err(Fault::Wrong(format!("{} has no key that can be used", document.jwks_uri)));
        }
        Ok(keys)
    }

    /// What is told of whoever the access token is for, where a provider tells more than its ID tokens do.
    pub(crate) async fn userinfo(
        &self,
        document: &Document,
        access_token: &str,
    ) -> Result<Option<Value>, Fault> {
        match &document.userinfo_endpoint {
            Some(url) if !access_token.is_empty() => self.http.get(url, access_token).await.map(Some),
            _ => Ok(None),
        }
    }
}

impl Document {
    fn of(published: Published, issuer: &str) -> Result<Self, Fault> {
        if published.issuer != issuer {
            let named = published.issuer;
            return Err(Fault::Wrong(format!("the provider calls itself {named}; give that as the issuer")));
        }
        let url =
            |name: &str, address: &str| confidential(address).ok_or_else(|| not_confidential(name, address));
        let methods = published.token_endpoint_auth_methods_supported;
        Ok(Self {
            authorization_endpoint: url("authorization_endpoint", &published.authorization_endpoint)?,
            token_endpoint: url("token_endpoint", &published.token_endpoint)?,
            jwks_uri: url("jwks_uri", &published.jwks_uri)?,
            userinfo_endpoint: published
                .userinfo_endpoint
                .map(|address| url("userinfo_endpoint", &address))
                .transpose()?,
            takes_basic: methods.is_none_or(|methods| methods.iter().any(|one| one == "client_secret_basic")),
        })
    }
}

fn not_confidential(what: &str, address: &str) -> Fault {
    Fault::Wrong(format!("{what} is {address}; it must be an https address"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Document;

    fn document(issuer: &str, token_endpoint: &str) -> Result<Document, super::Fault> {
        let published = json!({
            "issuer": "https://id.example.com",
            "authorization_endpoint": "https://id.example.com/auth",
            "token_endpoint": token_endpoint,
            "jwks_uri": "https://id.example.com/keys",
        });
        Document::of(serde_json::from_value(published).expect("a document"), issuer)
    }

    #[test]
    fn a_document_of_another_issuer_or_with_an_open_address_is_refused() {
        assert!(
            document("https://id.example.com", "https://id.example.com/token").is_ok_and(|it| it.takes_basic)
        );
        let other = document("https://id.example.com/", "https://id.example.com/token").expect_err("another");
        assert!(other.sentence().contains("give that as the issuer"), "{other:?}");
        let open = document("https://id.example.com", "http://id.example.com/token").expect_err("open");
        assert!(open.sentence().contains("token_endpoint"), "{open:?}");
    }
}
