//! What rules of this service may speak of: the ticket, where its run stands, and who asks.
//!
//! One vocabulary for guards, queues, policies and automations. Names of the ticket's parts are those of its lists, after
//! `ticket.`; see `docs/rules.md`. Invariant: a variable without a value is missing, never empty.

use std::{borrow::Cow, sync::LazyLock};

use jiff::Timestamp;
use mesh_core::{
    clock,
    rule::{Problem, Rule, Schema, Type, Value, Values, Variable},
};
use proto::{
    tickets::v1::{Ticket, field_value::Value as Given},
    word::{self, LEVELS, PRIORITIES, SOURCES, STATUSES, WAIT_REASONS},
};
use serde_json::{Map, Value as Json};

use crate::{engine::Standing, run::Run};

static TICKET: LazyLock<Schema> = LazyLock::new(|| Schema::new(about_ticket()));
static PRESS: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(about_ticket().into_iter().chain(about_caller())));

/// The ticket and its run.
pub(crate) fn ticket() -> &'static Schema {
    &TICKET
}

/// The same, and `caller`: whoever presses a transition.
pub(crate) fn press() -> &'static Schema {
    &PRESS
}

/// Whether a rule over these variables holds of the values. One that cannot be read or asked does not hold, and the
/// problem says why.
pub(crate) fn holds(
    source: &str,
    schema: &Schema,
    values: &Values<'_>,
    now: Timestamp,
) -> Result<bool, Problem> {
    Rule::parse(source, schema)?.matches(values, now)
}

fn about_ticket() -> Vec<Variable> {
    let text = |name, about| Variable::new(name, Type::Text, about);
    let texts = |name, about| Variable::new(name, Type::Texts, about);
    let time = |name, about| Variable::new(name, Type::Time, about);
    let missing = |name, about| text(name, about).nullable();
    vec![
        text("ticket.number", "Its number for people: `TX-1042`."),
        text("ticket.subject", "What it is about."),
        text("ticket.status", "Where it stands, coarsely.").one_of(STATUSES),
        text("ticket.priority", "How urgent it is.").one_of(PRIORITIES),
        missing("ticket.impact", "How much is hit.").one_of(LEVELS),
        missing("ticket.urgency", "How soon it hurts.").one_of(LEVELS),
        text("ticket.department", "The department that serves it (`dep_…`)."),
        missing("ticket.category", "Where it stands in the catalogue (`cat_…`)."),
        texts("ticket.tags", "The words it is sorted under."),
        missing("ticket.source", "How it came in.").one_of(SOURCES),
        missing("ticket.language", "The language it is written in, as a BCP 47 tag."),
        text("ticket.requester", "Who asks (`usr_…`)."),
        missing("ticket.on_behalf_of", "The person it was filed for by somebody else (`usr_…`)."),
        texts("ticket.participants", "The people in copy and those who follow it (`usr_…`)."),
        missing("ticket.assignee", "Who works on it (`usr_…`)."),
        Variable::new("ticket.unassigned", Type::Bool, "Whether nobody works on it."),
        text("ticket.queue", "The queue it waits or was served in (`que_…`)."),
        text("ticket.stage", "The key of its stage in the workflow."),
        missing("ticket.wait_reason", "What it waits for while it is pending or on hold.")
            .one_of(WAIT_REASONS),
        time("ticket.wait_until", "Until when it waits.").nullable(),
        time("ticket.created", "When it was filed."),
        Variable::new("ticket.reopened", Type::Whole, "How often it was opened again."),
        Variable::new(
            "ticket.fields",
            Type::Dynamic,
            "The values of its form that requesters may see, by key.",
        ),
        text("run.workflow", "The workflow it runs (`wfl_…`)."),
        time("run.stage_entered", "When it came to its stage."),
        time("run.assigned", "When it was given to who works on it.").nullable(),
    ]
}

fn about_caller() -> Vec<Variable> {
    vec![
        Variable::new("caller.id", Type::Text, "Who presses (`usr_…`); missing for the mesh itself.")
            .nullable(),
        Variable::new("caller.is_agent", Type::Bool, "Whether that is an agent of the ticket's department."),
        Variable::new("caller.is_requester", Type::Bool, "Whether the ticket is for that person."),
        Variable::new("caller.is_assignee", Type::Bool, "Whether that person works on the ticket."),
    ]
}

/// What the variables of [`ticket`] stand for.
pub(crate) fn values(run: &Run) -> Values<'_> {
    let facts = &run.facts;
    let details = &facts.details;
    details_of(details)
        .with("ticket.number", &facts.number)
        .with("ticket.subject", &facts.subject)
        .with("ticket.status", word::of(STATUSES, i32::from(run.category)))
        .with("ticket.priority", word::of(PRIORITIES, i32::from(facts.priority)))
        .with("ticket.department", &facts.department_id)
        .with("ticket.requester", &facts.requester_id)
        .with("ticket.on_behalf_of", given(&facts.on_behalf_of_id))
        .with("ticket.participants", facts.participants.as_slice())
        .with("ticket.assignee", run.assignee.as_ref())
        .with("ticket.unassigned", run.assignee.is_none())
        .with("ticket.queue", &run.queue_id)
        .with("ticket.stage", &run.stage)
        .with("ticket.wait_reason", run.wait.and_then(|wait| word::of(WAIT_REASONS, i32::from(wait.reason))))
        .with("ticket.wait_until", run.wait.and_then(|wait| wait.until))
        .with(
            "ticket.created",
            details.create_time.as_ref().and_then(clock::from_proto).unwrap_or(run.started_at),
        )
        .with("ticket.reopened", i64::from(run.reopened))
        .with("run.workflow", &run.workflow_id)
        .with("run.stage_entered", run.staged_at)
        .with("run.assigned", run.assigned_at)
}

/// The same, and what those of [`press`] stand for.
pub(crate) fn values_for<'v>(run: &'v Run, caller_id: Option<&'v str>, standing: Standing) -> Values<'v> {
    values(run)
        .with("caller.id", caller_id)
        .with("caller.is_agent", standing.agent)
        .with("caller.is_requester", standing.requester)
        .with("caller.is_assignee", standing.assignee)
}

fn details_of(details: &Ticket) -> Values<'_> {
    Values::new()
        .with("ticket.impact", word::of(LEVELS, details.impact))
        .with("ticket.urgency", word::of(LEVELS, details.urgency))
        .with("ticket.category", given(&details.category_id))
        .with("ticket.tags", details.tags.as_slice())
        .with("ticket.source", word::of(SOURCES, details.source))
        .with("ticket.language", given(&details.language))
        .with("ticket.fields", Value::Dynamic(Cow::Owned(form(details))))
}

/// The values of the form as JSON; amounts of money as numbers.
fn form(details: &Ticket) -> Json {
    let value = |value: &Given| match value {
        Given::Text(text) | Given::Date(text) => Json::from(text.as_str()),
        Given::Number(number) => Json::from(*number),
        Given::Boolean(truth) => Json::from(*truth),
        #[expect(clippy::cast_precision_loss, reason = "numbers of rules are exact up to 2^53")]
        Given::Money(money) => Json::from(money.units as f64 + f64::from(money.nanos) / 1e9),
        Given::Choices(choices) => Json::from(choices.keys.clone()),
    };
    let filled = details.fields.iter();
    let filled = filled.filter_map(|(key, field)| Some((key.clone(), value(field.value.as_ref()?))));
    Json::Object(filled.collect::<Map<_, _>>())
}

fn given(text: &String) -> Option<&String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mesh_core::rule::Rule;
    use proto::tickets::v1::{FieldValue, Priority, Ticket, field_value::Value};

    use super::{holds, press, ticket, values, values_for};
    use crate::{
        definition::Definition,
        engine::Standing,
        run::{Facts, Run},
        simple,
    };

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn run() -> Run {
        let text = |text: &str| FieldValue { value: Some(Value::Text(text.into())) };
        let sent = Ticket {
            id: "tkt_1".into(),
            number: "TX-1".into(),
            subject: "VPN is down".into(),
            priority: Priority::High.into(),
            requester_id: "usr_r".into(),
            tags: vec!["vip".into()],
            fields: [("site".to_owned(), text("Berlin"))].into(),
            ..Ticket::default()
        };
        let definition =
            simple::versions().pop().map(Definition::new).expect("a version").expect("a definition");
        Run::start("run_1".into(), &definition, Facts::of(&sent, 1), "que_1".into(), NOW)
    }

    #[test]
    fn a_rule_sees_the_ticket_its_form_and_its_run() {
        let run = run();
        let says = |rule: &str| holds(rule, ticket(), &values(&run), NOW).expect("a rule");
        assert!(says(r#"ticket.priority == "HIGH" && "vip" in ticket.tags && ticket.unassigned"#));
        assert!(says(r#"ticket.fields.site == "Berlin" && ticket.fields.floor == null"#));
        assert!(says(r#"ticket.status == "NEW" && ticket.category == null && ticket.on_behalf_of == null"#));
        assert!(!says(r#"ticket.priority in ["LOW", "NORMAL"]"#));
    }

    #[test]
    fn only_rules_of_a_press_speak_of_the_caller() {
        let run = run();
        let standing = Standing { agent: true, requester: false, assignee: false };
        let asked = values_for(&run, Some("usr_a"), standing);
        let rule = "caller.is_agent && caller.id != ticket.requester";
        assert!(holds(rule, press(), &asked, NOW).expect("a rule"));
        assert!(Rule::parse(rule, ticket()).is_err());
    }

    #[test]
    fn a_word_that_never_comes_is_refused() {
        let problem = Rule::parse(r#"ticket.priority == "Urgent""#, ticket()).expect_err("no such word");
        assert!(problem.to_string().contains(r#"did you mean `"URGENT"`?"#), "{problem}");
    }

    #[test]
    fn the_page_about_rules_has_every_variable() {
        const PAGE: &str = include_str!("../../docs/rules.md");
        for known in press().variables().iter().filter(|known| known.name() != "now") {
            let row =
                format!("| `{}` | {} | {}", known.name(), known.kind(), known.about().trim_end_matches('.'));
            assert!(PAGE.contains(&row), "{row}");
        }
    }
}
