//! The rules of fields: read against what they may speak of, asked of a ticket.
//!
//! The invariant: a field speaks of nothing that somebody who sees it does not see.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mesh_core::{
    error::{Error, Result},
    rule::{Problem, Rule, Schema, Type, Value as Asked, Values, Variable},
};
use proto::tickets::v1::{FieldType, Impact, Urgency};

use super::{Audience, Field, PREFIX, Value};
use crate::ticket::Ticket;

/// A field with its rules, understood.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    pub(crate) field: Field,
    required: Option<Rule>,
    visible: Option<Rule>,
}

/// A rule that can't be asked.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    /// Key of its field.
    pub(crate) key: String,
    /// `required_when` or `visible_when`.
    pub(crate) rule: &'static str,
    pub(crate) problem: Problem,
}

/// Reads the rules of all fields.
pub(super) fn guard(fields: Vec<Field>) -> Result<Vec<Guarded>, Broken> {
    let audiences: BTreeSet<Audience> = fields.iter().map(Field::audience).collect();
    let spoken_of = |audience: Audience| {
        let seen = schema(fields.iter().filter(|field| field.audience().includes(&audience)));
        (audience, seen)
    };
    let schemas: BTreeMap<Audience, Schema> = audiences.into_iter().map(spoken_of).collect();
    let read = |field: Field| {
        let schema = &schemas[&field.audience()];
        let rule = |name: &'static str, source: &str| {
            let rule = (!source.is_empty()).then(|| Rule::parse(source, schema)).transpose();
            rule.map_err(|problem| Broken { key: field.key.clone(), rule: name, problem })
        };
        let required = rule("required_when", &field.required_when)?;
        let visible = rule("visible_when", &field.visible_when)?;
        Ok(Guarded { field, required, visible })
    };
    fields.into_iter().map(read).collect()
}

/// What rules may speak of besides fields: name, meaning, and whether it may be missing. All of them are texts.
const FACTS: [(&str, &str, bool); 9] = [
    ("category", "The name of the ticket's category.", false),
    ("category_id", "The ticket's category.", false),
    ("department_id", "The ticket's department.", false),
    ("priority", "LOW, NORMAL, HIGH or URGENT.", false),
    ("impact", "LOW, MEDIUM or HIGH.", true),
    ("urgency", "LOW, MEDIUM or HIGH.", true),
    ("source", "How it came in: PORTAL, AGENT, EMAIL, API or IMPORT.", false),
    ("requester_id", "Who asks.", false),
    ("on_behalf_of_id", "Whom it is about, when somebody else filed it.", true),
];

fn schema<'f>(fields: impl Iterator<Item = &'f Field>) -> Schema {
    let facts = FACTS.map(|(name, about, nullable)| {
        let variable = Variable::new(name, Type::Text, about);
        if nullable { variable.nullable() } else { variable }
    });
    Schema::new(facts.into_iter().chain(fields.map(variable)))
}

/// The field as rules speak of it.
pub(crate) fn variable(field: &Field) -> Variable {
    let kind = match field.kind {
        FieldType::Number | FieldType::Money => Type::Number,
        FieldType::Bool => Type::Bool,
        FieldType::Date => Type::Time,
        FieldType::MultiChoice => return Variable::new(name(&field.key), Type::Texts, field.label.clone()),
        _ => Type::Text,
    };
    Variable::new(name(&field.key), kind, field.label.clone()).nullable()
}

/// The name of the field with this key in rules.
fn name(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// What rules of a form are asked about: the facts, and the form's fields.
pub(super) fn values<'t>(
    ticket: &'t Ticket,
    category: &'t str,
    fields: impl Iterator<Item = &'t Field>,
) -> Values<'t> {
    let optional = |id: &'t String| (!id.is_empty()).then_some(id.as_str());
    let facts = Values::new()
        .with("category", category)
        .with("category_id", &ticket.category_id)
        .with("department_id", &ticket.department_id)
        .with("priority", word(ticket.priority.as_str_name()))
        .with("impact", (ticket.impact != Impact::Unspecified).then(|| word(ticket.impact.as_str_name())))
        .with("urgency", (ticket.urgency != Urgency::Unspecified).then(|| word(ticket.urgency.as_str_name())))
        .with("source", word(ticket.source.as_str_name()))
        .with("requester_id", &ticket.requester_id)
        .with("on_behalf_of_id", optional(&ticket.on_behalf_of_id));
    with_answers(facts, ticket, fields)
}

/// The same with what the ticket has in these fields.
pub(crate) fn with_answers<'t>(
    values: Values<'t>,
    ticket: &'t Ticket,
    fields: impl Iterator<Item = &'t Field>,
) -> Values<'t> {
    fields.fold(values, |values, field| {
        let value = ticket.fields.get(&field.key).map_or_else(|| nothing(field), Value::asked);
        values.with(name(&field.key), value)
    })
}

/// The same when the field has no value.
pub(super) fn without<'t>(values: Values<'t>, field: &Field) -> Values<'t> {
    values.with(name(&field.key), nothing(field))
}

/// What a field without a value is to rules.
fn nothing<'t>(field: &Field) -> Asked<'t> {
    if field.kind == FieldType::MultiChoice { Vec::new().into() } else { Asked::Missing }
}

/// An enum's name without its kind: `PRIORITY_HIGH` is `HIGH`.
fn word(name: &'static str) -> &'static str {
    name.split_once('_').map_or(name, |(_, word)| word)
}

impl Guarded {
    /// Whether the form shows it.
    pub(super) fn is_visible(&self, values: &Values<'_>, now: Timestamp) -> Result<bool> {
        self.ask(self.visible.as_ref(), values, now, true)
    }

    /// Whether it must be filled when it is shown.
    pub(super) fn is_required(&self, values: &Values<'_>, now: Timestamp) -> Result<bool> {
        self.ask(self.required.as_ref(), values, now, false)
    }

    fn ask(&self, rule: Option<&Rule>, values: &Values<'_>, now: Timestamp, otherwise: bool) -> Result<bool> {
        let answer = rule.map_or(Ok(otherwise), |rule| rule.matches(values, now));
        answer.map_err(|problem| {
            let sentence = format!("can't be decided: {}", problem.sentence);
            Error::invalid(format!("ticket.fields.{}", self.field.key), sentence)
        })
    }
}
