//! The rule a list of the audit log must meet besides its other fields.

use std::sync::LazyLock;

use jiff::Timestamp;
use mesh_core::{
    db::{Assembly, Db, Engine},
    error::{Result, Violations},
    rule::{Rule, Schema, Type, Variable},
};

/// The field the rule stands in.
const FIELD: &str = "filter";
const MOST_CHARACTERS: usize = 1_000;

static LINES: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name, about| Variable::new(name, Type::Text, about).column(name);
    Schema::new([
        text("action", "What was done: `role.assigned`, `sign_in.refused`."),
        text("actor_id", "Who did it; empty while nobody was signed in."),
        text("target", "On whom or what: an id, or the address somebody tried to sign in with."),
        text("address", "From which network address."),
        text("session_id", "In which session; empty without one."),
        text("reason", "The reason that was given or found."),
        Variable::new("time", Type::Time, "When it was done.").column("happened_at"),
    ])
});

/// A rule over lines, with what it takes to ask a database.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    rule: Rule,
    engine: Engine,
    now: Timestamp,
}

impl Filter {
    /// The rule in the field `filter`, if there is one; what is wrong with it is added to `wrong`.
    pub(crate) fn take(source: &str, db: &Db, wrong: &mut Violations) -> Option<Self> {
        if source.is_empty() {
            return None;
        }
        if source.chars().nth(MOST_CHARACTERS).is_some() {
            wrong.add(FIELD, "is too long; give at most 1,000 characters");
            return None;
        }
        match Rule::parse(source, &LINES).and_then(Rule::for_lists) {
            Ok(rule) => Some(Self { rule, engine: db.engine(), now: db.clock().now() }),
            Err(problem) => {
                wrong.add(FIELD, problem.of_field());
                None
            }
        }
    }

    /// Goes on with the rule as a condition.
    pub(crate) fn push(&self, ask: &mut Assembly) -> Result<()> {
        self.rule.to_sql(ask, self.engine, self.now).map_err(|problem| problem.invalid(FIELD))
    }
}
