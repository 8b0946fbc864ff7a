//! An OpenID Connect provider as an administrator describes it.

use jiff::Timestamp;
use mesh_core::error::Violations;
use serde_json::{Value, json};

use super::{Mapping, http::confidential};
use crate::user::is_domain;

/// How many providers there may be.
pub(crate) const MOST: usize = 20;
const MOST_SCOPES: usize = 20;
const MOST_MAPPINGS: usize = 100;
const MOST_DOMAINS: usize = 50;
const MOST_ACRS: usize = 20;

/// Somebody who vouches for people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provider {
    /// In the addresses of its sign-in.
    pub(crate) key: String,
    pub(crate) version: i64,
    pub(crate) display_name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// Under seal; empty for a client without a secret.
    pub(crate) sealed_secret: String,
    /// Besides `openid`.
    pub(crate) scopes: Vec<String>,
    pub(crate) mappings: Vec<Mapping>,
    /// Make accounts for unknown people.
    pub(crate) create_accounts: bool,
    /// Folded.
    pub(crate) enforced_domains: Vec<String>,
    pub(crate) enabled: bool,
    /// Take an address for verified when nothing is said of it.
    pub(crate) trust_unmarked_emails: bool,
    /// What it calls a sign-in with a second factor.
    pub(crate) second_factor_acrs: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Provider {
    /// Names every field that is wrong.
    pub(crate) fn check(&self, wrong: &mut Violations) {
        wrong.when(!is_key(&self.key), "provider.key", "is no key; give 1 to 40 of a-z, 0-9 and -");
        wrong.text("provider.display_name", &self.display_name, 1..=80);
        wrong.text("provider.client_id", &self.client_id, 1..=255);
        wrong.when(
            !is_issuer(&self.issuer),
            "provider.issuer",
            "is no issuer; give its https address without ? and #, or an http one on this machine",
        );
        let scopes = &self.scopes;
        wrong.when(scopes.len() > MOST_SCOPES, "provider.scopes", "are too many; give at most 20");
        let damaged = !scopes.iter().all(|scope| is_scope(scope));
        wrong.when(
            damaged,
            "provider.scopes",
            "has one that is no scope; give words like `email` and `profile`",
        );
        let domains = &self.enforced_domains;
        wrong.when(
            domains.len() > MOST_DOMAINS,
            "provider.enforced_domains",
            "are too many; give at most 50",
        );
        let damaged = !domains.iter().all(|domain| is_domain(domain));
        wrong.when(
            damaged,
            "provider.enforced_domains",
            "has one that is no domain; write them like example.org",
        );
        self.check_acrs(wrong);
        wrong.when(
            self.mappings.len() > MOST_MAPPINGS,
            "provider.mappings",
            "are too many; give at most 100",
        );
        for (index, mapping) in self.mappings.iter().enumerate().take(MOST_MAPPINGS) {
            mapping.check(&format!("provider.mappings[{index}]"), wrong);
        }
    }

    fn check_acrs(&self, wrong: &mut Violations) {
        let acrs = &self.second_factor_acrs;
        wrong.when(acrs.len() > MOST_ACRS, "provider.second_factor_acrs", "are too many; give at most 20");
        wrong.when(
            !acrs.iter().all(|acr| is_scope(acr)),
            "provider.second_factor_acrs",
            "has one that is no value of `acr`; give words like `urn:example:loa:2`",
        );
    }

    /// Whether people of some domain sign in here and in no other way.
    pub(crate) fn is_enforced(&self) -> bool {
        self.enabled && !self.enforced_domains.is_empty()
    }

    /// Whether people with this address (folded) sign in here and in no other way.
    pub(crate) fn is_enforced_for(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map(|(_, domain)| domain);
        self.enabled && self.enforced_domains.iter().any(|enforced| domain == Some(enforced))
    }

    /// Where the provider sends people back to.
    pub(crate) fn redirect_uri(&self, public_url: &str) -> String {
        format!("{public_url}/sso/{}/callback", self.key)
    }

    /// Where a sign-in begins, below the public address.
    pub(crate) fn start_path(&self) -> String {
        format!("/sso/{}/start", self.key)
    }

    /// All scopes it is asked for.
    pub(crate) fn scope(&self) -> String {
        let others = self.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
        std::iter::once("openid").chain(others).collect::<Vec<_>>().join(" ")
    }

    /// What the audit log keeps of it.
    pub(crate) fn said(&self) -> Value {
        json!({
            "display_name": self.display_name,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "scopes": self.scopes,
            "mappings": self.mappings,
            "create_accounts": self.create_accounts,
            "enforced_domains": self.enforced_domains,
            "enabled": self.enabled,
            "trust_unmarked_emails": self.trust_unmarked_emails,
            "second_factor_acrs": self.second_factor_acrs,
        })
    }
}

pub(crate) fn is_key(key: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&key.len()) && key.bytes().all(usual)
}

fn is_issuer(issuer: &str) -> bool {
    let url = confidential(issuer).filter(|_| issuer.len() <= 400);
    url.is_some_and(|url| url.query().is_none() && url.fragment().is_none())
}

/// RFC 6749, 3.3.
fn is_scope(scope: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    (1..=200).contains(&scope.len()) && scope.bytes().all(usual)
}

#[cfg(test)]
mod tests {
    use super::{is_issuer, is_key, is_scope};

    #[test]
    fn keys_are_words_that_fit_into_an_address() {
        assert!(
            is_key("entra-id-2")
                && !is_key("")
                && !is_key("Entra")
                && !is_key("a/b")
                && !is_key(&"a".repeat(41))
        );
    }

    #[test]
    fn an_issuer_has_no_query_and_no_open_way_to_it() {
        assert!(is_issuer("https://id.example.com/tenant/v2.0") && is_issuer("http://127.0.0.1:9000"));
        for bad in
            ["https://id.example.com?tenant=1", "https://id.example.com#a", "http://id.example.com", "id"]
        {
            assert!(!is_issuer(bad), "{bad}");
        }
    }

    #[test]
    fn a_scope_is_one_word() {
        assert!(
            is_scope("https://graph.example.com/.default")
                && !is_scope("a b")
                && !is_scope("")
                && !is_scope("\"a\"")
        );
    }
}
