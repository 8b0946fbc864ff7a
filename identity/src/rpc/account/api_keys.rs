//! API keys of the caller, and of service accounts for those who look after them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller::Caller,
    clock::from_proto,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action, Scope},
};
use proto::{
    identity::v1::{
        ApiKey as WireKey, CreateApiKeyRequest, CreateApiKeyResponse, ErrorReason, ListMyApiKeysResponse,
        Permission, RevokeApiKeyRequest,
    },
    permission::PermissionSet,
};
use serde_json::{Value, json};

use crate::{
    Identity,
    access::{Authority, amounts_to, requires_second_factor},
    api_key::{self, ApiKey},
    events,
    role::to_codes,
    session::is_proven,
    store::{api_keys, assignments, departments, users},
    user::User,
    vault::Purpose,
    wire,
};

const METHOD: &str = "/ticketmesh.identity.v1.AccountService/CreateApiKey";
/// How long revoked keys stay listed.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The longest life of a key that has an end.
const LONGEST: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);

impl Identity {
    pub(super) async fn list_my_api_keys(&self, caller: Caller) -> Result<ListMyApiKeysResponse> {
        policy::check(&caller, Action::OwnAccount, &Scope::everywhere())?;
        Ok(ListMyApiKeysResponse { api_keys: self.keys_of(caller.user_id()?).await? })
    }

    /// Somebody's keys, newest first; revoked ones only for a while.
    pub(in crate::rpc) async fn keys_of(&self, owner_id: &str) -> Result<Vec<WireKey>> {
        let since = self.clock.now().saturating_sub(SHOWN_FOR).unwrap_or(Timestamp::MIN);
        let keys = api_keys::of_owner(self.db.reader(), owner_id, since).await?;
        Ok(keys.iter().map(wire::api_key).collect())
    }

    pub(super) async fn create_api_key(
        &self,
        caller: Caller,
        ask: CreateApiKeyRequest,
    ) -> Result<CreateApiKeyResponse> {
        let scopes = check(&ask, self.clock.now())?;
        let request = RequestKey::new(&caller, METHOD, &ask.request_id, &ask)?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        if let Some(done) = request.replay::<CreateApiKeyResponse>(&mut tx).await? {
            return self.unsealed(done);
        }
        let owner = self.key_owner(&mut tx, &caller, &authority, &ask.owner_id).await?;
        expect_held(&mut tx, &owner, scopes).await?;
        expect_room(&mut tx, &owner).await?;
        let (key, secret) = self.minted(&tx, &caller, &owner, &ask, scopes);
        api_keys::insert(&mut tx, &key).await?;
        let answer = |secret| CreateApiKeyResponse { api_key: Some(wire::api_key(&key)), secret };
        // Kept for a retry, but not so that whoever reads the database could use the key.
        let sealed = self.vault.seal(Purpose::ApiKey, secret.as_bytes())?;
        request.record(&mut tx, &answer(sealed)).await?;
        let after = json!({"owner": owner.id, "name": key.display_name, "scopes": to_codes(scopes)});
        let line = authority.line.about("api_key.created", &key.id);
        line.change(&Value::Null, &after).write(&mut tx).await?;
        tx.commit().await?;
        Ok(answer(secret))
    }

    pub(super) async fn revoke_api_key(&self, caller: Caller, ask: RevokeApiKeyRequest) -> Result<()> {
        let mut wrong = Violations::default();
        wrong.id("api_key_id", &ask.api_key_id, "key");
        wrong.into_result()?;
        let unknown = || Error::not_found("API key", &ask.api_key_id);
        let key = api_keys::find(self.db.reader(), &ask.api_key_id).await?.ok_or_else(unknown)?;
        if policy::check(&caller, Action::SecurityManage, &Scope::everywhere()).is_err() {
            if key.owner_id != caller.user_id()? {
                return Err(unknown());
            }
            policy::check(&caller, Action::OwnAccount, &Scope::everywhere())?;
        }
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        if api_keys::revoke(&mut tx, &key.id).await? {
            // Tokens of a key are told by its id, as those of a session are by the session's.
            events::session_revoked(&mut tx, &authority.cause, &key.id, &key.owner_id).await?;
            authority.line.about("api_key.revoked", &key.id).write(&mut tx).await?;
        }
        tx.commit().await
    }

    /// The caller himself, or a service account he looks after and whose every permission he holds.
    async fn key_owner(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        authority: &Authority,
        owner_id: &str,
    ) -> Result<User> {
        let own = caller.user_id()?;
        if owner_id.is_empty() || owner_id == own {
            return self.own_account(tx, caller).await;
        }
        policy::check(caller, Action::SecurityManage, &Scope::everywhere())?;
        let owner = users::get(tx.conn(), owner_id).await?;
        if owner.is_person() {
            return Err(Error::invalid(
                "owner_id",
                "is a person, who makes his own keys; name a service account",
            ));
        }
        let held = assignments::held_by(tx.conn(), &owner.id).await?;
        authority.expect_covers(&amounts_to(&held, Arc::new(departments::tree(tx.conn()).await?)))?;
        Ok(owner)
    }

    /// A key makes no other one for its owner, which could outlive it, be used from elsewhere, or do more.
    async fn own_account(&self, tx: &mut Tx, caller: &Caller) -> Result<User> {
        policy::check(caller, Action::OwnAccount, &Scope::everywhere())?;
        let user = users::get(tx.conn(), caller.user_id()?).await?;
        let held = assignments::held_by(tx.conn(), &user.id).await?;
        if user.is_person() && requires_second_factor(&held) && !is_proven(caller) {
            let message = "a role of yours counts only after a second factor; sign in with one to make keys";
            return Err(Error::failed_precondition(&ErrorReason::SecondFactorRequired, message));
        }
        Authority::of(caller)
            .expect_covers(&amounts_to(&held, Arc::new(departments::tree(tx.conn()).await?)))?;
        Ok(user)
    }

    fn minted(
        &self,
        tx: &Tx,
        caller: &Caller,
        owner: &User,
        ask: &CreateApiKeyRequest,
        scopes: PermissionSet,
    ) -> (ApiKey, String) {
        let id = tx.ids().id("key");
        let text = api_key::mint(&id, &self.ids);
        let key = ApiKey {
            id,
            owner_id: owner.id.clone(),
            display_name: ask.display_name.trim().into(),
            hint: api_key::hint(&text),
            secret_hash: api_key::hash(&text),
            scopes,
            allowed_networks: ask.allowed_networks.clone(),
            proven: is_proven(caller),
            created_at: tx.now(),
            expires_at: ask.expire_time.as_ref().and_then(from_proto),
            last_used_at: None,
            revoked_at: None,
        };
        (key, text)
    }

    fn unsealed(&self, done: CreateApiKeyResponse) -> Result<CreateApiKeyResponse> {
        let secret =
            String::from_utf8(self.vault.open(Purpose::ApiKey, &done.secret)?).map_err(Error::internal)?;
        Ok(CreateApiKeyResponse { secret, ..done })
    }
}

/// Fine when the owner holds each of the scopes somewhere: a key says what it may, not what it may once its owner does.
async fn expect_held(tx: &mut Tx, owner: &User, scopes: PermissionSet) -> Result<()> {
    let held = assignments::held_by(tx.conn(), &owner.id).await?;
    let all = held.iter().fold(PermissionSet::EMPTY, |all, one| all.union(one.permissions));
    let missing: Vec<_> =
        scopes.iter().filter(|scope| !all.holds(*scope)).map(proto::permission::code).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "name what the owner does not hold: {}; leave it out, or give him a role first",
        missing.join(", ")
    );
    Err(Error::invalid("scopes", problem))
}

async fn expect_room(tx: &mut Tx, owner: &User) -> Result<()> {
    let most = i64::try_from(api_key::MOST).unwrap_or(i64::MAX);
    if api_keys::count_live(tx.conn(), &owner.id).await? < most {
        return Ok(());
    }
    Err(Error::invalid("owner_id", "has 50 keys already; revoke one that is not used any more"))
}

fn check(ask: &CreateApiKeyRequest, now: Timestamp) -> Result<PermissionSet> {
    let mut wrong = Violations::default();
    wrong.optional_id("owner_id", &ask.owner_id, "usr");
    wrong.text("display_name", &ask.display_name, 1..=80);
    let unknown = ask.scopes.iter().any(|scope| *scope == 0 || Permission::try_from(*scope).is_err());
    wrong.when(unknown, "scopes", "has an unknown permission; use those of the contract");
    api_key::check_networks(&ask.allowed_networks, &mut wrong);
    if let Some(end) = &ask.expire_time {
        let latest = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
        let fits = from_proto(end).is_some_and(|end| end > now && end <= latest);
        wrong.when(!fits, "expire_time", "is over or too far away; give an instant within five years");
    }
    wrong.into_result()?;
    Ok(ask.scopes().collect())
}
