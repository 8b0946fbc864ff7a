//! What a provider says of somebody.

use serde_json::{Map, Value};

use super::Fault;
use crate::user::fold_email;

/// Methods of authentication (RFC 8176) that nobody has by knowing a password alone.
const SECOND_FACTORS: [&str; 4] = ["mfa", "otp", "hwk", "sc"];

/// Claims of an ID token and of the userinfo endpoint, together.
#[derive(Clone, Debug)]
pub(crate) struct Claims(Map<String, Value>);

impl From<Map<String, Value>> for Claims {
    fn from(claims: Map<String, Value>) -> Self {
        Self(claims)
    }
}

impl Claims {
    /// Who it is at the provider; never empty after the ID token was verified.
    pub(crate) fn subject(&self) -> &str {
        self.text("sub")
    }

    /// All of them, as rules see them.
    pub(super) fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// With what the userinfo endpoint says; what the ID token says counts more. Fails when that is about somebody else.
    pub(crate) fn with_userinfo(mut self, more: Value) -> Result<Self, Fault> {
        let Value::Object(more) = more else {
            return Err(Fault::wrong("the provider's userinfo is no JSON object"));
        };
        if more.get("sub").and_then(Value::as_str) != Some(self.subject()) {
            return Err(Fault::wrong("the provider's userinfo is about somebody else"));
        }
        for (name, value) in more {
            self.0.entry(name).or_insert(value);
        }
        Ok(self)
    }

    /// The address the provider vouches for, folded: one it says is verified or, where it is trusted so far, one of which it says
    /// nothing.
    pub(crate) fn email(&self, trust_unmarked: bool) -> Result<String, Fault> {
        let said = self.text("email");
        if said.is_empty() {
            return Err(Fault::wrong(
                "the provider does not tell the e-mail address; give it the scope `email`",
            ));
        }
        // Some providers write the flag as text.
        let is_verified = match self.0.get("email_verified") {
            Some(flag) => *flag == Value::Bool(true) || flag == "true",
            None => trust_unmarked,
        };
        if !is_verified {
            return Err(Fault::wrong(
                "the provider does not say that it has verified the e-mail address; verify it there first",
            ));
        }
        fold_email(said)
            .map_err(|problem| Fault::Wrong(format!("the e-mail address at the provider {problem}")))
    }

    /// Whether the provider says that it asked for a second factor: by a method of RFC 8176, or in its own words.
    pub(crate) fn tell_of_second_factor(&self, acrs: &[String]) -> bool {
        let methods = self.0.get("amr").and_then(Value::as_array).into_iter().flatten();
        let mut methods = methods.filter_map(Value::as_str);
        methods.any(|method| SECOND_FACTORS.contains(&method))
            || acrs.iter().any(|acr| acr == self.text("acr"))
    }

    /// What to call somebody: his name, or what stands before the @ of his address.
    pub(crate) fn display_name(&self) -> String {
        let joined = format!("{} {}", self.text("given_name"), self.text("family_name"));
        let local = self.text("email").split('@').next().unwrap_or_default();
        let mut names = [self.text("name"), joined.as_str(), local].into_iter().map(printable);
        names.find(|name| !name.is_empty()).unwrap_or_default()
    }

    pub(crate) fn given_name(&self) -> String {
        printable(self.text("given_name")).chars().take(80).collect()
    }

    pub(crate) fn family_name(&self) -> String {
        printable(self.text("family_name")).chars().take(80).collect()
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// A name as profiles take it: without control characters and direction overrides.
fn printable(name: &str) -> String {
    let hidden = |letter: char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = name.trim().chars().filter(|letter| !hidden(*letter)).take(120).collect();
    name.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Claims;

    fn claims(of: Value) -> Claims {
        let Value::Object(of) = of else { panic!("no object: {of}") };
        of.into()
    }

    #[test]
    fn an_address_counts_when_the_provider_says_it_is_verified() {
        let email = |of: Value| claims(of).email(false);
        let said = |flag: Value| json!({"email": "Ann@Example.com", "email_verified": flag});
        for flag in [json!(true), json!("true")] {
            assert_eq!(email(said(flag)).as_deref(), Ok("ann@example.com"));
        }
        for flag in [json!(false), json!("false"), json!(null), json!(1), json!("yes")] {
            assert!(email(said(flag.clone())).is_err() && claims(said(flag)).email(true).is_err());
        }
        assert!(email(json!({"email": "ann@example.com"})).is_err(), "it says nothing of it");
        assert!(claims(json!({"email": "ann@example.com"})).email(true).is_ok(), "and is trusted so far");
        assert!(email(json!({"sub": "1", "email_verified": true})).is_err());
        assert!(email(json!({"email": "аnn@example.com", "email_verified": true})).is_err());
    }

    #[test]
    fn a_second_factor_is_what_the_provider_calls_one() {
        let acrs = ["urn:example:two".to_owned()];
        let told = |of: Value| claims(of).tell_of_second_factor(&acrs);
        assert!(told(json!({"amr": ["pwd", "otp"]})) && told(json!({"acr": "urn:example:two"})));
        for nothing in [json!({}), json!({"amr": ["pwd"]}), json!({"amr": "mfa"}), json!({"acr": "1"})] {
            assert!(!told(nothing.clone()), "{nothing}");
        }
        assert!(!claims(json!({})).tell_of_second_factor(&[]), "no words of its own, none said");
    }

    #[test]
    fn somebody_is_called_by_the_best_name_there_is() {
        let name = |of: Value| claims(of).display_name();
        assert_eq!(name(json!({"name": "Ann Lee", "given_name": "A"})), "Ann Lee");
        assert_eq!(name(json!({"name": " ", "given_name": "Ann", "family_name": "Lee"})), "Ann Lee");
        assert_eq!(name(json!({"email": "ann.lee@example.com"})), "ann.lee");
    }

    #[test]
    fn userinfo_adds_and_never_replaces_and_is_about_the_same_person() {
        let own = claims(json!({"sub": "1", "email": "ann@example.com", "email_verified": true}));
        let more =
            own.clone().with_userinfo(json!({"sub": "1", "email": "root@example.com", "groups": ["desk"]}));
        let more = more.expect("the same person");
        assert_eq!(
            (more.email(false).as_deref(), &more.0["groups"]),
            (Ok("ann@example.com"), &json!(["desk"]))
        );
        assert!(
            own.clone().with_userinfo(json!({"sub": "2"})).is_err() && own.with_userinfo(json!([])).is_err()
        );
    }
}
