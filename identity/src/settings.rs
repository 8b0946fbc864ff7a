//! How people get accounts and what counts as proof, as administrators want it. Until they say so, the defaults hold.

use jiff::SignedDuration;
use mesh_core::error::{Result, Violations};
use proto::identity::v1::{SignUpMode, UserStatus};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyExecutor;

use crate::{store::settings, user::is_domain};

/// The subject of these settings.
pub(crate) const ACCESS: &str = "access";

/// How many domains may be named.
const MOST_DOMAINS: usize = 100;
/// Shorter than this an audit log is no proof of anything.
const SHORTEST_RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Longer than this is for ever.
const LONGEST_RETENTION: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

/// The settings of access. Never write less than a whole one: what is missing in the database has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AccessSettings {
    #[serde(with = "mode")]
    pub(crate) sign_up_mode: SignUpMode,
    /// In lower case, in order; empty for any.
    pub(crate) sign_up_domains: Vec<String>,
    /// Home of those who signed up, or empty.
    pub(crate) sign_up_department_id: String,
    /// A code by mail does as a second factor for those who have another one.
    pub(crate) email_codes_allowed: bool,
    /// Who may sign in by password where single sign-on is enforced, or empty.
    pub(crate) break_glass_user_id: String,
    /// `None` for ever.
    pub(crate) audit_retention: Option<SignedDuration>,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            sign_up_mode: SignUpMode::Closed,
            sign_up_domains: vec![],
            sign_up_department_id: String::new(),
            email_codes_allowed: true,
            break_glass_user_id: String::new(),
            audit_retention: None,
        }
    }
}

impl AccessSettings {
    /// The settings as they are stored. Collects what is wrong with the fields people type, named below `settings.`.
    pub(crate) fn check(mut self, wrong: &mut Violations) -> Self {
        self.sign_up_domains = folded(&self.sign_up_domains, wrong);
        wrong.when(
            self.sign_up_mode == SignUpMode::Unspecified,
            "settings.sign_up_mode",
            "is missing; use CLOSED, OPEN or APPROVAL",
        );
        wrong.optional_id("settings.sign_up_department_id", &self.sign_up_department_id, "dep");
        wrong.optional_id("settings.break_glass_user_id", &self.break_glass_user_id, "usr");
        let fits = |length| (SHORTEST_RETENTION..=LONGEST_RETENTION).contains(&length);
        wrong.when(
            !self.audit_retention.is_none_or(fits),
            "settings.audit_retention",
            "is too short or too long; give 30 days to 100 years, or leave it out to keep the log for ever",
        );
        self
    }

    /// How the account of somebody who signed up begins.
    pub(crate) fn sign_up_status(&self) -> UserStatus {
        match self.sign_up_mode {
            SignUpMode::Open => UserStatus::Active,
            _ => UserStatus::Pending,
        }
    }

    /// Whether the owner of this address may make an account for himself. Nothing here looks at accounts.
    pub(crate) fn admits(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        let welcome = self.sign_up_domains.is_empty() || self.sign_up_domains.iter().any(|one| one == domain);
        welcome && matches!(self.sign_up_mode, SignUpMode::Open | SignUpMode::Approval)
    }
}

/// The settings in force.
pub(crate) async fn access<'e>(db: impl AnyExecutor<'e>) -> Result<AccessSettings> {
    Ok(settings::load(db, ACCESS).await?.value)
}

/// The domains in lower case and in order, each once.
fn folded(typed: &[String], wrong: &mut Violations) -> Vec<String> {
    wrong.when(
        typed.len() > MOST_DOMAINS,
        "settings.sign_up_domains",
        "has too many entries; give at most 100",
    );
    for (index, domain) in typed.iter().enumerate().take(MOST_DOMAINS) {
        wrong.when(
            domain.len() > 253 || !is_domain(domain),
            &format!("settings.sign_up_domains[{index}]"),
            "is no domain; write what stands behind the @, like example.com",
        );
    }
    let mut domains: Vec<_> = typed.iter().map(|domain| domain.to_ascii_lowercase()).collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// The mode by the contract's name for it.
mod mode {
    use proto::identity::v1::SignUpMode;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(super) fn serialize<S: Serializer>(mode: &SignUpMode, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(mode.as_str_name())
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<SignUpMode, D::Error> {
        let name = String::deserialize(from)?;
        SignUpMode::from_str_name(&name).ok_or_else(|| D::Error::custom("an unknown sign-up mode"))
    }
}

#[cfg(test)]
mod tests {
    use mesh_core::error::Violations;
    use proto::identity::v1::SignUpMode;

    use super::AccessSettings;

    fn open_to(domains: &[&str]) -> AccessSettings {
        let sign_up_domains = domains.iter().map(|domain| (*domain).into()).collect();
        AccessSettings { sign_up_mode: SignUpMode::Open, sign_up_domains, ..AccessSettings::default() }
    }

    #[test]
    fn nobody_signs_up_until_somebody_says_so() {
        assert!(!AccessSettings::default().admits("ann@example.com"));
        assert!(open_to(&[]).admits("ann@example.com"));
    }

    #[test]
    fn a_domain_admits_its_own_addresses_and_none_that_only_end_alike() {
        let settings = open_to(&["example.com"]);
        assert!(settings.admits("ann@example.com"));
        assert!(!settings.admits("ann@notexample.com") && !settings.admits("ann@desk.example.com"));
        assert!(!settings.admits("example.com") && !settings.admits("ann@example.com.evil.test"));
    }

    #[test]
    fn domains_are_kept_in_lower_case_in_order_and_once() {
        let mut wrong = Violations::default();
        let settings = open_to(&["Example.org", "example.com", "example.org"]).check(&mut wrong);
        assert_eq!(settings.sign_up_domains, ["example.com", "example.org"]);
        wrong.into_result().expect("nothing is wrong");
    }
}
