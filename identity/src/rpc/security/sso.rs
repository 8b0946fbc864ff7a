//! The providers of single sign-on.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    policy::{self, Action, Scope},
};
use proto::{
    identity::v1::{
        ConfigureSsoRequest, DeleteSsoProviderRequest, ListSsoProvidersResponse, SsoProvider as WireProvider,
    },
    permission::PermissionSet,
};
use serde_json::Value;

use super::super::{expect_version, overtaken, required};
use crate::{
    Identity,
    access::Authority,
    emergency, people,
    sso::{MOST_PROVIDERS, Mapping, Provider},
    store::{assignments, roles, sso_links, sso_providers},
    vault::Purpose,
    wire,
};

impl Identity {
    pub(super) async fn list_sso_providers(&self, caller: Caller) -> Result<ListSsoProvidersResponse> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let providers = sso_providers::list(self.db.reader()).await?;
        Ok(ListSsoProvidersResponse { providers: providers.iter().map(wire::sso_provider).collect() })
    }

    pub(super) async fn configure_sso(
        &self,
        caller: Caller,
        ask: ConfigureSsoRequest,
    ) -> Result<WireProvider> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let given = required("provider", ask.provider)?;
        let authority = Authority::of(&caller);
        // Who says whom to believe can become anybody.
        authority.expect_may_give(PermissionSet::full(), "")?;
        let mut tx = self.db.begin().await?;
        let before = sso_providers::find(tx.conn(), &given.key).await?;
        let after = self.described(&tx, before.as_ref(), &given)?;
        expect_places(&mut tx, &after.mappings).await?;
        if after.is_enforced() {
            emergency::expect_keeper(&mut tx).await?;
        }
        match &before {
            Some(before) => replace(&mut tx, &caller, &given.etag, before, &after).await?,
            None => add(&mut tx, &given.etag, &after).await?,
        }
        let (action, said) = match &before {
            Some(before) => ("sso_provider.updated", before.said()),
            None => ("sso_provider.created", Value::Null),
        };
        let secret = if given.client_secret.is_empty() { "" } else { "with a new client secret" };
        authority
            .line
            .about(action, &after.key)
            .because(secret)
            .change(&said, &after.said())
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(wire::sso_provider(&after))
    }

    pub(super) async fn delete_sso_provider(
        &self,
        caller: Caller,
        ask: DeleteSsoProviderRequest,
    ) -> Result<()> {
        policy::check(&caller, Action::SecurityManage, &Scope::everywhere())?;
        let authority = Authority::of(&caller);
        let mut tx = self.db.begin().await?;
        let found = sso_providers::find(tx.conn(), &ask.key).await?;
        let provider = found.ok_or_else(|| Error::not_found("single sign-on provider", &ask.key))?;
        expect_version(&caller, &ask.etag, provider.version, &wire::sso_provider(&provider))?;
        sso_links::clear(&mut tx, &provider.key).await?;
        assignments::release_provider(&mut tx, &provider.key).await?;
        if !sso_providers::delete(&mut tx, &provider).await? {
            return Err(overtaken());
        }
        authority
            .line
            .about("sso_provider.deleted", &provider.key)
            .change(&provider.said(), &Value::Null)
            .write(&mut tx)
            .await?;
        tx.commit().await
    }

    /// The provider as it is to be stored, or every field that is wrong.
    fn described(&self, tx: &Tx, before: Option<&Provider>, given: &WireProvider) -> Result<Provider> {
        let mut wrong = Violations::default();
        let mut provider = provider_of(given);
        provider.check(&mut wrong);
        let secret = &given.client_secret;
        wrong.text("provider.client_secret", secret, 0..=500);
        let kept = before.filter(|_| secret.is_empty());
        // A kept secret would be told to whoever the new issuer is.
        wrong.when(
            kept.is_some_and(|kept| !kept.sealed_secret.is_empty() && kept.issuer != provider.issuer),
            "provider.client_secret",
            "is empty, but the issuer changes; give the secret of the client there",
        );
        wrong.into_result()?;
        provider.sealed_secret = match kept {
            Some(kept) => kept.sealed_secret.clone(),
            None if secret.is_empty() => String::new(),
            None => self.vault.seal(Purpose::SsoSecret, secret.as_bytes())?,
        };
        provider.version = before.map_or(1, |before| before.version + 1);
        provider.created_at = before.map_or_else(|| tx.now(), |before| before.created_at);
        provider.updated_at = tx.now();
        Ok(provider)
    }
}

/// What somebody describes, without its secret, version and times.
pub(super) fn provider_of(given: &WireProvider) -> Provider {
    let mapping = |given: &proto::identity::v1::ClaimMapping| Mapping {
        condition: given.condition.clone(),
        role_id: given.role_id.clone(),
        department_id: given.department_id.clone(),
    };
    Provider {
        key: given.key.clone(),
        display_name: given.display_name.trim().into(),
        issuer: given.issuer.clone(),
        client_id: given.client_id.clone(),
        scopes: given.scopes.clone(),
        mappings: given.mappings.iter().map(mapping).collect(),
        create_accounts: given.create_accounts,
        enforced_domains: given
            .enforced_domains
            .iter()
            .map(|domain| domain.trim().to_ascii_lowercase())
            .collect(),
        enabled: given.enabled,
        trust_unmarked_emails: given.trust_unmarked_emails,
        second_factor_acrs: given.second_factor_acrs.clone(),
        ..Provider::default()
    }
}

/// Fine when every role and department of the mappings is there to be given.
async fn expect_places(tx: &mut Tx, mappings: &[Mapping]) -> Result<()> {
    for mapping in mappings {
        roles::get(tx.conn(), &mapping.role_id).await?;
        people::expect_open_department(tx, &mapping.department_id).await?;
    }
    Ok(())
}

async fn add(tx: &mut Tx, etag: &str, provider: &Provider) -> Result<()> {
    if !etag.is_empty() {
        return Err(Error::not_found("single sign-on provider", &provider.key));
    }
    if sso_providers::count(tx.conn()).await? >= i64::try_from(MOST_PROVIDERS).unwrap_or(i64::MAX) {
        return Err(Error::invalid("provider", "is one too many; there may be 20"));
    }
    sso_providers::insert(tx, provider).await
}

/// Writes a provider over the one before. Another issuer knows other people by the same subjects, so those are forgotten.
async fn replace(
    tx: &mut Tx,
    caller: &Caller,
    etag: &str,
    before: &Provider,
    after: &Provider,
) -> Result<()> {
    expect_version(caller, etag, before.version, &wire::sso_provider(before))?;
    if before.issuer != after.issuer {
        sso_links::clear(tx, &after.key).await?;
    }
    if sso_providers::update(tx, after).await? { Ok(()) } else { Err(overtaken()) }
}
