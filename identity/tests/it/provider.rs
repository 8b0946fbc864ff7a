//! An OpenID provider on loopback that says what a test wants it to say, and lies as well.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mesh_core::token::{public_key, signing_key};
use proto::identity::v1::{FinishSsoRequest, SsoProvider, StartSsoResponse};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};
use url::{Url, form_urlencoded};

/// The key of the provider in every test.
pub(crate) const KEY: &str = "acme";
pub(crate) const SECRET: &str = "a secret of the client";
const CLIENT: &str = "ticketmesh";

/// How ID tokens are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Signing {
    /// By the key the provider publishes.
    #[default]
    Well,
    /// By a key of the same name that is not the published one.
    Forged,
    /// Not at all.
    None,
    /// By an HMAC whose secret is the public key.
    PublicKeyAsSecret,
}

#[derive(Default)]
struct Inner {
    issuer: String,
    signing: Signing,
    /// Which key signs: its seed, and the number in its name.
    generation: u8,
    userinfo: Value,
    /// What codes stand for.
    codes: HashMap<String, Issued>,
    discoveries: usize,
}

#[derive(Clone)]
struct Issued {
    claims: Value,
    challenge: String,
}

type Shared = Arc<Mutex<Inner>>;

/// A provider that runs until it is dropped.
pub(crate) struct Provider {
    inner: Shared,
    server: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let inner = Arc::new(Mutex::new(Inner { issuer, generation: 1, ..Inner::default() }));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(inner.clone());
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.expect("serves") });
        Self { inner, server }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test panicked here")
    }

    pub(crate) fn issuer(&self) -> String {
        self.lock().issuer.clone()
    }

    /// The provider as an administrator describes it.
    pub(crate) fn described(&self) -> SsoProvider {
        SsoProvider {
            key: KEY.into(),
            display_name: "Acme".into(),
            issuer: self.issuer(),
            client_id: CLIENT.into(),
            client_secret: SECRET.into(),
            scopes: vec!["email".into(), "profile".into()],
            enabled: true,
            ..SsoProvider::default()
        }
    }

    pub(crate) fn sign(&self, signing: Signing) {
        self.lock().signing = signing;
    }

    /// Signs with another key from now on.
    pub(crate) fn turn_keys(&self) {
        self.lock().generation += 1;
    }

    /// Tells this at the userinfo endpoint.
    pub(crate) fn tell(&self, userinfo: Value) {
        self.lock().userinfo = userinfo;
    }

    /// How often it was asked for its addresses.
    pub(crate) fn discoveries(&self) -> usize {
        self.lock().discoveries
    }

    /// Lets somebody in who came from the start of a sign-in; `claims` replace what would be said of the token itself.
    pub(crate) fn vouch(&self, start: &StartSsoResponse, claims: &Value) -> FinishSsoRequest {
        let asked = asked(start);
        let mut inner = self.lock();
        let mut said = json!({"iss": inner.issuer, "aud": CLIENT, "nonce": asked["nonce"], "iat": 0, "exp": i64::MAX / 2});
        for (name, value) in claims.as_object().expect("an object") {
            said[name] = value.clone();
        }
        let code = format!("code-{}", inner.codes.len());
        let issued = Issued { claims: said, challenge: asked["code_challenge"].clone() };
        inner.codes.insert(code.clone(), issued);
        FinishSsoRequest {
            attempt: start.attempt.clone(),
            state: asked["state"].clone(),
            code,
            ..FinishSsoRequest::default()
        }
    }
}

/// What the browser is sent to the provider with.
pub(crate) fn asked(start: &StartSsoResponse) -> HashMap<String, String> {
    let url = Url::parse(&start.authorize_url).expect("an address");
    url.query_pairs().into_owned().collect()
}

async fn discovery(State(inner): State<Shared>) -> Json<Value> {
    let mut inner = inner.lock().expect("no test panicked here");
    inner.discoveries += 1;
    let issuer = &inner.issuer;
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    });
    if !inner.userinfo.is_null() {
        document["userinfo_endpoint"] = json!(format!("{issuer}/userinfo"));
    }
    Json(document)
}

async fn keys(State(inner): State<Shared>) -> Json<Value> {
    let generation = inner.lock().expect("no test panicked here").generation;
    let x = public_key(&[generation; 32]).expect("a key");
    let unknown = json!({"kty": "future", "kid": "0"});
    Json(json!({"keys": [unknown, {"kty": "OKP", "crv": "Ed25519", "kid": generation.to_string(), "x": x}]}))
}

async fn token(State(inner): State<Shared>, headers: HeaderMap, form: String) -> (StatusCode, Json<Value>) {
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    // `ticketmesh` and the secret, each encoded as in a form.
    let expected = "Basic dGlja2V0bWVzaDphK3NlY3JldCtvZit0aGUrY2xpZW50";
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != expected) {
        return refuse("invalid_client");
    }
    let form: HashMap<_, _> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let inner = inner.lock().expect("no test panicked here");
    let Some(issued) = inner.codes.get(&form["code"]) else { return refuse("invalid_grant") };
    if BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"])) != issued.challenge {
        return refuse("invalid_grant");
    }
    (StatusCode::OK, Json(json!({"id_token": id_token(&inner, &issued.claims), "access_token": "open"})))
}

async fn userinfo(State(inner): State<Shared>) -> Json<Value> {
    Json(inner.lock().expect("no test panicked here").userinfo.clone())
}

fn id_token(inner: &Inner, claims: &Value) -> String {
    let kid = Some(inner.generation.to_string());
    let encode = |algorithm, key: &EncodingKey| {
        let header = Header { kid: kid.clone(), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, claims, key).expect("a token")
    };
    let seed = [inner.generation; 32];
    match inner.signing {
        Signing::Well => encode(Algorithm::EdDSA, &signing_key(&seed)),
        Signing::Forged => encode(Algorithm::EdDSA, &signing_key(&[99; 32])),
        Signing::PublicKeyAsSecret => {
            let public = public_key(&seed).expect("a key");
            let secret = BASE64_URL_SAFE_NO_PAD.decode(public).expect("base64url");
            encode(Algorithm::HS256, &EncodingKey::from_secret(&secret))
        }
        Signing::None => {
            let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(&json!({"alg": "none", "kid": kid})), part(claims))
        }
    }
}
