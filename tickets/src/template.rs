//! Texts with variables, such as `Hello {{requester.first_name}}`.
//!
//! The invariants: a template that was taken can always be filled in; it can do nothing but name variables (no loops, no
//! arithmetic, no filters), so filling in ends soon and is as long as what it names.

use std::collections::BTreeMap;

use mesh_core::error::{Error, Result};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

/// The variables there are.
pub(crate) const VARIABLES: [&str; 11] = [
    "requester.name",
    "requester.first_name",
    "assignee.name",
    "assignee.first_name",
    "me.name",
    "me.first_name",
    "department.name",
    "ticket.number",
    "ticket.subject",
    "ticket.status",
    "ticket.priority",
];

/// What variables stand for: thing, then field.
pub(crate) type Facts = BTreeMap<&'static str, BTreeMap<&'static str, String>>;

/// What is wrong with a template, going on from its field's name; `None` when nothing is.
pub(crate) fn problem(text: &str) -> Option<String> {
    for forbidden in ["{%", "{#"] {
        if text.contains(forbidden) {
            return Some(format!(
                "has {forbidden}, which does nothing here; only variables such as {{{{requester.name}}}} do"
            ));
        }
    }
    variables(text).find_map(|variable| match variable {
        Ok(name) if VARIABLES.contains(&name) => None,
        Ok(name) => Some(unknown(name)),
        Err(rest) => Some(format!(
            "has no }}}} behind {{{{{}; close the variable",
            rest.chars().take(20).collect::<String>()
        )),
    })
}

/// The variables a text names, in order; what is left of the text where one has no end.
fn variables(text: &str) -> impl Iterator<Item = Result<&str, &str>> {
    text.split("{{").skip(1).map(|rest| match rest.split_once("}}") {
        Some((name, _)) => Ok(name.trim()),
        None => Err(rest),
    })
}

/// Whether the text names something of this.
pub(crate) fn names(text: &str, thing: &str) -> bool {
    variables(text).flatten().any(|name| name.split('.').next() == Some(thing))
}

fn unknown(name: &str) -> String {
    format!(
        "has {{{{{}}}}}, which is no variable; there are {}",
        name.chars().take(50).collect::<String>(),
        VARIABLES.join(", ")
    )
}

/// The text with its variables filled in.
pub(crate) fn fill_in(text: &str, facts: &Facts) -> Result<String> {
    let mut templates = Environment::empty();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|_| AutoEscape::None);
    let fields = |known: &BTreeMap<&'static str, String>| {
        Value::from_pairs(known.iter().map(|(field, text)| (*field, text.as_str())))
    };
    let values = Value::from_pairs(facts.iter().map(|(thing, known)| (*thing, fields(known))));
    templates.render_str(text, values).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Facts, VARIABLES, fill_in, problem};

    /// Facts in which every variable is itself in capitals.
    fn facts() -> Facts {
        let mut facts = Facts::new();
        for (thing, field) in VARIABLES.iter().filter_map(|name| name.split_once('.')) {
            facts.entry(thing).or_default().insert(field, format!("{thing}.{field}").to_uppercase());
        }
        facts
    }

    #[test]
    fn every_variable_is_filled_in_and_the_rest_stays() {
        let filled = |text: &str| fill_in(text, &facts()).expect("fills in");
        for name in VARIABLES {
            let text = format!("a {{{{ {name} }}}}\n*b* }}}} < & \"");
            assert_eq!(problem(&text), None);
            assert_eq!(filled(&text), format!("a {}\n*b* }}}} < & \"", name.to_uppercase()));
        }
    }

    #[test]
    fn what_is_no_variable_is_named() {
        for (text, said) in [
            (
                "{{requester.surname}}",
                "has {{requester.surname}}, which is no variable; there are requester.name",
            ),
            ("{{requester}}", "has {{requester}}"),
            ("{{ 'a' * 1000000000 }}", "has {{'a' * 1000000000}}"),
            ("{{ticket.subject|upper}}", "has {{ticket.subject|upper}}"),
            ("{{me.name", "has no }} behind {{me.name"),
            ("{% for x in y %}", "has {%"),
            ("{# hidden #}", "has {#"),
            ("{{-me.name-}}", "has {{-me.name-}}"),
        ] {
            let problem = problem(text).unwrap_or_default();
            assert!(problem.starts_with(said), "{text}: {problem}");
        }
    }

    proptest! {
        #[test]
        fn a_template_that_was_taken_can_be_filled_in(text in "([a{}%# .\n-]|\\{\\{me\\.name\\}\\}|\\{\\{ticket\\.number){0,12}") {
            if problem(&text).is_none() {
                prop_assert!(fill_in(&text, &facts()).is_ok(), "{}", text);
            }
        }
    }
}
