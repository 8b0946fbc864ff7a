//! Access tokens: what somebody holds at this moment, signed, for ten minutes.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller::{Grants, Tree},
    clock::to_proto,
    error::Result,
    token::{AUDIENCE, AccessClaims, ISSUER},
};
use proto::{identity::v1::SessionTokens, permission::PermissionSet};

use crate::{
    Identity,
    access::{Held, amounts_to, counted, narrowed, roles_of},
    api_key::ApiKey,
    session::{Method, PROVEN, Session},
    store::{assignments, departments},
    user::User,
};

/// How long an access token is good.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How somebody proved who he is.
struct Proof<'a> {
    session_id: &'a str,
    api_key_id: &'a str,
    methods: &'a [Method],
    /// A second factor was among them.
    proven: bool,
    scopes: PermissionSet,
}

impl Proof<'_> {
    /// The methods as tokens name them.
    fn references(&self) -> Vec<String> {
        let codes = self.methods.iter().map(|method| method.code());
        codes.chain(self.proven.then_some(PROVEN)).map(Into::into).collect()
    }
}

impl Identity {
    /// The tokens of a session as it is.
    pub(crate) async fn session_tokens(&self, user: &User, session: &Session) -> Result<SessionTokens> {
        let proof = Proof {
            session_id: &session.id,
            api_key_id: "",
            methods: &session.methods,
            proven: session.is_proven(),
            scopes: PermissionSet::EMPTY,
        };
        Ok(SessionTokens {
            refresh_token: session.refresh_token(&self.vault),
            refresh_expire_time: Some(to_proto(session.expires_at)),
            persistent: session.persistent,
            ..self.tokens(user, &proof).await?
        })
    }

    /// An access token for the bearer of an API key.
    pub(crate) async fn key_tokens(&self, owner: &User, key: &ApiKey) -> Result<SessionTokens> {
        let proof = Proof {
            session_id: "",
            api_key_id: &key.id,
            methods: &[Method::ApiKey],
            proven: key.proven,
            scopes: key.scopes,
        };
        self.tokens(owner, &proof).await
    }

    /// What counts now of what somebody holds. Programs have no second factor, so all of theirs does.
    async fn counted_of(&self, user: &User, proven: bool) -> Result<Vec<Held>> {
        let held = assignments::held_by(self.db.reader(), &user.id).await?;
        Ok(counted(held, proven || !user.is_person()))
    }

    /// What that permits.
    async fn grants_of(&self, held: &[Held]) -> Result<Grants> {
        let is_local = held.iter().any(|one| !one.department_id.is_empty());
        let tree = if is_local { departments::tree(self.db.reader()).await? } else { Tree::default() };
        Ok(amounts_to(held, Arc::new(tree)))
    }

    async fn tokens(&self, user: &User, proof: &Proof<'_>) -> Result<SessionTokens> {
        let now = self.clock.now();
        let expires_at = now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
        let held = self.counted_of(user, proof.proven).await?;
        let grants = narrowed(self.grants_of(&held).await?, proof.scopes);
        let claims = AccessClaims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: user.id.clone(),
            sid: proof.session_id.into(),
            jti: self.ids.id("tok"),
            iat: now.as_second(),
            exp: expires_at.as_second(),
            ver: user.version,
            tree: grants.tree.version(),
            perm: grants,
            roles: roles_of(&held),
            amr: proof.references(),
            key: proof.api_key_id.into(),
            name: user.profile.display_name.clone(),
        };
        Ok(SessionTokens {
            session_id: proof.session_id.into(),
            user_id: user.id.clone(),
            access_token: self.keyring.sign(claims).await?,
            access_expire_time: Some(to_proto(expires_at)),
            ..SessionTokens::default()
        })
    }
}
