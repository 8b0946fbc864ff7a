//! People and service accounts: what a valid one looks like and how its status moves.
//!
//! A sign-in name is plain ASCII in lower case, so no two accounts look alike and one address never means two accounts.

use jiff::{Timestamp, tz::TimeZone};
use mesh_core::error::Violations;
use proto::identity::v1::{UserKind, UserStatus};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::picture::Picture;

/// The longest address that mail can carry (RFC 5321).
const LONGEST_EMAIL: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;
const LONGEST_DOMAIN_LABEL: usize = 63;
/// How many letters of an id, from its random end, stand in a pseudonym.
const PSEUDONYM_LETTERS: usize = 6;

/// Somebody, or some service, that can be told apart.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) kind: UserKind,
    pub(crate) status: UserStatus,
    pub(crate) profile: Profile,
    pub(crate) picture_path: String,
    /// What a service account is for.
    pub(crate) description: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) last_sign_in_at: Option<Timestamp>,
    /// When it was forgotten whose account this was.
    pub(crate) deleted_at: Option<Timestamp>,
}

/// What can be edited of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) display_name: String,
    /// Folded by [`fold_email`]; empty for service accounts.
    pub(crate) email: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) phone: String,
    pub(crate) employee_number: String,
    pub(crate) locale: String,
    pub(crate) time_zone: String,
    /// Home department or empty.
    pub(crate) department_id: String,
}

impl User {
    /// A new account; its version counts from 1.
    pub(crate) fn new(
        id: String,
        kind: UserKind,
        status: UserStatus,
        profile: Profile,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            version: 1,
            kind,
            status,
            profile,
            picture_path: String::new(),
            description: String::new(),
            created_at: now,
            updated_at: now,
            last_sign_in_at: None,
            deleted_at: None,
        }
    }

    /// The same account after a change.
    pub(crate) fn changed(self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self }
    }

    /// The same account without anything that tells whose it was. Its home stays, which says who looks after it.
    pub(crate) fn forgotten(self, now: Timestamp) -> Self {
        let department_id = self.profile.department_id.clone();
        let profile = Profile { display_name: pseudonym(&self.id), department_id, ..Profile::default() };
        let (picture_path, description) = (String::new(), String::new());
        let (status, deleted_at) = (UserStatus::Deactivated, Some(now));
        Self { status, profile, picture_path, description, deleted_at, ..self }.changed(now)
    }

    /// The same account with another picture, or without one.
    pub(crate) fn pictured(self, picture: Option<&Picture>, now: Timestamp) -> Self {
        let path = |picture: &Picture| format!("/pictures/{}/{}", self.id, picture.etag);
        let picture_path = picture.map(path).unwrap_or_default();
        Self { picture_path, ..self }.changed(now)
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    pub(crate) fn is_person(&self) -> bool {
        self.kind == UserKind::Person
    }
}

impl Profile {
    /// What differs from `before`, field by field: as it was, and as it is. Both are empty when nothing does.
    pub(crate) fn changes_since(&self, before: &Self) -> (Map<String, Value>, Map<String, Value>) {
        let changed = before.fields().into_iter().zip(self.fields());
        let changed = changed.filter(|((_, before), (_, after))| before != after);
        changed
            .map(|((name, before), (_, after))| ((name.into(), before.into()), (name.into(), after.into())))
            .unzip()
    }

    /// Every field by its name in the contract.
    fn fields(&self) -> [(&'static str, &str); 9] {
        [
            ("display_name", &self.display_name),
            ("email", &self.email),
            ("given_name", &self.given_name),
            ("family_name", &self.family_name),
            ("phone", &self.phone),
            ("employee_number", &self.employee_number),
            ("locale", &self.locale),
            ("time_zone", &self.time_zone),
            ("department_id", &self.department_id),
        ]
    }

    /// The profile as it is stored, or every field that is wrong, named below `prefix`.
    pub(crate) fn check(mut self, prefix: &str, kind: UserKind, wrong: &mut Violations) -> Self {
        let field = |name: &str| format!("{prefix}{name}");
        wrong.text(&field("display_name"), &self.display_name, 1..=120);
        wrong.text(&field("given_name"), &self.given_name, 0..=80);
        wrong.text(&field("family_name"), &self.family_name, 0..=80);
        wrong.text(&field("employee_number"), &self.employee_number, 0..=40);
        wrong.optional_id(&field("department_id"), &self.department_id, "dep");
        wrong.when(!is_phone(&self.phone), &field("phone"), "is no E.164 number; write + and 8 to 15 digits");
        wrong.when(
            !is_locale(&self.locale),
            &field("locale"),
            "is no language tag; write one like en or de-CH",
        );
        wrong.when(
            !is_zone(&self.time_zone),
            &field("time_zone"),
            "is unknown; name an IANA zone like Europe/Zurich",
        );
        if kind == UserKind::Person {
            match fold_email(&self.email) {
                Ok(email) => self.email = email,
                Err(problem) => wrong.add(field("email"), problem),
            }
        }
        self.display_name = self.display_name.trim().into();
        self
    }
}

/// The sign-in name behind what somebody typed, or what is wrong with it.
pub(crate) fn fold_email(typed: &str) -> Result<String, &'static str> {
    if typed.is_empty() {
        return Err("is empty; give an e-mail address");
    }
    if typed.len() > LONGEST_EMAIL {
        return Err("is too long; give at most 254 characters");
    }
    if !typed.is_ascii() {
        return Err("has letters beyond ASCII; write an international domain in its xn-- form");
    }
    let (local, domain) = typed.rsplit_once('@').ok_or("has no @; give an address like name@example.com")?;
    if !is_local_part(local) {
        return Err("is no e-mail address before its @; letters, digits and . _ - + ' are usual");
    }
    if !is_domain(domain) {
        return Err("is no e-mail address after its @; give an address like name@example.com");
    }
    Ok(typed.to_ascii_lowercase())
}

/// A sign-in name as counters keep it: its hash, of one length whatever the name, and whether there is such an account or not.
pub(crate) fn account_key(email: &str) -> String {
    hex::encode(Sha256::digest(email))
}

fn is_local_part(local: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= LONGEST_LOCAL_PART
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(usual))
}

/// Whether this could stand behind the @ of an address.
pub(crate) fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        (1..=LONGEST_DOMAIN_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

fn is_phone(phone: &str) -> bool {
    let digits =
        |rest: &str| (8..=15).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit());
    phone.is_empty() || phone.strip_prefix('+').is_some_and(digits)
}

fn is_locale(locale: &str) -> bool {
    let part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    locale.is_empty() || (locale.len() <= 35 && locale.split('-').all(part))
}

fn is_zone(zone: &str) -> bool {
    zone.is_empty() || (zone.len() <= 64 && TimeZone::get(zone).is_ok())
}

/// A name as lists order and searches find it.
pub(crate) fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What somebody is called once nobody is to know any more: the same wherever it is computed, and told from others.
fn pseudonym(id: &str) -> String {
    let (_, tail) = id.split_at(id.len().saturating_sub(PSEUDONYM_LETTERS));
    format!("Deleted user {}", tail.to_ascii_uppercase())
}

/// One or two letters for the picture's place.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Whether an account may go from one status to the other.
pub(crate) fn may_move(from: UserStatus, to: UserStatus) -> bool {
    use UserStatus::{Active, Deactivated, Pending, Suspended};
    matches!(
        (from, to),
        (Pending | Suspended | Deactivated, Active)
            | (Active, Suspended)
            | (Pending | Active | Suspended, Deactivated)
    )
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};
    use proto::identity::v1::UserStatus;

    use super::{fold_email, initials, is_phone, is_zone, may_move, name_key, pseudonym};

    #[test]
    fn an_address_is_folded_to_lower_case() {
        assert_eq!(fold_email("Ann.Lee+x@Example.COM").as_deref(), Ok("ann.lee+x@example.com"));
        assert_eq!(fold_email("root@localhost").as_deref(), Ok("root@localhost"));
    }

    #[test]
    fn damaged_long_and_look_alike_addresses_are_refused() {
        let long = format!("{}@example.com", "a".repeat(10_000));
        for typed in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a b@example.com",
            "ann@exa mple.com",
            "ann\0@example.com",
            "аnn@example.com",
            "ann@-x.com",
            "a..b@x.com",
            &long,
        ] {
            assert!(fold_email(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ann Marie Lee"), "AL");
        assert_eq!(initials("ümit"), "Ü");
        assert_eq!(initials(" "), "");
    }

    #[test]
    fn a_pseudonym_is_the_end_of_the_id_and_survives_any_text() {
        assert_eq!(pseudonym("usr_01h455vb4pex5vsknk084sn02q"), "Deleted user 4SN02Q");
        assert_eq!(pseudonym("usr"), "Deleted user USR");
    }

    #[test]
    fn phones_are_e164_and_zones_are_known() {
        assert!(is_phone("+41791234567") && is_phone("") && !is_phone("0791234567") && !is_phone("+41 79"));
        assert!(is_zone("Europe/Zurich") && is_zone("") && !is_zone("Europe/Atlantis"));
    }

    #[test]
    fn nobody_becomes_pending_again_and_the_suspended_come_back() {
        assert!(may_move(UserStatus::Suspended, UserStatus::Active));
        assert!(!may_move(UserStatus::Active, UserStatus::Pending));
        assert!(!may_move(UserStatus::Active, UserStatus::Active));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(typed in "\\PC{0,40}") {
            if let Ok(email) = fold_email(&typed) {
                prop_assert!(email.is_ascii() && email.contains('@'));
                prop_assert_eq!(fold_email(&email), Ok(email.clone()));
            }
        }

        #[test]
        fn a_name_key_has_no_doubled_blanks(name in "\\PC{0,60}") {
            prop_assert!(!name_key(&name).contains("  "));
        }
    }
}
