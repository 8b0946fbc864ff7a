//! Providers of single sign-on.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use sqlx::{
    Row,
    any::{AnyExecutor, AnyRow},
};

use super::{flag, instant};
use crate::sso::Provider;

macro_rules! columns {
    () => {
        "key, version, display_name, issuer, client_id, sealed_secret, scopes, mappings, create_accounts, enforced_domains, enabled, \
         created_at, updated_at, trust_unmarked_emails, second_factor_acrs"
    };
}

mesh_core::statements! {
    /// All of them in the order of their buttons.
    LIST = concat!("select ", columns!(), " from sso_providers order by created_at, key");
    /// One of them.
    BY_KEY = concat!("select ", columns!(), " from sso_providers where key = $1");
    /// How many there are.
    COUNT = "select count(*) from sso_providers";
    /// A new one.
    INSERT = concat!("insert into sso_providers (", columns!(), ") values \
        ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
    /// A changed one, unless somebody was faster.
    UPDATE = "update sso_providers set version = version + 1, display_name = $3, issuer = $4, client_id = $5, sealed_secret = $6, \
        scopes = $7, mappings = $8, create_accounts = $9, enforced_domains = $10, enabled = $11, updated_at = $12, \
        trust_unmarked_emails = $13, second_factor_acrs = $14 where key = $1 and version = $2";
    /// One less, unless somebody was faster.
    DELETE = "delete from sso_providers where key = $1 and version = $2";
}

pub(crate) async fn list<'e>(db: impl AnyExecutor<'e>) -> Result<Vec<Provider>> {
    sqlx::query(LIST).fetch_all(db).await?.iter().map(read).collect()
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, key: &str) -> Result<Option<Provider>> {
    sqlx::query(BY_KEY).bind(key).fetch_optional(db).await?.as_ref().map(read).transpose()
}

pub(crate) async fn count<'e>(db: impl AnyExecutor<'e>) -> Result<i64> {
    Ok(sqlx::query(COUNT).fetch_one(db).await?.try_get(0)?)
}

pub(crate) async fn insert(tx: &mut Tx, provider: &Provider) -> Result<()> {
    let query = sqlx::query(INSERT)
        .bind(&provider.key)
        .bind(provider.version)
        .bind(&provider.display_name)
        .bind(&provider.issuer)
        .bind(&provider.client_id)
        .bind(&provider.sealed_secret)
        .bind(provider.scopes.join(" "))
        .bind(mappings(provider)?)
        .bind(i64::from(provider.create_accounts))
        .bind(provider.enforced_domains.join(" "))
        .bind(i64::from(provider.enabled))
        .bind(provider.created_at.as_microsecond())
        .bind(provider.updated_at.as_microsecond())
        .bind(i64::from(provider.trust_unmarked_emails))
        .bind(provider.second_factor_acrs.join(" "));
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Writes the provider over the version before it; false when somebody was faster.
pub(crate) async fn update(tx: &mut Tx, provider: &Provider) -> Result<bool> {
    let query = sqlx::query(UPDATE)
        .bind(&provider.key)
        .bind(provider.version - 1)
        .bind(&provider.display_name)
        .bind(&provider.issuer)
        .bind(&provider.client_id)
        .bind(&provider.sealed_secret)
        .bind(provider.scopes.join(" "))
        .bind(mappings(provider)?)
        .bind(i64::from(provider.create_accounts))
        .bind(provider.enforced_domains.join(" "))
        .bind(i64::from(provider.enabled))
        .bind(provider.updated_at.as_microsecond())
        .bind(i64::from(provider.trust_unmarked_emails))
        .bind(provider.second_factor_acrs.join(" "));
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Removes the provider; false when somebody was faster.
pub(crate) async fn delete(tx: &mut Tx, provider: &Provider) -> Result<bool> {
    let query = sqlx::query(DELETE).bind(&provider.key).bind(provider.version);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

fn mappings(provider: &Provider) -> Result<String> {
    serde_json::to_string(&provider.mappings).map_err(Error::internal)
}

fn read(row: &AnyRow) -> Result<Provider> {
    let words = |column: &str| -> Result<Vec<String>> {
        Ok(row.try_get::<&str, _>(column)?.split_whitespace().map(str::to_owned).collect())
    };
    Ok(Provider {
        key: row.try_get("key")?,
        version: row.try_get("version")?,
        display_name: row.try_get("display_name")?,
        issuer: row.try_get("issuer")?,
        client_id: row.try_get("client_id")?,
        sealed_secret: row.try_get("sealed_secret")?,
        scopes: words("scopes")?,
        mappings: serde_json::from_str(row.try_get("mappings")?).map_err(Error::internal)?,
        create_accounts: flag(row, "create_accounts")?,
        enforced_domains: words("enforced_domains")?,
        enabled: flag(row, "enabled")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
        trust_unmarked_emails: flag(row, "trust_unmarked_emails")?,
        second_factor_acrs: words("second_factor_acrs")?,
    })
}
