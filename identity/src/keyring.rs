//! The keys that sign access tokens: one signs, the next one is known a day before, the last ones stay known until their
//! tokens have expired. Nobody has to turn them over: whoever needs a key when a successor is due makes it.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    db::{Db, Tx},
    error::{Error, Result},
    token::{AccessClaims, AccessSigner, Verifier, public_key},
};
use proto::identity::v1::{Jwk, Jwks};
use serde_json::{Value, json};

use crate::{
    access::Authority,
    store::signing_keys::{self, StoredKey},
    vault::{Purpose, Vault},
};

/// How long a key signs.
const SIGNS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long before its first signature a key is published, so that everybody has it by then.
const PUBLISHED_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// How long after its last signature a key stays published: longer than any token lives.
const PUBLISHED_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How long the keys of this process are taken for all there are.
const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(1);

/// The signing keys of all replicas, as this one knows them.
pub(crate) struct Keyring {
    db: Db,
    vault: Arc<Vault>,
    verifier: Verifier,
    known: RwLock<Known>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Arc<[Key]>,
    since: Timestamp,
}

struct Key {
    signer: AccessSigner,
    jwk: Jwk,
    generation: i64,
    signs_from: Timestamp,
    signs_until: Timestamp,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// The keys in the database, or the first one. Fails when the master key does not open them.
    pub(crate) async fn open(db: Db, vault: Arc<Vault>, verifier: Verifier) -> Result<Self> {
        let keyring = Self { db, vault, verifier, known: RwLock::default() };
        keyring.keys().await?;
        Ok(keyring)
    }

    /// The token that says this, signed with the key that signs now. In this process nobody need check that again.
    pub(crate) async fn sign(&self, claims: AccessClaims) -> Result<String> {
        let token = self.signer().await?.sign(&claims)?;
        self.verifier.remember(&token, claims).await;
        Ok(token)
    }

    /// The key that signs now.
    async fn signer(&self) -> Result<AccessSigner> {
        let now = self.db.clock().now();
        let keys = self.keys().await?;
        let current = keys.iter().filter(|key| key.signs_from <= now).max_by_key(|key| key.generation);
        current.map(|key| key.signer.clone()).ok_or_else(|| Error::internal("there is no signing key"))
    }

    /// Every key a token in use may have been signed with, or soon will be.
    pub(crate) async fn published(&self) -> Result<Jwks> {
        Ok(jwks(&self.keys().await?))
    }

    async fn keys(&self) -> Result<Arc<[Key]>> {
        let now = self.db.clock().now();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if successor(&known.keys, now).is_none() && now.duration_since(known.since).abs() < KNOWN_FOR {
            return Ok(known.keys);
        }
        let mut keys = self.load(now).await?;
        if let Some(from) = successor(&keys, now) {
            let mut tx = self.db.begin().await?;
            self.succeed(&mut tx, from).await?;
            tx.commit().await?;
            keys = self.load(now).await?;
        }
        let keys: Arc<[Key]> = keys.into();
        if !keys.iter().map(|key| &key.jwk.kid).eq(known.keys.iter().map(|key| &key.jwk.kid)) {
            self.verifier.trust(&jwks(&keys))?;
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) =
            Known { keys: keys.clone(), since: now };
        Ok(keys)
    }

    async fn load(&self, now: Timestamp) -> Result<Vec<Key>> {
        let stored = signing_keys::published(self.db.reader(), now).await?;
        stored.iter().map(|stored| self.unsealed(stored)).collect()
    }

    fn unsealed(&self, stored: &StoredKey) -> Result<Key> {
        let seed = self.vault.open(Purpose::SigningKey, &stored.sealed_key)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| Error::internal("a signing key is damaged"))?;
        Ok(Key {
            signer: AccessSigner::new(&stored.id, &seed),
            jwk: Jwk {
                kid: stored.id.clone(),
                kty: "OKP".into(),
                alg: "EdDSA".into(),
                crv: "Ed25519".into(),
                x: stored.public_key.clone(),
                r#use: "sig".into(),
            },
            generation: stored.generation,
            signs_from: stored.signs_from,
            signs_until: stored.signs_until,
        })
    }

    /// Makes the key that signs from then on; of several replicas at once one does.
    async fn succeed(&self, tx: &mut Tx, signs_from: Timestamp) -> Result<()> {
        let later = |instant: Timestamp, by| instant.saturating_add(by).unwrap_or(Timestamp::MAX);
        let signs_until = later(signs_from, SIGNS_FOR);
        let seed: [u8; 32] = tx.ids().bytes();
        let key = StoredKey {
            generation: signing_keys::newest_generation(tx.conn()).await? + 1,
            id: tx.ids().id("sig"),
            sealed_key: self.vault.seal(Purpose::SigningKey, &seed)?,
            public_key: public_key(&seed)?,
            signs_from,
            signs_until,
            published_until: later(signs_until, PUBLISHED_AFTER),
        };
        // The very first one is no news.
        if signing_keys::succeed(tx, &key).await? && key.generation > 1 {
            let said =
                json!({"signs_from": key.signs_from.to_string(), "signs_until": key.signs_until.to_string()});
            let line = Authority::system("keyring").line.about("signing_key.rotated", &key.id);
            line.change(&Value::Null, &said).write(tx).await?;
        }
        Ok(())
    }
}

fn jwks(keys: &[Key]) -> Jwks {
    Jwks { keys: keys.iter().map(|key| key.jwk.clone()).collect() }
}

/// When the next key begins to sign, if it is time to make it.
fn successor(keys: &[Key], now: Timestamp) -> Option<Timestamp> {
    let Some(newest) = keys.iter().max_by_key(|key| key.generation) else {
        return Some(now);
    };
    let due = newest.signs_until.saturating_sub(PUBLISHED_BEFORE).unwrap_or(Timestamp::MIN);
    (due <= now).then(|| newest.signs_until.max(now))
}
