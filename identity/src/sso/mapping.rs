//! Rules over claims: whoever satisfies one gets its role.

use std::sync::LazyLock;

use jiff::Timestamp;
use mesh_core::{
    error::Violations,
    rule::{Problem, Rule, Schema, Type, Values, Variable},
};
use serde::{Deserialize, Serialize};

use super::Claims;

/// What a condition may speak of.
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let about = "What the provider says of somebody, in its ID token and its userinfo.";
    Schema::new([Variable::new("claims", Type::Dynamic, about)])
});

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mapping {
    /// Over `claims`.
    pub(crate) condition: String,
    pub(crate) role_id: String,
    /// Empty for everywhere.
    pub(crate) department_id: String,
}

impl Mapping {
    /// Names what is wrong with it, below `field`.
    pub(super) fn check(&self, field: &str, wrong: &mut Violations) {
        wrong.long_text(&format!("{field}.condition"), &self.condition, 1..=1_000);
        wrong.id(&format!("{field}.role_id"), &self.role_id, "rol");
        wrong.optional_id(&format!("{field}.department_id"), &self.department_id, "dep");
        if let Err(problem) = self.rule() {
            wrong.add(format!("{field}.condition"), problem.of_field());
        }
    }

    fn rule(&self) -> Result<Rule, Problem> {
        Rule::parse(&self.condition, &SCHEMA)
    }

    /// Whether it holds for these values. A condition that can't be answered about somebody gives him nothing.
    fn matches(&self, values: &Values<'_>, now: Timestamp) -> bool {
        self.rule().and_then(|rule| rule.matches(values, now)).unwrap_or_default()
    }
}

/// The mappings whose conditions somebody's claims satisfy.
pub(crate) fn matched<'a>(mappings: &'a [Mapping], claims: &Claims, now: Timestamp) -> Vec<&'a Mapping> {
    let claims = claims.to_json();
    let values = Values::new().with("claims", &claims);
    mappings.iter().filter(|mapping| mapping.matches(&values, now)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Mapping, matched};
    fn holds(condition: &str, claims: Value) -> bool {
        let Value::Object(claims) = claims else { panic!("no object: {claims}") };
        let mapping =
            Mapping { condition: condition.into(), role_id: String::new(), department_id: String::new() };
        !matched(&[mapping], &claims.into(), Timestamp::UNIX_EPOCH).is_empty()
    }

    #[test]
    fn a_role_is_given_for_what_is_said_and_not_for_what_is_missing() {
        let rule = "\"helpdesk\" in claims.groups";
        assert!(holds(rule, json!({"groups": ["staff", "helpdesk"]})));
        for claims in [json!({"groups": ["staff"]}), json!({"groups": "helpdesk-not"}), json!({})] {
            assert!(!holds(rule, claims.clone()), "{claims}");
        }
        assert!(holds(
            "claims.department == \"IT\" && claims.level > 3",
            json!({"department": "IT", "level": 4})
        ));
        assert!(!holds("this is no rule", json!({})));
    }
}
