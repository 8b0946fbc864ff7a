//! The rule an event must meet to be carried by a stream: over what stands on its envelope, not over what is in it.

use std::sync::LazyLock;

use jiff::Timestamp;
use mesh_core::{
    clock,
    error::Violations,
    rule::{Rule, Schema, Type, Values, Variable},
};
use proto::{event, events::v1::Envelope, identity::v1::Actor};

/// The field the rule stands in.
const FIELD: &str = "filter";
const MOST_CHARACTERS: usize = 1_000;

static ENVELOPE: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name, about| Variable::new(name, Type::Text, about);
    Schema::new([
        text("name", "What happened: `tickets.comment.added`."),
        text("subject", "The id of what it is about."),
        Variable::new("version", Type::Whole, "The version of the subject after it happened."),
        Variable::new("time", Type::Time, "When it happened."),
        text("actor.user_id", "Who did it; empty for the system itself."),
        text("actor.api_key_id", "The API key the call came with; empty for a browser."),
        text("actor.system", "The part of the system that acted by itself; empty for people."),
        text("causation_id", "The event it follows from; empty when a call caused it."),
        text("correlation_id", "The same for everything that follows from one call."),
    ])
});

/// The rule in the field `filter`, if there is one; what is wrong with it is added to `wrong`.
pub(super) fn take(source: &str, wrong: &mut Violations) -> Option<Rule> {
    if source.is_empty() {
        return None;
    }
    if source.chars().nth(MOST_CHARACTERS).is_some() {
        wrong.add(FIELD, "is too long; give at most 1,000 characters");
        return None;
    }
    Rule::parse(source, &ENVELOPE).map_err(|problem| wrong.add(FIELD, problem.of_field())).ok()
}

/// Whether an event meets a rule. One that is too large to be looked through does not.
pub(super) fn meets(rule: &Rule, envelope: &Envelope, now: Timestamp) -> bool {
    let nobody = Actor::default();
    let actor = envelope.actor.as_ref().unwrap_or(&nobody);
    let values = Values::new()
        .with("name", envelope.event.as_ref().map(event::name))
        .with("subject", &envelope.subject)
        .with("version", envelope.version)
        .with("time", envelope.time.as_ref().and_then(clock::from_proto))
        .with("actor.user_id", &actor.user_id)
        .with("actor.api_key_id", &actor.api_key_id)
        .with("actor.system", &actor.system)
        .with("causation_id", &envelope.causation_id)
        .with("correlation_id", &envelope.correlation_id);
    rule.matches(&values, now).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mesh_core::error::Violations;
    use proto::{
        events::v1::{CommentAdded, Envelope, envelope::Event},
        identity::v1::Actor,
    };

    use super::{ENVELOPE, meets, take};

    fn comment() -> Envelope {
        Envelope {
            subject: "tkt_1".into(),
            version: 3,
            time: Some(prost_types::Timestamp { seconds: 60, nanos: 0 }),
            actor: Some(Actor { user_id: "usr_1".into(), ..Actor::default() }),
            correlation_id: "req_1".into(),
            event: Some(Event::TicketsCommentAdded(CommentAdded::default())),
            ..Envelope::default()
        }
    }

    fn carries(source: &str) -> bool {
        let rule = take(source, &mut Violations::default()).expect("a rule");
        meets(&rule, &comment(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn every_variable_of_the_envelope_is_given() {
        assert!(carries("name == \"tickets.comment.added\" && subject == \"tkt_1\" && version == 3"));
        assert!(carries("time > now && actor.user_id == \"usr_1\" && correlation_id == \"req_1\""));
        assert!(carries("actor.api_key_id == \"\" && actor.system == \"\" && causation_id == \"\""));
        for variable in ENVELOPE.variables() {
            assert!(carries(&format!("{} != null", variable.name())), "{}", variable.name());
        }
        assert!(!carries("actor.user_id != \"usr_1\""));
    }

    #[test]
    fn what_is_no_rule_is_named_with_its_place() {
        let mut wrong = Violations::default();
        assert!(take("actor.name == \"Ann\"", &mut wrong).is_none());
        let said = wrong.into_result().expect_err("no rule").to_string();
        assert!(
            said.starts_with("filter is no rule at line 1, column 1: there is no variable `actor.name`"),
            "{said}"
        );
    }
}
