//! Access tokens: what they say, who signs them, and how every service verifies them without asking anybody.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;
use jsonwebtoken::{DecodingKey, EncodingKey};
use proto::{
    errors::v1::ErrorReason,
    events::v1::{Envelope, envelope::Event},
    identity::v1::{
        GetJwksRequest, Jwks, ListDepartmentsRequest, ListRevocationsRequest, ListRevocationsResponse,
        auth_service_client::AuthServiceClient, directory_service_client::DirectoryServiceClient,
    },
};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::{expect_current, sign, signing_key, verify};
use crate::{
    bus::{Group, Handler, Subscription},
    caller::{Grants, Roles, Tree},
    clock::SharedClock,
    error::{Error, Result},
    peer::Peer,
};

/// Whom access tokens are for.
pub const AUDIENCE: &str = "ticketmesh";
/// Who makes access tokens.
pub const ISSUER: &str = "ticketmesh-identity";

/// Verified tokens kept so that a busy caller's signature is checked once.
const CACHED_TOKENS: usize = 10_000;
/// Revocations kept; the oldest are dropped, their tokens have expired by then.
const KEPT_REVOCATIONS: usize = 100_000;
/// Unknown keys, and what was missed, are asked for at most once in so many seconds.
const REFETCH_AFTER: i64 = 5;

/// What an access token says. Times are seconds since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessClaims {
    /// [`ISSUER`].
    pub iss: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// The person or service account, `usr_…`.
    pub sub: String,
    /// The session, `ses_…`; empty for API keys.
    pub sid: String,
    /// The token itself.
    pub jti: String,
    /// When it was made.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Version of the account when its rights were read. An event of changed rights has a later one and voids the token.
    pub ver: i64,
    /// What the caller holds, by the departments his roles were given in.
    pub perm: Grants,
    /// The roles behind that, and where they were given.
    #[serde(default, skip_serializing_if = "Roles::is_empty")]
    pub roles: Roles,
    /// Version of the departments' tree that says what is below them; 0 when none is needed.
    #[serde(default)]
    pub tree: i64,
    /// How the caller proved who he is (RFC 8176): `pwd`, `otp`, `key`.
    pub amr: Vec<String>,
    /// The API key the token was exchanged for, `key_…`; empty for sessions.
    pub key: String,
    /// Display name.
    pub name: String,
}

/// Signs access tokens with one key; identity has the current one.
#[derive(Clone)]
pub struct AccessSigner {
    kid: String,
    key: EncodingKey,
}

impl fmt::Debug for AccessSigner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AccessSigner({})", self.kid)
    }
}

impl AccessSigner {
    /// The signer with the key `kid` behind its 32 secret bytes.
    pub fn new(kid: impl Into<String>, seed: &[u8; 32]) -> Self {
        Self { kid: kid.into(), key: signing_key(seed) }
    }

    /// The token that says `claims`.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String> {
        sign(Some(&self.kid), claims, &self.key)
    }
}

/// What a verifier asks: the public keys when a token names one that is not known yet, and what was taken back while it did not
/// listen.
#[async_trait]
pub trait Source: Send + Sync {
    /// The keys as they are now.
    async fn keys(&self) -> Result<Jwks>;

    /// What was taken back of tokens that may still be good.
    async fn revocations(&self) -> Result<ListRevocationsResponse>;

    /// The departments as they hang below each other now, as (department, parent) pairs.
    async fn departments(&self) -> Result<Vec<(String, String)>>;
}

#[async_trait]
impl Source for Peer {
    /// Asks identity, the peer.
    async fn keys(&self) -> Result<Jwks> {
        Ok(AuthServiceClient::new(self.for_worker()).get_jwks(GetJwksRequest {}).await?.into_inner())
    }

    async fn revocations(&self) -> Result<ListRevocationsResponse> {
        let ask = ListRevocationsRequest {};
        Ok(AuthServiceClient::new(self.for_worker()).list_revocations(ask).await?.into_inner())
    }

    async fn departments(&self) -> Result<Vec<(String, String)>> {
        let ask = ListDepartmentsRequest { include_archived: true };
        let mut directory = DirectoryServiceClient::new(self.for_worker());
        let listed = directory.list_departments(ask).await?.into_inner().departments;
        Ok(listed.into_iter().map(|one| (one.id, one.parent_id)).collect())
    }
}

/// Verifies access tokens: signature, audience, issuer, times, revocation. Clones share keys and revocations.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    source: OnceLock<Box<dyn Source>>,
    keys: RwLock<HashMap<String, DecodingKey>>,
    /// When the keys were last asked for.
    fetched: Mutex<Option<Timestamp>>,
    /// Something may have been taken back that this process has not heard of: before it started, or while its line was down.
    is_behind: AtomicBool,
    /// When what was missed was last asked for.
    caught_up: Mutex<Option<Timestamp>>,
    /// What is below what, in the version of the newest token that asked; held while it is asked for.
    tree: Mutex<Arc<Tree>>,
    verified: Cache<[u8; 32], Arc<AccessClaims>>,
    revoked_sessions: Cache<String, ()>,
    /// Per person: tokens made with an older version of the account are void.
    access_changed: Cache<String, i64>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Verifier(…)")
    }
}

impl Verifier {
    /// A verifier that is told its keys by [`Verifier::trust`]: identity's own, or a whole mesh in one process. It asks nobody
    /// until it is told whom, by [`Verifier::ask`].
    pub fn local(clock: SharedClock) -> Self {
        Self(Arc::new(Inner {
            clock,
            source: OnceLock::new(),
            keys: RwLock::default(),
            fetched: Mutex::default(),
            is_behind: AtomicBool::new(true),
            caught_up: Mutex::default(),
            tree: Mutex::default(),
            verified: Cache::new(CACHED_TOKENS),
            revoked_sessions: Cache::new(KEPT_REVOCATIONS),
            access_changed: Cache::new(KEPT_REVOCATIONS),
        }))
    }

    /// A verifier that asks identity.
    pub fn remote(clock: SharedClock, identity: impl Source + 'static) -> Self {
        let verifier = Self::local(clock);
        verifier.ask(identity);
        verifier
    }

    /// From now on this is what is asked; only the first one counts.
    pub fn ask(&self, source: impl Source + 'static) {
        self.0.source.get_or_init(|| Box::new(source));
    }

    /// From now on these keys are the ones that count.
    pub fn trust(&self, jwks: &Jwks) -> Result<()> {
        let mut keys = HashMap::new();
        for jwk in &jwks.keys {
            keys.insert(jwk.kid.clone(), DecodingKey::from_ed_components(&jwk.x).map_err(Error::internal)?);
        }
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        self.0.verified.clear();
        Ok(())
    }

    /// What a token says, if it is ours, current and not revoked.
    pub async fn verify(&self, token: &str) -> Result<Arc<AccessClaims>> {
        self.catch_up().await;
        let digest = digest(token);
        let claims = if let Some(claims) = self.0.verified.get(&digest) {
            claims
        } else {
            let key = self.key_of(token).await?;
            let mut claims = verify::<AccessClaims>(token, &key, AUDIENCE, Some(ISSUER))?;
            claims.perm.tree = self.tree(claims.tree).await?;
            let claims = Arc::new(claims);
            self.0.verified.insert(digest, claims.clone());
            claims
        };
        self.expect_in_force(&claims)?;
        Ok(claims)
    }

    /// Takes a token as verified that this process has just signed: nearly all its first check costs is the signature. Whether it is in
    /// force is asked each time as ever.
    pub async fn remember(&self, token: &str, mut claims: AccessClaims) {
        // Without the departments the token is verified when it comes, as others are.
        if let Ok(tree) = self.tree(claims.tree).await {
            claims.perm.tree = tree;
            self.0.verified.insert(digest(token), Arc::new(claims));
        }
    }

    /// Refuses claims whose time is over or whose session, or the rights it was made with, were taken back since.
    pub fn expect_in_force(&self, claims: &AccessClaims) -> Result<()> {
        expect_current(claims.iat, claims.exp, self.0.clock.now().as_second())?;
        if [&claims.sid, &claims.key].into_iter().any(|id| self.0.revoked_sessions.get(id).is_some()) {
            return Err(Error::unauthenticated(
                &ErrorReason::SessionRevoked,
                "the session was ended; sign in again",
            ));
        }
        if self.0.access_changed.get(&claims.sub).is_some_and(|changed| claims.ver < changed) {
            return Err(Error::unauthenticated(
                &ErrorReason::TokenExpired,
                "what you may do has changed since the token was made; refresh the session",
            ));
        }
        Ok(())
    }

    /// Takes note of an ended session or API key: its tokens are void from now on.
    pub fn revoke_session(&self, session_id: &str) {
        self.0.revoked_sessions.insert(session_id.to_owned(), ());
    }

    /// Takes note that what a person may do changed: tokens made with an older version of the account are void.
    pub fn revoke_before(&self, user_id: &str, version: i64) {
        let newest = self.0.access_changed.get(user_id).map_or(version, |known| known.max(version));
        self.0.access_changed.insert(user_id.to_owned(), newest);
    }

    /// The departments' tree in this version or a later one: what is known, if it is new enough, else as identity has it. Whoever
    /// comes while somebody is asking waits for that answer.
    async fn tree(&self, version: i64) -> Result<Arc<Tree>> {
        if version == 0 {
            return Ok(Arc::default());
        }
        let mut known = self.0.tree.lock().await;
        if let Some(source) = self.0.source.get().filter(|_| known.version() < version) {
            // The token was signed before this is asked, so the answer is no older than what the token says.
            *known = Arc::new(Tree::new(version, source.departments().await?));
        }
        Ok(known.clone())
    }

    async fn key_of(&self, token: &str) -> Result<DecodingKey> {
        let damaged =
            || Error::unauthenticated(&ErrorReason::TokenInvalid, "the token is damaged; sign in again");
        let kid =
            jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid).ok_or_else(damaged)?;
        if let Some(key) = self.known_key(&kid) {
            return Ok(key);
        }
        self.refetch().await?;
        self.known_key(&kid).ok_or_else(|| {
            Error::unauthenticated(
                &ErrorReason::TokenInvalid,
                "the token is signed with a key that is not ours; sign in again",
            )
        })
    }

    fn known_key(&self, kid: &str) -> Option<DecodingKey> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    /// Asks for the keys again, but not so often that forged tokens become a burden on identity. Who comes while somebody is
    /// asking waits for that answer.
    async fn refetch(&self) -> Result<()> {
        let Some(source) = self.0.source.get() else { return Ok(()) };
        let mut fetched = self.0.fetched.lock().await;
        let now = self.0.clock.now();
        if fetched.is_some_and(|last| now.as_second() - last.as_second() < REFETCH_AFTER) {
            return Ok(());
        }
        self.trust(&source.keys().await?)?;
        *fetched = Some(now);
        Ok(())
    }

    /// Takes note that news may have passed by unheard, and asks for it.
    async fn fell_behind(&self) {
        self.0.is_behind.store(true, Ordering::Release);
        *self.0.caught_up.lock().await = None;
        self.catch_up().await;
    }

    /// Learns what was missed, if anything was. While identity can't say, tokens count as before and it is asked again soon: people go
    /// on working, and the tokens in doubt end within minutes.
    async fn catch_up(&self) {
        if !self.0.is_behind.load(Ordering::Acquire) {
            return;
        }
        let Some(source) = self.0.source.get() else { return };
        let mut asked = self.0.caught_up.lock().await;
        let now = self.0.clock.now();
        if asked.is_some_and(|last| now.as_second() - last.as_second() < REFETCH_AFTER) {
            return;
        }
        // What is missed from here on counts anew.
        if !self.0.is_behind.swap(false, Ordering::AcqRel) {
            return;
        }
        *asked = Some(now);
        match source.revocations().await {
            Ok(missed) => self.note(&missed),
            Err(error) => {
                self.0.is_behind.store(true, Ordering::Release);
                tracing::warn!(error = error.with_causes(), "revocations may have been missed; asking again");
            }
        }
    }

    fn note(&self, missed: &ListRevocationsResponse) {
        missed.session_ids.iter().for_each(|id| self.revoke_session(id));
        missed.changed_users.iter().for_each(|user| self.revoke_before(&user.user_id, user.version));
    }
}

/// Under what a token is remembered.
fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// What keeps a verifier up to date: every process hears at once of ended sessions and changed rights.
pub fn revocations(verifier: &Verifier) -> Subscription {
    Subscription {
        group: Group::Ephemeral("revocations"),
        keys: &["identity.session.revoked", "identity.user.access_changed"],
        handler: Arc::new(Revocations(verifier.clone())),
    }
}

struct Revocations(Verifier);

#[async_trait]
impl Handler for Revocations {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        match &envelope.event {
            Some(Event::IdentitySessionRevoked(revoked)) => self.0.revoke_session(&revoked.session_id),
            Some(Event::IdentityUserAccessChanged(_)) => {
                self.0.revoke_before(&envelope.subject, envelope.version);
            }
            _ => {}
        }
        Ok(())
    }

    async fn missed(&self) {
        self.0.fell_behind().await;
    }
}
